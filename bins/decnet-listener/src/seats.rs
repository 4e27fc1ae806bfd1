//! So many places for each: who comes last gets one, and who had one longest loses it.
//!
//! That way nobody is kept out by connections that hang: neither a forwarder by its own old ones, nor
//! anybody by strangers who never finish their handshake.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

/// Places by key.
#[derive(Debug)]
pub(crate) struct Seats<K: Ord> {
    of_each: usize,
    taken: Arc<Mutex<Taken<K>>>,
}

#[derive(Debug)]
struct Taken<K> {
    next: u64,
    by_key: BTreeMap<K, BTreeMap<u64, Arc<Notify>>>,
}

/// A place, until it is dropped or lost.
#[derive(Debug)]
pub(crate) struct Seat<K: Ord> {
    key: K,
    number: u64,
    lost: Arc<Notify>,
    taken: Arc<Mutex<Taken<K>>>,
}

impl<K: Ord + Clone> Seats<K> {
    /// `of_each` places for each key.
    pub(crate) fn new(of_each: usize) -> Self {
        let taken = Taken { next: 0, by_key: BTreeMap::new() };
        Self { of_each, taken: Arc::new(Mutex::new(taken)) }
    }

    /// Takes a place, if need be from who had one longest.
    pub(crate) fn take(&self, key: K) -> Seat<K> {
        let mut taken = lock(&self.taken);
        let number = taken.next;
        taken.next += 1;
        let lost = Arc::new(Notify::new());
        let of_key = taken.by_key.entry(key.clone()).or_default();
        while of_key.len() >= self.of_each.max(1) {
            if let Some((_, loser)) = of_key.pop_first() {
                loser.notify_one();
            }
        }
        of_key.insert(number, Arc::clone(&lost));
        Seat { key, number, lost, taken: Arc::clone(&self.taken) }
    }

    /// How many places are taken.
    pub(crate) fn count(&self, key: &K) -> usize {
        lock(&self.taken).by_key.get(key).map_or(0, BTreeMap::len)
    }
}

impl<K: Ord> Seat<K> {
    /// Comes when it is lost.
    pub(crate) async fn lost(&self) {
        self.lost.notified().await;
    }
}

impl<K: Ord> Drop for Seat<K> {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        if let Some(of_key) = taken.by_key.get_mut(&self.key) {
            of_key.remove(&self.number);
            if of_key.is_empty() {
                taken.by_key.remove(&self.key);
            }
        }
    }
}

fn lock<K>(taken: &Mutex<Taken<K>>) -> MutexGuard<'_, Taken<K>> {
    // No step of ours leaves it half changed.
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use tokio::time::{Duration, timeout};

    use super::*;

    async fn is_lost(seat: &Seat<&str>) -> bool {
        timeout(Duration::ZERO, pin!(seat.lost())).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn the_newest_has_a_place_and_the_oldest_loses_his() {
        let seats = Seats::new(2);
        let (first, second, other) = (seats.take("a"), seats.take("a"), seats.take("b"));
        assert!(!is_lost(&first).await);
        let third = seats.take("a");
        assert!(is_lost(&first).await && !is_lost(&second).await && !is_lost(&other).await);
        drop(first);
        drop(second);
        let fourth = seats.take("a");
        assert!(!is_lost(&third).await && !is_lost(&fourth).await);
        assert_eq!((seats.count(&"a"), seats.count(&"b")), (2, 1));
        drop((third, fourth, other));
        assert!(lock(&seats.taken).by_key.is_empty());
    }
}
