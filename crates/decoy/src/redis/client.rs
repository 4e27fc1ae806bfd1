//! One client of the server: what is its own.

use super::reply;

/// State of one connection.
#[derive(Debug)]
pub struct Client {
    /// Its number.
    pub id: u64,
    /// The name it gave itself.
    pub name: Vec<u8>,
    /// Version of the protocol it chose.
    pub version: reply::Version,
    /// Its database.
    pub database: usize,
    /// Whether it may give commands.
    pub known: bool,
    /// Commands queued since MULTI, and whether one of them was refused.
    pub queue: Option<(Vec<Vec<Vec<u8>>>, bool)>,
    /// Channels and patterns it listens to.
    pub channels: Vec<(Listens, Vec<u8>)>,
    /// Whether it claims to be a replica.
    pub replica: bool,
    /// Whether answers are held back (`CLIENT REPLY OFF`).
    pub silent: bool,
    /// Whether the connection ends after the answer.
    pub closing: bool,
}

/// How a client listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listens {
    /// To one channel.
    Channel,
    /// To all whose names match.
    Pattern,
}

impl Client {
    /// A client that has just connected; `known` when no log-in is needed.
    pub fn new(id: u64, known: bool) -> Self {
        Self {
            id,
            name: Vec::new(),
            version: reply::Version::Two,
            database: 0,
            known,
            queue: None,
            channels: Vec::new(),
            replica: false,
            silent: false,
            closing: false,
        }
    }
}
