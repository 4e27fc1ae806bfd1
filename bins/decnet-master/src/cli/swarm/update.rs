//! `swarm update`: brings a signed release to hosts, in waves.

use decnet_daemon::Exit;
use decnet_proto::{
    ids::HostId,
    swarm::{
        operator::OperationView,
        releases::{ReleaseView, UpdateRequest, WAVE},
        updater::{Chain, ReleaseName},
    },
};

use super::{
    ControllerFlags, Following, archive, find_host, follow_and_print,
    releases::{any_kept, in_words, kept},
};
use crate::{
    cli::Context,
    controller::Controller,
    failure::{Misuse, note},
    output::{Format, plain, table, word},
};

/// How long an update is followed when nobody says, in seconds.
const PATIENCE: u32 = 86_400;

/// Brings a signed release to hosts, in waves.
///
/// A host takes the release over, starts its agent and its forwarder anew, and keeps it when both answer as
/// that release and are able to do what they were able to do before; otherwise it goes back to the release
/// that it had. The first host that fails is the last one: those that were begun come to their end, and no
/// other is begun.
#[derive(clap::Args)]
#[group(id = "which", required = true, multiple = false, args = ["host", "all"])]
pub(super) struct Update {
    /// Only this host, its name or its id; given again, more hosts
    #[arg(long, value_name = "HOST")]
    host: Vec<String>,
    /// All hosts of the swarm
    #[arg(long)]
    all: bool,
    /// The release: the file of an archive, or what one that the controller keeps is called, its version or the
    /// first digits of its digest; given again, the release of the updater
    #[arg(long, value_name = "FILE|VERSION", required = true)]
    release: Vec<String>,
    /// Bring the updater of the same version as well, after the rest has succeeded on the host
    #[arg(long)]
    include_self: bool,
    /// How many of the hosts are a wave: the next one begins when the whole of this one has succeeded
    #[arg(long, value_name = "N%", default_value_t = WAVE, value_parser = percent, hide_default_value = true, help = wave_help())]
    wave: u8,
    /// Only verify the release, ask the hosts, and tell what would be done
    #[arg(long)]
    dry_run: bool,
    /// Follow the update for at most so many seconds; it goes on by itself [default: 86400]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    timeout: Option<u32>,
    /// Do not follow the update: print its number
    #[arg(long, conflicts_with = "timeout")]
    no_wait: bool,
    #[command(flatten)]
    controller: ControllerFlags,
    #[command(flatten)]
    format: Format,
}

fn wave_help() -> String {
    format!(
        "How many of the hosts are a wave, rounded up: the next one begins when the whole of this one has succeeded [default: {WAVE}%]"
    )
}

/// `25%` or `25`.
fn percent(text: &str) -> Result<u8, &'static str> {
    let number = text.strip_suffix('%').unwrap_or(text).parse().ok();
    number.filter(|number| (1..=100).contains(number)).ok_or("it must be 1% to 100%")
}

/// What is brought.
#[derive(Default)]
struct Chosen {
    worker: Option<ReleaseView>,
    updater: Option<ReleaseView>,
}

impl Update {
    pub(super) async fn run(self, mut context: Context) -> anyhow::Result<Exit> {
        let controller = self.controller.reach(&mut context).await?;
        let hosts = self.hosts(&controller).await?;
        let chosen = self.chosen(&controller).await?;
        let name = |view: Option<ReleaseView>| -> Option<ReleaseName> { view.map(|view| view.name) };
        let request = UpdateRequest {
            hosts,
            worker: name(chosen.worker),
            updater: name(chosen.updater),
            wave: self.wave,
            dry_run: self.dry_run,
        };
        if self.dry_run {
            self.format.print(&controller.preview_update(&request).await?, foreseen)?;
            return Ok(Exit::Success);
        }
        let accepted = controller.update(&request).await?;
        let following = Following { timeout: Some(self.timeout.unwrap_or(PATIENCE)), no_wait: self.no_wait };
        follow_and_print(&controller, accepted, following, self.format).await
    }

    async fn hosts(&self, controller: &Controller) -> anyhow::Result<Option<Vec<HostId>>> {
        if self.all {
            return Ok(None);
        }
        let mut ids = Vec::new();
        for text in &self.host {
            ids.push(find_host(controller, text).await?.uuid);
        }
        Ok(Some(ids))
    }

    /// The releases that are meant; files are sent to the controller.
    async fn chosen(&self, controller: &Controller) -> anyhow::Result<Chosen> {
        let mut chosen = Chosen::default();
        for text in &self.release {
            let view = match archive::file(text) {
                Some(path) => archive::taken(controller, &path, self.dry_run).await?,
                None => any_kept(controller, text).await?,
            };
            note(&in_words(&view));
            chosen.put(view)?;
        }
        match (&chosen.worker, &chosen.updater) {
            (_, Some(updater)) if !self.include_self => {
                let text =
                    format!("{} replaces the updater itself: it takes --include-self", in_words(updater));
                Err(Misuse(text).into())
            }
            (Some(worker), None) if self.include_self => {
                let version = worker.name.version.clone();
                let found = kept(controller, Chain::Updater, &version).await?;
                let missing = || {
                    Misuse(format!(
                        "no release {version} of the updater is kept: name its file by another --release"
                    ))
                };
                chosen.put(found.ok_or_else(missing)?)?;
                Ok(chosen)
            }
            _ => Ok(chosen),
        }
    }
}

impl Chosen {
    fn put(&mut self, view: ReleaseView) -> anyhow::Result<()> {
        let place = match view.chain {
            Chain::Worker => &mut self.worker,
            Chain::Updater => &mut self.updater,
        };
        match place.replace(view) {
            None => Ok(()),
            Some(other) => {
                Err(Misuse(format!("--release names two of one part: {}", in_words(&other))).into())
            }
        }
    }
}

fn foreseen(view: &OperationView) -> String {
    let rows = view.results.iter().map(|result| {
        let outcome =
            result.outcome.map_or("would be updated".to_owned(), |outcome| word(&outcome).replace('_', " "));
        [result.host_name.clone(), outcome, plain(&result.detail)]
    });
    table(["Host", "Outcome", "Detail"], rows)
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn a_wave_is_a_share() {
        for (text, expect) in [("25%", Some(25)), ("1", Some(1)), ("100%", Some(100))] {
            assert_eq!(percent(text).ok(), expect, "{text}");
        }
        for text in ["", "%", "0%", "101%", "-1%", "2.5%", "25%%", "all"] {
            assert!(percent(text).is_err(), "{text}");
        }
    }
}
