//! Where in the spool is what was given and is not acknowledged.

use std::collections::VecDeque;

use crate::{
    position::{Position, covered},
    spool::Place,
};

/// What was given, in order.
#[derive(Debug, Default)]
pub(super) struct Flight(VecDeque<Given>);

#[derive(Debug)]
struct Given {
    end: Position,
    is_open_gap: bool,
    /// The place behind it.
    place: Place,
}

impl Flight {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn push(&mut self, end: Position, is_open_gap: bool, place: Place) {
        self.0.push_back(Given { end, is_open_gap, place });
    }

    /// Forgets what an acknowledgement covers, all before it too; the place behind that.
    pub(super) fn release(&mut self, acknowledged: Position) -> Option<Place> {
        let first = self.0.iter().position(|given| given.end.generation == acknowledged.generation)?;
        let ends = self.0.iter().skip(first).map(|given| (given.end, given.is_open_gap));
        let count = first + covered(ends, acknowledged);
        self.0.drain(..count).next_back().map(|given| given.place)
    }
}
