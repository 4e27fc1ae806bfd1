//! `[forwarder]`: what the forwarder alone reads.

use std::path::PathBuf;

use super::{Count, HostAddress, section::section};

section! {
    /// What only decnet-forwarder reads.
    "forwarder" => Forwarder {
        /// Name or address of the host on which the listener is; without one there is nobody to ship to.
        swarm_master_host: Option<HostAddress> = "", "decnet-forwarder: connection";
        /// Folder of the position up to which everything was acknowledged.
        forwarder_state: PathBuf = "/var/lib/decnet/forwarder", "decnet-forwarder: ledger";
        /// How often the log is looked at when there is nothing new in it, in milliseconds.
        poll_interval: Count<60_000> = "200", "decnet-forwarder: tail";
        /// Most MiB of the log that may wait for the listener; beyond it the oldest lines are dropped, and a gap is told. None are dropped without it.
        lag_limit: Option<Count<1_048_576>> = "", "decnet-forwarder: tail";
    }
}
