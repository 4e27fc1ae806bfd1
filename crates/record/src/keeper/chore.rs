//! Work beside that of keeping what comes in.

use std::time::Instant;

use super::{pause::Pause, stop::Stop};
use crate::{RecordError, error::chain, sql::Connection};

/// Whether there is more to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Worked {
    /// Another piece may follow at once.
    More,
    /// Nothing for now.
    Done,
}

/// Work that is done in small pieces, each of some ten milliseconds and in transactions of its own.
pub(crate) trait Chore: Send {
    /// What it does, for who reads that it failed.
    fn name(&self) -> &'static str;

    /// Does a piece. Long ones look at `stop`.
    fn work(&mut self, connection: &mut Connection, stop: &Stop) -> Result<Worked, RecordError>;
}

/// A chore, and when it may be asked again.
pub(super) struct Charge {
    chore: Box<dyn Chore>,
    pause: Pause,
    due: Instant,
}

impl Charge {
    pub(super) fn new(chore: Box<dyn Chore>) -> Self {
        Self { chore, pause: Pause::default(), due: Instant::now() }
    }

    /// Does a piece. One that fails is told, and waits: what comes in goes on.
    pub(super) fn work(&mut self, connection: &mut Connection, stop: &Stop) -> Worked {
        if self.due > Instant::now() {
            return Worked::Done;
        }
        match self.chore.work(connection, stop) {
            Ok(worked) => {
                self.pause = Pause::default();
                worked
            }
            Err(error) => {
                tracing::warn!("cannot {}, and will try again: {}", self.chore.name(), chain(&error));
                self.due = Instant::now() + self.pause.next();
                Worked::Done
            }
        }
    }
}
