//! What only a master does, and is not done on a host that is an agent.
//!
//! Such a host has no such commands: help and completions do not show them, the parser does not
//! take them, and a command that is reached all the same refuses.

use anyhow::bail;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use decnet_daemon::{
    Exit,
    config::{self, Gate},
};

use super::Context;
use crate::failure::{self, Misuse};

/// The commands, and groups of commands.
pub(super) const MASTER_ONLY: [&str; 16] = [
    "api",
    "archetypes",
    "ca",
    "collect",
    "db-reset",
    "deploy",
    "distros",
    "panic",
    "record",
    "redeploy",
    "run",
    "services",
    "swarm",
    "swarmctl",
    "teardown",
    "web",
];

/// Why, and what to do.
const REASON: &str = "this host is an agent (mode = agent), and only masters do that: \
    run it on the master, or set DECNET_DISALLOW_MASTER=false where a host is both";

/// Refuses on a host that is an agent.
pub(super) fn check(context: &Context) -> anyhow::Result<()> {
    if config::gate(&context.command_line, &context.environment) == Gate::Shut {
        bail!(Misuse(REASON.to_owned()));
    }
    Ok(())
}

/// Tells that what the parser of an agent's host does not know is for masters, if it is.
pub(super) fn report(error: &clap::Error) -> Option<Exit> {
    if error.kind() != ErrorKind::InvalidSubcommand {
        return None;
    }
    let Some(ContextValue::String(name)) = error.get(ContextKind::InvalidSubcommand) else { return None };
    let name = MASTER_ONLY.iter().find(|command| *command == name)?;
    Some(failure::report(&Misuse(format!("{name}: {REASON}")).into()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;
    use decnet_daemon::environment::Environment;

    use super::*;
    use crate::cli::{AgentHostCli, Cli, MasterVerb, distros::Distros, parse};

    fn names(command: &clap::Command) -> Vec<String> {
        let names = command.get_subcommands().map(|verb| verb.get_name().to_owned());
        let mut names: Vec<_> = names.filter(|name| name != "help").collect();
        names.sort();
        names
    }

    #[test]
    fn the_list_is_what_an_agent_host_lacks() {
        let left = names(&AgentHostCli::command());
        let mut all: Vec<_> =
            MASTER_ONLY.iter().map(|name| (*name).to_owned()).chain(left.iter().cloned()).collect();
        all.sort();
        assert_eq!(all, names(&Cli::command()));
        assert_eq!(left, ["completions", "doctor", "man", "status"]);
    }

    fn host(variables: &[(&str, &str)]) -> Environment {
        let decnet = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Environment { decnet: decnet.collect(), ..Environment::default() }
    }

    #[test]
    fn an_agent_host_does_not_take_them() {
        let agent = host(&[("DECNET_CONFIG", "/nonexistent"), ("DECNET_MODE", "agent")]);
        for name in MASTER_ONLY {
            let arguments = ["decnet-master", name].map(Into::into);
            assert_eq!(parse(&arguments, &agent).err(), Some(Exit::Usage), "{name}");
        }
        let hybrid = host(&[
            ("DECNET_CONFIG", "/nonexistent"),
            ("DECNET_MODE", "agent"),
            ("DECNET_DISALLOW_MASTER", "false"),
        ]);
        assert!(parse(&["decnet-master", "services"].map(Into::into), &hybrid).is_ok());
    }

    #[test]
    fn a_command_that_is_reached_all_the_same_refuses() {
        let context = |environment| Context { environment, command_line: config::CommandLine::default() };
        let verb = || MasterVerb::Distros(Distros::default());
        let agent = host(&[("DECNET_CONFIG", "/nonexistent"), ("DECNET_MODE", "agent")]);
        let error = verb().run(context(agent)).expect_err("refused");
        assert!(error.is::<Misuse>(), "{error}");
        verb().run(context(host(&[("DECNET_CONFIG", "/nonexistent")]))).expect("a master lists them");
    }
}
