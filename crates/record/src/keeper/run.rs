//! What the thread does.

use std::{sync::Arc, time::Duration};

use super::{
    chore::{Charge, Chore, Worked},
    desk::Desk,
    pause::Pause,
    status::Shared,
    stop::Stop,
};
use crate::{
    RecordError,
    error::chain,
    follow::{Follower, now},
    write::{Applied, Batch, Writer},
};

/// How often to look for new lines. What comes meanwhile is kept in one transaction.
const POLL: Duration = Duration::from_millis(100);

/// Polls without anything new before memory is given back.
const QUIET: u32 = 50;

/// What there is to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// More of the same.
    Busy,
    /// Nothing for now.
    Idle,
}

/// All that keeps a record.
pub(super) struct Keeper {
    writer: Writer,
    follower: Follower,
    chores: Vec<Charge>,
    status: Arc<Shared>,
    stop: Arc<Stop>,
    desk: Arc<Desk>,
    batch: Batch,
    /// Turns since something came.
    quiet: u32,
}

impl Keeper {
    pub(super) fn new(
        writer: Writer,
        follower: Follower,
        chores: Vec<Box<dyn Chore>>,
        status: Arc<Shared>,
        stop: Arc<Stop>,
        desk: Arc<Desk>,
    ) -> Self {
        let chores = chores.into_iter().map(Charge::new).collect();
        let batch = Batch::default();
        Self { writer, follower, chores, status, stop, desk, batch, quiet: 0 }
    }

    /// Keeps the record until it is to stop.
    pub(super) fn run(mut self) {
        let mut pause = Pause::default();
        while !self.stop.is_set() {
            self.desk.work(&mut self.writer);
            match self.turn() {
                Ok(turn) => {
                    pause = Pause::default();
                    self.resume();
                    if turn == Turn::Idle {
                        self.stop.wait(POLL);
                    }
                }
                Err(error) => {
                    self.suspend(&error);
                    self.stop.wait(pause.next());
                }
            }
        }
        self.desk.close();
        if let Err(error) = self.follower.save() {
            tracing::warn!("the ledger of the log is behind, which costs only time: {}", chain(&error));
        }
    }

    fn turn(&mut self) -> Result<Turn, RecordError> {
        // What could not be kept comes first.
        let is_more = self.follower.has_given() || self.follower.read(&mut self.batch)?;
        let came = self.follower.has_given();
        if came {
            self.keep()?;
            self.quiet = 0;
        }
        // Other work gets its turn however much there is to be read: its pieces are small beside a batch.
        let is_work_left = self.work();
        if is_more || is_work_left {
            return Ok(Turn::Busy);
        }
        self.rest()?;
        Ok(Turn::Idle)
    }

    /// Keeps what was read.
    fn keep(&mut self) -> Result<(), RecordError> {
        let counts = self.batch.counts();
        let Applied { events, duplicates, .. } = self.writer.apply(&self.batch, &self.follower.marks())?;
        self.batch.clear();
        let gaps = self.follower.gaps();
        self.status.change(|status| {
            status.lines += counts.lines;
            status.undecodable += counts.undecodable;
            status.events += events;
            status.duplicates += duplicates;
            status.gaps = gaps;
            status.kept = Some(now());
        });
        self.follower.release(&mut self.writer)?;
        let lag = self.follower.lag()?;
        self.status.change(|status| status.lag = lag);
        Ok(())
    }

    /// Does a piece of each chore, and says whether any has more.
    fn work(&mut self) -> bool {
        let mut is_more = false;
        for chore in &mut self.chores {
            is_more |= chore.work(self.writer.connection(), &self.stop) == Worked::More;
        }
        is_more
    }

    /// Nothing is there to do.
    fn rest(&mut self) -> Result<(), RecordError> {
        self.quiet = self.quiet.saturating_add(1);
        if self.quiet == 1 {
            self.batch.shrink();
            self.follower.save()?;
        }
        if self.quiet == QUIET {
            self.writer.connection().release_memory()?;
        }
        Ok(())
    }

    fn suspend(&self, error: &RecordError) {
        let why = chain(error);
        self.status.change(|status| {
            if status.paused.as_ref() != Some(&why) {
                tracing::warn!("nothing is kept for now: {why}");
                status.paused = Some(why);
            }
        });
    }

    fn resume(&self) {
        self.status.change(|status| {
            if status.paused.take().is_some() {
                tracing::info!("what comes is kept again");
            }
        });
    }
}
