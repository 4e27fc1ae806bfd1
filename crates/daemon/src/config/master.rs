//! `[master]`: what the master alone reads.

use std::{net::IpAddr, path::PathBuf};

use super::{Count, section::section};

section! {
    /// What only decnet-master reads.
    "master" => Master {
        /// The agent's program, for a host without a service manager; without it the one beside decnet-master, then the one in PATH.
        agent_program: Option<PathBuf> = "", "decnet-master: deploy";
        /// Address on which the swarm's controller listens for operators; without swarmctl-tls one of loopback.
        swarmctl_host: IpAddr = "127.0.0.1", "decnet-master: swarmctl";
        /// Port on which the swarm's controller listens for operators.
        swarmctl_port: Count<65_535> = "8770", "decnet-master: swarmctl";
        /// Whether operators speak TLS there and show certificates; without it, the operator's token over plain HTTP.
        swarmctl_tls: bool = "false", "decnet-master: swarmctl";
        /// Address on which the swarm's controller listens for workers.
        worker_host: IpAddr = "0.0.0.0", "decnet-master: swarmctl";
        /// Port on which the swarm's controller listens for workers.
        worker_port: Count<65_535> = "8771", "decnet-master: swarmctl";
    }
}
