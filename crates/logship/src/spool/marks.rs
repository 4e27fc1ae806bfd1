//! How far each generation of each host was taken.

use std::collections::BTreeMap;

use decnet_proto::ids::HostId;
use uuid::Uuid;

use super::head::MAX_TAIL;
use crate::position::{Generation, Position};

/// Generations of a host that are remembered, the newest.
pub(super) const PER_HOST: usize = 16;

/// Bytes of one mark in a segment: host, generation, offset, how it ends.
pub(super) const MARK: usize = 48;

/// Marks that are carried into a new segment: what fits a record.
const MOST: usize = MAX_TAIL / MARK;

/// A high-water mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// Everything before it is here, or known to be lost.
    pub(super) offset: u64,
    /// Whether the last record before it is a gap of unknown length: the same gap, told again,
    /// moves no mark and would not be known without this.
    pub(super) after_open_gap: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    generation: Generation,
    mark: Mark,
    /// When it moved last, counted in moves.
    moved: u64,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// Of each host the one that moved last stands last.
    hosts: BTreeMap<HostId, Vec<Known>>,
    moves: u64,
}

impl Marks {
    pub(super) fn get(&self, host: HostId, generation: Generation) -> Option<Mark> {
        self.hosts
            .get(&host)?
            .iter()
            .rev()
            .find(|known| known.generation == generation)
            .map(|known| known.mark)
    }

    /// Moves a mark; the one of the host that rested longest is forgotten when there are too many.
    pub(super) fn set(&mut self, host: HostId, generation: Generation, mark: Mark) {
        self.moves += 1;
        let of_host = self.hosts.entry(host).or_default();
        of_host.retain(|known| known.generation != generation);
        of_host.push(Known { generation, mark, moved: self.moves });
        if of_host.len() > PER_HOST {
            of_host.remove(0);
        }
    }

    /// Those of a host, the one that moved last first.
    pub(super) fn of(&self, host: HostId) -> Vec<Position> {
        let of_host = self.hosts.get(&host).map(Vec::as_slice).unwrap_or_default();
        let position = |known: &Known| Position { generation: known.generation, offset: known.mark.offset };
        of_host.iter().rev().map(position).collect()
    }

    /// The body of a record of marks: the one that moved last stands last.
    pub(super) fn encode(&self) -> Vec<u8> {
        let each = self.hosts.iter().flat_map(|(host, all)| all.iter().map(move |known| (host, known)));
        let mut all: Vec<_> = each.collect();
        all.sort_unstable_by_key(|(_, known)| known.moved);
        let kept = all.len().saturating_sub(MOST);
        let mut out = Vec::with_capacity(all.len().min(MOST) * MARK);
        for (host, known) in all.into_iter().skip(kept) {
            out.extend_from_slice(host.0.as_bytes());
            out.extend_from_slice(&known.generation.0);
            out.extend_from_slice(&known.mark.offset.to_le_bytes());
            out.extend_from_slice(&u64::from(known.mark.after_open_gap).to_le_bytes());
        }
        out
    }

    /// What [`Marks::encode`] wrote.
    pub(super) fn decode(body: &[u8]) -> Option<Self> {
        let (all, rest) = body.as_chunks::<MARK>();
        let mut marks = Self::default();
        for bytes in all {
            let (host, bytes) = bytes.split_first_chunk()?;
            let (generation, bytes) = bytes.split_first_chunk()?;
            let (offset, ends) = bytes.split_first_chunk()?;
            let after_open_gap = match u64::from_le_bytes(*ends.first_chunk()?) {
                0 => false,
                1 => true,
                _ => return None,
            };
            let mark = Mark { offset: u64::from_le_bytes(*offset), after_open_gap };
            marks.set(HostId(Uuid::from_bytes(*host)), Generation(*generation), mark);
        }
        rest.is_empty().then_some(marks)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn host(number: u8) -> HostId {
        HostId(Uuid::from_bytes([number; 16]))
    }

    fn mark(offset: u64) -> Mark {
        Mark { offset, after_open_gap: offset % 2 == 1 }
    }

    proptest! {
        #[test]
        fn marks_survive_in_their_order(moves in proptest::collection::vec((0..3_u8, 0..40_u8, any::<u64>()), 0..200)) {
            let mut marks = Marks::default();
            for (number, generation, offset) in moves {
                marks.set(host(number), Generation([generation; 16]), mark(offset));
            }
            let read = Marks::decode(&marks.encode()).unwrap();
            for number in 0..3 {
                prop_assert_eq!(read.of(host(number)), marks.of(host(number)));
                prop_assert!(marks.of(host(number)).len() <= PER_HOST);
            }
            prop_assert_eq!(read.encode(), marks.encode());
        }

        #[test]
        fn any_body_is_read(body: Vec<u8>) {
            let _ = Marks::decode(&body);
        }
    }

    #[test]
    fn the_generation_that_rested_longest_is_forgotten() {
        let mut marks = Marks::default();
        for generation in 0..17 {
            marks.set(host(1), Generation([generation; 16]), mark(7));
            marks.set(host(1), Generation([0; 16]), mark(u64::from(generation)));
        }
        assert_eq!(marks.get(host(1), Generation([0; 16])), Some(mark(16)));
        assert_eq!(marks.get(host(1), Generation([1; 16])), None);
        assert_eq!(marks.get(host(1), Generation([2; 16])), Some(mark(7)));
        let newest = marks.of(host(1));
        assert_eq!((newest.len(), newest[0].generation.0, newest[1].generation.0), (16, [0; 16], [16; 16]));
    }

    #[test]
    fn what_has_another_length_is_no_body() {
        assert_eq!(Marks::decode(&[0; MARK + 1]), None);
        let mut body = [0; MARK];
        body[40] = 2;
        assert_eq!(Marks::decode(&body), None);
    }
}
