//! `swarm enroll`: a bundle for a host that is prepared by hand.
//!
//! ```text
//! <out-dir>/           agent-server.{key,crt} agent-client.{key,crt} trust.json host.json
//! <out-dir>-updater/   updater-server.{key,crt} updater-client.{key,crt} trust.json host.json release.pub
//! ```
//!
//! The keys are made here, 0600 from birth, in folders 0700, and carried to the host by whoever
//! prepares it. `swarm list` shows such hosts as `by hand`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use decnet_daemon::Exit;
use decnet_pki::folder::{HostFile, IdentityFolder};
use decnet_proto::{
    ids::{HostId, HostName},
    swarm::{
        AGENT_PORT, UPDATER_PORT, WORKER_PORT,
        operator::{CertificateRequest, EnrollRequest, Enrolled, Profile},
    },
};
use serde::Serialize;

use super::ControllerFlags;
use crate::{
    cli::Context,
    controller::{Controller, worker_address},
    output::{Format, moment},
};

/// What an agent shows.
const OF_AGENT: [Profile; 2] = [Profile::AgentServer, Profile::AgentClient];

/// What an updater shows.
const OF_UPDATER: [Profile; 2] = [Profile::UpdaterServer, Profile::UpdaterClient];

#[derive(clap::Args)]
pub(super) struct Enroll {
    /// What the host is called from then on: lower-case letters, digits and hyphens
    #[arg(long, value_name = "NAME")]
    name: HostName,
    /// Address at which the master reaches the host
    #[arg(long, value_name = "ADDRESS")]
    address: String,
    /// Port of its agent
    #[arg(long, value_name = "PORT", default_value_t = AGENT_PORT, value_parser = clap::value_parser!(u16).range(1..))]
    agent_port: u16,
    /// Port of its updater
    #[arg(long, value_name = "PORT", default_value_t = UPDATER_PORT, value_parser = clap::value_parser!(u16).range(1..), requires = "updater")]
    updater_port: u16,
    /// Where the host reaches the controller: HOST or HOST:PORT
    #[arg(long, value_name = "HOST", value_parser = controller_address)]
    controller_address: String,
    /// Its deckies are IPvlan links, whatever the fleet says
    #[arg(long)]
    ipvlan: bool,
    /// Whatever is to be remembered of the host
    #[arg(long, value_name = "TEXT")]
    notes: Option<String>,
    /// Folder for the agent's keys and certificates; it is made
    #[arg(long, value_name = "DIR")]
    out_dir: PathBuf,
    /// Keys and certificates for an updater too, in the folder beside it with -updater behind its name
    #[arg(long)]
    updater: bool,
    #[command(flatten)]
    controller: ControllerFlags,
    #[command(flatten)]
    format: Format,
}

/// What was made.
#[derive(Serialize)]
struct Made {
    name: HostName,
    host: HostId,
    by_hand: bool,
    /// When the first certificate runs out, in seconds since the Unix epoch.
    not_after: Option<i64>,
    agent: PathBuf,
    updater: Option<PathBuf>,
}

/// A part of the host that gets keys.
struct Part {
    folder: IdentityFolder,
    profiles: [Profile; 2],
}

impl Enroll {
    pub(super) async fn run(self, mut context: Context) -> anyhow::Result<Exit> {
        let controller = self.controller.reach(&mut context).await?;
        let parts = self.parts()?;
        let made = self.fill(&controller, &parts).await;
        if made.is_err() {
            parts.iter().try_for_each(Part::discard)?;
        }
        self.format.print(&made?, describe)?;
        Ok(Exit::Success)
    }

    /// The folders, none of which may be there.
    fn parts(&self) -> anyhow::Result<Vec<Part>> {
        let mut beside = self.out_dir.as_os_str().to_owned();
        beside.push("-updater");
        let agent = (self.out_dir.clone(), OF_AGENT);
        let updater = self.updater.then(|| (PathBuf::from(beside), OF_UPDATER));
        let part = |(dir, profiles): (PathBuf, _)| {
            if dir.exists() {
                bail!("{} is there already: name a folder that is not", dir.display());
            }
            Ok(Part { folder: IdentityFolder::at(dir), profiles })
        };
        [agent].into_iter().chain(updater).map(part).collect()
    }

    async fn fill(&self, controller: &Controller, parts: &[Part]) -> anyhow::Result<Made> {
        let mut requests = Vec::new();
        for part in parts {
            requests.extend(part.requests()?);
        }
        let request = EnrollRequest {
            name: self.name.clone(),
            address: self.address.clone(),
            agent_port: self.agent_port,
            updater_port: self.updater_port,
            ipvlan: self.ipvlan,
            notes: self.notes.clone(),
            requests,
        };
        let enrolled = controller.enroll(&request).await?;
        let host = HostFile {
            id: enrolled.host,
            name: self.name.clone(),
            controller: format!("https://{}", self.controller_address),
        };
        for part in parts {
            part.keep(&enrolled, &host)?;
        }
        let path = |part: &Part| part.folder.path().to_owned();
        Ok(Made {
            name: self.name.clone(),
            host: enrolled.host,
            by_hand: true,
            not_after: enrolled.certificates.iter().map(|certificate| certificate.not_after).min(),
            agent: self.out_dir.clone(),
            updater: parts.get(1).map(path),
        })
    }
}

impl Part {
    /// Makes its keys, and asks for their certificates.
    fn requests(&self) -> anyhow::Result<Vec<CertificateRequest>> {
        let request = |profile| -> anyhow::Result<CertificateRequest> {
            let pem = self.folder.key(profile)?.request(profile)?;
            Ok(CertificateRequest { profile, pem })
        };
        self.profiles.into_iter().map(request).collect()
    }

    fn keep(&self, enrolled: &Enrolled, host: &HostFile) -> anyhow::Result<()> {
        self.folder.set_trust(&enrolled.trust)?;
        for profile in self.profiles {
            let sent = enrolled.certificates.iter().find(|certificate| certificate.profile == profile);
            let sent = sent.with_context(|| format!("the controller sent no certificate for {profile}"))?;
            self.folder.store(profile, &sent.pem)?;
        }
        if let (OF_UPDATER, Some(key)) = (self.profiles, &enrolled.release_key) {
            self.folder.set_release_key(key)?;
        }
        Ok(self.folder.set_host(host)?)
    }

    /// Removes what came to nothing.
    fn discard(&self) -> anyhow::Result<()> {
        let dir = self.folder.path();
        if !dir.exists() {
            return Ok(());
        }
        self.folder.forget()?;
        std::fs::remove_dir(dir).with_context(|| format!("cannot remove the folder {}", dir.display()))
    }
}

/// `host:port`, with the port of the controller for workers if none is given.
fn controller_address(text: &str) -> Result<String, &'static str> {
    worker_address(text, WORKER_PORT)
}

fn describe(made: &Made) -> String {
    let until = made.not_after.map(moment).unwrap_or_default();
    let mut text = format!(
        "Host    {}, id {}, keys made here and carried by hand\nGood    until {until}; its agent renews them by itself\n\n\
         Copy to the host, with all files as they are (keys 0600), owned by the user of the program:\n\n",
        made.name, made.host,
    );
    let mut copy = |from: &Path, to: &str| text += &format!("  {}/  to  {to}/\n", from.display());
    copy(&made.agent, "/etc/decnet/agent");
    if let Some(updater) = &made.updater {
        copy(updater, "/etc/decnet/updater");
    }
    text + "\nThen remove the copies here, and start the programs there.\n"
}
