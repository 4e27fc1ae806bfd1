//! `swarm releases`: what the controller keeps to be brought to hosts.

use anyhow::{Context as _, bail};
use decnet_daemon::Exit;
use decnet_proto::swarm::{releases::ReleaseView, updater::Chain};

use super::ControllerFlags;
use crate::{
    cli::Context,
    controller::Controller,
    failure::note,
    output::{Format, moment, table, word},
};

/// Least digits by which a release is called.
const DIGITS: usize = 8;

#[derive(clap::Args)]
pub(super) struct Releases {
    /// Forget this release: its version, or the first digits of its digest. Hosts that run it are not concerned
    #[arg(long, value_name = "RELEASE")]
    remove: Option<String>,
    #[command(flatten)]
    controller: ControllerFlags,
    #[command(flatten)]
    format: Format,
}

impl Releases {
    pub(super) async fn run(self, mut context: Context) -> anyhow::Result<Exit> {
        let controller = self.controller.reach(&mut context).await?;
        if let Some(called) = &self.remove {
            for view in named(controller.releases().await?, called)? {
                controller.remove_release(&view.name.digest).await?;
                note(&format!("forgot {}", in_words(&view)));
            }
        }
        self.format.print(controller.releases().await?.as_slice(), describe)?;
        Ok(Exit::Success)
    }
}

/// The releases that are called so: by their version, or by the first digits of their digest.
fn named(all: Vec<ReleaseView>, called: &str) -> anyhow::Result<Vec<ReleaseView>> {
    let is_digest = called.len() >= DIGITS && called.bytes().all(|b| b.is_ascii_hexdigit());
    let is_meant = |view: &ReleaseView| {
        view.name.version == called || (is_digest && view.name.digest.starts_with(called))
    };
    let found: Vec<_> = all.into_iter().filter(is_meant).collect();
    if found.is_empty() {
        bail!("no release {called:?} is kept: `decnet-master swarm releases` lists those that are");
    }
    Ok(found)
}

/// The one release of a chain that is called so, if there is one.
pub(super) async fn kept(
    controller: &Controller,
    chain: Chain,
    called: &str,
) -> anyhow::Result<Option<ReleaseView>> {
    let mut found = named(controller.releases().await?, called)?;
    found.retain(|view| view.chain == chain);
    if let [one, other, ..] = found.as_slice() {
        bail!("{called} is the name of {} and of {}: name one by its digest", in_words(one), in_words(other));
    }
    Ok(found.pop())
}

/// The only one that is called so.
pub(super) async fn any_kept(controller: &Controller, called: &str) -> anyhow::Result<ReleaseView> {
    let worker = kept(controller, Chain::Worker, called).await?;
    let found = match worker {
        Some(worker) => Some(worker),
        None => kept(controller, Chain::Updater, called).await?,
    };
    found.with_context(|| format!("no release {called:?} is kept"))
}

/// A release for people.
pub(super) fn in_words(view: &ReleaseView) -> String {
    let ReleaseView { chain, name, target, .. } = view;
    format!("{} {} ({}) for {target}", word(chain), name.version, short(&name.digest))
}

/// The beginning of a digest or a boot id.
pub(crate) fn short(digest: &str) -> String {
    digest.chars().take(12).collect()
}

fn describe(releases: &[ReleaseView]) -> String {
    if releases.is_empty() {
        return "No releases.\n".to_owned();
    }
    let rows = releases.iter().map(|view| {
        let remarks = [
            view.min_from.as_ref().map(|least| format!("over {least} or newer")),
            view.downgrade.then(|| "also over newer ones".to_owned()),
        ];
        [
            word(&view.chain),
            view.name.version.clone(),
            short(&view.name.digest),
            view.target.clone(),
            format!("{:.1} MiB", view.size as f64 / (1024.0 * 1024.0)),
            moment(view.taken_at),
            remarks.into_iter().flatten().collect::<Vec<_>>().join(", "),
        ]
    });
    table(["Part", "Version", "Digest", "Target", "Size", "Taken", "Remarks"], rows)
}
