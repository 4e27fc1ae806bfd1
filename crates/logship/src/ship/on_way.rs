//! What was sent and is not acknowledged.

use std::collections::VecDeque;

use crate::position::{Gap, Position, covered};

/// Ends of what was sent, in order.
#[derive(Debug, Default)]
pub(super) struct OnWay {
    sent: VecDeque<Sent>,
    bytes: u64,
    /// The end of what was acknowledged last.
    done: Option<Position>,
}

#[derive(Debug)]
struct Sent {
    end: Position,
    bytes: u64,
    /// Whether it is a gap of unknown length.
    is_open_gap: bool,
}

/// More was acknowledged than sent.
#[derive(Debug)]
pub(super) struct Ahead;

impl OnWay {
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Something that ends at `end` was sent.
    pub(super) fn push(&mut self, end: Position, bytes: u64) {
        self.sent.push_back(Sent { end, bytes, is_open_gap: false });
        self.bytes += bytes;
    }

    /// A gap was told. However much is missing, it is one record to whoever is to acknowledge it.
    pub(super) fn push_gap(&mut self, gap: &Gap) {
        self.sent.push_back(Sent { end: gap.end(), bytes: 1, is_open_gap: gap.is_open() });
        self.bytes += 1;
    }

    /// Bytes on their way.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Everything before `position` has come; whether that is more than before.
    pub(super) fn acknowledge(&mut self, position: Position) -> Result<bool, Ahead> {
        let of_it = |end: &Position| end.generation == position.generation;
        let Some(first) = self.sent.iter().position(|sent| of_it(&sent.end)) else {
            // Of an earlier file, or of this one and told before.
            return if self.done.is_some_and(|done| of_it(&done) && position.offset > done.offset) {
                Err(Ahead)
            } else {
                Ok(false)
            };
        };
        let newest = self.sent.iter().rev().find(|sent| of_it(&sent.end));
        if newest.is_some_and(|sent| position.offset > sent.end.offset) {
            return Err(Ahead);
        }
        let ends = self.sent.iter().skip(first).map(|sent| (sent.end, sent.is_open_gap));
        let count = covered(ends, position);
        if count == 0 {
            return Ok(false);
        }
        for sent in self.sent.drain(..first + count) {
            self.bytes -= sent.bytes;
            self.done = Some(sent.end);
        }
        Ok(true)
    }
}
