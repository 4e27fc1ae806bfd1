//! `ca`: the authority of the swarm.

mod certify;

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use clap::Subcommand;
use decnet_daemon::Exit;
use decnet_pki::authority::{self, Authority as Folder};
use decnet_proto::swarm::operator::Authority;
use serde::Serialize;

use super::{Context, swarm::ControllerFlags, wait_for};
use crate::{
    fleet::SwarmFolder,
    output::{Confirmation, Format, moment, now},
};

#[derive(clap::Args)]
pub(super) struct Ca {
    #[command(subcommand)]
    verb: CaVerb,
}

#[derive(Subcommand)]
enum CaVerb {
    /// Show the authority: its pin, until when it is good, who still trusts the one before
    Show(Show),
    /// Write the authority's keys to one new file; the controller must not run
    Backup(Backup),
    /// Bring the authority back from a backup, where there is none; the controller must not run
    Restore(Restore),
    /// Begin to sign with a new key; asked again when no host waits, end the trust in the old one
    RollOver(RollOver),
    /// Sign a certificate for API and page, by which browsers know them; the controller may run
    Certify(certify::Certify),
}

#[derive(clap::Args)]
struct Show {
    #[command(flatten)]
    controller: ControllerFlags,
    #[command(flatten)]
    format: Format,
}

#[derive(clap::Args)]
#[group(id = "seal", required = true, multiple = false, args = ["passphrase_file", "plain"])]
struct Backup {
    /// The file, which must not be there yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Seal it with the passphrase in the first line of this file; - is stdin
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Do not seal it: whoever reads it owns the swarm
    #[arg(long)]
    plain: bool,
    #[command(flatten)]
    format: Format,
}

#[derive(clap::Args)]
struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The passphrase that it is sealed with is the first line of this file; - is stdin
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    #[command(flatten)]
    format: Format,
}

#[derive(clap::Args)]
struct RollOver {
    #[command(flatten)]
    confirmation: Confirmation,
    #[command(flatten)]
    controller: ControllerFlags,
    #[command(flatten)]
    format: Format,
}

/// An authority that was saved or brought back.
#[derive(Serialize)]
struct Saved {
    pin: String,
    not_after: i64,
    file: PathBuf,
    folder: PathBuf,
}

impl Ca {
    pub(super) fn run(self, context: Context) -> anyhow::Result<Exit> {
        match self.verb {
            CaVerb::Show(verb) => wait_for(verb.run(context))?,
            CaVerb::Backup(verb) => verb.run(&context),
            CaVerb::Restore(verb) => verb.run(&context),
            CaVerb::RollOver(verb) => wait_for(verb.run(context))?,
            CaVerb::Certify(verb) => verb.run(&context),
        }
    }
}

impl Show {
    async fn run(self, mut context: Context) -> anyhow::Result<Exit> {
        let controller = self.controller.reach(&mut context).await?;
        self.format.print(&controller.authority().await?, describe)?;
        Ok(Exit::Success)
    }
}

impl Backup {
    fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let swarm = SwarmFolder::of(&context.config()?.decnet.state_directory);
        let _alone = swarm.lock()?;
        let folder = swarm.authority();
        if !folder.is_dir() {
            bail!("there is no authority in {}", folder.display());
        }
        let passphrase = self.passphrase_file.as_deref().map(passphrase).transpose()?;
        let authority = Folder::open_or_create(&folder, now())?;
        authority.backup(&self.file, passphrase.as_deref())?;
        let saved = Saved::of(&authority, self.file, folder);
        self.format.print(&saved, |saved| {
            format!("{}The keys are in {}.\n", saved.describe(), saved.file.display())
        })?;
        Ok(Exit::Success)
    }
}

impl Restore {
    fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let swarm = SwarmFolder::of(&context.config()?.decnet.state_directory);
        swarm.make()?;
        let _alone = swarm.lock()?;
        let folder = swarm.authority();
        let passphrase = self.passphrase_file.as_deref().map(passphrase).transpose()?;
        authority::restore(&self.file, &folder, passphrase.as_deref())?;
        let saved = Saved::of(&Folder::open_or_create(&folder, now())?, self.file, folder);
        self.format.print(&saved, |saved| {
            format!("{}It is in {} again.\n", saved.describe(), saved.folder.display())
        })?;
        Ok(Exit::Success)
    }
}

impl RollOver {
    async fn run(self, mut context: Context) -> anyhow::Result<Exit> {
        let controller = self.controller.reach(&mut context).await?;
        let before = controller.authority().await?;
        let what = match before.previous {
            None => "sign with a new key from now on; every host gets new certificates",
            Some(_) => "end the trust in the old key",
        };
        if !self.confirmation.given(what)? {
            return Ok(Exit::Failure);
        }
        self.format.print(&controller.roll_over().await?, describe)?;
        Ok(Exit::Success)
    }
}

fn describe(authority: &Authority) -> String {
    let mut text = format!("Pin       {}\nGood      until {}\n", authority.pin, moment(authority.not_after));
    if let Some(own) = authority.master_not_after {
        text += &format!("Master    until {}, renewed by itself\n", moment(own));
    }
    if let Some(previous) = &authority.previous {
        text += &format!("Before    {previous}, still trusted\n");
        let waiting: Vec<_> = authority.waiting.iter().map(ToString::to_string).collect();
        let waiting = if waiting.is_empty() { "nobody".to_owned() } else { waiting.join(", ") };
        text += &format!("Waiting   for new certificates: {waiting}\n");
    }
    text
}

impl Saved {
    fn of(authority: &Folder, file: PathBuf, folder: PathBuf) -> Self {
        Self { pin: authority.pin().to_string(), not_after: authority.not_after(), file, folder }
    }

    fn describe(&self) -> String {
        format!("Pin       {}\nGood      until {}\n", self.pin, moment(self.not_after))
    }
}

/// Longest passphrase with its end of line, in bytes.
const PASSPHRASE_MAX: u64 = 4096;

/// The first line of a file, or of stdin.
fn passphrase(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let read = match path.as_os_str() == "-" {
        true => io::stdin().lock().take(PASSPHRASE_MAX).read_to_string(&mut text),
        false => File::open(path).and_then(|file| file.take(PASSPHRASE_MAX).read_to_string(&mut text)),
    };
    read.with_context(|| format!("cannot read the passphrase from {}", path.display()))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
