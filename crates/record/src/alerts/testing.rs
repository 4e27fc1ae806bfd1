//! A record of alerts alone, for tests of what delivers them.

use super::Alerts;
use crate::{
    Database, RecordError, open,
    sql::{Connection, Mode},
};

/// The tables of alerts, in a record that has nothing else.
#[derive(Debug)]
pub struct Tables(Connection);

impl Tables {
    /// Opens them, and makes them where there are none.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn open(database: impl Into<Database>) -> Result<Self, RecordError> {
        open::writer(&database.into()).map(Self)
    }

    /// Does `work` in a transaction: all of it or nothing.
    ///
    /// # Errors
    /// That of `work`, and that of the transaction.
    pub fn write<T>(
        &mut self,
        work: impl FnOnce(&mut Alerts<'_>) -> Result<T, RecordError>,
    ) -> Result<T, RecordError> {
        self.0.transaction(Mode::Write, |connection| work(&mut Alerts::over(connection)))
    }

    /// The alerts, outside any transaction.
    pub const fn alerts(&mut self) -> Alerts<'_> {
        Alerts::over(&mut self.0)
    }
}
