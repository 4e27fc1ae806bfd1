//! Where in the spool is what was given and is not acknowledged.

use std::collections::VecDeque;

use crate::{position::Position, spool::Place};

/// Ends of what was given, in order, each with the place behind it.
#[derive(Debug, Default)]
pub(super) struct Flight(VecDeque<(Position, Place)>);

impl Flight {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn push(&mut self, end: Position, place: Place) {
        self.0.push_back((end, place));
    }

    /// Forgets what an acknowledgement covers, all before it too; the place behind that.
    pub(super) fn release(&mut self, acknowledged: Position) -> Option<Place> {
        let is_of_it = |end: &Position| end.generation == acknowledged.generation;
        let first = self.0.iter().position(|(end, _)| is_of_it(end))?;
        let covered = self.0.iter().skip(first);
        let covered = covered.take_while(|(end, _)| is_of_it(end) && end.offset <= acknowledged.offset);
        let count = first + covered.count();
        self.0.drain(..count).next_back().map(|(_, place)| place)
    }
}
