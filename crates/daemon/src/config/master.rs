//! `[master]`: what the master alone reads.

use std::path::PathBuf;

use super::section::section;

section! {
    /// What only decnet-master reads.
    "master" => Master {
        /// The agent's program, for a host without a service manager; without it the one beside decnet-master, then the one in PATH.
        agent_program: Option<PathBuf> = "", "decnet-master: deploy";
    }
}
