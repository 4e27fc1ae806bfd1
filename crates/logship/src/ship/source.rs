//! Where a sender has its pieces from.

use crate::{
    position::Position,
    tail::{Next, Tail, TailError},
};

/// A log, read from a place that can be set back.
pub trait Source {
    /// Why it cannot be read.
    type Error: std::error::Error + 'static;

    /// What comes next.
    ///
    /// # Errors
    /// When it cannot be read; it may be asked again.
    fn advance(&mut self) -> Result<Next<'_>, Self::Error>;

    /// Goes on behind what a receiver says that it has, and elsewhere behind what was acknowledged.
    ///
    /// # Errors
    /// When it cannot be read; it may be asked again.
    fn resume(&mut self, marks: &[Position]) -> Result<(), Self::Error>;

    /// Everything up to this place, in the order in which it was given, is acknowledged.
    ///
    /// # Errors
    /// When that was never given.
    fn release(&mut self, acknowledged: Position) -> Result<(), Self::Error>;
}

impl Source for Tail {
    type Error = TailError;

    fn advance(&mut self) -> Result<Next<'_>, TailError> {
        Self::advance(self)
    }

    fn resume(&mut self, marks: &[Position]) -> Result<(), TailError> {
        self.rewind();
        // The newest comes first, and the first that is sent again is the oldest.
        marks.iter().rev().try_for_each(|mark| self.seek(*mark).map(drop))
    }

    fn release(&mut self, acknowledged: Position) -> Result<(), TailError> {
        Self::release(self, acknowledged)
    }
}
