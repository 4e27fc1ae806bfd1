//! Forgets old alerts between batches.

use std::time::{Duration, Instant};

use decnet_event::Timestamp;

use super::Alerts;
use crate::{
    RecordError,
    follow::now,
    keeper::{Chore, Stop, Worked},
    sql::{Connection, Mode},
};

/// How often it is looked whether some are old.
const EVERY: Duration = Duration::from_secs(3600);

/// Forgets alerts that are kept no longer.
#[derive(Debug, Default)]
pub(crate) struct OldAlerts {
    /// When it was last found that none are to go.
    done: Option<Instant>,
}

impl Chore for OldAlerts {
    fn name(&self) -> &'static str {
        "forget old alerts"
    }

    fn work(&mut self, connection: &mut Connection, _stop: &Stop) -> Result<Worked, RecordError> {
        if self.done.is_some_and(|done| done.elapsed() < EVERY) {
            return Ok(Worked::Done);
        }
        let forget = |connection: &mut Connection| Alerts::over(connection).prune(Timestamp(now()));
        if connection.transaction(Mode::Write, forget)? > 0 {
            return Ok(Worked::More);
        }
        self.done = Some(Instant::now());
        Ok(Worked::Done)
    }
}
