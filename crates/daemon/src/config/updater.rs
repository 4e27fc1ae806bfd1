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
        /// Folder of what was pushed: worker and updater in it have the releases, the journal and the link current.
        updater_root: PathBuf = "/var/lib/decnet", "decnet-updater: releases";
        /// Folder of the releases that packages brought.
        updater_packages: PathBuf = "/usr/lib/decnet", "decnet-updater: releases";
        /// Seconds that agent and forwarder have to answer as a new release, before the one before is switched to again.
        updater_deadline: Count<3_600> = "120", "decnet-updater: probe";
        /// Socket of the helper that has units started anew; where there is none, programs are known by their PID files.
        updater_helper_socket: PathBuf = "/run/decnet-updater-helper.sock", "decnet-updater: supervisor";
        /// Program of the helper, which watches over the updater's own update where no service manager runs it.
        updater_helper: PathBuf = "/usr/lib/decnet/decnet-updater-helper", "decnet-updater: update of itself";
    }
}
