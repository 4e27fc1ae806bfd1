//! The tables brought up to date. The ledger of what was done is in the database itself.

use diesel::{
    SqliteConnection,
    migration::{MigrationSource, MigrationVersion, Result},
    sqlite::Sqlite,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

use crate::StoreError;

/// What makes the tables; each is done once, in order. Never change one that was released.
const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// Name of the ledger.
pub(crate) const LEDGER: &str = "__diesel_schema_migrations";

/// Does what was not done yet: all of it or nothing, and one process at a time.
///
/// # Errors
/// [`StoreError::Newer`] when the ledger has what this program does not know, and
/// [`StoreError::Migrate`].
pub(crate) fn migrate(connection: &mut SqliteConnection) -> std::result::Result<(), StoreError> {
    let done = connection.immediate_transaction(|connection| {
        if let Some(newer) = unknown(connection).map_err(StoreError::Migrate)? {
            return Err(StoreError::Newer(newer.to_string()));
        }
        connection.run_pending_migrations(MIGRATIONS).map(|_| ()).map_err(StoreError::Migrate)
    });
    done.map_err(|error| error.during("bring the store up to date"))
}

/// The newest migration of the ledger that this program does not have.
fn unknown(connection: &mut SqliteConnection) -> Result<Option<MigrationVersion<'static>>> {
    let known = migrations()?;
    let applied = connection.applied_migrations()?;
    Ok(applied.into_iter().filter(|version| !known.contains(version)).max())
}

fn migrations() -> Result<Vec<MigrationVersion<'static>>> {
    let all = MigrationSource::<Sqlite>::migrations(&MIGRATIONS)?;
    Ok(all.iter().map(|migration| migration.name().version().as_owned()).collect())
}

#[cfg(test)]
mod tests {
    use diesel::Connection as _;

    use super::*;

    #[test]
    fn what_was_done_can_be_undone_and_done_again() {
        let mut connection = SqliteConnection::establish(":memory:").unwrap();
        for _ in 0..2 {
            migrate(&mut connection).unwrap();
            connection.revert_all_migrations(MIGRATIONS).unwrap();
        }
        assert_eq!(connection.applied_migrations().unwrap().len(), 0);
    }
}
