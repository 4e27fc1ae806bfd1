//! The updater's own release: good ones, and ones after which it has to come back by itself.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use decnet_proto::swarm::{
    releases::UpdateOutcome::{RolledBack, Updated},
    updater::{Chain, Conclusion},
};

use crate::releases::{
    Made,
    stage::Stage,
    standing::{current, is_marked_failed, is_of},
};

/// The worker whose updater is replaced in vain.
const HOST: &str = "three";

pub(super) fn the_updater_comes_after_the_worker(stage: &Stage) -> Result<String> {
    let (programs, version) = (stage.swarm.programs(), stage.next()?);
    let worker = Made::worker(programs, &version, ("", ""))?;
    let updater = Made::updater(programs, &version, "")?;
    let hosts = ["one", "three", "two"];
    let before = hosts.iter().map(|host| stage.programs(host)).collect::<Result<Vec<_>>>()?;
    let files = [stage.save(&worker)?, stage.save(&updater)?];
    let arguments = ["--all", "--wave", "34%", "--include-self"];
    let rollout = stage.bring(&files.each_ref().map(AsRef::as_ref), &arguments)?;
    rollout.ended(0, &hosts.map(|host| (host, Updated)))?;
    for (host, then) in hosts.iter().zip(&before) {
        let now = stage.programs(host)?;
        now.came_to(&worker.digest(), then).with_context(|| format!("on {host}"))?;
        is_of("updater", &now.updater, &updater.digest())?;
        ensure!(now.updater.boot != then.updater.boot, "the updater of {host} was not started anew");
        ensure!(current(stage.worker(host)?, Chain::Updater)? == updater.id(), "{host} starts another one");
    }
    Ok(format!("{} workers, both parts, {:.1} s", hosts.len(), rollout.took.as_secs_f64()))
}

/// Brings an updater that does not do; the old one must be there again, by itself.
fn comes_back(stage: &Stage, first: &str) -> Result<String> {
    let worker = stage.worker(HOST)?;
    let former = current(worker, Chain::Updater)?;
    let before = stage.programs(HOST)?;
    let made = Made::updater(stage.swarm.programs(), &stage.next()?, first)?;
    let begun = Instant::now();
    let rollout = stage.bring(&[&stage.save(&made)?], &["--host", HOST, "--include-self"])?;
    rollout.ended(1, &[(HOST, RolledBack)])?;
    let after = stage.programs(HOST)?;
    let took = begun.elapsed().as_secs_f64();
    is_of("updater", &after.updater, &former.digest.to_string())?;
    ensure!(after.updater.boot != before.updater.boot, "it was never started anew");
    ensure!(after.worker() == before.worker(), "agent or forwarder were touched");
    ensure!(current(worker, Chain::Updater)? == former, "it starts something else");
    ensure!(is_marked_failed(worker, Chain::Updater, &made.id())?, "it is not remembered as failed");
    let last = stage.line(worker, Chain::Updater)?.last.context("no change has ended")?;
    ensure!(last.result == Conclusion::RolledBack, "it ended as {:?}: {}", last.result, last.output);
    // Who came back does what it did: it takes a release.
    let next = Made::worker(stage.swarm.programs(), &stage.next()?, ("", ""))?;
    stage.bring(&[&stage.save(&next)?], &["--host", HOST])?.ended(0, &[(HOST, Updated)])?;
    Ok(format!("{} answers again after {took:.1} s, and takes a release", former.version))
}

pub(super) fn one_that_does_not_start(stage: &Stage) -> Result<String> {
    comes_back(stage, "echo 'a library is missing' >&2; exit 3")
}

pub(super) fn one_that_does_not_serve(stage: &Stage) -> Result<String> {
    comes_back(stage, "exec sleep 600")
}
