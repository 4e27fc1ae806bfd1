//! `[decnet]`: what every program of a host reads.

use std::path::PathBuf;

use super::{Count, HostAddress, Mode, section::section};

section! {
    /// What holds for the whole host, whatever its role.
    "decnet" => Decnet {
        /// Role of the host: master plans and drives agents, agent obeys a master elsewhere. A single host is a master.
        mode: Mode = "master", "decnet-master: which commands there are";
        /// Whether a host in agent mode has no master commands.
        disallow_master: bool = "true", "decnet-master: which commands there are";
        /// Whether daemons also write what only developers want to know (level DEBUG), and the API may empty the record.
        developer: bool = "false", "decnet-agent, decnet-master: diagnostics; decnet-master: api";
        /// File of the daemons' own diagnostics, rotated at 10 MiB with five kept; without it they go to stderr.
        system_logs: Option<PathBuf> = "/var/log/decnet/decnet.system.log", "decnet-agent: diagnostics";
        /// File of the events, one RFC 5424 line each; the JSON records stand beside it with the suffix json.
        ingest_log_file: PathBuf = "/var/log/decnet/decnet.log", "decnet-agent: collector; decnet-master: deploy, collect";
        /// Folder of plans, the fleet seed, and positions in logs.
        state_directory: PathBuf = "/var/lib/decnet", "decnet-agent, decnet-master: plans and positions";
        /// Folder of captured files, each under its SHA-256.
        artifacts_root: PathBuf = "/var/lib/decnet/artifacts", "decnet-agent: collector; decnet-forwarder: artifacts";
        /// Folder of a worker's identity in its swarm; without one in it, its agent listens to nobody but on the socket.
        agent_dir: PathBuf = "/etc/decnet/agent", "decnet-agent, decnet-forwarder: swarm";
        /// Name or address of the host on which the listener is; without one the host of the controller at which this host joined.
        swarm_master_host: Option<HostAddress> = "", "decnet-agent: forwarder; decnet-forwarder: connection";
        /// Port on which the listener takes logs.
        swarm_syslog_port: Count<65_535> = "6514", "decnet-agent: forwarder; decnet-forwarder: connection; decnet-listener: door";
        /// Port of loopback on which the forwarder tells how it goes; without it none is opened, and releases cannot be pushed to the host.
        forwarder_status_port: Option<Count<65_535>> = "9515", "decnet-forwarder: status; decnet-updater: probe";
        /// Socket on which the agent of this host listens.
        agent_socket: PathBuf = "/run/decnet/agent.sock", "decnet-agent: server; decnet-master: client; decnet-updater: probe";
    }
}
