//! Whoever makes a change is gone in the middle of it: it is ended all the same, and the master says how.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use decnet_proto::swarm::{
    operator::{Accepted, OperationView},
    releases::UpdateOutcome::{NotTried, RolledBack, Updated},
    updater::{Chain, Conclusion},
};
use nix::sys::signal::Signal;
use serde_json::Value;

use super::broken;
use crate::{
    process,
    releases::{Made, rollout::Rollout, stage::Stage, standing::current},
    swarm::{Machine, Part, installed},
    wait,
};

/// The worker whose change is cut off.
const HOST: &str = "two";

/// An agent that takes its time, so that somebody can be gone meanwhile.
const SLOW: &str = "sleep 4";

/// The phase in the journal of a worker, in its word there.
fn phase(worker: &Machine) -> Option<String> {
    let text = fs::read(installed::chain(worker, Chain::Worker).join("journal.json")).ok()?;
    let journal: Value = serde_json::from_slice(&text).ok()?;
    Some(journal.get("phase")?.get("is")?.as_str()?.to_owned())
}

fn until_phase(worker: &Machine, word: &str) -> Result<()> {
    wait::until(&format!("a change to be {word}"), Duration::from_secs(60), || {
        (phase(worker).as_deref() == Some(word)).then_some(())
    })
}

/// Asks for a rollout without following it; its number.
fn begin(stage: &Stage, file: &Path, hosts: &[&str]) -> Result<u64> {
    let mut command = stage.swarm.operator(["swarm", "update", "--no-wait", "--json", "--release"])?;
    let text = process::output(command.arg(file).args(hosts))?;
    let accepted: Accepted = serde_json::from_str(&text).with_context(|| format!("reading {text}"))?;
    Ok(accepted.operation)
}

/// Follows a rollout to its end.
fn end(stage: &Stage, operation: u64) -> Result<Rollout> {
    let begun = Instant::now();
    let number = operation.to_string();
    let mut command =
        stage.swarm.operator(["swarm", "operations", &number, "--follow", "--timeout", "200", "--json"])?;
    let output = command.output().context("following a rollout")?;
    let view: OperationView = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("reading {:?}", process::both(&output)))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok(Rollout { code: output.status.code(), view, said, looks: Vec::new(), took: begun.elapsed() })
}

/// Kills the updater in a phase of a change, and starts it again as a service manager would.
fn killed_in(stage: &Stage, made: &Made, word: &str) -> Result<Rollout> {
    let worker = stage.worker(HOST)?;
    let operation = begin(stage, &stage.save(made)?, &["--host", HOST])?;
    until_phase(worker, word)?;
    worker.end(Part::Updater, Signal::SIGKILL)?;
    wait::pause(Duration::from_secs(1));
    stage.swarm.start(worker, Part::Updater)?;
    end(stage, operation)
}

pub(super) fn an_updater_killed_while_a_release_proves_itself(stage: &Stage) -> Result<String> {
    let before = stage.programs(HOST)?;
    let made = Made::worker(stage.swarm.programs(), &stage.next()?, (SLOW, ""))?;
    let rollout = killed_in(stage, &made, "probing")?;
    rollout.ended(0, &[(HOST, Updated)])?;
    let after = stage.programs(HOST)?;
    after.came_to(&made.digest(), &before)?;
    ensure!(after.updater.boot != before.updater.boot, "it was never killed");
    Ok(format!("the next one ended it, {:.1} s", rollout.took.as_secs_f64()))
}

pub(super) fn an_updater_killed_while_it_undoes(stage: &Stage) -> Result<String> {
    let worker = stage.worker(HOST)?;
    let former = current(worker, Chain::Worker)?;
    let before = stage.programs(HOST)?;
    let made = Made::worker(stage.swarm.programs(), &stage.next()?, ("exit 3", ""))?;
    let rollout = killed_in(stage, &made, "reverting")?;
    rollout.ended(1, &[(HOST, RolledBack)])?;
    broken::is_undone(stage, HOST, (&made.id(), &former), Conclusion::RolledBack)?;
    let after = stage.programs(HOST)?;
    after.came_to(&former.digest.to_string(), &before)?;
    ensure!(after.updater.boot != before.updater.boot, "it was never killed");
    Ok(format!("the next one undid it, {:.1} s", rollout.took.as_secs_f64()))
}

pub(super) fn a_master_killed_in_the_middle(stage: &Stage) -> Result<String> {
    let untouched = stage.programs("two")?;
    let made = Made::worker(stage.swarm.programs(), &stage.next()?, (SLOW, ""))?;
    let operation = begin(stage, &stage.save(&made)?, &["--all", "--wave", "34%"])?;
    for host in ["one", "three"] {
        until_phase(stage.worker(host)?, "probing")?;
    }
    stage.swarm.master.end(Part::Controller, Signal::SIGKILL)?;
    stage.swarm.start(&stage.swarm.master, Part::Controller)?;
    wait::until("the controller to answer", Duration::from_secs(20), || stage.swarm.hosts().ok())?;
    let rollout = end(stage, operation)?;
    rollout.ended(1, &[("one", Updated), ("three", Updated), ("two", NotTried)])?;
    for host in ["one", "three"] {
        ensure!(current(stage.worker(host)?, Chain::Worker)? == made.id(), "{host} starts something else");
        stage.programs(host)?;
    }
    ensure!(stage.programs("two")? == untouched, "somebody touched the one that was not tried");
    stage.swarm.wait_until_active(stage.swarm.workers.len())?;
    Ok(format!(
        "two went on by themselves, the third was left; told after {:.1} s",
        rollout.took.as_secs_f64()
    ))
}

/// The power goes while a release proves itself: it runs, whole, when the worker is up again.
pub(super) fn a_worker_without_power_in_the_middle(stage: &Stage) -> Result<String> {
    let worker = stage.worker(HOST)?;
    let before = stage.programs(HOST)?;
    let made = Made::worker(stage.swarm.programs(), &stage.next()?, (SLOW, ""))?;
    let operation = begin(stage, &stage.save(&made)?, &["--host", HOST])?;
    until_phase(worker, "probing")?;
    stage.swarm.reboot(worker)?;
    let begun = Instant::now();
    let rollout = end(stage, operation)?;
    rollout.ended(0, &[(HOST, Updated)])?;
    stage.programs(HOST)?.came_to(&made.digest(), &before)?;
    let took = begun.elapsed().as_secs_f64();
    stage.swarm.wait_until_running(&crate::swarm::stage::names()?)?;
    Ok(format!("updated {took:.1} s after it was up again"))
}
