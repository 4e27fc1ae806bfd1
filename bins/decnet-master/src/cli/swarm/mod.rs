//! `swarm`: who is in the swarm, and how it goes there.

mod archive;
mod audit;
mod check;
mod deckies;
mod decommission;
mod enroll;
mod host;
mod list;
mod listener;
mod operations;
mod operator;
mod outcome;
mod programs;
mod reach;
mod releases;
mod rollback;
mod token;
mod update;
mod words;

use clap::Subcommand;
use decnet_daemon::Exit;

pub(super) use self::{
    host::find_host,
    list::hosts_table,
    outcome::{Following, follow_and_print, print_operation},
    programs::programs_table,
    reach::ControllerFlags,
    releases::short,
};
use super::{Context, wait_for};

#[derive(clap::Args)]
pub(super) struct Swarm {
    #[command(subcommand)]
    verb: SwarmVerb,
}

#[derive(Subcommand)]
enum SwarmVerb {
    /// Make a token with which a host joins once: its keys stay on it
    Token(token::MakeToken),
    /// Make keys and certificates for a host that cannot reach the controller, to be carried there
    Enroll(enroll::Enroll),
    /// List the hosts
    List(list::List),
    /// Ask every host whether it is there
    Check(check::CheckHosts),
    /// List the deckies of all hosts
    Deckies(deckies::Deckies),
    /// Take a host out of the swarm: its deckies go, its certificates end
    Decommission(decommission::Decommission),
    /// List what was asked for, or show how it goes
    Operations(operations::Operations),
    /// List who did what
    Audit(audit::Audit),
    /// Let an operator reach the controller from another machine, or no longer
    Operator(operator::Operator),
    /// List those who take the workers' logs, or let one in no more
    Listener(listener::Listener),
    /// Bring a signed release to hosts, in waves
    Update(update::Update),
    /// Switch hosts back to the release before
    Rollback(rollback::Rollback),
    /// List the releases that the controller keeps, or forget one
    Releases(releases::Releases),
}

impl Swarm {
    pub(super) fn run(self, context: Context) -> anyhow::Result<Exit> {
        match self.verb {
            SwarmVerb::Token(verb) => wait_for(verb.run(context))?,
            SwarmVerb::Enroll(verb) => wait_for(verb.run(context))?,
            SwarmVerb::List(verb) => wait_for(verb.run(context))?,
            SwarmVerb::Check(verb) => wait_for(verb.run(context))?,
            SwarmVerb::Deckies(verb) => wait_for(verb.run(context))?,
            SwarmVerb::Decommission(verb) => wait_for(verb.run(context))?,
            SwarmVerb::Operations(verb) => wait_for(verb.run(context))?,
            SwarmVerb::Audit(verb) => wait_for(verb.run(context))?,
            SwarmVerb::Operator(verb) => wait_for(verb.run(context))?,
            SwarmVerb::Listener(verb) => wait_for(verb.run(context))?,
            SwarmVerb::Update(verb) => wait_for(verb.run(context))?,
            SwarmVerb::Rollback(verb) => wait_for(verb.run(context))?,
            SwarmVerb::Releases(verb) => wait_for(verb.run(context))?,
        }
    }
}
