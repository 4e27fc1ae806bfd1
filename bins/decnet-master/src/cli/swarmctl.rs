//! `swarmctl`: the controller of the swarm, in the foreground or as a daemon.

use std::{ffi::OsString, net::SocketAddr, path::Path, time::Duration};

use anyhow::{Context as _, bail};
use decnet_daemon::{
    Exit,
    config::{Config, Flag, Master},
    detach::{self, Daemon},
    diagnostics,
    lock::RoleLock,
    runtime_dir, signals,
};
use tokio::net::TcpStream;

use super::{Context, wait_for};
use crate::{
    fleet::SwarmFolder,
    listening::Listening,
    swarm::{Bound, Settings},
};

/// How long a daemon may take to listen.
const PATIENCE: Duration = Duration::from_secs(15);

/// Run the controller of the swarm
///
/// It listens for operators on loopback, with the token in the file swarm/operator.token of the
/// state folder, and for workers with TLS. It ends on SIGTERM; what runs on the hosts goes on running.
#[derive(clap::Args)]
pub(super) struct Swarmctl {
    #[command(flatten)]
    listen: Listen,
}

/// Where the controller listens.
#[derive(clap::Args)]
pub(super) struct Listen {
    /// Address for operators; without --tls one of loopback [configuration key: swarmctl-host]
    #[arg(long, value_name = "ADDRESS")]
    host: Option<String>,
    /// Port for operators [configuration key: swarmctl-port]
    #[arg(long, value_name = "PORT")]
    port: Option<String>,
    /// Operators speak TLS and show certificates of the swarm's authority, not the token
    /// [configuration key: swarmctl-tls]
    #[arg(long)]
    tls: bool,
    /// Address for workers [configuration key: worker-host]
    #[arg(long, value_name = "ADDRESS")]
    worker_host: Option<String>,
    /// Port for workers [configuration key: worker-port]
    #[arg(long, value_name = "PORT")]
    worker_port: Option<String>,
    /// Leave the listener to others [configuration key: start-listener]
    ///
    /// Without it the controller starts the listener of its host, and again when that ends, unless a
    /// service manager runs the controller. It goes on when the controller ends.
    #[arg(long)]
    no_listener: bool,
    /// Go on in the background, once it listens
    #[arg(short, long)]
    daemon: bool,
}

impl Swarmctl {
    pub(super) fn run(self, context: Context) -> anyhow::Result<Exit> {
        self.listen.run(context, "swarmctl")
    }
}

impl Listen {
    /// Runs what a master has; `verb` is how it was asked to.
    pub(super) fn run(self, mut context: Context, verb: &str) -> anyhow::Result<Exit> {
        // Before flags come to it that a listener does not know.
        let listening = Listening::of(&context)?;
        let own = self.flags();
        context.command_line.flags.extend(own.iter().cloned());
        let config = context.config()?;
        if self.daemon {
            let arguments = arguments(&context, verb);
            wait_for(start(&context, &config, arguments))??;
            return Ok(Exit::Success);
        }
        let is_ours = config.role.start_listener && !context.environment.is_managed;
        foreground(&config, is_ours.then(|| listening.with(&config)))
    }

    fn flags(&self) -> Vec<Flag> {
        let tls = self.tls.then(|| "true".to_owned());
        let start_listener = self.no_listener.then(|| "false".to_owned());
        let own = [
            ("swarmctl-host", "--host", &self.host),
            ("swarmctl-port", "--port", &self.port),
            ("swarmctl-tls", "--tls", &tls),
            ("worker-host", "--worker-host", &self.worker_host),
            ("worker-port", "--worker-port", &self.worker_port),
            ("start-listener", "--no-listener", &start_listener),
        ];
        let given = own.into_iter().filter_map(|(key, flag, value)| Some((key, flag, value.clone()?)));
        given.map(|(key, flag, value)| Flag { key, flag: flag.to_owned(), value }).collect()
    }
}

/// The command line of a daemon that does the same.
fn arguments(context: &Context, verb: &str) -> Vec<OsString> {
    let mut arguments = vec![OsString::from(verb)];
    if let Some(file) = &context.command_line.config_file {
        arguments.extend(["--config-file".into(), file.into()]);
    }
    for Flag { flag, value, .. } in &context.command_line.flags {
        arguments.push(flag.into());
        if !["--tls", "--no-listener"].contains(&flag.as_str()) {
            arguments.push(value.into());
        }
    }
    arguments
}

fn foreground(config: &Config<Master>, listening: Option<Listening>) -> anyhow::Result<Exit> {
    let file = config.decnet.system_logs.as_deref();
    diagnostics::init(diagnostics::Options { developer: config.decnet.developer, file })?;
    let _role = take_role(&config.decnet.state_directory)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("cannot start the runtime")?.block_on(async {
        let signals = signals::listen().context("cannot listen to signals")?;
        let bound = Bound::open(Settings::from(config)).await?;
        tracing::info!(
            "listening for operators on {}, for workers on {}",
            bound.operators()?,
            bound.workers()?
        );
        // The listener's identity is in its folder by now.
        let beside = async {
            match listening {
                Some(listening) => listening.keep_forever().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = bound.serve(signals.shutdown) => {}
            () = beside => {}
        }
        tracing::info!("ended");
        Ok(Exit::Success)
    })
}

/// One controller for a state folder.
fn take_role(state: &Path) -> anyhow::Result<RoleLock> {
    let folder = SwarmFolder::of(state);
    folder.make()?;
    folder.lock()
}

async fn start(context: &Context, config: &Config<Master>, arguments: Vec<OsString>) -> anyhow::Result<()> {
    let state = &config.decnet.state_directory;
    // One that runs is told of before a second one is started.
    drop(take_role(state)?);
    let settings = Settings::from(config);
    let daemon = Daemon {
        program: std::env::current_exe().context("cannot tell where decnet-master is")?,
        arguments,
        output: config.decnet.ingest_log_file.with_extension("controller.log"),
        pid_file: runtime_dir::open(&context.environment)?.join("controller.pid"),
    };
    for address in [settings.operators, settings.workers] {
        if answers(address).await {
            bail!("somebody else listens on {address}");
        }
    }
    let listens = async || answers(settings.operators).await && answers(settings.workers).await;
    detach::start(&daemon, PATIENCE, listens).await?;
    Ok(())
}

async fn answers(address: SocketAddr) -> bool {
    TcpStream::connect(address).await.is_ok()
}
