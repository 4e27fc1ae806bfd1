//! What databases of servers have in common: they go away, and come back.
//!
//! A connection that is lost is made anew when it is needed next, but never within a transaction: what
//! was done of it is lost with it, and who does it has to begin it again.

use std::time::{Duration, Instant};

use super::{Insert, Mode, More, Row, Value};
use crate::{RecordError, database::DatabaseUrl};

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// To keep the record: there is one such connection.
    Writer,
    /// To read: it cannot change anything.
    Reader,
}

/// How many rows are fetched first when they may not all be wanted; then more and more.
const FIRST: i64 = if cfg!(test) { 2 } else { 64 };

/// How much more is fetched each time. What was fetched before is gone over again, which is a third at most.
const GROWTH: i64 = 4;

/// A connection while it lasts.
pub(crate) trait Session: Sized {
    /// Connects, and takes the lock of who writes.
    fn connect(url: &DatabaseUrl, role: Role) -> Result<Self, RecordError>;

    /// Begins a transaction whose statements may each take so long.
    fn begin(&mut self, mode: Mode, patience: Option<Duration>) -> Result<(), RecordError>;

    /// Ends it.
    fn end(&mut self, keep: bool) -> Result<(), RecordError>;

    /// Carries out statements without values, within a transaction or not.
    fn batch(&mut self, statements: &str, is_within: bool) -> Result<(), RecordError>;

    /// Carries out a statement, and says how many rows it found.
    fn run(&mut self, statement: &str, values: &[Value<'_>]) -> Result<u64, RecordError>;

    /// Carries out a statement for every `width` values.
    fn run_each(
        &mut self,
        statement: &str,
        width: usize,
        values: &[Value<'_>],
        changed: &mut dyn FnMut(u64),
    ) -> Result<(), RecordError>;

    /// Adds rows.
    fn insert(&mut self, into: Insert<'_>, values: &[Value<'_>]) -> Result<(), RecordError>;

    /// Gives rows to `each`.
    fn query(
        &mut self,
        statement: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<More, RecordError>,
    ) -> Result<(), RecordError>;

    /// Whether there is a table of this name.
    fn has_table(&mut self, name: &str) -> Result<bool, RecordError>;
}

/// A database of a server.
#[derive(Debug)]
pub(crate) struct Server<S> {
    url: DatabaseUrl,
    role: Role,
    session: Option<S>,
    /// How often it was connected to.
    epoch: u64,
    is_within: bool,
    /// Something of the transaction failed: it can only be undone.
    is_spoilt: bool,
    deadline: Option<Instant>,
}

impl<S: Session> Server<S> {
    /// Connects.
    pub(super) fn open(url: &DatabaseUrl, role: Role) -> Result<Self, RecordError> {
        let mut server = Self {
            url: url.clone(),
            role,
            session: None,
            epoch: 0,
            is_within: false,
            is_spoilt: false,
            deadline: None,
        };
        server.session()?;
        Ok(server)
    }

    /// Grows with every connection: what was known through another one may be wrong.
    pub(super) const fn epoch(&self) -> u64 {
        self.epoch
    }

    pub(super) const fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.deadline = deadline;
    }

    pub(super) fn begin(&mut self, mode: Mode) -> Result<(), RecordError> {
        let patience = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let mut begun = self.with(|session| session.begin(mode, patience));
        // It may have gone while nobody needed it, and nothing is lost with it.
        if matches!(begun, Err(RecordError::Lost { .. })) {
            begun = self.with(|session| session.begin(mode, patience));
        }
        (self.is_within, self.is_spoilt) = (begun.is_ok(), false);
        begun
    }

    /// Ends a transaction. One of which something failed is never kept: some servers would keep the rest, and
    /// some nothing without saying so.
    pub(super) fn end(&mut self, keep: bool) -> Result<(), RecordError> {
        if keep && self.is_spoilt {
            return Err(RecordError::Row { what: "a transaction without failures" });
        }
        let ended = match &mut self.session {
            None if !keep => Ok(()),
            Some(session) if !keep => session.end(false),
            _ => self.with(|session| session.end(true)),
        };
        if matches!(ended, Err(RecordError::Lost { .. })) {
            self.session = None;
        }
        if !keep || ended.is_ok() {
            self.is_within = false;
        }
        ended
    }

    /// Does `work` with the connection, if there is time left.
    pub(super) fn with<T>(
        &mut self,
        work: impl FnOnce(&mut S) -> Result<T, RecordError>,
    ) -> Result<T, RecordError> {
        if self.is_late() {
            self.is_spoilt = true;
            return Err(RecordError::TooLong);
        }
        let done = self.session().and_then(work);
        self.is_spoilt |= done.is_err();
        if matches!(done, Err(RecordError::Lost { .. })) {
            self.session = None;
        }
        done
    }

    pub(super) fn batch(&mut self, statements: &str) -> Result<(), RecordError> {
        let is_within = self.is_within;
        self.with(|session| session.batch(statements, is_within))
    }

    /// Gives rows that have an order to `each`, some at a time: it may have enough soon.
    pub(super) fn walk(
        &mut self,
        statement: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<More, RecordError>,
    ) -> Result<(), RecordError> {
        let statement = format!("{statement} LIMIT ? OFFSET ?");
        let (mut most, mut seen) = (FIRST, 0);
        loop {
            let (mut met, mut more) = (0, More::Yes);
            let values = [values, &[Value::Int(most), Value::Int(seen)]].concat();
            self.with(|session| {
                session.query(&statement, &values, &mut |row| {
                    met += 1;
                    more = each(row)?;
                    Ok(more)
                })
            })?;
            if met < most || more == More::No {
                return Ok(());
            }
            (seen, most) = (seen + met, most.saturating_mul(GROWTH));
        }
    }

    fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    fn session(&mut self) -> Result<&mut S, RecordError> {
        let session = match self.session.take() {
            Some(session) => session,
            None if self.is_within => return Err(RecordError::Lost { source: "it was lost before".into() }),
            None => {
                self.epoch += 1;
                S::connect(&self.url, self.role)?
            }
        };
        Ok(self.session.insert(session))
    }
}
