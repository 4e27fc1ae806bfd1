//! Releases that are signed and do not work: each is undone, and what ran before runs again.

use anyhow::{Context, Result, ensure};
use decnet_proto::swarm::{
    releases::UpdateOutcome::RolledBack,
    updater::{Chain, Conclusion},
};
use decnet_release::ReleaseId;

use crate::releases::{
    Made,
    stage::Stage,
    standing::{containers, current, current_folder, is_marked_failed, is_of},
};

/// The worker that is tried.
const HOST: &str = "two";

/// Whether a worker starts what it started before, knows that the other failed, and says so.
pub(super) fn is_undone(
    stage: &Stage,
    host: &str,
    (failed, former): (&ReleaseId, &ReleaseId),
    conclusion: Conclusion,
) -> Result<()> {
    let worker = stage.worker(host)?;
    let now = current(worker, Chain::Worker)?;
    ensure!(now == *former, "{host} starts {now}, not {former}");
    let line = stage.line(worker, Chain::Worker)?;
    let last = line.last.clone().context("no change has ended")?;
    ensure!(last.to.digest == failed.digest.to_string(), "the last change was to {:?}", last.to);
    ensure!(last.result == conclusion, "it ended as {:?}: {}", last.result, last.output);
    ensure!(line.change.is_none(), "something is under way still: {:?}", line.change);
    ensure!(is_marked_failed(worker, Chain::Worker, failed)?, "{failed} is not remembered as failed");
    let is_there = line.releases.iter().any(|release| release.name.digest == failed.digest.to_string());
    ensure!(!is_there, "{failed} was left on the disk");
    Ok(())
}

/// Brings a release to one worker, who must undo it and say why; its words are to have these in them.
fn undone(stage: &Stage, made: &Made, words: &[&str]) -> Result<String> {
    let worker = stage.worker(HOST)?;
    let (before, deckies) = (stage.programs(HOST)?, containers(worker)?);
    let former = current(worker, Chain::Worker)?;
    let rollout = stage.bring(&[&stage.save(made)?], &["--host", HOST])?;
    rollout.ended(1, &[(HOST, RolledBack)])?;
    let told = format!("{}\n{}", rollout.detail(HOST), rollout.said);
    for word in words {
        ensure!(told.contains(word), "{word:?} is not told: {told}");
    }
    is_undone(stage, HOST, (&made.id(), &former), Conclusion::RolledBack)?;
    let after = stage.programs(HOST)?;
    after.came_to(&former.digest.to_string(), &before)?;
    ensure!(after.updater == before.updater, "the updater is another one");
    ensure!(containers(worker)? == deckies, "deckies are not the containers that they were");
    let (version, took) = (former.version, rollout.took.as_secs_f64());
    Ok(format!("{version} again after {took:.1} s"))
}

fn made(stage: &Stage, agent: &str, forwarder: &str) -> Result<Made> {
    Made::worker(stage.swarm.programs(), &stage.next()?, (agent, forwarder))
}

pub(super) fn one_whose_agent_does_not_start(stage: &Stage) -> Result<String> {
    let ends = made(stage, "echo 'a library is missing' >&2; exit 3", "")?;
    undone(stage, &ends, &["decnet-agent: does not answer", "a library is missing"])
}

pub(super) fn one_whose_forwarder_does_not_start(stage: &Stage) -> Result<String> {
    let ends = made(stage, "", "echo 'no such ledger' >&2; exit 4")?;
    undone(stage, &ends, &["decnet-forwarder: does not answer", "no such ledger"])
}

/// It does nothing, and does not even end when it is asked to.
pub(super) fn one_that_hangs(stage: &Stage) -> Result<String> {
    let hangs = made(stage, "trap '' TERM; echo 'waiting for a disk' >&2; while :; do sleep 1; done", "")?;
    undone(stage, &hangs, &["decnet-agent: does not answer", "waiting for a disk"])
}

/// Its programs are those of the release before, which answer well, and as what they are.
pub(super) fn one_that_answers_as_the_old_one(stage: &Stage) -> Result<String> {
    let worker = stage.worker(HOST)?;
    let old = current_folder(worker, Chain::Worker)?;
    let digest = current(worker, Chain::Worker)?.digest.to_string();
    is_of("agent", &stage.programs(HOST)?.agent, &digest)?;
    let become_old = |program: &str| format!("exec '{}' \"$@\"", old.join("bin").join(program).display());
    let lies = made(stage, &become_old("decnet-agent"), &become_old("decnet-forwarder"))?;
    let runs = format!("runs release {digest} instead of {}", lies.digest());
    let words = ["decnet-agent: ", "decnet-forwarder: "].map(|program| format!("{program}{runs}"));
    undone(stage, &lies, &words.each_ref().map(String::as_str))
}
