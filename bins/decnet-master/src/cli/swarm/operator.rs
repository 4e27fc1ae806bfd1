//! `swarm operator`: who may ask the controller from another machine.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use decnet_daemon::{
    Exit,
    config::{Config, Master},
};
use decnet_pki::{authority::Authority, folder::IdentityFolder};
use decnet_proto::{
    ids::{HostId, HostName},
    swarm::{
        operator::{OperatorRequest, Profile},
        role::Role,
        worker::Trust,
    },
};
use serde::Serialize;

use super::ControllerFlags;
use crate::{
    cli::Context,
    controller::reach,
    fleet::SwarmFolder,
    output::{Format, moment, now},
};

#[derive(clap::Args)]
pub(super) struct Operator {
    #[command(subcommand)]
    verb: OperatorVerb,
}

#[derive(Subcommand)]
enum OperatorVerb {
    /// Make a key and a certificate for an operator, into a folder for --identity
    Add(Add),
    /// Let an operator in no more, and cut his connections
    Revoke(Revoke),
}

#[derive(clap::Args)]
struct Add {
    /// What the operator is called in the audit log: lower-case letters, digits and hyphens
    #[arg(long, value_name = "NAME")]
    name: HostName,
    /// Folder for key and certificate; it is made
    #[arg(long, value_name = "DIR")]
    out_dir: PathBuf,
    #[command(flatten)]
    controller: ControllerFlags,
    #[command(flatten)]
    format: Format,
}

#[derive(clap::Args)]
struct Revoke {
    /// Id of the operator, as `add` told it
    #[arg(value_name = "ID")]
    id: HostId,
    #[command(flatten)]
    controller: ControllerFlags,
}

/// An operator that was added.
#[derive(Serialize)]
struct Added {
    name: HostName,
    id: HostId,
    fingerprint: String,
    not_after: i64,
    folder: PathBuf,
}

impl Operator {
    pub(super) async fn run(self, context: Context) -> anyhow::Result<Exit> {
        match self.verb {
            OperatorVerb::Add(verb) => verb.run(context).await,
            OperatorVerb::Revoke(verb) => verb.run(context).await,
        }
    }
}

impl Add {
    async fn run(self, mut context: Context) -> anyhow::Result<Exit> {
        self.controller.enter(&mut context)?;
        let config = context.config()?;
        let controller = reach(&config).await?;
        let trusted = trust(&config)?;
        if self.out_dir.exists() {
            bail!("{} is there already: name a folder that is not", self.out_dir.display());
        }
        let folder = IdentityFolder::at(&self.out_dir);
        let pem = folder.key(Profile::OperatorClient)?.request(Profile::OperatorClient)?;
        let made = controller.operator(&OperatorRequest { name: self.name.clone(), pem }).await;
        let certificate = match made {
            Ok(certificate) => certificate,
            Err(error) => {
                discard(&folder)?;
                return Err(error.into());
            }
        };
        folder.set_trust(&trusted)?;
        let peer = folder.store(Profile::OperatorClient, &certificate.pem)?;
        let added = Added {
            name: self.name,
            id: peer.identity.host,
            fingerprint: certificate.fingerprint,
            not_after: certificate.not_after,
            folder: self.out_dir,
        };
        self.format.print(&added, describe)?;
        Ok(Exit::Success)
    }
}

/// Whom an operator may trust: the controller of this host, or that of the operator who asks.
fn trust(config: &Config<Master>) -> anyhow::Result<Trust> {
    if let (true, Some(dir)) = (config.role.swarmctl_url.is_tls, &config.role.operator_dir) {
        let found = IdentityFolder::at(dir).trust()?;
        return found.with_context(|| format!("there is no trust.json in {}", dir.display()));
    }
    let swarm = SwarmFolder::of(&config.decnet.state_directory);
    let missing =
        || format!("{} is no controller's folder: run this on the master's host", swarm.path().display());
    let controller = IdentityFolder::at(swarm.master()).open(Profile::ControllerServer)?;
    let controller = controller.with_context(missing)?.peer;
    if !swarm.authority().is_dir() {
        bail!(missing());
    }
    let authority = Authority::open_or_create(&swarm.authority(), now())?;
    Ok(Trust {
        serial: 1,
        authorities: authority.certificates_pem(),
        master: controller.identity.host,
        pins: vec![(Role::Controller, controller.pin.to_string())],
    })
}

/// Removes a folder that came to nothing.
fn discard(folder: &IdentityFolder) -> anyhow::Result<()> {
    folder.forget()?;
    std::fs::remove_dir(folder.path())
        .with_context(|| format!("cannot remove the folder {}", folder.path().display()))
}

fn describe(added: &Added) -> String {
    format!(
        "Operator     {}, id {}\nCertificate  {}, until {}\n\n\
         Carry the folder {} to the operator's machine, mode 0700, and name it by --identity there:\n\n  \
         decnet-master swarm list --url https://MASTER:8770 --identity DIR\n",
        added.name,
        added.id,
        added.fingerprint,
        moment(added.not_after),
        added.folder.display(),
    )
}

impl Revoke {
    async fn run(self, mut context: Context) -> anyhow::Result<Exit> {
        let controller = self.controller.reach(&mut context).await?;
        controller.revoke_operator(self.id).await?;
        Ok(Exit::Success)
    }
}
