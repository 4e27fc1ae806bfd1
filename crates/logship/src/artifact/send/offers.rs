//! What was offered and is undecided.

use std::{
    collections::{BTreeMap, VecDeque},
    fs::File,
    io,
};

use crate::artifact::Digest;

#[derive(Debug, Default)]
pub(super) struct Offers {
    offers: BTreeMap<Digest, Offer>,
    /// Those of which the receiver wants more, in the order in which it said so; the first is sent.
    turns: VecDeque<Digest>,
    on_way: u64,
}

#[derive(Debug)]
struct Offer {
    size: u64,
    /// Open while it is sent.
    file: Option<File>,
    /// The first byte that was not sent.
    at: u64,
    /// The first that the receiver did not get.
    got: u64,
}

/// The receiver has more than it was sent, or than there is.
#[derive(Debug)]
pub(super) struct Ahead;

impl Offers {
    pub(super) fn count(&self) -> usize {
        self.offers.len()
    }

    pub(super) fn digests(self) -> impl Iterator<Item = Digest> {
        self.offers.into_keys()
    }

    /// Bytes of pieces that are on their way.
    pub(super) fn on_way(&self) -> u64 {
        self.on_way
    }

    pub(super) fn add(&mut self, digest: Digest, size: u64) {
        self.offers.insert(digest, Offer { size, file: None, at: 0, got: 0 });
    }

    /// It is decided; whether it was not before.
    pub(super) fn remove(&mut self, digest: Digest) -> bool {
        let Some(offer) = self.offers.remove(&digest) else { return false };
        self.on_way -= offer.at - offer.got;
        self.turns.retain(|other| *other != digest);
        true
    }

    /// The receiver wants it from there on.
    pub(super) fn send_from(&mut self, digest: Digest, offset: u64) -> Result<(), Ahead> {
        let Some(offer) = self.offers.get_mut(&digest) else { return Ok(()) };
        if offset > offer.size {
            return Err(Ahead);
        }
        self.on_way -= offer.at - offer.got;
        (offer.at, offer.got) = (offset, offset);
        if offset < offer.size && !self.turns.contains(&digest) {
            self.turns.push_back(digest);
        }
        Ok(())
    }

    /// The receiver got everything up to there.
    pub(super) fn got(&mut self, digest: Digest, offset: u64) -> Result<(), Ahead> {
        let Some(offer) = self.offers.get_mut(&digest) else { return Ok(()) };
        if offset > offer.at {
            return Err(Ahead);
        }
        let more = offset.saturating_sub(offer.got);
        offer.got += more;
        self.on_way -= more;
        Ok(())
    }

    /// Whose turn it is.
    pub(super) fn turn(&self) -> Option<Digest> {
        self.turns.front().copied()
    }

    /// Its file, the first byte that was not sent, and how many are left.
    pub(super) fn open(
        &mut self,
        digest: Digest,
        open: impl FnOnce() -> io::Result<File>,
    ) -> io::Result<(&File, u64, u64)> {
        let offer = self.offers.get_mut(&digest).ok_or(io::ErrorKind::NotFound)?;
        let file = match offer.file.take() {
            Some(file) => file,
            None => open()?,
        };
        Ok((offer.file.insert(file), offer.at, offer.size - offer.at))
    }

    /// So many bytes more were sent.
    pub(super) fn sent(&mut self, digest: Digest, bytes: u64) {
        let Some(offer) = self.offers.get_mut(&digest) else { return };
        offer.at += bytes;
        self.on_way += bytes;
        if offer.at == offer.size {
            offer.file = None;
            self.turns.retain(|other| *other != digest);
        }
    }
}
