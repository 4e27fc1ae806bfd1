//! `[updater]`: what the updater alone reads.

use std::{net::IpAddr, path::PathBuf};

use super::{Count, section::section};

section! {
    /// What only decnet-updater reads.
    "updater" => Updater {
        /// Folder of the updater's identity in a swarm.
        updater_dir: PathBuf = "/etc/decnet/updater", "decnet-updater: swarm";
        /// Address on which the updater listens for its master.
        updater_host: IpAddr = "0.0.0.0", "decnet-updater: swarm";
        /// Port on which the updater listens for its master.
        updater_port: Count<65_535> = "8766", "decnet-updater: swarm";
    }
}
