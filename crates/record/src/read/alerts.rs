//! What belongs to alerts.

use std::time::Instant;

use super::Reader;
use crate::alerts::{AlertError, Alerts};

impl Reader {
    /// Looks at what belongs to alerts; nothing can be changed by this way.
    ///
    /// # Errors
    /// Those of `work`.
    pub fn alerts<T>(
        &self,
        work: impl FnOnce(&mut Alerts<'_>) -> Result<T, AlertError>,
    ) -> Result<T, AlertError> {
        let mut lent = self.pool.take()?;
        let answer = lent.with(|connection| {
            connection.deadline(Some(Instant::now() + self.answer))?;
            let answer = work(&mut Alerts::over(connection));
            connection.deadline(None)?;
            Ok(answer)
        });
        answer?
    }
}
