//! What was sent and is not acknowledged.

use std::collections::VecDeque;

use crate::position::Position;

/// Ends of what was sent, in order.
#[derive(Debug, Default)]
pub(super) struct OnWay {
    ends: VecDeque<(Position, u64)>,
    bytes: u64,
    /// The end of what was acknowledged last.
    done: Option<Position>,
}

/// More was acknowledged than sent.
#[derive(Debug)]
pub(super) struct Ahead;

impl OnWay {
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn push(&mut self, end: Position, bytes: u64) {
        self.ends.push_back((end, bytes));
        self.bytes += bytes;
    }

    /// Bytes on their way.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Everything before `position` has come; whether that is more than before.
    pub(super) fn acknowledge(&mut self, position: Position) -> Result<bool, Ahead> {
        let of_it = |end: &Position| end.generation == position.generation;
        let Some(first) = self.ends.iter().position(|(end, _)| of_it(end)) else {
            // Of an earlier file, or of this one and told before.
            return if self.done.is_some_and(|done| of_it(&done) && position.offset > done.offset) {
                Err(Ahead)
            } else {
                Ok(false)
            };
        };
        let newest = self.ends.iter().rev().find(|(end, _)| of_it(end));
        if newest.is_some_and(|(end, _)| position.offset > end.offset) {
            return Err(Ahead);
        }
        let covered =
            self.ends.iter().skip(first).take_while(|(end, _)| of_it(end) && end.offset <= position.offset);
        let count = first + covered.count();
        if count == 0 || count == first {
            return Ok(false);
        }
        for (end, bytes) in self.ends.drain(..count) {
            self.bytes -= bytes;
            self.done = Some(end);
        }
        Ok(true)
    }
}
