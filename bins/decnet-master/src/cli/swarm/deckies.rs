//! `swarm deckies`: every decky, and where it is.

use std::io::{self, Write as _};

use decnet_daemon::Exit;
use decnet_proto::swarm::operator::{DeckiesQuery, ShardState, ShardView};

use super::{ControllerFlags, find_host, words};
use crate::{
    cli::Context,
    output::{Format, plain, table, word},
};

#[derive(clap::Args)]
pub(super) struct Deckies {
    /// Only those of this host: its name or its id
    #[arg(long, value_name = "HOST")]
    host: Option<String>,
    /// Only those in this state
    #[arg(long, value_name = "STATE", value_parser = words::shard_state())]
    state: Option<ShardState>,
    #[command(flatten)]
    controller: ControllerFlags,
    #[command(flatten)]
    format: Format,
}

impl Deckies {
    pub(super) async fn run(self, mut context: Context) -> anyhow::Result<Exit> {
        let controller = self.controller.reach(&mut context).await?;
        let host_uuid = match &self.host {
            Some(text) => Some(find_host(&controller, text).await?.uuid),
            None => None,
        };
        let deckies = controller.deckies(&DeckiesQuery { host_uuid, state: self.state }).await?;
        self.format.print(deckies.as_slice(), describe)?;
        if !self.format.json {
            tell_errors(&deckies);
        }
        Ok(Exit::Success)
    }
}

fn describe(deckies: &[ShardView]) -> String {
    if deckies.is_empty() {
        return "No deckies.\n".to_owned();
    }
    let rows = deckies.iter().map(|decky| {
        [
            decky.decky_name.to_string(),
            decky.ip.to_string(),
            decky.host_name.clone(),
            decky.host_address.clone(),
            word(&decky.state),
            decky.services.join(", "),
        ]
    });
    table(["Decky", "IP", "Host", "Address", "State", "Services"], rows)
}

/// Why deckies failed, on stderr.
fn tell_errors(deckies: &[ShardView]) {
    for decky in deckies {
        if let Some(error) = &decky.last_error {
            let text = format!("failed: {}: {}: {error}", decky.host_name, decky.decky_name);
            // There is nowhere left to complain to.
            let _ = writeln!(io::stderr(), "{}", plain(&text));
        }
    }
}
