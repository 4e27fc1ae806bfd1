//! Going back, asking first, and workers that are away.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use decnet_proto::swarm::{
    operator::{HostResult, OperationView, ResultState},
    releases::{
        ReleaseView,
        UpdateOutcome::{Already, RolledBack, Unreachable, Updated},
    },
    updater::Chain,
};

use crate::{
    process,
    releases::{
        Made,
        stage::Stage,
        standing::{containers, current, on_disk},
    },
    swarm::{wiring, wiring::Network},
};

/// The worker that goes back, or is away.
const HOST: &str = "one";

fn good(stage: &Stage) -> Result<Made> {
    Made::worker(stage.swarm.programs(), &stage.next()?, ("", ""))
}

pub(super) fn a_worker_goes_back_when_it_is_told_to(stage: &Stage) -> Result<String> {
    let worker = stage.worker(HOST)?;
    let deckies = containers(worker)?;
    let former = current(worker, Chain::Worker)?;
    let made = good(stage)?;
    let file = stage.save(&made)?;
    stage.bring(&[&file], &["--host", HOST])?.ended(0, &[(HOST, Updated)])?;
    let newer = stage.programs(HOST)?;
    let rollout = stage.take_back(HOST)?;
    rollout.ended(0, &[(HOST, RolledBack)])?;
    ensure!(current(worker, Chain::Worker)? == former, "it starts {}", current(worker, Chain::Worker)?);
    let back = stage.programs(HOST)?;
    back.came_to(&former.digest.to_string(), &newer)?;
    // It was good: it may come again, though a newer one ran.
    stage.bring(&[&file], &["--host", HOST])?.ended(0, &[(HOST, Updated)])?;
    stage.programs(HOST)?.came_to(&made.digest(), &back)?;
    ensure!(containers(worker)? == deckies, "deckies are not the containers that they were");
    let (from, to, took) = (made.id().version, former.version, rollout.took.as_secs_f64());
    Ok(format!("{from} to {to} in {took:.1} s, and {from} again"))
}

pub(super) fn a_dry_run_changes_nothing(stage: &Stage) -> Result<String> {
    let kept = || -> Result<Vec<ReleaseView>> { stage.swarm.ask(&["swarm", "releases", "--json"]) };
    let seen = || -> Result<BTreeMap<_, _>> {
        let workers = stage.swarm.workers.iter();
        workers
            .map(|worker| {
                let name = worker.place.name;
                Ok((name, (on_disk(worker)?, current(worker, Chain::Worker)?, stage.programs(name)?)))
            })
            .collect()
    };
    let (before, library) = (seen()?, kept()?);
    let made = good(stage)?;
    let file = stage.save(&made)?;
    let mut command = stage.swarm.operator(["swarm", "update", "--all", "--wave", "34%", "--dry-run"])?;
    let text = process::output(command.arg("--json").arg("--release").arg(&file))?;
    let view: OperationView = serde_json::from_str(&text)?;
    for (host, wave) in [("one", 1), ("three", 1), ("two", 2)] {
        let is_meant = |result: &&HostResult| result.host_name == host;
        let HostResult { state, detail, .. } =
            view.results.iter().find(is_meant).context("a host is missing")?;
        let becomes = format!("becomes {}", made.id().version);
        let is_so = detail.starts_with(&format!("wave {wave}: ")) && detail.contains(&becomes);
        ensure!(*state == ResultState::Waiting && is_so, "of {host} it says {state:?}, {detail}");
    }
    ensure!(seen()? == before, "something was done");
    ensure!(kept()? == library, "the release was kept");
    Ok(format!("{} workers asked, nothing kept, nothing sent", view.results.len()))
}

pub(super) fn a_worker_that_is_away_stops_nobody(stage: &Stage) -> Result<String> {
    let worker = stage.worker(HOST)?;
    let made = good(stage)?;
    let file = stage.save(&made)?;
    wiring::set_cut(worker.place, Network::Office, true)?;
    let away = stage.bring(&[&file], &["--all", "--wave", "34%"]);
    wiring::set_cut(worker.place, Network::Office, false)?;
    let away = away?;
    away.ended(1, &[("one", Unreachable), ("three", Updated), ("two", Updated)])?;
    stage.swarm.wait_until_active(stage.swarm.workers.len())?;
    // The same again brings it to who was away, and to nobody else.
    let again = stage.bring(&[&file], &["--all", "--wave", "34%"])?;
    again.ended(0, &[("one", Updated), ("three", Already), ("two", Already)])?;
    for worker in &stage.swarm.workers {
        ensure!(current(worker, Chain::Worker)? == made.id(), "{} starts something else", worker.place.name);
    }
    let (first, then) = (away.took.as_secs_f64(), again.took.as_secs_f64());
    Ok(format!("two updated in {first:.1} s without it, and it in {then:.1} s when it was back"))
}
