//! `swarm token`: lets a host, or a listener on another host than the master's, in once.

use decnet_daemon::Exit;
use decnet_proto::{
    ids::HostName,
    swarm::{
        AGENT_PORT, UPDATER_PORT, WORKER_PORT,
        operator::{ListenerRequest, TOKEN_LIFE, Token, TokenRequest},
    },
};

use super::ControllerFlags;
use crate::{
    cli::Context,
    output::{Format, moment},
};

#[derive(clap::Args)]
pub(super) struct MakeToken {
    /// What the host is called from then on: lower-case letters, digits and hyphens
    #[arg(long, value_name = "NAME")]
    name: HostName,
    /// It is a listener on another host than the master's that comes, and takes logs for the master
    #[arg(long, conflicts_with_all = ["address", "agent_port", "updater", "ipvlan", "notes"])]
    listener: bool,
    /// Address at which the master reaches the host [default: where it joins from]
    #[arg(long, value_name = "ADDRESS")]
    address: Option<String>,
    /// Port of its agent
    #[arg(long, value_name = "PORT", default_value_t = AGENT_PORT, value_parser = clap::value_parser!(u16).range(1..))]
    agent_port: u16,
    /// The host is in the swarm already and joins anew: it was lost, or its certificates ran out
    #[arg(long)]
    again: bool,
    /// An updater joins with the same token as well
    #[arg(long)]
    updater: bool,
    /// Port of its updater
    #[arg(long, value_name = "PORT", default_value_t = UPDATER_PORT, value_parser = clap::value_parser!(u16).range(1..), requires = "updater")]
    updater_port: u16,
    /// Its deckies are IPvlan links, whatever the fleet says
    #[arg(long)]
    ipvlan: bool,
    /// How long the token lives, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = TOKEN_LIFE, value_parser = clap::value_parser!(u32).range(1..=i64::from(TOKEN_LIFE)))]
    life: u32,
    /// Whatever is to be remembered of the host
    #[arg(long, value_name = "TEXT")]
    notes: Option<String>,
    #[command(flatten)]
    controller: ControllerFlags,
    #[command(flatten)]
    format: Format,
}

impl MakeToken {
    pub(super) async fn run(self, mut context: Context) -> anyhow::Result<Exit> {
        let controller = self.controller.reach(&mut context).await?;
        if self.listener {
            let request = ListenerRequest { name: self.name, again: self.again, life: self.life };
            let token = controller.listener_token(&request).await?;
            self.format.print(&token, |token| describe_listener(&request, token))?;
            return Ok(Exit::Success);
        }
        let request = TokenRequest {
            name: self.name,
            address: self.address,
            agent_port: self.agent_port,
            updater_port: self.updater_port,
            again: self.again,
            updater: self.updater,
            ipvlan: self.ipvlan,
            life: self.life,
            notes: self.notes,
        };
        let token = controller.token(&request).await?;
        self.format.print(&token, |token| describe(&request, token))?;
        Ok(Exit::Success)
    }
}

fn describe_listener(request: &ListenerRequest, token: &Token) -> String {
    let again = if request.again { " --again" } else { "" };
    format!(
        "Token     {}\nListener  {}\nGood      once, until {}\n\n\
         On its host, with the master's address for MASTER, and the token typed or piped in:\n\n  \
         decnet-listener join https://MASTER:{WORKER_PORT}{again}\n",
        token.token,
        request.name,
        moment(token.expires_at),
    )
}

fn describe(request: &TokenRequest, token: &Token) -> String {
    let again = if request.again { " --again" } else { "" };
    let mut text = format!(
        "Token   {}\nHost    {}, id {}\nGood    once, until {}\n\n\
         On the host, with the master's address for MASTER, and the token typed or piped in:\n\n  \
         decnet-agent join https://MASTER:{WORKER_PORT}{again}\n",
        token.token,
        request.name,
        token.host,
        moment(token.expires_at),
    );
    if request.updater {
        text += &format!("  decnet-updater join https://MASTER:{WORKER_PORT}{again}\n");
    }
    text
}
