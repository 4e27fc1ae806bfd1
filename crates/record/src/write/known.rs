//! What the database has, as far as memory knows it.

use super::{alerts::Alerting, blocks, cache::Cache, stream::Stream};
use crate::{RecordError, derive::Digest, open, sql::Connection};

/// How many keys of one sort are known for sure.
const KEYS: usize = 16 << 10;

/// Runs of emitters that are known for sure.
const STREAMS: usize = 4 << 10;

/// An emitter's run: worker, decky, boot.
pub(super) type StreamKey = (i64, i64, i64);

/// A conversation: the id of the stream, and its name there.
pub(super) type SessionKey = (i64, i64);

/// What the database has.
#[derive(Debug)]
pub(super) struct Known {
    /// Ids of words, their sort as a digit before them. Maps whose keys others
    /// have a say in have secret hashes.
    pub(super) words: Cache<Box<str>, i64>,
    pub(super) streams: Cache<StreamKey, Stream>,
    pub(super) sessions: Cache<SessionKey, i64>,
    pub(super) credentials: Cache<Digest, i64>,
    /// The block that the last event came to.
    pub(super) newest_block: blocks::Newest,
    pub(super) alerts: Alerting,
    /// The ids that were given out last.
    pub(super) last: Last,
}

/// The ids that were given out last. None is ever given out again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Last {
    pub(super) word: i64,
    pub(super) event: i64,
    pub(super) stream: i64,
    pub(super) session: i64,
    pub(super) credential: i64,
    pub(super) bounty: i64,
    /// Not an id: how often a mark moved.
    pub(super) moved: i64,
}

impl Known {
    /// Begins with nothing but the ids that were given out.
    pub(super) fn load(connection: &mut Connection) -> Result<Self, RecordError> {
        let event = newest_event(connection)?;
        Ok(Self {
            words: Cache::new(KEYS),
            streams: Cache::new(STREAMS),
            sessions: Cache::new(KEYS),
            credentials: Cache::new(KEYS),
            newest_block: blocks::Newest::of(event),
            alerts: Alerting::load(connection)?,
            last: Last {
                word: newest(connection, "SELECT MAX(id) FROM words")?,
                event,
                stream: newest(connection, "SELECT MAX(id) FROM streams")?,
                session: newest_session(connection)?,
                credential: newest(connection, "SELECT MAX(id) FROM credentials")?,
                bounty: newest(connection, "SELECT MAX(id) FROM bounties")?,
                moved: newest(connection, "SELECT MAX(moved) FROM marks")?,
            },
        })
    }
}

/// The next id.
pub(super) fn next(last: &mut i64) -> i64 {
    *last += 1;
    *last
}

/// Names in `state` of the last ids of what may have been removed since.
const REMOVED_EVENT: &str = "removed_event";
const REMOVED_SESSION: &str = "removed_session";

/// Notes, before events are removed, which ids were given out.
pub(crate) fn note_last(connection: &mut Connection) -> Result<(), RecordError> {
    let (event, session) = (newest_event(connection)?, newest_session(connection)?);
    open::set_number(connection, REMOVED_EVENT, event)?;
    open::set_number(connection, REMOVED_SESSION, session)
}

fn newest_event(connection: &mut Connection) -> Result<i64, RecordError> {
    let removed = open::number(connection, REMOVED_EVENT)?.unwrap_or(0);
    Ok(newest(connection, "SELECT MAX(id) FROM events")?.max(removed))
}

fn newest_session(connection: &mut Connection) -> Result<i64, RecordError> {
    let removed = open::number(connection, REMOVED_SESSION)?.unwrap_or(0);
    Ok(newest(connection, "SELECT MAX(id) FROM sessions")?.max(removed))
}

fn newest(connection: &mut Connection, statement: &str) -> Result<i64, RecordError> {
    Ok(connection.first(statement, &[], |row| row.int_or_none(0))?.flatten().unwrap_or(0))
}
