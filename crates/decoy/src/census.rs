//! Who is connected to a service, for products that count and refuse beyond a number.
//!
//! It holds at most as many sources as the driver lets connections in.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Open conversations of one service, by source.
#[derive(Debug, Default)]
pub(crate) struct Census {
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    total: usize,
    by_source: HashMap<IpAddr, usize>,
}

/// A conversation that is counted for as long as this lives.
#[derive(Debug)]
pub(crate) struct Counted<'a> {
    census: &'a Census,
    source: IpAddr,
    /// Conversations when it began, itself counted.
    pub(crate) total: usize,
    /// Those of the same source.
    pub(crate) of_source: usize,
}

impl Census {
    /// Counts a conversation with `source`.
    pub(crate) fn enter(&self, source: IpAddr) -> Counted<'_> {
        let source = source.to_canonical();
        let mut open = self.lock();
        open.total += 1;
        let total = open.total;
        let of_source = open.by_source.entry(source).or_default();
        *of_source += 1;
        Counted { census: self, source, total, of_source: *of_source }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        // Nothing under the lock can panic half way.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        let mut open = self.census.lock();
        open.total = open.total.saturating_sub(1);
        if let Some(count) = open.by_source.get_mut(&self.source) {
            *count -= 1;
            if *count == 0 {
                open.by_source.remove(&self.source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Census;

    #[test]
    fn conversations_are_counted_while_they_last() {
        let census = Census::default();
        let (a, b) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        let first = census.enter(a);
        let second = census.enter(a);
        assert_eq!((second.total, second.of_source), (2, 2));
        drop(first);
        let third = census.enter(b);
        assert_eq!((third.total, third.of_source), (2, 1));
        drop((second, third));
        assert!(census.lock().by_source.is_empty());
        assert_eq!(census.enter(a).total, 1);
    }
}
