//! `swarm listener`: who takes the workers' logs.

use clap::Subcommand;
use decnet_daemon::Exit;
use decnet_proto::{ids::HostName, swarm::operator::ListenerView};

use super::ControllerFlags;
use crate::{
    cli::Context,
    output::{Format, moment, table},
};

#[derive(clap::Args)]
pub(super) struct Listener {
    #[command(subcommand)]
    verb: ListenerVerb,
}

#[derive(Subcommand)]
enum ListenerVerb {
    /// List the listeners: the master's own, and those on other hosts
    List(List),
    /// Let a listener in no more, and cut its connections; the master's own gets new keys
    Revoke(Revoke),
}

#[derive(clap::Args)]
struct List {
    #[command(flatten)]
    controller: ControllerFlags,
    #[command(flatten)]
    format: Format,
}

#[derive(clap::Args)]
struct Revoke {
    /// Its name, as `list` tells it
    #[arg(value_name = "NAME")]
    name: HostName,
    #[command(flatten)]
    controller: ControllerFlags,
}

impl Listener {
    pub(super) async fn run(self, context: Context) -> anyhow::Result<Exit> {
        match self.verb {
            ListenerVerb::List(verb) => verb.run(context).await,
            ListenerVerb::Revoke(verb) => verb.run(context).await,
        }
    }
}

impl List {
    async fn run(self, mut context: Context) -> anyhow::Result<Exit> {
        let controller = self.controller.reach(&mut context).await?;
        self.format.print(controller.listeners().await?.as_slice(), listeners_table)?;
        Ok(Exit::Success)
    }
}

impl Revoke {
    async fn run(self, mut context: Context) -> anyhow::Result<Exit> {
        let controller = self.controller.reach(&mut context).await?;
        controller.revoke_listener(&self.name).await?;
        Ok(Exit::Success)
    }
}

fn listeners_table(listeners: &[ListenerView]) -> String {
    let header = ["Listener", "Joined from", "Joined", "Last heard", "Certificates until"];
    table(header, listeners.iter().map(row))
}

fn row(listener: &ListenerView) -> [String; 5] {
    let at = |time: Option<i64>, none: &str| time.map_or(none.to_owned(), moment);
    let (address, joined) = if listener.own {
        ("this host".to_owned(), String::new())
    } else {
        (listener.address.clone(), at(listener.joined_at, "not yet"))
    };
    [
        listener.name.to_string(),
        address,
        joined,
        at(listener.heard_at, "not since the controller began"),
        at(listener.not_after, "none"),
    ]
}
