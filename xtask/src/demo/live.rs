//! Showing events while they come in.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use anyhow::{Result, anyhow};
use lab::{log::Follower, wait};

use super::line;
use crate::tty;

/// Contact without more: counted, not shown, because scans make many of them.
const QUIET: [&str; 3] = ["connect", "disconnect", "startup"];

/// How many events of each kind came.
#[derive(Debug, Default)]
pub(super) struct Totals(BTreeMap<String, usize>);

impl Totals {
    /// Prints them, most frequent first.
    pub(super) fn print(&self) {
        let mut kinds: Vec<_> = self.0.iter().collect();
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (kind, count) in kinds {
            println!("  {count:>6}  {}", tty::cyan(kind));
        }
    }
}

/// Shows the events of the log while `work` is done, and until they have calmed down.
pub(super) fn watch(log: &Path, work: impl FnOnce()) -> Result<Totals> {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let shown = scope.spawn(|| show(log, &done));
        work();
        done.store(true, Ordering::Relaxed);
        shown.join().map_err(|_| anyhow!("the display broke down"))?
    })
}

fn show(log: &Path, done: &AtomicBool) -> Result<Totals> {
    let mut follower = Follower::from_end(log);
    let mut totals = Totals::default();
    let mut calm = 0;
    while calm < 10 {
        let events = follower.read()?;
        calm = if done.load(Ordering::Relaxed) && events.is_empty() { calm + 1 } else { 0 };
        for event in events {
            if !QUIET.contains(&event.kind.as_str()) {
                println!("{}", line::render(&event));
            }
            *totals.0.entry(event.kind).or_default() += 1;
        }
        wait::pause(Duration::from_millis(100));
    }
    Ok(totals)
}
