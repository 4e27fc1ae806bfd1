//! Every bound on what peers may do.

use std::time::Duration;

use decnet_proto::frame::Limit;

/// What peers may do. Tests ask for less.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections of peers that have said who they are.
    pub connections: usize,
    /// Connections of peers that have not; the one that takes longest makes room for the next.
    pub handshakes: usize,
    /// How long a peer may take to say who it is.
    pub handshake: Duration,
    /// New connections of one address in a second, on average.
    pub pace: u32,
    /// New connections of one address that may come at once.
    pub burst: u32,
    /// Connections of one host for one protocol; the oldest makes room for the next.
    pub of_host: usize,
    /// Longest frame.
    pub frame: Limit,
    /// Bytes of a connection that are not yet durable, before no more of it is read.
    pub unkept: usize,
    /// The same of all connections.
    pub unkept_of_all: usize,
    /// Bytes that a host may bring in a second; more of it is read later.
    pub host_rate: u64,
    /// How long a peer may take to take what we say.
    pub deaf: Duration,
    /// How long what was received has to become durable and acknowledged when we end.
    pub last_answers: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4_096,
            handshakes: 256,
            handshake: Duration::from_secs(10),
            pace: 100,
            burst: 200,
            of_host: 2,
            frame: Limit::DEFAULT,
            // What our own sender has on its way, and a little more.
            unkept: 5 << 20,
            unkept_of_all: 64 << 20,
            host_rate: 64 << 20,
            deaf: Duration::from_secs(30),
            last_answers: Duration::from_secs(5),
        }
    }
}

impl Limits {
    /// Descriptors that connections may take.
    pub(crate) fn descriptors(&self) -> u64 {
        (self.connections + self.handshakes) as u64
    }
}
