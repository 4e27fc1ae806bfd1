//! How much there is.

use decnet_proto::record::Stats;

use super::{Reader, logs::number, period::Span, tally};
use crate::RecordError;

impl Reader {
    /// How much there is.
    ///
    /// # Errors
    /// [`RecordError`], as for every question.
    pub fn stats(&self) -> Result<Stats, RecordError> {
        self.ask("count what there is", |connection| {
            Ok(Stats {
                total_logs: tally::sum(connection, 0, Span::ALL)?.cast_unsigned(),
                unique_attackers: number(connection, "SELECT COUNT(*) FROM attackers", &[])?.cast_unsigned(),
            })
        })
    }
}
