//! Where log entries come from: four verbs, with a Docker implementation and a scripted twin in the tests.

use std::{error::Error, future::Future, pin::Pin};

use bytes::Bytes;
use decnet_proto::ids::DeckyName;
use futures_util::Stream;
use thiserror::Error;

/// A container whose log is collected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogContainer {
    /// The engine's id: 64 hexadecimal digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The decky it belongs to: the only HOSTNAME it may speak for.
    pub decky: DeckyName,
    /// Slug of its service, or what its lines are filed under when they are not events.
    pub service: String,
    /// Whether it runs an image of the operator's own, whose lines are never events.
    pub custom: bool,
    /// Whether it runs now.
    pub running: bool,
}

/// Which of its two streams a container wrote to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// One entry of a container's log as the engine keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When the engine took it in, in nanoseconds since the Unix epoch.
    pub time: i64,
    /// The stream it was written to.
    pub stream: Channel,
    /// What was written, without its line feed.
    pub bytes: Bytes,
    /// Whether a line feed ended it; engines break longer lines every 16 KiB.
    pub ends_line: bool,
}

/// Something happened to a container of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was started: list anew.
    Started,
    /// It stopped; its log stays until it is removed. Carries its id.
    Died(String),
    /// It was removed, and its log with it. Carries its id.
    Removed(String),
}

/// The engine could not be asked, or broke off.
#[derive(Debug, Error)]
pub enum SourceError {
    /// There is no such container.
    #[error("container {0} is gone")]
    Gone(String),
    /// Anything else.
    #[error("cannot {doing}")]
    Engine {
        /// What was attempted.
        doing: String,
        /// Why it failed.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Entries in the order of the log.
pub type Entries = Pin<Box<dyn Stream<Item = Result<Entry, SourceError>> + Send>>;

/// Changes as they happen.
pub type Changes = Pin<Box<dyn Stream<Item = Result<Change, SourceError>> + Send>>;

/// An engine that keeps logs of containers.
pub trait LogSource: Send + Sync + 'static {
    /// Every container of the fleet, running or not.
    fn list(&self) -> impl Future<Output = Result<Vec<LogContainer>, SourceError>> + Send;

    /// Changes from now on. The stream ends when the engine does.
    fn changes(&self) -> Changes;

    /// Entries from about now on, quickly but without promise: some may be missing, come
    /// twice or out of order.
    fn follow(&self, id: &str) -> Entries;

    /// What the log holds now, exactly: all of it, or its `last` entries. The stream ends.
    fn read(&self, id: &str, last: Option<u32>) -> Entries;
}
