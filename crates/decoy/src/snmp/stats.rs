//! What the agent counts of its own traffic.

use std::sync::atomic::{AtomicU32, Ordering};

use super::message::Operation;

/// Counters of the `snmp` group by their number in it, beside those of the message processing
/// and of the user-based security.
#[derive(Debug)]
pub struct Stats {
    snmp: [AtomicU32; 33],
    dispatch: [AtomicU32; 4],
    users: [AtomicU32; 7],
}

impl Default for Stats {
    fn default() -> Self {
        Self {
            snmp: [const { AtomicU32::new(0) }; 33],
            dispatch: Default::default(),
            users: Default::default(),
        }
    }
}

/// Packets received.
pub const IN_PACKETS: usize = 1;
/// Packets sent.
pub const OUT_PACKETS: usize = 2;
/// Packets of a version that there is not.
pub const BAD_VERSIONS: usize = 3;
/// Packets with a wrong community.
pub const BAD_COMMUNITIES: usize = 4;
/// Packets with a community that may not do that.
pub const BAD_USES: usize = 5;
/// Packets that are not SNMP.
pub const BAD_PACKETS: usize = 6;
/// Variables read.
pub const VARIABLES_READ: usize = 13;
/// Answers sent.
pub const RESPONSES: usize = 28;

/// Reports of the user-based security (RFC 3414, section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserFault {
    /// The times do not fit.
    NotInTimeWindow = 2,
    /// There is no such user.
    UnknownUser = 3,
    /// That is not our engine.
    UnknownEngine = 4,
    /// The digest is wrong.
    WrongDigest = 5,
    /// What is encrypted cannot be read.
    Decryption = 6,
}

impl Stats {
    /// Counts one more of the `snmp` group's variable.
    pub fn count(&self, variable: usize) {
        self.add(variable, 1);
    }

    /// Counts more of the `snmp` group's variable.
    pub fn add(&self, variable: usize, more: u32) {
        if let Some(counter) = self.snmp.get(variable) {
            counter.fetch_add(more, Ordering::Relaxed);
        }
    }

    /// A request that is served.
    pub fn request(&self, operation: Operation) {
        match operation {
            Operation::Get => self.count(15),
            Operation::GetNext => self.count(16),
            Operation::Set => self.count(17),
            _ => {}
        }
    }

    /// An answer with an error status of version 1.
    pub fn error(&self, status: i64) {
        match status {
            1 => self.count(20),
            2 => self.count(21),
            3 => self.count(22),
            5 => self.count(24),
            _ => {}
        }
    }

    /// A variable of the `snmp` group.
    pub fn snmp(&self, variable: usize) -> u32 {
        self.snmp.get(variable).map_or(0, |counter| counter.load(Ordering::Relaxed))
    }

    /// A message of version 3 whose security model we do not have.
    pub fn unknown_model(&self) {
        self.dispatch(1);
    }

    /// A message of version 3 that cannot be.
    pub fn invalid(&self) {
        self.dispatch(2);
    }

    fn dispatch(&self, variable: usize) {
        if let Some(counter) = self.dispatch.get(variable) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A variable of the message processing.
    pub fn dispatched(&self, variable: usize) -> u32 {
        self.dispatch.get(variable).map_or(0, |counter| counter.load(Ordering::Relaxed))
    }

    /// Counts a fault of a user and says how many there were.
    pub fn fault(&self, fault: UserFault) -> u32 {
        self.users.get(fault as usize).map_or(0, |counter| counter.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// How many faults there were.
    pub fn faults(&self, variable: usize) -> u32 {
        self.users.get(variable).map_or(0, |counter| counter.load(Ordering::Relaxed))
    }
}
