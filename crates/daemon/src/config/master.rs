//! `[master]`: what the master alone reads.

use std::{net::IpAddr, path::PathBuf};

use super::{ControllerUrl, Count, DatabaseAddress, Deployment, section::section};

section! {
    /// What only decnet-master reads.
    "master" => Master {
        /// The agent's program, for a host without a service manager; without it the one beside decnet-master, then the one in PATH.
        agent_program: Option<PathBuf> = "", "decnet-master: deploy";
        /// Where deploy and teardown work unless a flag says otherwise: on this host, or on the hosts of the swarm.
        deployment: Deployment = "unihost", "decnet-master: deploy, teardown, status";
        /// The swarm's controller, as operators reach it.
        swarmctl_url: ControllerUrl = "http://127.0.0.1:8770", "decnet-master: swarm, deploy, teardown, panic, ca, status";
        /// File of the operator's token, for a controller on loopback; without it swarm/operator.token in the state folder.
        swarmctl_token_file: Option<PathBuf> = "", "decnet-master: swarm, deploy, teardown, panic, ca, status";
        /// Folder of an operator's certificate, for a controller elsewhere.
        operator_dir: Option<PathBuf> = "", "decnet-master: swarm, deploy, teardown, panic, ca, status";
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
        /// Public key of who makes the releases: updaters that join keep it, and the controller takes no release that was not signed with it.
        release_key: PathBuf = "/usr/lib/decnet/release-key.pub", "decnet-master: swarmctl";
        /// Whether the swarm's controller starts the listener on its host, where no service manager runs the controller.
        start_listener: bool = "true", "decnet-master: swarmctl";
        /// The listener's program; without it the one beside decnet-master, then the one in PATH.
        listener_program: Option<PathBuf> = "", "decnet-master: swarmctl";
        /// Address on which the API listens; without api-certificate one of loopback.
        api_host: IpAddr = "127.0.0.1", "decnet-master: api, run";
        /// Port on which the API listens.
        api_port: Count<65_535> = "8000", "decnet-master: api, run";
        /// Certificate of API and page on addresses that others can reach, PEM, with those above it behind it.
        api_certificate: Option<PathBuf> = "", "decnet-master: api, web, run";
        /// The key of that certificate, PEM (PKCS #8).
        api_key: Option<PathBuf> = "", "decnet-master: api, web, run";
        /// Address on which the page is served, with the API behind it; without api-certificate one of loopback.
        web_host: IpAddr = "127.0.0.1", "decnet-master: web, run";
        /// Port on which the page is served.
        web_port: Count<65_535> = "8080", "decnet-master: web, run";
        /// How many threads answer requests.
        api_workers: Count<64> = "1", "decnet-master: api, run";
        /// File of the record of what happened; without it record/record.db in the state folder.
        record_file: Option<PathBuf> = "", "decnet-master: api, run";
        /// Database of a server that the record is in, in place of a file.
        db_url: Option<DatabaseAddress> = "", "decnet-master: api, run";
        /// JSON records that are taken into the record; without it those of ingest-log-file on a single host, those of the listener's master-log-file in a swarm.
        record_source: Option<PathBuf> = "", "decnet-master: api, run";
        /// How many days events stay in the record; without it, and the two below, for ever.
        record_days: Option<Count<65_535>> = "", "decnet-master: api, run";
        /// How many MiB the file of the record may take; the oldest events go beyond it.
        record_size: Option<Count<1_048_576>> = "", "decnet-master: api, run";
        /// File of authorities that vouch for receivers of alerts, PEM, beside those that this system trusts.
        alert_authorities: Option<PathBuf> = "", "decnet-master: api, run";
    }
}
