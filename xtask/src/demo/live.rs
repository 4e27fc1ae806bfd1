//! A client at work, and what the deckies see of it, on one screen.

use std::{
    collections::BTreeMap,
    path::Path,
    process::Output,
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use anyhow::Result;
use lab::{
    attacker,
    log::{Follower, Seen},
    process, wait, workspace,
};

use super::line;
use crate::tty;

/// Contact without more: counted, not shown, because every client makes some.
const QUIET: [&str; 3] = ["connect", "disconnect", "startup"];
/// Events of one kind at one service that are shown of one client; the rest is counted.
const ALIKE: usize = 4;
/// How often the log is looked at.
const STEP: Duration = Duration::from_millis(100);
/// Looks without an event after which a client's events are all there.
const CALM: usize = 6;

/// The screen: what has been read of the log, and what came so far.
pub(super) struct Screen {
    follower: Follower,
    totals: BTreeMap<String, usize>,
}

impl Screen {
    /// Shows events from now on.
    pub(super) fn open(log: &Path) -> Self {
        Self { follower: Follower::from_end(log), totals: BTreeMap::new() }
    }

    /// Runs a client as the attacker; shows the first lines that it says, and its events as
    /// they come. That a client fails is part of the show.
    pub(super) fn run(&mut self, words: &[&str], lines: usize) -> Result<()> {
        let Some((program, arguments)) = words.split_first() else { return Ok(()) };
        println!("\n{} {}", tty::bold("attacker$"), tty::bold(&words.join(" ")));
        let (sender, receiver) = channel();
        std::thread::scope(|scope| {
            let mut client = attacker::command(program, arguments);
            client.current_dir(workspace::root());
            // Nobody hears the result if the screen breaks down first.
            scope.spawn(move || sender.send(client.output()));
            self.watch(&receiver, lines)
        })
    }

    fn watch(&mut self, client: &Receiver<std::io::Result<Output>>, lines: usize) -> Result<()> {
        let mut shown = BTreeMap::new();
        let (mut ended, mut calm) = (false, 0);
        while calm < CALM {
            if let Ok(output) = client.try_recv() {
                print_output(&output?, lines);
                ended = true;
            }
            let events = self.follower.read()?;
            calm = if ended && events.is_empty() { calm + 1 } else { 0 };
            events.into_iter().for_each(|event| self.show(event, &mut shown));
            wait::pause(STEP);
        }
        let more: usize = shown.values().map(|count: &usize| count.saturating_sub(ALIKE)).sum();
        if more > 0 {
            println!("  {}", tty::dim(&format!("… and {more} more like these")));
        }
        Ok(())
    }

    fn show(&mut self, event: Seen, shown: &mut BTreeMap<String, usize>) {
        if !QUIET.contains(&event.kind.as_str()) {
            let count = shown.entry(format!("{} {} {}", event.decky, event.service, event.kind)).or_default();
            *count += 1;
            if *count <= ALIKE {
                println!("{}", line::render(&event));
            }
        }
        *self.totals.entry(event.kind).or_default() += 1;
    }

    /// Prints how many events of each kind came, most frequent first.
    pub(super) fn print_totals(&self) {
        let mut kinds: Vec<_> = self.totals.iter().collect();
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (kind, count) in kinds {
            println!("  {count:>6}  {}", tty::cyan(kind));
        }
    }
}

fn print_output(output: &Output, lines: usize) {
    let text = process::both(output);
    let said: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    for line in said.iter().take(lines) {
        println!("    {}", tty::dim(&line.replace(|c: char| c.is_control() && c != '\t', "·")));
    }
    if said.len() > lines {
        println!("    {}", tty::dim(&format!("… {} lines more", said.len() - lines)));
    }
}
