//! The command line: one file per verb.

mod api;
mod archetypes;
mod ca;
mod collect;
mod completions;
mod db_reset;
mod deploy;
mod distros;
mod doctor;
mod foreground;
mod gate;
mod later;
mod man;
mod panic;
mod record;
mod redeploy;
mod reference;
mod run;
mod services;
mod status;
mod swarm;
mod swarmctl;
mod teardown;
mod web;

use std::ffi::OsString;

use anyhow::Context as _;
use clap::{CommandFactory as _, Parser, Subcommand};
use decnet_daemon::{
    Exit,
    args::{self, HostFlags, STYLES},
    config::{self, Agent, CommandLine, Config, Flag, Gate, Listener, Master},
    environment::Environment,
};

pub use reference::reference;

const ABOUT: &str = "Plans fleets of fake machines and has the agent of the host run them.";

const AFTER_HELP: &str = "\
Exit codes: 0 all went well, 1 something failed, 64 the command line cannot be obeyed,
78 the configuration cannot be obeyed.";

/// Every command.
#[derive(Parser)]
#[command(name = "decnet-master", version, about = ABOUT, after_help = AFTER_HELP, styles = STYLES)]
pub(crate) struct Cli {
    #[command(flatten)]
    host: HostFlags,
    #[command(subcommand)]
    verb: Verb,
}

/// What is left on a host that is an agent.
#[derive(Parser)]
#[command(name = "decnet-master", version, about = ABOUT, after_help = AFTER_HELP, styles = STYLES)]
struct AgentHostCli {
    #[command(flatten)]
    host: HostFlags,
    #[command(subcommand)]
    verb: AnyHostVerb,
}

#[derive(Subcommand)]
enum Verb {
    #[command(flatten)]
    Master(MasterVerb),
    #[command(flatten)]
    AnyHost(AnyHostVerb),
}

/// What only a master does.
#[derive(Subcommand)]
enum MasterVerb {
    /// Make the host, or the swarm, run exactly the fleet that a file or flags describe
    Deploy(Box<deploy::Deploy>),
    /// Take the whole fleet or one decky down
    Teardown(teardown::Teardown),
    /// Send the last plan again: what differs from it is mended
    Redeploy(redeploy::Redeploy),
    /// Have the agent collect events into another file
    Collect(collect::Collect),
    /// Run all that a master has: the controller of the swarm, the API and the page
    ///
    /// The flags are the controller's; the configuration says where API and page listen (api-host, api-port,
    /// web-host, web-port). The first time it makes the user admin, and says the password, once. It ends on
    /// SIGTERM or SIGINT, when what is under way has ended, after ten seconds at the latest; a second SIGINT
    /// ends it at once. What runs on the hosts goes on running.
    Run(run::Run),
    /// Run the controller of the swarm
    Swarmctl(swarmctl::Swarmctl),
    /// Take events into the record, and answer questions to it
    Api(api::Api),
    /// Serve the page, with the API behind it
    Web(web::Web),
    /// Copies of the record of what happened
    Record(record::Record),
    /// List the services that a decky can have
    Services(services::Services),
    /// List the kinds of machine that a decky can be
    Archetypes(archetypes::Archetypes),
    /// List the distributions that a decky can run
    Distros(distros::Distros),
    /// The hosts of the swarm: let them in, look after them, take them out
    Swarm(Box<swarm::Swarm>),
    /// Take every decky of the swarm down at once
    Panic(panic::Panic),
    /// The authority that signs the swarm's certificates
    Ca(ca::Ca),
    /// Empty what the master remembers of the swarm
    DbReset(db_reset::DbReset),
}

/// What every host can do.
#[derive(Subcommand)]
enum AnyHostVerb {
    /// Show the deckies, the agent and its collector
    Status(status::Status),
    /// Check what the host can do and what stands in the way
    Doctor(doctor::Doctor),
    /// Print completions for a shell
    Completions(completions::Completions),
    /// Print the manual page, or write the pages of all commands into a folder
    Man(man::Man),
}

/// What a verb may ask of its surroundings.
pub(crate) struct Context {
    pub(crate) environment: Environment,
    command_line: CommandLine,
}

impl Context {
    /// The configuration, with the warnings told.
    pub(crate) fn config(&self) -> anyhow::Result<Config<Master>> {
        let config = config::load::<Master>(&self.command_line, &self.environment)?;
        config.warnings.iter().for_each(|warning| crate::failure::note(warning));
        Ok(config)
    }

    /// The configuration that an agent on this host would have.
    pub(crate) fn agent_config(&self) -> anyhow::Result<Config<Agent>> {
        Ok(config::load::<Agent>(&self.command_line, &self.environment)?)
    }

    /// The configuration that a listener on this host would have.
    pub(crate) fn listener_config(&self) -> anyhow::Result<Config<Listener>> {
        Ok(config::load::<Listener>(&self.command_line, &self.environment)?)
    }

    /// The configuration with one more flag.
    pub(crate) fn config_with(
        &mut self,
        key: &'static str,
        flag: &str,
        value: Option<&str>,
    ) -> anyhow::Result<Config<Master>> {
        self.add_flag(key, flag, value);
        self.config()
    }

    /// Adds a flag to the configuration, if it was given.
    pub(crate) fn add_flag(&mut self, key: &'static str, flag: &str, value: Option<&str>) {
        let value = value.map(|value| Flag { key, flag: flag.to_owned(), value: value.to_owned() });
        self.command_line.flags.extend(value);
    }

    /// The tree of commands that this host has.
    fn tree(&self) -> clap::Command {
        match config::gate(&self.command_line, &self.environment) {
            Gate::Open => Cli::command(),
            Gate::Shut => AgentHostCli::command(),
        }
    }

    /// The flags that an agent or a listener needs to see what we see; they have the same names there.
    pub(crate) fn host_arguments(&self) -> Vec<OsString> {
        let file =
            self.command_line.config_file.iter().flat_map(|file| ["--config-file".into(), file.into()]);
        let flags =
            self.command_line.flags.iter().flat_map(|flag| [(&flag.flag).into(), (&flag.value).into()]);
        file.chain(flags).collect()
    }
}

/// The whole tree of commands, as on a host that is a master.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Reads the command line, or tells what is wrong with it and how to exit.
pub(crate) fn parse(arguments: &[OsString], environment: &Environment) -> Result<Cli, Exit> {
    let parsed = match config::gate(&CommandLine::default(), environment) {
        Gate::Open => args::try_parse::<Cli>(Cli::command(), arguments),
        Gate::Shut => parse_agent_host(arguments),
    };
    let shut_by_flag = |cli: &Cli| {
        matches!(cli.verb, Verb::Master(_))
            && config::gate(&cli.host.command_line(), environment) == Gate::Shut
    };
    let parsed = match parsed {
        Ok(cli) if cli.host.config_file.is_some() && shut_by_flag(&cli) => parse_agent_host(arguments),
        parsed => parsed,
    };
    let told = |error: &clap::Error| gate::report(error).or_else(|| later::report(error));
    parsed.map_err(|error| told(&error).unwrap_or_else(|| args::report(&error)))
}

fn parse_agent_host(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let cli: AgentHostCli = args::try_parse(AgentHostCli::command(), arguments)?;
    Ok(Cli { host: cli.host, verb: Verb::AnyHost(cli.verb) })
}

impl Cli {
    /// Does what the verb says.
    pub(crate) fn run(self, environment: Environment) -> anyhow::Result<Exit> {
        let context = Context { environment, command_line: self.host.command_line() };
        match self.verb {
            Verb::Master(verb) => verb.run(context),
            Verb::AnyHost(verb) => verb.run(&context),
        }
    }
}

impl MasterVerb {
    fn run(self, context: Context) -> anyhow::Result<Exit> {
        gate::check(&context)?;
        match self {
            Self::Deploy(verb) => verb.run(context),
            Self::Teardown(verb) => wait_for(verb.run(context))?,
            Self::Redeploy(verb) => wait_for(verb.run(&context))?,
            Self::Collect(verb) => wait_for(verb.run(context))?,
            Self::Run(verb) => verb.run(context),
            Self::Swarmctl(verb) => verb.run(context),
            Self::Api(verb) => verb.run(context),
            Self::Web(verb) => verb.run(context),
            Self::Record(verb) => verb.run(&context),
            Self::Services(verb) => verb.run(),
            Self::Archetypes(verb) => verb.run(),
            Self::Distros(verb) => verb.run(),
            Self::Swarm(verb) => verb.run(context),
            Self::Panic(verb) => wait_for(verb.run(context))?,
            Self::Ca(verb) => verb.run(context),
            Self::DbReset(verb) => wait_for(verb.run(&context))?,
        }
    }
}

impl AnyHostVerb {
    fn run(self, context: &Context) -> anyhow::Result<Exit> {
        match self {
            Self::Status(verb) => wait_for(verb.run(context))?,
            Self::Doctor(verb) => wait_for(verb.run(context))?,
            Self::Completions(verb) => verb.run(context),
            Self::Man(verb) => verb.run(context),
        }
    }
}

/// Runs what waits for something, on a runtime of this thread.
fn wait_for<T>(work: impl Future<Output = T>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    Ok(runtime.context("cannot start the runtime")?.block_on(work))
}
