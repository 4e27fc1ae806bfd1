//! `[listener]`: what the listener alone reads.

use std::{net::IpAddr, path::PathBuf};

use super::{Count, HostAddress, section::section};

section! {
    /// What only decnet-listener reads.
    "listener" => Listener {
        /// Address on which the listener takes logs.
        listener_host: IpAddr = "0.0.0.0", "decnet-listener: door";
        /// Folder of the listener's identity in its swarm; without one swarm/listener in the state folder, where the controller of the same host keeps it.
        listener_dir: Option<PathBuf> = "", "decnet-listener: swarm";
        /// File of every line that came; the JSON records stand beside it with the suffix json.
        master_log_file: PathBuf = "/var/log/decnet/master/master.log", "decnet-listener: derivation";
        /// Folder in which what came is durable before it is acknowledged.
        spool_directory: PathBuf = "/var/lib/decnet/spool", "decnet-listener: spool";
        /// Folder of the files that workers captured, each under its SHA-256.
        master_artifacts_root: PathBuf = "/var/lib/decnet/master-artifacts", "decnet-listener: artifacts";
        /// Name or address of the host of the master's own listener, for a listener on another host: what it takes it hands on there.
        relay_to: Option<HostAddress> = "", "decnet-listener: relay";
        /// How many connections there may be at once.
        listener_connections: Count<65_535> = "4096", "decnet-listener: door";
        /// How many KiB of log a host may bring in a second; it waits when it would bring more.
        host_rate: Count<1_048_576> = "65536", "decnet-listener: sessions";
        /// How many MiB of captured files a host may bring in a day.
        host_artifacts_quota: Count<1_048_576> = "4096", "decnet-listener: artifacts";
        /// Port of loopback on which the listener tells how it goes; none is opened without it.
        listener_status_port: Option<Count<65_535>> = "9514", "decnet-listener: status";
    }
}
