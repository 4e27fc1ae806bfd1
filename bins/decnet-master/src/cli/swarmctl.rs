//! `swarmctl`: the controller of the swarm, in the foreground or as a daemon.

use decnet_daemon::{
    Exit,
    config::{Config, Flag, Master},
};

use super::{
    Context,
    foreground::{self, Manner},
};
use crate::{
    listening::Listening,
    parts::{Controller, Parts},
    swarm::Settings,
};

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
    pub(super) daemon: bool,
}

impl Swarmctl {
    pub(super) fn run(self, mut context: Context) -> anyhow::Result<Exit> {
        let (config, controller) = self.listen.controller(&mut context)?;
        let parts = Parts { controller: Some(controller), ..Parts::default() };
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let manner = Manner { verb: "swarmctl", word: "controller", threads, daemon: self.listen.daemon };
        foreground::run(&context, &config, parts, manner)
    }
}

impl Listen {
    /// What the controller is told, with the configuration that the flags are in.
    pub(super) fn controller(&self, context: &mut Context) -> anyhow::Result<(Config<Master>, Controller)> {
        // Before flags come to it that a listener does not know.
        let listening = Listening::of(context)?;
        context.command_line.flags.extend(self.flags());
        let config = context.config()?;
        let is_ours = config.role.start_listener && !context.environment.is_managed;
        let controller = Controller {
            settings: Settings::from(&config),
            listening: is_ours.then(|| listening.with(&config)),
        };
        Ok((config, controller))
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
