//! What was given and is not acknowledged yet, in the order in which it was given.

use std::collections::VecDeque;

use crate::position::{Generation, Position};

/// Most generations that may be under way at a time. A receiver tells its marks of the last 16 that
/// it heard of: what was under way when a connection broke must be among them.
pub(super) const MAX_GENERATIONS: usize = 8;

/// A stretch of one generation that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) generation: Generation,
    /// Its end.
    pub(super) to: u64,
    /// Whether it is a gap behind which nothing comes.
    pub(super) closes: bool,
}

/// All of them, the first one given first.
#[derive(Debug, Default)]
pub(super) struct Flight {
    stretches: VecDeque<Stretch>,
}

impl Flight {
    /// Whether something of `generation` may be given now.
    pub(super) fn admits(&self, generation: Generation) -> bool {
        let mut others: Vec<_> = self.stretches.iter().map(|stretch| stretch.generation).collect();
        others.sort_unstable();
        others.dedup();
        others.len() < MAX_GENERATIONS || others.contains(&generation)
    }

    /// Everything of `generation` up to `to` was given.
    pub(super) fn gave(&mut self, generation: Generation, to: u64) {
        match self.stretches.back_mut() {
            Some(last) if last.generation == generation && !last.closes => last.to = to,
            _ => self.stretches.push_back(Stretch { generation, to, closes: false }),
        }
    }

    /// It was said that nothing of `generation` will come any more.
    pub(super) fn closed(&mut self, generation: Generation, to: u64) {
        self.stretches.push_back(Stretch { generation, to, closes: true });
    }

    /// Takes out what was given before `position`; nothing where that was never given, or is out.
    pub(super) fn release(&mut self, position: Position) -> Option<Vec<Stretch>> {
        let is_in =
            |stretch: &Stretch| stretch.generation == position.generation && stretch.to >= position.offset;
        let at = self.stretches.iter().position(is_in)?;
        let mut released: Vec<_> = self.stretches.drain(..at).collect();
        let first = self.stretches.front().copied()?;
        if first.to == position.offset {
            released.extend(self.stretches.pop_front());
        } else {
            released.push(Stretch { to: position.offset, closes: false, ..first });
        }
        Some(released)
    }

    /// Nothing of `generation` is under way.
    pub(super) fn forget(&mut self, generation: Generation) {
        self.stretches.retain(|stretch| stretch.generation != generation);
    }

    /// Nothing is under way: the connection broke.
    pub(super) fn clear(&mut self) {
        self.stretches.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generation(number: u8) -> Generation {
        Generation([number; 16])
    }

    fn release(flight: &mut Flight, number: u8, offset: u64) -> Option<Vec<(u8, u64, bool)>> {
        let released = flight.release(Position { generation: generation(number), offset })?;
        Some(released.iter().map(|stretch| (stretch.generation.0[0], stretch.to, stretch.closes)).collect())
    }

    #[test]
    fn what_was_given_before_is_released_with_it() {
        let mut flight = Flight::default();
        flight.gave(generation(1), 10);
        flight.gave(generation(1), 20);
        flight.gave(generation(2), 5);
        flight.gave(generation(1), 30);
        assert_eq!(release(&mut flight, 1, 15), Some(vec![(1, 15, false)]));
        assert_eq!(release(&mut flight, 1, 31), None);
        assert_eq!(release(&mut flight, 2, 5), Some(vec![(1, 20, false), (2, 5, false)]));
        assert_eq!(release(&mut flight, 1, 30), Some(vec![(1, 30, false)]));
        assert_eq!(release(&mut flight, 1, 30), None);
    }

    #[test]
    fn a_gap_of_unknown_length_is_released_by_its_own_acknowledgement() {
        let mut flight = Flight::default();
        flight.gave(generation(1), 10);
        flight.closed(generation(1), 10);
        assert_eq!(release(&mut flight, 1, 10), Some(vec![(1, 10, false)]));
        assert_eq!(release(&mut flight, 1, 10), Some(vec![(1, 10, true)]));
    }

    #[test]
    fn only_so_many_generations_are_under_way() {
        let mut flight = Flight::default();
        for number in 0..u8::try_from(MAX_GENERATIONS).unwrap() {
            assert!(flight.admits(generation(number)));
            flight.gave(generation(number), 1);
        }
        assert!(!flight.admits(generation(99)));
        assert!(flight.admits(generation(0)));
        flight.forget(generation(3));
        assert!(flight.admits(generation(99)));
        flight.clear();
        assert_eq!(release(&mut flight, 0, 1), None);
    }
}
