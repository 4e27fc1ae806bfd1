//! All that the collector remembers: where it is in each container's log and which events
//! of each run it has written. The checkpoint is this book and two [`super::appender::Mark`]s.

use std::collections::{BTreeMap, BTreeSet};

use decnet_event::{Boot, Timestamp};
use serde::{Deserialize, Serialize};

use super::{joiner::Joiner, ledger::Ledger, position::Position};

/// What is remembered.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Book {
    /// By id of the container.
    places: BTreeMap<String, Place>,
    /// By decky, then by boot.
    runs: BTreeMap<String, BTreeMap<u64, Run>>,
    /// Whether it was made from the log alone and some container's log was not read since: how
    /// many foreign lines stand where in it cannot be known then.
    #[serde(default)]
    rebuilt: bool,
    /// Bytes of artifacts by decky.
    pub(super) quotas: BTreeMap<String, Quota>,
}

/// How far a container's log was read to its end. What following brought since does not count:
/// it is recognised by its numbers.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Place {
    /// The last entry at which no line was open.
    at: Option<Position>,
    /// Lines that are no events, up to `at`; their numbers are their seq.
    foreign_at: u64,
    /// The run whose lines came last.
    pub(super) current: Option<Boot64>,
    /// Where the present reading is.
    #[serde(skip)]
    here: Option<Position>,
    #[serde(skip)]
    foreign_here: u64,
    #[serde(skip)]
    pub(super) joiner: Joiner,
    /// Set where numbers cannot tell which foreign lines were written: those up to this time were.
    #[serde(skip)]
    written_until: Option<Timestamp64>,
}

/// A boot as the checkpoint spells it.
type Boot64 = u64;

/// A [`Timestamp`] as the checkpoint spells it.
type Timestamp64 = i64;

/// One run of an emitter.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Run {
    /// The container it ran in; unknown where only the log told of it.
    container: Option<String>,
    /// Its events.
    pub(super) events: Ledger,
    /// Its artifacts that are done with.
    #[serde(default)]
    pub(super) artifacts: Ledger,
    /// Time of its last line in the log.
    time: Timestamp64,
}

/// Bytes that a decky brought in one day.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Quota {
    /// Days since the Unix epoch.
    pub(super) day: u64,
    /// Bytes.
    pub(super) bytes: u64,
}

impl Place {
    /// Moves on to `here`, the entry just taken.
    pub(super) fn advance(&mut self, entry: &super::source::Entry) {
        self.here = Some(Position::after(self.here, entry));
    }

    /// What was taken so far need not be read again. Not to be called while a line is open.
    pub(super) fn rest(&mut self) {
        self.at = self.here;
        self.foreign_at = self.foreign_here;
    }

    /// Whether foreign lines were read.
    pub(super) fn has_foreign(&self) -> bool {
        self.foreign_here > 0
    }

    /// The number of the foreign line just read, or `None` where its time says that it was
    /// written before.
    pub(super) fn number_foreign(&mut self, time: Timestamp) -> Option<u64> {
        if self.written_until.is_some_and(|until| time.0 <= until) {
            return None;
        }
        self.written_until = None;
        self.foreign_here += 1;
        Some(self.foreign_here)
    }
}

impl Run {
    /// Marks an event as written.
    pub(super) fn wrote(&mut self, seq: u64, time: Option<Timestamp>) {
        self.events.admit(seq);
        self.time = time.map_or(self.time, |time| time.0);
    }
}

impl Book {
    /// A book that is to be filled from the log alone.
    pub(super) fn rebuild() -> Self {
        Self { rebuilt: true, ..Self::default() }
    }

    /// Whether any line is known to have been written.
    pub(super) fn has_runs(&self) -> bool {
        !self.runs.is_empty()
    }

    /// Whether reading `container` was ever known to have begun.
    pub(super) fn has_begun(&self, container: &str) -> bool {
        self.places.get(container).is_some_and(|place| place.at.is_some())
    }

    /// Goes back to where the log of `container` was last read to, which is returned, to
    /// read on from there.
    pub(super) fn rewind(&mut self, decky: &str, container: &str) -> Option<Position> {
        let place = self.places.entry(container.to_owned()).or_default();
        place.here = place.at;
        place.foreign_here = place.foreign_at;
        place.joiner = Joiner::default();
        let at = place.at;
        if at.is_none() && self.rebuilt {
            self.lose(decky, container);
        }
        at
    }

    /// The entry that was read last is no longer in the log of `container`: what is there
    /// is new, and what was in between is lost.
    pub(super) fn lose(&mut self, decky: &str, container: &str) {
        let written = self.run(decky, foreign_boot(container)).map(|run| {
            run.container = Some(container.to_owned());
            (run.events.last(), run.time)
        });
        let place = self.places.entry(container.to_owned()).or_default();
        place.here = None;
        place.joiner = Joiner::default();
        if let Some((last, time)) = written.filter(|(last, _)| *last > 0) {
            // How many lines are lost cannot be known; one number is spent on them, so that
            // the gap shows.
            place.foreign_here = last + 1;
            place.written_until = Some(time);
        }
    }

    /// Takes the place of a container out, to work on it.
    pub(super) fn take_place(&mut self, container: &str) -> Place {
        self.places.remove(container).unwrap_or_default()
    }

    /// Puts a place back.
    pub(super) fn put_place(&mut self, container: &str, place: Place) {
        self.places.insert(container.to_owned(), place);
    }

    /// A run, if it is known.
    pub(super) fn run(&mut self, decky: &str, boot: Boot) -> Option<&mut Run> {
        self.runs.get_mut(decky)?.get_mut(&boot.0)
    }

    /// A run, which is noted as one of `container` where that is known.
    pub(super) fn note_run(&mut self, decky: &str, boot: Boot, container: Option<&str>) -> &mut Run {
        if !self.runs.contains_key(decky) {
            self.runs.insert(decky.to_owned(), BTreeMap::new());
        }
        let run = self.runs.entry(decky.to_owned()).or_default().entry(boot.0).or_default();
        if run.container.is_none() {
            run.container = container.map(str::to_owned);
        }
        run
    }

    /// The log of `container` was read to its end. Returns the gaps that this proves, by
    /// boot, and whether another reading may prove more.
    pub(super) fn settle(&mut self, decky: &str, container: &str) -> (Vec<(Boot, u64, u64)>, bool) {
        let mut gaps = Vec::new();
        let mut waiting = false;
        for (boot, run) in self.runs.get_mut(decky).into_iter().flatten() {
            if run.container.as_deref() == Some(container) {
                gaps.extend(run.events.settle().into_iter().map(|(from, to)| (Boot(*boot), from, to)));
                waiting |= run.events.is_waiting();
            }
        }
        (gaps, waiting)
    }

    /// Forgets runs of `container` that others followed, and returns them: their lines all
    /// stand before the place that reading goes on from.
    pub(super) fn prune(&mut self, decky: &str, container: &str) -> Vec<Boot> {
        let current = self.places.get(container).and_then(|place| place.current);
        let foreign = foreign_boot(container).0;
        let is_over = |boot: u64, run: &Run| {
            run.container.as_deref() == Some(container)
                && Some(boot) != current
                && boot != foreign
                && !run.events.is_waiting()
        };
        self.remove_runs(|of, boot, run| of == decky && is_over(boot, run))
            .into_iter()
            .map(|(_, b)| b)
            .collect()
    }

    /// Forgets containers that are not in `ids`, with their runs, which are returned. Runs
    /// that only the log told of go too when `all_read`, because every log was read since.
    pub(super) fn retain(&mut self, ids: &BTreeSet<String>, all_read: bool) -> Vec<(String, Boot)> {
        self.places.retain(|id, _| ids.contains(id));
        self.rebuilt &= !all_read;
        self.remove_runs(|_, _, run| match &run.container {
            Some(id) => !ids.contains(id),
            None => all_read,
        })
    }

    fn remove_runs(&mut self, is_over: impl Fn(&str, u64, &Run) -> bool) -> Vec<(String, Boot)> {
        let mut over = Vec::new();
        for (decky, runs) in &mut self.runs {
            runs.retain(|boot, run| {
                let goes = is_over(decky, *boot, run);
                if goes {
                    over.push((decky.clone(), Boot(*boot)));
                }
                !goes
            });
        }
        self.runs.retain(|_, runs| !runs.is_empty());
        over
    }
}

/// The boot under which lines of `container` that are no events are numbered: the first half
/// of its id's first half, which is random and new with every container.
pub(super) fn foreign_boot(container: &str) -> Boot {
    let head = container.get(..16).and_then(|head| head.parse().ok());
    head.unwrap_or_else(|| Boot(super::position::fnv(container.bytes())))
}
