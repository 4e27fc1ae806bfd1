//! One end killed again and again while many lines are on their way, and a log renamed before it
//! was read to its end.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use nix::sys::signal::Signal;

use super::{
    Daemon, Site, Tally, Worker,
    site::{Programs, SYSLOG_PORT},
    tally::tally,
};
use crate::wait;

/// How often an end is killed.
const KILLS: u64 = 5;
/// Lines that are written at once by who writes all the time, and how often.
const AT_ONCE: u64 = 200;
const EVERY: Duration = Duration::from_millis(10);
/// How long what was written may take to come.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long to wait for what should not come.
const AFTER: Duration = Duration::from_secs(3);

/// Which end is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// `decnet-forwarder`.
    Sender,
    /// `decnet-listener`.
    Receiver,
}

/// When lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// Before anything is sent.
    Backlog,
    /// All the time.
    Live,
}

/// Kills an end again and again on the way of so many lines, and says what came of them, and how
/// often it was killed.
///
/// # Errors
/// When they do not come in time, or nothing was on its way when an end was killed.
pub fn killed(folder: &Path, programs: &Programs, end: End, load: Load, count: u64) -> Result<(Tally, u64)> {
    let mut site = Site::raise(folder, programs)?;
    let mut worker = Worker::enrol(&site, 1)?;
    if load == Load::Backlog {
        worker.writer.write(count)?;
    }
    worker.forwarder.start()?;
    let mut kills = 0;
    let all = count * (worker.writer.bytes_each());
    let mut next = Instant::now();
    while worker.writer.written() < count || kills < KILLS {
        if worker.writer.written() < count && Instant::now() >= next {
            worker.writer.write(AT_ONCE.min(count - worker.writer.written()))?;
            next += EVERY;
        }
        let came = site.came();
        if came >= all {
            break;
        }
        if kills < KILLS && came >= all * (2 * kills + 1) / (2 * KILLS + 1) {
            kills += 1;
            again(&mut site, &mut worker, end)?;
        }
        wait::pause(Duration::from_millis(1));
    }
    ensure!(kills > 0, "everything had come before anything was killed");
    Ok((finish(&mut site, &worker)?, kills))
}

/// Kills an end and starts it again.
fn again(site: &mut Site, worker: &mut Worker, end: End) -> Result<()> {
    let daemon = match end {
        End::Sender => &mut worker.forwarder,
        End::Receiver => &mut site.listener,
    };
    daemon.kill()?;
    daemon.start()
}

fn finish(site: &mut Site, worker: &Worker) -> Result<Tally> {
    site.answering(SYSLOG_PORT)?;
    site.wait_for(worker.writer.bytes(), PATIENCE)?;
    wait::pause(AFTER);
    let tallies = tally(&site.log(), &[(worker.writer.corpus(), worker.writer.written())])?;
    tallies.into_iter().next().context("no tally")
}

/// Renames a log of which 500 of 2,000 lines were not read, and says what came of all.
///
/// # Errors
/// When they do not come in time.
pub fn rotated(folder: &Path, programs: &Programs) -> Result<Tally> {
    let mut site = Site::raise(folder, programs)?;
    let mut worker = Worker::enrol(&site, 1)?;
    worker.forwarder.start()?;
    worker.writer.write(1_000)?;
    site.wait_for(worker.writer.bytes(), PATIENCE)?;
    signal(&worker.forwarder, Signal::SIGSTOP)?;
    worker.writer.write(500)?;
    worker.writer.rename()?;
    worker.writer.write(500)?;
    signal(&worker.forwarder, Signal::SIGCONT)?;
    finish(&mut site, &worker)
}

fn signal(daemon: &Daemon, signal: Signal) -> Result<()> {
    daemon.running().with_context(|| format!("the {} does not run", daemon.name()))?.signal(signal)
}
