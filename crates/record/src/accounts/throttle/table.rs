//! Entries by key, with room for so many.

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, Hash, RandomState},
};

use decnet_event::Timestamp;

use super::entry::Entry;

/// Entries: of keys, and for keys that find no room.
#[derive(Debug)]
pub(super) struct Table<K> {
    own: HashMap<K, Entry>,
    room: usize,
    shared: Vec<Entry>,
    /// Nobody outside can tell which keys share.
    keyed: RandomState,
}

/// Where a key is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Slot<K> {
    /// In an entry of its own.
    Own(K),
    /// In one that it shares.
    Shared(usize),
}

impl<K: Clone + Eq + Hash> Table<K> {
    pub(super) fn new(room: usize, shared: usize) -> Self {
        let shared = vec![Entry::default(); shared.max(1)];
        Self { own: HashMap::new(), room, shared, keyed: RandomState::new() }
    }

    /// Where a key is counted; `kin` chooses with whom it shares.
    pub(super) fn slot(&mut self, key: &K, kin: &impl Hash, now: Timestamp) -> Slot<K> {
        if self.own.contains_key(key) {
            return Slot::Own(key.clone());
        }
        let at = self.keyed.hash_one(kin) as usize % self.shared.len();
        // It may have failed there before.
        if self.shared.get(at).is_some_and(|entry| !entry.over(now)) || self.full(now) {
            return Slot::Shared(at);
        }
        Slot::Own(key.clone())
    }

    /// For how long it is refused, in microseconds; 0 if it is not.
    pub(super) fn wait(&self, slot: &Slot<K>, now: Timestamp) -> i64 {
        let entry = match slot {
            Slot::Own(key) => self.own.get(key),
            Slot::Shared(at) => self.shared.get(*at),
        };
        entry.map_or(0, |entry| entry.wait(now))
    }

    /// Counts a failure.
    pub(super) fn charge(&mut self, slot: &Slot<K>, now: Timestamp) {
        match slot {
            Slot::Own(key) => self.own.entry(key.clone()).or_default().charge(now),
            Slot::Shared(at) => {
                if let Some(entry) = self.shared.get_mut(*at) {
                    entry.charge(now);
                }
            }
        }
    }

    /// Forgets a failure.
    pub(super) fn take_back(&mut self, slot: &Slot<K>, at: Timestamp) {
        let entry = match slot {
            Slot::Own(key) => self.own.get_mut(key),
            Slot::Shared(place) => self.shared.get_mut(*place),
        };
        if let Some(entry) = entry {
            entry.take_back(at);
        }
    }

    /// Forgets all failures of a key; of an entry that others share only this one.
    pub(super) fn clear(&mut self, slot: &Slot<K>, at: Timestamp) {
        match slot {
            Slot::Own(key) => drop(self.own.remove(key)),
            Slot::Shared(_) => self.take_back(slot, at),
        }
    }

    /// How many keys have an entry of their own.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.own.len()
    }

    /// Whether no key can be added, not even when all that is over is forgotten.
    fn full(&mut self, now: Timestamp) -> bool {
        if self.own.len() >= self.room {
            self.own.retain(|_, entry| !entry.over(now));
        }
        self.own.len() >= self.room
    }
}
