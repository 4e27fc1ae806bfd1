//! The receiving end of a connection: what comes goes into a [`Keep`], and the answers come back.
//!
//! A session is driven by whoever owns the socket. [`Session::receive`] writes files, hashes and
//! waits for disks: it is to be called where that stops nobody else. Between two calls a session
//! keeps the names of what is undecided and at most one unfinished frame.

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, mem, time::Duration};

use decnet_event::Timestamp;
use decnet_proto::{frame::Limit, ids::HostId};
use thiserror::Error;

use super::{
    Digest,
    wire::{Control, Decoder, Message, OFFERS_MAX, Piece, Refusal, Step, WINDOW_MAX, WireError},
};
use crate::{
    keep::{Begun, Keep, KeepError},
    medium::Medium,
    receive::{Clock, rest::Rest},
};

/// What came of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Artifacts that were put in their place, or were there.
    pub kept: u64,
    /// Bytes of pieces that were taken.
    pub bytes: u64,
    /// How often an artifact was refused, in the order of [`Refusal::ALL`].
    pub refused: [u64; Refusal::ALL.len()],
}

/// A connection.
#[derive(Debug)]
pub struct Session {
    host: HostId,
    decoder: Decoder,
    open: BTreeMap<Digest, Open>,
    /// Bytes that may still come of what is decided.
    stray: u64,
    rest: Rest,
    clock: Clock,
    tally: Tally,
}

/// An artifact that is undecided.
#[derive(Clone, Copy, Debug)]
struct Open {
    size: u64,
    at: u64,
    /// Where the sender was told that we are.
    told: u64,
    /// Whether all of it came from this peer, on this connection.
    is_fresh: bool,
}

/// The peer does not keep to the protocol: the connection is to be closed.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ReceiveError {
    /// It does not send what can be read.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// It says what only the receiver may say.
    #[error("the sender said {0}, which is for the receiver to say")]
    Turn(String),
    /// It offers more at once than a sender may.
    #[error("the sender offers more than {OFFERS_MAX} artifacts at once")]
    TooMany,
    /// A piece is not the next one, or goes beyond the end.
    #[error("the sender sent byte {from} of {digest}, where {expected} is the next")]
    Misplaced {
        /// Of which artifact.
        digest: Digest,
        /// Where the piece begins.
        from: u64,
        /// Where it should begin.
        expected: u64,
    },
    /// It sends what nobody wants.
    #[error("the sender sends pieces of {0}, which was not asked for")]
    Stray(Digest),
}

/// The present.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// By the calendar: what counts for a host's day.
    pub date: Timestamp,
    /// By a clock that never jumps: what counts for deadlines.
    pub time: Duration,
}

impl Session {
    /// A connection of a host that stands since `now`.
    pub fn new(host: HostId, now: Duration) -> Self {
        Self {
            host,
            decoder: Decoder::new(Limit::DEFAULT),
            open: BTreeMap::new(),
            stray: 0,
            rest: Rest::default(),
            clock: Clock::new(now),
            tally: Tally::default(),
        }
    }

    /// Appends what is said before anything is heard.
    pub fn greet(out: &mut Vec<u8>) {
        Control::Ready.push(out);
    }

    /// Takes what was read, and appends the answer.
    ///
    /// # Errors
    /// [`ReceiveError`]; what came before the fault is taken, and its answer may be sent.
    pub fn receive<M: Medium + Clone>(
        &mut self,
        bytes: &[u8],
        keep: &Keep<M>,
        now: Now,
        out: &mut Vec<u8>,
    ) -> Result<(), ReceiveError> {
        self.clock.hear(now.time);
        let before = self.decoder.position();
        let mut kept = mem::take(&mut self.rest);
        let taken = kept.feed(bytes, |rest| self.take(rest, keep, now.date, out));
        self.clock.advance(kept.len(), self.decoder.position() != before, now.time);
        self.rest = kept;
        self.tell(out);
        taken
    }

    fn take<M: Medium + Clone>(
        &mut self,
        rest: &mut &[u8],
        keep: &Keep<M>,
        date: Timestamp,
        out: &mut Vec<u8>,
    ) -> Result<(), ReceiveError> {
        loop {
            match self.decoder.next(rest)? {
                Step::Missing { .. } => return Ok(()),
                Step::Message(Message::Piece(piece)) => self.piece(&piece, keep, date, out)?,
                Step::Message(Message::Control(record)) => self.control(record, keep, date, out)?,
            }
        }
    }

    fn control<M: Medium + Clone>(
        &mut self,
        record: Control,
        keep: &Keep<M>,
        date: Timestamp,
        out: &mut Vec<u8>,
    ) -> Result<(), ReceiveError> {
        match record {
            Control::Have { digest, size } => {
                self.open.remove(&digest);
                if self.open.len() >= OFFERS_MAX {
                    return Err(ReceiveError::TooMany);
                }
                self.begin(digest, size, keep, date, out);
            }
            Control::Gone(digest) => drop(self.open.remove(&digest)),
            Control::Ping => Control::Pong.push(out),
            _ => return Err(ReceiveError::Turn(record.to_string())),
        }
        Ok(())
    }

    fn begin<M: Medium + Clone>(
        &mut self,
        digest: Digest,
        size: u64,
        keep: &Keep<M>,
        date: Timestamp,
        out: &mut Vec<u8>,
    ) {
        match keep.begin(self.host, digest, size, date) {
            Ok(Begun::Whole) => self.kept(digest, out),
            Ok(Begun::From(at)) => {
                self.open.insert(digest, Open { size, at, told: at, is_fresh: at == 0 });
                if at == size {
                    self.finish(digest, keep, date, out);
                } else {
                    Control::From { digest, offset: at }.push(out);
                }
            }
            Err(error) => self.refuse(digest, &error, out),
        }
    }

    fn piece<M: Medium + Clone>(
        &mut self,
        piece: &Piece<'_>,
        keep: &Keep<M>,
        date: Timestamp,
        out: &mut Vec<u8>,
    ) -> Result<(), ReceiveError> {
        let (digest, from, length) = (piece.digest, piece.from, piece.data.len() as u64);
        let Some(open) = self.open.get_mut(&digest) else {
            self.stray = self.stray.checked_sub(length).ok_or(ReceiveError::Stray(digest))?;
            return Ok(());
        };
        if from != open.at || length > open.size - open.at {
            return Err(ReceiveError::Misplaced { digest, from, expected: open.at });
        }
        match keep.append(self.host, digest, from, piece.data, date) {
            Ok(at) => {
                open.at = at;
                self.tally.bytes += length;
                if at == open.size {
                    self.finish(digest, keep, date, out);
                }
            }
            Err(error) => {
                // As much as the sender may have sent until it hears of it.
                self.stray = WINDOW_MAX;
                self.refuse(digest, &error, out);
            }
        }
        Ok(())
    }

    fn finish<M: Medium + Clone>(
        &mut self,
        digest: Digest,
        keep: &Keep<M>,
        date: Timestamp,
        out: &mut Vec<u8>,
    ) {
        let Some(open) = self.open.get(&digest).copied() else { return };
        match keep.finish(self.host, digest) {
            Ok(()) => self.kept(digest, out),
            // What we had of it was damaged, perhaps.
            Err(KeepError::Mismatch { .. }) if !open.is_fresh => {
                self.begin(digest, open.size, keep, date, out);
            }
            Err(error) => self.refuse(digest, &error, out),
        }
    }

    fn kept(&mut self, digest: Digest, out: &mut Vec<u8>) {
        self.open.remove(&digest);
        self.tally.kept += 1;
        Control::Kept(digest).push(out);
    }

    fn refuse(&mut self, digest: Digest, error: &KeepError, out: &mut Vec<u8>) {
        self.open.remove(&digest);
        let why = refusal(error);
        if why == Refusal::Failed {
            tracing::warn!("cannot keep artifact {digest} of host {}: {error}", self.host);
        }
        let counts = Refusal::ALL.iter().zip(&mut self.tally.refused);
        counts.filter(|(other, _)| **other == why).for_each(|(_, count)| *count += 1);
        Control::No(digest, why).push(out);
    }

    /// Appends how far everything came that moved.
    fn tell(&mut self, out: &mut Vec<u8>) {
        for (digest, open) in self.open.iter_mut().filter(|(_, open)| open.at != open.told) {
            open.told = open.at;
            Control::Got { digest: *digest, offset: open.at }.push(out);
        }
    }

    /// When the peer has been silent, or busy with one frame, for too long.
    pub fn deadline(&self) -> Duration {
        self.clock.deadline()
    }

    /// What came of it since the last call.
    pub fn tally(&mut self) -> Tally {
        mem::take(&mut self.tally)
    }
}

fn refusal(error: &KeepError) -> Refusal {
    match error {
        KeepError::TooLarge { .. } => Refusal::Large,
        KeepError::Enough { .. } => Refusal::Quota,
        KeepError::NoRoom => Refusal::Room,
        KeepError::Mismatch { .. } => Refusal::Wrong,
        // Between what this session knows and what is there, only another of the host can have come.
        KeepError::Busy | KeepError::NotBegun | KeepError::Misplaced { .. } => Refusal::Busy,
        KeepError::System { .. } => Refusal::Failed,
    }
}
