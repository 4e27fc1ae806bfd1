//! What only SQLite does: a file of pages, of which some are free.

use rusqlite::Connection as Database;

use crate::{RecordError, sql::Connection};

/// How many bytes the file would have without its free pages; 0 where there is no file.
pub(super) fn bytes(connection: &mut Connection) -> Result<u64, RecordError> {
    let Some(database) = connection.sqlite() else { return Ok(0) };
    let database = database.inner();
    let pages = number(database, "page_count")?.saturating_sub(number(database, "freelist_count")?);
    Ok(pages.saturating_mul(number(database, "page_size")?))
}

/// Gives some free pages back to the system, and says whether any were there.
pub(super) fn vacuum(connection: &mut Connection, pages: u32) -> Result<bool, RecordError> {
    let Some(database) = connection.sqlite() else { return Ok(false) };
    let database = database.inner();
    if number(database, "freelist_count")? == 0 {
        return Ok(false);
    }
    // Each page that is given back is a row.
    let mut statement = database.prepare(&format!("PRAGMA incremental_vacuum({pages})"))?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(true)
}

fn number(database: &Database, name: &str) -> Result<u64, RecordError> {
    let number: i64 = database.pragma_query_value(None, name, |row| row.get(0))?;
    Ok(number.try_into().unwrap_or(0))
}
