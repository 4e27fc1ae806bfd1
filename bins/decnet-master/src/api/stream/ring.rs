//! The newest events, ready to be sent, so that the database is asked once for all who listen.

use std::{collections::VecDeque, sync::Arc};

use bytes::Bytes;
use decnet_proto::record::LogRow;

/// Most events that are held, and most bytes of them.
const MOST: (usize, usize) = (4096, 8 << 20);

/// An event and how it is written.
#[derive(Debug)]
pub(super) struct Frame {
    /// The event.
    pub(super) row: LogRow,
    /// The same as JSON.
    pub(super) text: Bytes,
}

/// What comes behind an event.
#[derive(Debug)]
pub(super) enum After {
    /// These, the oldest first; none where nothing came since.
    Frames(Vec<Arc<Frame>>),
    /// More than is held here: the record has it.
    Older,
}

/// Events without a hole between them, up to the newest.
#[derive(Debug)]
pub(super) struct Ring {
    /// The id behind which everything is held.
    behind: i64,
    frames: VecDeque<Arc<Frame>>,
    bytes: usize,
}

impl Ring {
    /// Holds nothing, and what comes behind `behind` from now on.
    pub(super) const fn new(behind: i64) -> Self {
        Self { behind, frames: VecDeque::new(), bytes: 0 }
    }

    /// The id of the newest event that came.
    pub(super) fn newest(&self) -> i64 {
        self.frames.back().map_or(self.behind, |frame| frame.row.id)
    }

    /// Takes the next event in; the oldest go where there is no room.
    pub(super) fn push(&mut self, frame: Frame) {
        self.bytes += frame.text.len();
        self.frames.push_back(Arc::new(frame));
        while self.frames.len() > MOST.0 || self.bytes > MOST.1 {
            let Some(oldest) = self.frames.pop_front() else { break };
            self.bytes -= oldest.text.len();
            self.behind = oldest.row.id;
        }
    }

    /// At most `most` events behind the one with this id.
    pub(super) fn after(&self, id: i64, most: usize) -> After {
        if id < self.behind {
            return After::Older;
        }
        let from = self.frames.partition_point(|frame| frame.row.id <= id);
        After::Frames(self.frames.iter().skip(from).take(most).cloned().collect())
    }
}
