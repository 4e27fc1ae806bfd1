//! `[forwarder]`: what the forwarder alone reads.

use std::path::PathBuf;

use super::{Count, HostAddress, section::section};

section! {
    /// What only decnet-forwarder reads.
    "forwarder" => Forwarder {
        /// Folder of the position up to which everything was acknowledged.
        forwarder_state: PathBuf = "/var/lib/decnet/forwarder", "decnet-forwarder: ledger";
        /// How often the log is looked at when there is nothing new in it, in milliseconds.
        poll_interval: Count<60_000> = "200", "decnet-forwarder: tail";
        /// Certificates of the authority of a receiver that is no DECNET listener, PEM: with it, plain RFC 5425 is spoken, and lines may come twice there, or be lost when it ends.
        receiver_authority: Option<PathBuf> = "", "decnet-forwarder: plain receivers";
        /// What such a receiver's certificate must name; swarm-master-host if it is not given.
        receiver_name: Option<HostAddress> = "", "decnet-forwarder: plain receivers";
        /// Our certificate for such a receiver, PEM, with those above it behind it.
        receiver_certificate: Option<PathBuf> = "", "decnet-forwarder: plain receivers";
        /// The key of that certificate, PEM (PKCS #8).
        receiver_key: Option<PathBuf> = "", "decnet-forwarder: plain receivers";
        /// Most MiB of the log that may wait for the listener; beyond it the oldest lines are dropped, and a gap is told. None are dropped without it.
        lag_limit: Option<Count<1_048_576>> = "", "decnet-forwarder: tail";
    }
}
