//! What was needed lately, without end and of bounded size.

use std::{borrow::Borrow, collections::HashMap, hash::Hash};

/// Knows at least the `limit` keys that were used last, and at most twice as many.
///
/// What is used goes to the young ones. When these are `limit`, they are the old ones, and what was
/// old is forgotten.
#[derive(Debug)]
pub(super) struct Cache<K, V> {
    limit: usize,
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K: Eq + Hash, V> Cache<K, V> {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, young: HashMap::new(), old: HashMap::new() }
    }

    /// Looks a key up, and counts that as use.
    pub(super) fn get<Q>(&mut self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        if !self.young.contains_key(key) {
            let (key, value) = self.old.remove_entry(key)?;
            self.insert(key, value);
        }
        self.young.get(key)
    }

    /// Takes a key out.
    pub(super) fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.young.remove(key).or_else(|| self.old.remove(key))
    }

    pub(super) fn insert(&mut self, key: K, value: V) {
        if self.young.len() >= self.limit {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_the_rest_goes() {
        let mut cache: Cache<u32, u32> = Cache::new(10);
        for key in 0..1000 {
            cache.insert(key, key);
            assert_eq!(cache.get(&0), Some(&0), "{key}");
            assert!(cache.young.len() + cache.old.len() <= 20);
        }
        let known: Vec<_> = (1..1000).filter(|key| cache.remove(key).is_some()).collect();
        assert!(known.len() >= 9 && known.first() > Some(&979), "{known:?}");
    }
}
