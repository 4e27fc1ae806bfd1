//! The sending end of a connection. It outlives its connections, as the log's does, and is driven in
//! the same way: [`Sender::connect`], [`Sender::receive`], [`Sender::fill`], [`Sender::disconnect`];
//! beside that, [`Sender::look`] now and then for what is new.

mod offers;
#[cfg(test)]
mod tests;

use std::{io, os::unix::fs::FileExt as _, time::Duration};

use decnet_proto::frame::Limit;
use thiserror::Error;

use self::offers::{Ahead, Offers};
use super::{
    Digest, Shelf, ShelfError,
    wire::{Control, DATA_MAX, Decoder, Message, OFFERS_MAX, Piece, Refusal, Step, WINDOW_MAX, WireError},
};
use crate::{
    receive::IDLE_TIME,
    ship::{ANSWER_TIME, Deadline, Filled},
};

/// How much may be on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Artifacts that are offered and undecided, at most [`OFFERS_MAX`].
    pub offers: usize,
    /// Bytes of pieces from which on an answer must come first, at most [`WINDOW_MAX`].
    pub bytes: u64,
    /// Bytes of one piece, at most [`DATA_MAX`].
    pub piece: usize,
    /// How many bytes of frames [`Sender::fill`] makes at once, about.
    pub chunk: usize,
}

impl Default for Window {
    fn default() -> Self {
        Self { offers: OFFERS_MAX, bytes: WINDOW_MAX, piece: 32 << 10, chunk: 128 << 10 }
    }
}

/// What became of artifacts since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many were kept.
    pub kept: u64,
    /// Bytes of pieces that were sent.
    pub bytes: u64,
    /// How often one was refused.
    pub refusals: u64,
    /// Why, the last time.
    pub last_refusal: Option<Refusal>,
}

/// A folder of artifacts that is sent.
#[derive(Debug)]
pub struct Sender {
    shelf: Shelf,
    window: Window,
    link: Link,
    offers: Offers,
    counts: Counts,
    heard: Duration,
    /// When the receiver was asked whether it is there, until it says anything.
    asked: Option<Duration>,
}

#[derive(Debug)]
enum Link {
    Down,
    /// The receiver is not ready.
    Greeting(Decoder),
    Up(Decoder),
}

/// Nothing more can be sent on this connection.
#[derive(Debug, Error)]
pub enum SendError {
    /// The receiver does not send what can be read.
    #[error("the receiver does not keep to the protocol")]
    Wire(#[from] WireError),
    /// It said what only a sender may say, or said it too soon.
    #[error("the receiver does not keep to the protocol: it said {0}")]
    Turn(String),
    /// It has what it was never sent.
    #[error("the receiver has byte {offset} of {digest}, which it was never sent")]
    Ahead {
        /// Of which artifact.
        digest: Digest,
        /// What it says.
        offset: u64,
    },
}

impl Sender {
    /// A sender without a connection.
    pub fn new(shelf: Shelf, window: Window) -> Self {
        let (offers, counts) = (Offers::default(), Counts::default());
        Self { shelf, window, link: Link::Down, offers, counts, heard: Duration::ZERO, asked: None }
    }

    /// There is a connection since `now`.
    pub fn connect(&mut self, now: Duration) {
        self.disconnect(now);
        self.link = Link::Greeting(Decoder::new(Limit::LEAST));
        (self.heard, self.asked) = (now, None);
    }

    /// It is gone.
    pub fn disconnect(&mut self, now: Duration) {
        for digest in std::mem::take(&mut self.offers).digests() {
            self.shelf.taken_back(digest, now);
        }
        self.link = Link::Down;
    }

    /// Looks whether there is anything new; whether the folder was listed for that.
    ///
    /// # Errors
    /// [`ShelfError`] when it cannot be read; it may be tried again.
    pub fn look(&mut self) -> Result<bool, ShelfError> {
        self.shelf.look()
    }

    /// Makes durable what was kept.
    ///
    /// # Errors
    /// [`ShelfError`]; it may be tried again.
    pub fn save(&mut self) -> Result<(), ShelfError> {
        self.shelf.save()
    }

    /// Takes what the receiver said.
    ///
    /// # Errors
    /// [`SendError`]: the connection is to be closed.
    pub fn receive(&mut self, bytes: &mut Vec<u8>, now: Duration) -> Result<(), SendError> {
        (self.heard, self.asked) = (now, None);
        let mut rest = bytes.as_slice();
        while let Some(record) = self.next_record(&mut rest)? {
            self.record(record, now)?;
        }
        let left = rest.len();
        bytes.drain(..bytes.len() - left);
        Ok(())
    }

    fn next_record(&mut self, rest: &mut &[u8]) -> Result<Option<Control>, SendError> {
        let (Link::Greeting(decoder) | Link::Up(decoder)) = &mut self.link else { return Ok(None) };
        match decoder.next(rest)? {
            Step::Missing { .. } => Ok(None),
            Step::Message(Message::Control(record)) => Ok(Some(record)),
            Step::Message(Message::Piece(_)) => Err(SendError::Turn("a piece".to_owned())),
        }
    }

    fn record(&mut self, record: Control, now: Duration) -> Result<(), SendError> {
        let ahead = |digest, offset| move |Ahead| SendError::Ahead { digest, offset };
        match (record, &self.link) {
            (Control::Ready, Link::Greeting(decoder)) => self.link = Link::Up(decoder.clone()),
            (Control::From { digest, offset }, Link::Up(_)) => {
                self.offers.send_from(digest, offset).map_err(ahead(digest, offset))?;
            }
            (Control::Got { digest, offset }, Link::Up(_)) => {
                self.offers.got(digest, offset).map_err(ahead(digest, offset))?;
            }
            (Control::Kept(digest), Link::Up(_)) => self.kept(digest),
            (Control::No(digest, why), Link::Up(_)) => self.refused(digest, why, now),
            (Control::Pong, Link::Up(_)) => {}
            _ => return Err(SendError::Turn(record.to_string())),
        }
        Ok(())
    }

    fn kept(&mut self, digest: Digest) {
        // What we took back meanwhile is offered again if it is still there.
        if self.offers.remove(digest) {
            self.shelf.kept(digest);
            self.counts.kept += 1;
        }
    }

    fn refused(&mut self, digest: Digest, why: Refusal, now: Duration) {
        if self.offers.remove(digest) {
            tracing::debug!("the receiver does not take artifact {digest} now: {why}");
            self.shelf.refused(digest, now);
            self.counts.refusals += 1;
            self.counts.last_refusal = Some(why);
        }
    }

    /// Appends what is to be sent now.
    pub fn fill(&mut self, out: &mut Vec<u8>, now: Duration) -> Filled {
        if !matches!(self.link, Link::Up(_)) {
            return Filled::NotYet;
        }
        let end = out.len() + self.window.chunk;
        self.offer(out, now);
        while out.len() < end {
            let Some(digest) = self.offers.turn() else { return Filled::Idle };
            if self.offers.on_way() >= self.window.bytes {
                return Filled::Full;
            }
            if let Err(error) = self.push_piece(digest, out) {
                tracing::warn!("cannot send artifact {digest}: {error}");
                self.offers.remove(digest);
                self.shelf.refused(digest, now);
                Control::Gone(digest).push(out);
                self.offer(out, now);
            }
        }
        Filled::More
    }

    /// Offers as many as may be.
    fn offer(&mut self, out: &mut Vec<u8>, now: Duration) {
        while self.offers.count() < self.window.offers {
            let Some((digest, size)) = self.shelf.next(now) else { return };
            self.offers.add(digest, size);
            Control::Have { digest, size }.push(out);
        }
    }

    fn push_piece(&mut self, digest: Digest, out: &mut Vec<u8>) -> io::Result<()> {
        let most = self.window.piece.min(DATA_MAX);
        let mut data = vec![0; most];
        let shelf = &self.shelf;
        let (file, from, rest) = self.offers.open(digest, || shelf.file(digest))?;
        let length = usize::try_from(rest).map_or(most, |rest| rest.min(most));
        data.truncate(length);
        file.read_exact_at(&mut data, from)?;
        Piece { digest, from, data: &data }.push(out);
        self.offers.sent(digest, length as u64);
        self.counts.bytes += length as u64;
        Ok(())
    }

    /// Asks whether the receiver is there, if it said nothing for long and was not asked yet.
    pub fn ask(&mut self, out: &mut Vec<u8>, now: Duration) {
        if matches!(self.link, Link::Up(_)) && self.asked.is_none() && now >= self.heard + IDLE_TIME / 2 {
            self.asked = Some(now);
            Control::Ping.push(out);
        }
    }

    /// When the receiver is to be asked, or to be given up.
    pub fn deadline(&self) -> Deadline {
        match (&self.link, self.asked) {
            (Link::Down, _) => Deadline::Never,
            (Link::Greeting(_), _) => Deadline::GiveUp(self.heard + ANSWER_TIME),
            (Link::Up(_), Some(asked)) => Deadline::GiveUp(asked + ANSWER_TIME),
            (Link::Up(_), None) => Deadline::Ask(self.heard + IDLE_TIME / 2),
        }
    }

    /// Whether there is anything that a receiver could decide about now.
    pub fn has_work(&self, now: Duration) -> bool {
        self.undecided() > 0 || self.shelf.has_next(now)
    }

    /// How many are offered and undecided.
    pub fn undecided(&self) -> usize {
        self.offers.count()
    }

    /// What is sent.
    pub fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// What became of artifacts since the start.
    pub fn counts(&self) -> Counts {
        self.counts
    }
}
