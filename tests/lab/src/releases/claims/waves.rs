//! To all workers, one wave after the other.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use decnet_proto::swarm::{
    operator::{OperationView, ResultState},
    releases::UpdateOutcome::{NotTried, RolledBack, Updated},
    updater::{Chain, Conclusion},
};

use super::broken;
use crate::{
    process,
    releases::{
        Made,
        rollout::Rollout,
        stage::Stage,
        standing::{Programs, containers, current},
        twin,
    },
};

/// The waves of 34 %: two of three workers by their names, and the third.
const WAVES: [&[&str]; 2] = [&["one", "three"], &["two"]];

/// What is said where something is missing.
const LACK: &str = "this host lacks what the new agent needs";

/// Everything that answers on every worker.
fn all_programs(stage: &Stage) -> Result<BTreeMap<&'static str, Programs>> {
    let workers = stage.swarm.workers.iter();
    workers.map(|worker| Ok((worker.place.name, stage.programs(worker.place.name)?))).collect()
}

/// The containers of every worker.
fn all_containers(stage: &Stage) -> Result<BTreeMap<&'static str, BTreeMap<String, String>>> {
    let workers = stage.swarm.workers.iter();
    workers.map(|worker| Ok((worker.place.name, containers(worker)?))).collect()
}

pub(super) fn a_good_release_rolls_out_in_waves(stage: &Stage) -> Result<String> {
    let (before, deckies) = (all_programs(stage)?, all_containers(stage)?);
    let version = stage.next()?;
    let twins = twin::of_version(stage.swarm.programs(), &version, &stage.folder().join(&version))?;
    let made = Made::worker(&twins, &version, ("", ""))?;
    let rollout = stage.bring(&[&stage.save(&made)?], &["--all", "--wave", "34%"])?;
    rollout.ended(0, &[("one", Updated), ("two", Updated), ("three", Updated)])?;
    let looks = came_in_waves(&rollout)?;
    let after = all_programs(stage)?;
    for (host, now) in &after {
        let then = before.get(host).context("a worker that was not there before")?;
        now.came_to(&made.digest(), then).with_context(|| format!("on {host}"))?;
        for (name, program) in now.worker() {
            ensure!(program.version == version, "the {name} of {host} says {}", program.version);
        }
        ensure!(now.updater == then.updater, "the updater of {host} is another one");
        ensure!(current(stage.worker(host)?, Chain::Worker)? == made.id(), "{host} starts something else");
    }
    ensure!(all_containers(stage)? == deckies, "deckies are not the containers that they were");
    is_shown(stage, &version, &made)?;
    let (count, took) = (deckies.values().map(BTreeMap::len).sum::<usize>(), rollout.took.as_secs_f64());
    Ok(format!("waves {WAVES:?} in {looks} looks, {took:.1} s; {count} containers as before"))
}

/// Whether nobody of the second wave was begun before all of the first were done; how often that was seen.
fn came_in_waves(rollout: &Rollout) -> Result<usize> {
    let [first, second] = WAVES;
    let state = |view: &OperationView, host: &str| {
        view.results.iter().find(|result| result.host_name == host).map(|result| result.state)
    };
    let (mut at_first, mut at_second) = (0, 0);
    for view in &rollout.looks {
        let all = |hosts: &[&str], wanted| hosts.iter().all(|host| state(view, host) == Some(wanted));
        if all(second, ResultState::Waiting) {
            at_first += usize::from(all(first, ResultState::Running));
        } else {
            ensure!(all(first, ResultState::Done), "the second wave began beside the first: {view:?}");
            at_second += 1;
        }
    }
    ensure!(at_first > 0 && at_second > 0, "of the waves {at_first} and {at_second} looks were had");
    Ok(rollout.looks.len())
}

/// Whether both commands for people show it: of each worker an agent and a forwarder.
fn is_shown(stage: &Stage, version: &str, made: &Made) -> Result<()> {
    let short: String = made.digest().chars().take(12).collect();
    for command in [["swarm", "check"].as_slice(), &["status"]] {
        let output = stage.swarm.operator(command)?.output().context("asking the master")?;
        let said = process::both(&output);
        let rows = said.lines().filter(|line| line.contains(version) && line.contains(&short)).count();
        ensure!(rows == 2 * stage.swarm.workers.len(), "{command:?} shows {rows} programs of it: {said}");
    }
    Ok(())
}

pub(super) fn one_that_fails_on_one_worker_stops_there(stage: &Stage) -> Result<String> {
    let (before, deckies) = (all_programs(stage)?, all_containers(stage)?);
    let three = stage.worker("three")?;
    let (former, untouched) = (current(three, Chain::Worker)?, current(stage.worker("two")?, Chain::Worker)?);
    let needs = format!("[ \"$(uname -n)\" != three ] || {{ echo '{LACK}' >&2; exit 3; }}");
    let made = Made::worker(stage.swarm.programs(), &stage.next()?, (&needs, ""))?;
    let rollout = stage.bring(&[&stage.save(&made)?], &["--all", "--wave", "34%"])?;
    rollout.ended(1, &[("one", Updated), ("three", RolledBack), ("two", NotTried)])?;
    let told = rollout.said.lines().find(|line| line.starts_with("three: ") && line.contains(LACK));
    let told = told.with_context(|| format!("the worker's own words are not told: {:?}", rollout.said))?;
    let after = all_programs(stage)?;
    let of = |programs: &BTreeMap<_, _>, host| -> Result<Programs> {
        programs.get(host).cloned().with_context(|| format!("nothing is known of {host}"))
    };
    of(&after, "one")?.came_to(&made.digest(), &of(&before, "one")?).context("on one")?;
    of(&after, "three")?.came_to(&former.digest.to_string(), &of(&before, "three")?).context("on three")?;
    broken::is_undone(stage, "three", (&made.id(), &former), Conclusion::RolledBack)?;
    ensure!(of(&after, "two")? == of(&before, "two")?, "somebody touched the one that was not tried");
    ensure!(current(stage.worker("two")?, Chain::Worker)? == untouched, "two starts something else");
    ensure!(all_containers(stage)? == deckies, "deckies are not the containers that they were");
    let why = rollout.detail("two");
    Ok(format!("updated, rolled back, not tried ({why}) in {:.1} s; {told:?}", rollout.took.as_secs_f64()))
}
