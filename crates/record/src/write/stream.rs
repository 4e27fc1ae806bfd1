//! Which numbers of a run of an emitter came.

use crate::{RecordError, limits};

/// All numbers below `next` came, but those in `holes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stream {
    /// Its id.
    pub(super) id: i64,
    pub(super) next: i64,
    /// First and last number of each, in order.
    holes: Vec<(i64, i64)>,
}

impl Stream {
    /// One of which nothing came yet.
    pub(super) fn new(id: i64) -> Self {
        Self { id, next: 1, holes: Vec::new() }
    }

    /// One as it is kept.
    pub(super) fn read(id: i64, next: i64, holes: &[u8]) -> Result<Self, RecordError> {
        let pairs = holes.chunks(16).map(|pair| {
            let (first, last) = pair.split_first_chunk::<8>()?;
            Some((i64::from_le_bytes(*first), i64::from_le_bytes(*last.first_chunk()?)))
        });
        let holes = pairs.collect::<Option<_>>().ok_or(RecordError::Row { what: "holes of a stream" })?;
        Ok(Self { id, next, holes })
    }

    /// Its holes, as they are kept.
    pub(super) fn holes(&self) -> Vec<u8> {
        self.holes
            .iter()
            .flat_map(|(first, last)| [first.to_le_bytes(), last.to_le_bytes()])
            .flatten()
            .collect()
    }

    /// Whether `number`, at least 1 and less than the greatest there is, comes for the first time.
    pub(super) fn admit(&mut self, number: i64) -> bool {
        if number < self.next {
            return self.fill(number);
        }
        if number > self.next {
            self.holes.push((self.next, number - 1));
        }
        self.next = number + 1;
        self.forget();
        true
    }

    /// Takes a number out of the hole that it is in, if there is one.
    fn fill(&mut self, number: i64) -> bool {
        let at = self.holes.partition_point(|(_, last)| *last < number);
        let Some(hole) = self.holes.get_mut(at).filter(|(first, _)| *first <= number) else { return false };
        let (first, last) = *hole;
        match (first == number, last == number) {
            (true, true) => _ = self.holes.remove(at),
            (true, false) => hole.0 = number + 1,
            (false, true) => hole.1 = number - 1,
            (false, false) => {
                *hole = (first, number - 1);
                self.holes.insert(at + 1, (number + 1, last));
                self.forget();
            }
        }
        true
    }

    /// Takes what is missing longest as lost, where too much is missing.
    fn forget(&mut self) {
        let excess = self.holes.len().saturating_sub(limits::HOLES);
        self.holes.drain(..excess);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_so_many_holes_are_remembered() {
        let mut stream = Stream::new(1);
        let most = i64::try_from(limits::HOLES).unwrap();
        // 1 is missing, 3 is missing, …
        (1..=most + 1).for_each(|number| assert!(stream.admit(2 * number)));
        assert!(!stream.admit(1), "the oldest is taken as lost");
        assert!(stream.admit(3));
        assert_eq!(stream.holes().len(), 16 * (limits::HOLES - 1));
        assert!(stream.admit(i64::MAX - 1));
        assert!(stream.admit(i64::MAX - 9), "it splits a hole");
        assert_eq!(stream.holes().len(), 16 * limits::HOLES);
    }

    #[test]
    fn holes_that_are_damaged_are_an_error() {
        assert!(Stream::read(1, 5, &[0; 17]).is_err());
        assert!(Stream::read(1, 5, &[0; 8]).is_err());
    }

    proptest! {
        #[test]
        fn every_number_is_admitted_once(numbers in prop::collection::vec(1..60_i64, 0..200)) {
            let (mut stream, mut came) = (Stream::new(1), HashSet::new());
            for number in numbers {
                prop_assert_eq!(stream.admit(number), came.insert(number), "{}", number);
                stream = Stream::read(1, stream.next, &stream.holes()).unwrap();
            }
        }
    }
}
