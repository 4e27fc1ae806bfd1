//! The tables as each client address sees them: what is changed from there is seen from there.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::{Mutex, OnceLock, PoisonError},
};

use super::sql::catalogue::Catalogue;
use crate::caps;

/// Tables by client address; made when somebody logs in.
#[derive(Debug, Default)]
pub(super) struct Store {
    base: OnceLock<Catalogue>,
    sources: Mutex<Sources>,
}

#[derive(Debug, Default)]
struct Sources {
    own: HashMap<IpAddr, Catalogue>,
    order: VecDeque<IpAddr>,
}

impl Store {
    /// Does `work` on the tables of `source`, which begin as `base` makes them.
    pub(super) fn with<T>(
        &self,
        source: IpAddr,
        base: impl FnOnce() -> Catalogue,
        work: impl FnOnce(&mut Catalogue) -> T,
    ) -> T {
        let base = self.base.get_or_init(base);
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        let Sources { own, order } = &mut *sources;
        if !own.contains_key(&source) {
            if own.len() >= caps::MYSQL_SOURCES
                && let Some(oldest) = order.pop_front()
            {
                own.remove(&oldest);
            }
            order.push_back(source);
        }
        work(own.entry(source).or_insert_with(|| base.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_seen_from_where_they_were_made_and_are_bounded() {
        let store = Store::default();
        let address = |number: u32| IpAddr::from(number.to_be_bytes());
        let make = |number| {
            store.with(address(number), Catalogue::default, |tables| tables.create_database("x").is_ok())
        };
        let has =
            |number| store.with(address(number), Catalogue::default, |tables| tables.tables("x").is_some());
        assert!(make(1) && has(1) && !has(2));
        for number in 3..3 + caps::MYSQL_SOURCES as u32 {
            make(number);
        }
        assert!(!has(1), "the oldest went");
        assert!(store.sources.lock().unwrap().own.len() <= caps::MYSQL_SOURCES);
    }
}
