//! What is no release, or none for this worker: nothing of it stays, and nothing is touched.

use anyhow::{Context, Result, ensure};
use decnet_proto::swarm::{
    releases::{ReleaseView, UpdateOutcome::Refused},
    updater::{Chain, Route},
};

use crate::releases::{
    Made,
    spoiled::{self, First, Spoiled},
    stage::Stage,
    standing::{current, on_disk},
};

/// The worker that it is pushed to.
const HOST: &str = "one";

/// What the controller keeps.
fn kept(stage: &Stage) -> Result<Vec<ReleaseView>> {
    stage.swarm.ask(&["swarm", "releases", "--json"])
}

pub(super) fn what_is_no_release_is_refused(stage: &Stage) -> Result<String> {
    let worker = stage.worker(HOST)?;
    let (before, files) = (stage.programs(HOST)?, on_disk(worker)?);
    let runs = current(worker, Chain::Worker)?;
    let all = spoiled::all(stage.swarm.programs(), &stage.key, &stage.next()?)?;
    for spoiled in &all {
        refused_by_master(stage, spoiled).with_context(|| format!("{}, by the master", spoiled.name))?;
        refused_by_worker(stage, spoiled).with_context(|| format!("{}, by the worker", spoiled.name))?;
        let left: Vec<_> = on_disk(worker)?.difference(&files).cloned().collect();
        ensure!(left.is_empty(), "{} left {left:?}", spoiled.name);
        ensure!(current(worker, Chain::Worker)? == runs, "{} was switched to", spoiled.name);
    }
    let more = another_part(stage)? + of_another_digest(stage)?;
    ensure!(on_disk(worker)? == files, "something is missing on the disk");
    ensure!(stage.programs(HOST)? == before, "programs were started anew");
    let bytes: usize = all.iter().map(|spoiled| spoiled.bytes.len()).sum();
    Ok(format!("{} archives, {bytes} bytes, refused twice, {more} requests more; nothing left", all.len()))
}

fn is_told(told: &str, why: &str) -> bool {
    why.split('|').any(|why| told.contains(why))
}

/// The controller takes no such thing; what it cannot know the worker says, by the way of a rollout.
fn refused_by_master(stage: &Stage, spoiled: &Spoiled) -> Result<()> {
    let Spoiled { name, bytes, why, first } = spoiled;
    let file = stage.keep(&format!("{}.tar.gz", name.replace(' ', "-")), bytes)?;
    match first {
        First::Controller => {
            let before = kept(stage)?;
            let said = stage.bring_in_vain(&file)?;
            ensure!(is_told(&said, why), "it said {said}");
            ensure!(kept(stage)? == before, "it is kept");
        }
        First::Worker => {
            let rollout = stage.bring(&[&file], &["--host", HOST])?;
            rollout.ended(1, &[(HOST, Refused)])?;
            ensure!(is_told(rollout.detail(HOST), why), "it said {}", rollout.detail(HOST));
        }
    }
    Ok(())
}

/// The worker believes nobody, the master neither.
fn refused_by_worker(stage: &Stage, spoiled: &Spoiled) -> Result<()> {
    let file = stage.keep("pushed.tar.gz", &spoiled.bytes)?;
    let answer = stage.push(HOST, Route::Update, &file)?;
    ensure!(answer.status == 422, "it answered {} {}", answer.status, answer.body);
    ensure!(is_told(answer.detail(), spoiled.why), "it said {}", answer.body);
    Ok(())
}

/// A good release of the updater is none of the worker, and the other way round.
fn another_part(stage: &Stage) -> Result<usize> {
    let (programs, version) = (stage.swarm.programs(), stage.next()?);
    let updater = stage.save(&Made::updater(programs, &version, "")?)?;
    let worker = stage.save(&Made::worker(programs, &version, ("", ""))?)?;
    let answer = stage.push(HOST, Route::Update, &updater)?;
    ensure!(answer.status == 422 && is_told(answer.detail(), "a release of the updater"), "{answer:?}");
    // Nobody replaces an updater by mistake, with whatever.
    for file in [&updater, &worker] {
        let answer = stage.push(HOST, Route::UpdateSelf, file)?;
        ensure!(answer.status == 400 && is_told(answer.detail(), "confirm_self"), "{answer:?}");
    }
    Ok(3)
}

/// Something else came than was sent, or nobody said what was.
fn of_another_digest(stage: &Stage) -> Result<usize> {
    let file = stage.save(&Made::worker(stage.swarm.programs(), &stage.next()?, ("", ""))?)?;
    let body = format!("@{}", file.display());
    let zeros = format!("Content-Digest: sha-256=:{}=:", "A".repeat(43));
    for header in ["X-Nothing: 1", &zeros] {
        let answer = stage.ask(HOST, Route::Update, &["--header", header, "--data-binary", &body])?;
        ensure!(answer.status == 400, "{header}: {answer:?}");
    }
    Ok(2)
}
