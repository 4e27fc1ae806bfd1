//! The swarm, as somebody who makes releases for it has it, and asks it.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use decnet_proto::swarm::{
    UPDATER_PORT,
    operator::HostHealth,
    updater::{Chain, Line, Route},
};
use decnet_release::{Digest, SigningKey};
use serde_json::Value;

use super::{
    Made,
    standing::{self, Programs},
};
use crate::{
    process,
    swarm::{Machine, Swarm, installed, wiring::Network},
    wait,
};

/// The swarm, and whoever makes its releases.
#[derive(Debug)]
pub struct Stage {
    /// The swarm, with a fleet that runs.
    pub swarm: Swarm,
    /// The key that workers trust.
    pub key: SigningKey,
    folder: PathBuf,
}

/// What an updater answered to who pushed to it.
#[derive(Debug)]
pub(super) struct Answer {
    /// The status of HTTP.
    pub(super) status: u16,
    /// What it said.
    pub(super) body: Value,
}

impl Answer {
    /// Why it did not.
    pub(super) fn detail(&self) -> &str {
        self.body.get("detail").and_then(Value::as_str).unwrap_or_default()
    }
}

impl Stage {
    /// On a swarm that stands.
    ///
    /// # Errors
    /// When it has no key of releases.
    pub fn on(swarm: Swarm) -> Result<Self> {
        let (key, folder) = (installed::key(&Swarm::folder())?, Swarm::folder().join("made"));
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        Ok(Self { swarm, key, folder })
    }

    /// A folder for what is made.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A version that is newer than every one before it, and as long as each.
    pub(super) fn next(&self) -> Result<String> {
        let path = self.folder.join("versions");
        let used = fs::read_to_string(&path).unwrap_or_default();
        let number = used.lines().count();
        let version = format!("0.{}.{}", number / 10 + 2, number % 10);
        fs::write(&path, format!("{used}{version}\n"))
            .with_context(|| format!("writing {}", path.display()))?;
        Ok(version)
    }

    /// The archive of a release, as a file.
    pub(super) fn save(&self, made: &Made) -> Result<PathBuf> {
        self.keep(&made.manifest.archive_name(), &made.archive(&self.key)?)
    }

    /// A file.
    pub(super) fn keep(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        let path = self.folder.join(name);
        fs::write(&path, bytes).with_context(|| format!("writing {}", path.display()))?;
        Ok(path)
    }

    /// A worker by its name.
    pub(super) fn worker(&self, name: &str) -> Result<&Machine> {
        let found = self.swarm.workers.iter().find(|worker| worker.place.name == name);
        found.with_context(|| format!("no worker {name}"))
    }

    /// The releases of a worker, as its updater's own command says there.
    pub(super) fn line(&self, worker: &Machine, chain: Chain) -> Result<Line> {
        standing::line(worker, &self.swarm.programs().updater, chain)
    }

    /// What every host's programs say, as `swarm check` shows it.
    pub(super) fn check(&self) -> Result<Vec<HostHealth>> {
        self.swarm.ask(&["swarm", "check", "--json"])
    }

    /// What a host's programs say, once all of them answer.
    pub(super) fn programs(&self, name: &str) -> Result<Programs> {
        let what = format!("everything of {name} to answer");
        let mut last = None;
        let found = wait::until(&what, Duration::from_secs(30), || {
            let hosts = self.check().ok()?;
            let host = hosts.iter().find(|host| host.name.as_str() == name)?;
            Programs::of(host).map_err(|error| last = Some(error)).ok()
        });
        match (found, last) {
            (Err(error), Some(last)) => Err(last.context(error)),
            (found, _) => found,
        }
    }

    /// Has the master bring a file to all hosts, which is refused; with which words.
    pub(super) fn bring_in_vain(&self, file: &Path) -> Result<String> {
        let mut command = self.swarm.operator(["swarm", "update", "--all", "--wave", "100%", "--release"])?;
        let output = command.arg(file).output().context("starting an update")?;
        let said = process::both(&output);
        ensure!(!output.status.success(), "{} was brought: {said}", file.display());
        Ok(said)
    }

    /// Pushes a file straight to a worker's updater, with the master's own certificate.
    pub(super) fn push(&self, host: &str, route: Route, file: &Path) -> Result<Answer> {
        let bytes = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
        let digest = format!("Content-Digest: sha-256=:{}:", STANDARD.encode(Digest::of(&bytes).0));
        let body = format!("@{}", file.display());
        let more =
            ["--header", &digest, "--header", "Content-Type: application/gzip", "--data-binary", &body];
        self.ask(host, route, &more)
    }

    /// Asks a worker's updater anything, with the master's own certificate.
    pub(super) fn ask(&self, host: &str, route: Route, more: &[&str]) -> Result<Answer> {
        let identity = self.swarm.master.folder.join("state/swarm/master");
        let address = Network::Office.address(self.worker(host)?.place.last);
        let url = format!("https://{address}:{UPDATER_PORT}{}", route.path());
        let mut curl = self.swarm.master.command(Path::new("curl"), ["--silent", "--show-error"])?;
        // Whom we speak with is not what is tried here: that is known by its key, which curl cannot pin so.
        curl.args(["--insecure", "--http1.1", "--max-time", "180", "--write-out", "\n%{http_code}"]);
        curl.arg("--cert").arg(identity.join("master-client.crt"));
        curl.arg("--key").arg(identity.join("master-client.key"));
        let text = process::output(curl.args(["--request", route.method()]).args(more).arg(&url))?;
        let Some((body, status)) = text.rsplit_once('\n') else { bail!("{url} answered {text:?}") };
        let body = serde_json::from_str(body).with_context(|| format!("{url}: reading {body:?}"))?;
        Ok(Answer { status: status.parse().with_context(|| format!("reading {status:?}"))?, body })
    }
}
