//! A while in which everything that can be killed is, by chance.

use std::{
    fmt, fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use nix::sys::signal::Signal;

use super::{
    Chance, Daemon, Site, Tally, Worker,
    site::{Programs, SYSLOG_PORT},
    tally::{lines, tally},
};
use crate::{
    process::{command, run},
    wait,
};

/// How long things go wrong.
const TIME: Duration = Duration::from_secs(20);
/// How long what was written may take to come once they do not any more: the longest pause of a
/// forwarder is 30 s, and it may have to wait twice.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long to wait for what should not come.
const AFTER: Duration = Duration::from_secs(3);
/// Workers at once.
const WORKERS: u16 = 2;
/// A process has to be up for so long before it is asked to end: before, it takes no signals.
const UP: Duration = Duration::from_secs(1);

/// Something that can be killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Controller,
    Listener,
    Forwarder(usize),
}

/// What is to be done later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Later {
    Start(Who),
    Continue(Who),
    /// The network is whole again.
    Mend,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default)]
struct Done {
    kills: usize,
    ends: usize,
    stops: usize,
    cuts: usize,
    rotations: usize,
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, ends, stops, cuts, rotations } = self;
        write!(f, "{kills} kills, {ends} ends, {stops} stops, {cuts} cuts, {rotations} rotations")
    }
}

struct Run {
    site: Site,
    workers: Vec<Worker>,
    chance: Chance,
    later: Vec<(Instant, Later)>,
    /// Who was started when.
    started: Vec<(Who, Instant)>,
    stopped: Vec<Who>,
    done: Done,
}

/// Lets things go wrong as the seed says, and tells what came of the lines that were written.
///
/// # Errors
/// When a line was lost, came twice, or late, or a part ended by itself; the seed is told.
pub fn schedule(folder: &Path, programs: &Programs, seed: u64) -> Result<String> {
    let tried = Run::raise(folder, programs, seed).and_then(|mut run| run.go());
    tried.with_context(|| format!("seed {seed}"))
}

impl Run {
    fn raise(folder: &Path, programs: &Programs, seed: u64) -> Result<Self> {
        let site = Site::raise(folder, programs)?;
        let workers: Vec<_> =
            (0..WORKERS).map(|number| Worker::enrol(&site, number)).collect::<Result<_>>()?;
        let all = [Who::Controller, Who::Listener].into_iter().chain((0..workers.len()).map(Who::Forwarder));
        let started = all.map(|who| (who, Instant::now())).collect();
        let chance = Chance::of(seed);
        let mut run = Self {
            site,
            workers,
            chance,
            later: Vec::new(),
            started,
            stopped: Vec::new(),
            done: Done::default(),
        };
        for at in 0..run.workers.len() {
            run.daemon(Who::Forwarder(at)).map_or(Ok(()), Daemon::start)?;
        }
        Ok(run)
    }

    fn go(&mut self) -> Result<String> {
        let end = Instant::now() + TIME;
        while Instant::now() < end {
            for worker in &mut self.workers {
                let count = self.chance.below(400);
                worker.writer.write(count)?;
                if self.chance.once_in(8) {
                    worker.writer.begin()?;
                }
            }
            self.do_what_is_due(Instant::now())?;
            if self.chance.once_in(6) {
                self.go_wrong()?;
            }
            wait::pause(Duration::from_millis(5) + self.chance.time(Duration::from_millis(60)));
        }
        self.settle()?;
        self.judge()
    }

    fn go_wrong(&mut self) -> Result<()> {
        let forwarder = Who::Forwarder(usize::try_from(self.chance.below(self.workers.len() as u64))?);
        match self.chance.below(17) {
            0..=2 => self.kill(forwarder, Duration::from_millis(800)),
            3..=5 => self.kill(Who::Listener, Duration::from_millis(800)),
            6 => self.kill(Who::Controller, Duration::from_secs(3)),
            7 => self.end(forwarder),
            8 => self.end(Who::Listener),
            9 => self.stop(forwarder),
            10 => self.stop(Who::Listener),
            11 => self.cut(),
            12..=13 => self.rotate(|worker| worker.writer.rename()),
            14..=15 => self.rotate(|worker| worker.writer.copy_and_cut()),
            _ => {
                self.done.rotations += 1;
                self.site.rotate()
            }
        }
    }

    fn daemon(&mut self, who: Who) -> Option<&mut Daemon> {
        match who {
            Who::Controller => Some(&mut self.site.controller),
            Who::Listener => Some(&mut self.site.listener),
            Who::Forwarder(at) => self.workers.get_mut(at).map(|worker| &mut worker.forwarder),
        }
    }

    fn runs(&mut self, who: Who) -> bool {
        self.daemon(who).is_some_and(|daemon| daemon.running().is_some()) && !self.stopped.contains(&who)
    }

    fn kill(&mut self, who: Who, longest: Duration) -> Result<()> {
        if !self.runs(who) {
            return Ok(());
        }
        self.daemon(who).map_or(Ok(()), Daemon::kill)?;
        self.done.kills += 1;
        self.afterwards(Later::Start(who), longest);
        Ok(())
    }

    fn end(&mut self, who: Who) -> Result<()> {
        let up = self.started.iter().rev().find(|(started, _)| *started == who);
        if up.is_none_or(|(_, since)| since.elapsed() <= UP) || !self.runs(who) {
            return Ok(());
        }
        self.daemon(who).map_or(Ok(()), Daemon::end)?;
        self.done.ends += 1;
        self.afterwards(Later::Start(who), Duration::from_millis(800));
        Ok(())
    }

    fn stop(&mut self, who: Who) -> Result<()> {
        if !self.runs(who) {
            return Ok(());
        }
        self.signal(who, Signal::SIGSTOP)?;
        self.stopped.push(who);
        self.done.stops += 1;
        self.afterwards(Later::Continue(who), Duration::from_secs(2));
        Ok(())
    }

    fn cut(&mut self) -> Result<()> {
        if self.later.iter().any(|(_, later)| *later == Later::Mend) {
            return Ok(());
        }
        network("down")?;
        self.done.cuts += 1;
        self.afterwards(Later::Mend, Duration::from_secs(2));
        Ok(())
    }

    fn signal(&mut self, who: Who, signal: Signal) -> Result<()> {
        let running = self.daemon(who).and_then(|daemon| daemon.running());
        running.map_or(Ok(()), |running| running.signal(signal))
    }

    fn rotate(&mut self, how: impl Fn(&mut Worker) -> Result<()>) -> Result<()> {
        self.done.rotations += 1;
        self.workers.iter_mut().try_for_each(how)
    }

    fn afterwards(&mut self, later: Later, longest: Duration) {
        let when = Instant::now() + self.chance.time(longest);
        self.later.push((when, later));
    }

    fn do_what_is_due(&mut self, now: Instant) -> Result<()> {
        let (due, later): (Vec<_>, Vec<_>) = self.later.drain(..).partition(|(when, _)| *when <= now);
        self.later = later;
        for (_, what) in due {
            match what {
                Later::Start(who) => {
                    self.daemon(who).map_or(Ok(()), Daemon::start)?;
                    self.started.push((who, Instant::now()));
                }
                Later::Continue(who) => {
                    self.signal(who, Signal::SIGCONT)?;
                    self.stopped.retain(|stopped| *stopped != who);
                }
                Later::Mend => network("up")?,
            }
        }
        Ok(())
    }

    /// Nothing goes wrong any more: everything that was written is to come.
    fn settle(&mut self) -> Result<()> {
        let last = Instant::now() + Duration::from_secs(60);
        self.do_what_is_due(last)?;
        self.workers.iter_mut().try_for_each(|worker| worker.writer.write(1))?;
        self.site.answering(SYSLOG_PORT)?;
        let bytes = self.workers.iter().map(|worker| worker.writer.bytes()).sum();
        self.site.wait_for(bytes, PATIENCE)?;
        for at in 0..self.workers.len() {
            self.daemon(Who::Forwarder(at)).map_or(Ok(()), Daemon::check)?;
        }
        wait::pause(AFTER);
        Ok(())
    }

    fn judge(&self) -> Result<String> {
        let written: Vec<_> =
            self.workers.iter().map(|worker| (worker.writer.corpus(), worker.writer.written())).collect();
        let tallies = tally(&self.site.log(), &written)?;
        tallies.into_iter().try_for_each(|tally| tally.whole().map(|_: Tally| ()))?;
        let all: u64 = written.iter().map(|(_, count)| count).sum();
        let objects = lines(&self.site.json())?;
        ensure!(objects == all, "{objects} objects for {all} lines");
        Ok(format!("{all} lines once and in order; {}", self.done))
    }
}

/// Sets loopback up or down, where there is no other network that anybody could miss it with.
fn network(state: &str) -> Result<()> {
    let table = fs::read_to_string("/proc/self/net/dev").context("listing network cards")?;
    let cards = table.lines().filter_map(|line| line.split_once(':')).map(|(card, _)| card.trim());
    ensure!(cards.eq(["lo"]), "the network of the machine itself is not to be cut");
    run(&mut command("ip", ["link", "set", "lo", state]))
}
