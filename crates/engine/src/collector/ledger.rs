//! Which numbers of a run have been seen: every number once, every hole known.

use serde::{Deserialize, Serialize};

/// Most holes that are remembered for one run; the oldest are given up first.
const MAX_HOLES: usize = 1_024;

/// Numbers 1, 2, 3, … of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ledger {
    /// The highest number seen; 0 before the first.
    last: u64,
    /// Numbers below it that have not been seen, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    holes: Vec<Hole>,
}

/// Numbers that have not been seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Hole {
    from: u64,
    to: u64,
    state: HoleState,
}

/// What is known of a hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum HoleState {
    /// Found since the log was last read to its end.
    New,
    /// Still there after the log was read to its end.
    Suspect,
    /// Recorded as a gap.
    Recorded,
}

/// How a number relates to those seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rank {
    /// The one after the last.
    Next,
    /// One that was missing.
    Late,
    /// Further ahead: numbers in between are missing.
    Ahead,
    /// Seen before, or 0, which is no number.
    Repeat,
}

impl Ledger {
    /// The highest number seen; 0 before the first.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// How `number` relates to those seen before.
    pub(super) fn rank(&self, number: u64) -> Rank {
        match number.checked_sub(self.last) {
            Some(1) => Rank::Next,
            Some(ahead) if ahead > 1 => Rank::Ahead,
            _ if self.holes.iter().any(|h| (h.from..=h.to).contains(&number)) => Rank::Late,
            _ => Rank::Repeat,
        }
    }

    /// Whether `number` has been seen.
    pub(super) fn contains(&self, number: u64) -> bool {
        self.rank(number) == Rank::Repeat
    }

    /// Marks `number` as seen and says how it related to those before.
    pub(super) fn admit(&mut self, number: u64) -> Rank {
        let rank = self.rank(number);
        match rank {
            Rank::Next => self.last = number,
            Rank::Ahead => {
                self.holes.push(Hole { from: self.last + 1, to: number - 1, state: HoleState::New });
                if self.holes.len() > MAX_HOLES {
                    self.holes.remove(0);
                }
                self.last = number;
            }
            Rank::Late => self.fill(number, number),
            Rank::Repeat => {}
        }
        rank
    }

    /// Takes `from..=to` out of the holes.
    fn fill(&mut self, from: u64, to: u64) {
        let holes = std::mem::take(&mut self.holes);
        for hole in holes {
            if to < hole.from || hole.to < from {
                self.holes.push(hole);
                continue;
            }
            if hole.from < from {
                self.holes.push(Hole { to: from - 1, ..hole });
            }
            if to < hole.to {
                self.holes.push(Hole { from: to + 1, ..hole });
            }
        }
    }

    /// The log was read to its end: returns the holes that an earlier reading had found too,
    /// which are gaps from now on.
    pub(super) fn settle(&mut self) -> Vec<(u64, u64)> {
        let mut gaps = Vec::new();
        for hole in &mut self.holes {
            match hole.state {
                HoleState::New => hole.state = HoleState::Suspect,
                HoleState::Suspect => {
                    hole.state = HoleState::Recorded;
                    gaps.push((hole.from, hole.to));
                }
                HoleState::Recorded => {}
            }
        }
        gaps
    }

    /// Whether there is a hole that is not recorded as a gap.
    pub(super) fn is_waiting(&self) -> bool {
        self.holes.iter().any(|hole| hole.state != HoleState::Recorded)
    }

    /// A gap record says that `from..=to` are missing.
    pub(super) fn record_gap(&mut self, from: u64, to: u64) {
        for hole in &mut self.holes {
            if from <= hole.from && hole.to <= to {
                hole.state = HoleState::Recorded;
            }
        }
    }
}
