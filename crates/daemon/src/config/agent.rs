//! `[agent]`: what the agent alone reads.

use std::{net::IpAddr, path::PathBuf};

use super::{Count, section::section};

section! {
    /// What only decnet-agent reads, on a single host too.
    "agent" => Agent {
        /// Socket of the Docker engine.
        docker_socket: PathBuf = "/var/run/docker.sock", "decnet-agent: engine";
        /// The decoys' program, static, from which the image is built; without it the one beside decnet-agent.
        decoy_program: Option<PathBuf> = "", "decnet-agent: image";
        /// Address on which the agent listens for its master.
        agent_host: IpAddr = "0.0.0.0", "decnet-agent: swarm";
        /// Port on which the agent listens for its master.
        agent_port: Count<65_535> = "8765", "decnet-agent: swarm";
        /// Whether the agent of a host in a swarm starts the forwarder, where no service manager runs the agent.
        start_forwarder: bool = "true", "decnet-agent: forwarder";
        /// The forwarder's program; without it the one beside decnet-agent.
        forwarder_program: Option<PathBuf> = "", "decnet-agent: forwarder";
        /// How many deckies are worked on at once.
        parallel: Count<64> = "8", "decnet-agent: deploy, teardown";
        /// Room for the captured files of one decky, in MiB.
        artifacts_quota: Count<1_048_576> = "1024", "decnet-agent: collector";
        /// Size at which the collector rotates the event log, in MiB.
        log_rotate_size: Count<1_048_576> = "100", "decnet-agent: collector";
        /// How many rotated event logs are kept.
        log_rotate_keep: Count<100> = "10", "decnet-agent: collector";
    }
}
