//! What is incomplete, and who is at it.

use std::{collections::BTreeMap, fmt};

use decnet_proto::ids::HostId;

use super::{Digest, KeepError, MAX_OPEN, days::Days};

/// An artifact of a host; as text the name of its partial file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) host: HostId,
    pub(super) digest: Digest,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.host, self.digest)
    }
}

impl Key {
    /// The key that has this name.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (host, digest) = name.split_once('_')?;
        Some(Self { host: host.parse().ok()?, digest: digest.parse().ok()? })
    }
}

/// An artifact that is incomplete, and how large it will be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Partial {
    pub(super) length: u64,
    pub(super) size: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    length: u64,
    /// As the host announced it to this process.
    size: Option<u64>,
    /// When it was touched last, counted in touches.
    touched: u64,
    /// Somebody writes or reads its file.
    is_busy: bool,
}

/// Everything that is incomplete, and what hosts brought today.
#[derive(Debug)]
pub(super) struct Book {
    open: BTreeMap<Key, Entry>,
    touches: u64,
    pub(super) days: Days,
}

impl Book {
    /// Of what was found, the one that rested longest first.
    pub(super) fn new(found: Vec<(Key, u64)>, days: Days) -> Self {
        let touches = found.len() as u64;
        let entry = |(length, touched)| Entry { length, size: None, touched, is_busy: false };
        let each = found.into_iter().zip(0..);
        let open = each.map(|((key, length), touched)| (key, entry((length, touched)))).collect();
        Self { open, touches, days }
    }

    /// How much of an artifact of `size` bytes is here.
    pub(super) fn length(&self, key: Key, size: u64) -> Result<u64, KeepError> {
        match self.open.get(&key) {
            None => Ok(0),
            Some(entry) if entry.is_busy => Err(KeepError::Busy),
            // What is longer than the whole is not its beginning.
            Some(entry) => Ok(if entry.length > size { 0 } else { entry.length }),
        }
    }

    pub(super) fn begin(&mut self, key: Key, length: u64, size: u64) {
        self.touches += 1;
        let entry = Entry { length, size: Some(size), touched: self.touches, is_busy: false };
        self.open.insert(key, entry);
    }

    /// What must go before the host may begin this one.
    pub(super) fn in_the_way_of(&self, key: Key) -> Option<Key> {
        let others = || self.open.iter().filter(|(other, _)| other.host == key.host && **other != key);
        if others().count() < MAX_OPEN {
            return None;
        }
        let resting = others().filter(|(_, entry)| !entry.is_busy);
        resting.min_by_key(|(_, entry)| entry.touched).map(|(key, _)| *key)
    }

    /// One that was begun and that nobody is at.
    pub(super) fn known(&self, key: Key) -> Result<Partial, KeepError> {
        let entry = self.open.get(&key).ok_or(KeepError::NotBegun)?;
        if entry.is_busy {
            return Err(KeepError::Busy);
        }
        Ok(Partial { length: entry.length, size: entry.size.ok_or(KeepError::NotBegun)? })
    }

    pub(super) fn is_busy(&self, key: Key) -> bool {
        self.open.get(&key).is_some_and(|entry| entry.is_busy)
    }

    /// Somebody is at it from now on.
    pub(super) fn take(&mut self, key: Key) {
        if let Some(entry) = self.open.get_mut(&key) {
            entry.is_busy = true;
        }
    }

    /// Nobody is at it any more, and so much of it is here.
    pub(super) fn put_back(&mut self, key: Key, length: u64) {
        self.touches += 1;
        if let Some(entry) = self.open.get_mut(&key) {
            (entry.length, entry.touched, entry.is_busy) = (length, self.touches, false);
        }
    }

    pub(super) fn remove(&mut self, key: Key) {
        self.open.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_key_is_what_it_prints(host: u128, digest: [u8; 32]) {
            let key = Key { host: HostId(uuid::Uuid::from_u128(host)), digest: Digest(digest) };
            prop_assert_eq!(Key::parse(&key.to_string()), Some(key));
        }

        #[test]
        fn any_name_is_read(text: String) {
            prop_assert_eq!(Key::parse(&text), None);
        }
    }
}
