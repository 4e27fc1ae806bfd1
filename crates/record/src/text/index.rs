//! Indexes of words as the databases have them.

use super::{Sought, fts5, fulltext, tsvector};
use crate::{RecordError, sql::Connection};

/// The beginning of a word is short up to so many bytes.
const SHORT: usize = 3;

/// How a database finds lines by their words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Index {
    /// Full-text search of SQLite.
    Fts5,
    /// That of PostgreSQL.
    TsVector,
    /// That of MariaDB.
    FullText,
}

impl Index {
    /// The one that `connection` has.
    pub(crate) const fn of(connection: &Connection) -> Self {
        match connection {
            Connection::Sqlite(_) => Self::Fts5,
            Connection::Postgres(_) => Self::TsVector,
            Connection::MariaDb(_) => Self::FullText,
        }
    }

    /// Makes the table of a new stretch.
    pub(super) fn create(self, connection: &mut Connection, stretch: i64) -> Result<(), RecordError> {
        match self {
            Self::Fts5 => fts5::create(connection, stretch),
            Self::TsVector => tsvector::create(connection, stretch),
            Self::FullText => fulltext::create(connection, stretch),
        }
    }

    /// Adds the words of events of a stretch, by their ids, which grow.
    pub(super) fn add<'w>(
        self,
        connection: &mut Connection,
        stretch: i64,
        events: impl Iterator<Item = (i64, &'w str)>,
    ) -> Result<(), RecordError> {
        match self {
            Self::Fts5 => fts5::add(connection, stretch, events),
            Self::TsVector => tsvector::add(connection, stretch, events),
            Self::FullText => fulltext::add(connection, stretch, events),
        }
    }

    /// Drops the table of a stretch, with all that is in it.
    pub(super) fn drop(connection: &mut Connection, stretch: i64) -> Result<(), RecordError> {
        connection.batch(&format!("DROP TABLE IF EXISTS text_{stretch}"))
    }

    /// The words among those sought that are worth asking for in a stretch whose events end before `next`:
    /// what nearly every line says tells nothing, and what begins short words takes long to gather. Lines are
    /// looked at for all of them anyway.
    pub(crate) fn telling(
        self,
        connection: &mut Connection,
        (stretch, next): (i64, i64),
        sought: &Sought,
    ) -> Result<Sought, RecordError> {
        let mut words = Vec::new();
        for (word, goes_on) in &sought.words {
            let is_short = *goes_on && word.len() <= SHORT;
            let is_worth = match self {
                _ if sought.words.len() < 2 => true,
                Self::Fts5 => !is_short && (*goes_on || !fts5::is_common(connection, (stretch, next), word)?),
                // It knows itself which words are common.
                Self::TsVector => true,
                Self::FullText => !is_short,
            };
            if is_worth {
                words.push((word.clone(), *goes_on));
            }
        }
        Ok(if words.is_empty() { sought.clone() } else { Sought { words } })
    }

    /// What stands in place of the table of events in a statement that is only to see those that may have
    /// the words sought: behind `FROM` and in front of conditions that begin with `AND`. Its one value is
    /// [`Index::question`].
    pub(crate) fn candidates(self, stretch: i64) -> String {
        match self {
            Self::Fts5 => fts5::candidates(stretch),
            Self::TsVector => tsvector::candidates(stretch),
            Self::FullText => fulltext::candidates(stretch),
        }
    }

    /// The column of the table above that has the ids in their order.
    pub(crate) fn id(self, stretch: i64) -> String {
        match self {
            Self::Fts5 => fts5::id(stretch),
            Self::TsVector | Self::FullText => format!("text_{stretch}.event"),
        }
    }

    /// The words sought, as the database wants to be asked.
    pub(crate) fn question(self, sought: &Sought) -> String {
        match self {
            Self::Fts5 => fts5::question(sought),
            Self::TsVector => tsvector::question(sought),
            Self::FullText => fulltext::question(sought),
        }
    }
}
