//! From the decoy to the files: nothing lost, nothing twice, whatever breaks.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::SocketAddr,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use decnet_event::wire;
use decnet_proto::service::ServiceId;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;

use super::containment::{at, containers};
use crate::{
    attacker,
    log::{Follower, Seen},
    marker::Started,
    process,
    stage::{self, Stage},
    wait,
};

/// Each run of each emitter counts 1, 2, 3, … without a hole and without a repeat.
pub(super) fn sequences_have_no_holes(stage: &Stage) -> Result<String> {
    let seen = Follower::from_start(&stage.fleet.log()).read()?;
    check_sequences(&seen)
}

/// Checks the sequences of all events and says how many there are.
pub(super) fn check_sequences(seen: &[Seen]) -> Result<String> {
    let mut runs: BTreeMap<(&str, &str), Vec<u64>> = BTreeMap::new();
    for event in seen {
        let seq = event.field("seq").parse().with_context(|| format!("{} without seq", event.kind))?;
        runs.entry((&event.decky, event.field("boot"))).or_default().push(seq);
    }
    for ((decky, boot), seqs) in &runs {
        let expected: Vec<_> = (1..=seqs.len() as u64).collect();
        if *seqs == expected {
            continue;
        }
        let distinct: BTreeSet<_> = seqs.iter().collect();
        let last = seqs.iter().max().copied().unwrap_or(0);
        let (twice, lost) = (seqs.len() - distinct.len(), last - distinct.len() as u64);
        anyhow::bail!(
            "{decky}, run {boot}: of {last} events {lost} are lost and {twice} there twice, or out of order"
        );
    }
    let gaps = seen.iter().filter(|event| event.kind == "gap").count();
    ensure!(gaps == 0, "{gaps} gap records");
    Ok(format!("{} events of {} runs: 0 lost, 0 twice", seen.len(), runs.len()))
}

/// Each line of `decnet.log` is the `raw_line` of one object of `decnet.json`, in order.
pub(super) fn both_files_tell_the_same(stage: &Stage) -> Result<String> {
    let (log, json) = (stage.fleet.log(), stage.fleet.json());
    let read = || -> Result<(String, String)> {
        let text = |path: &std::path::Path| {
            fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
        };
        Ok((text(&log)?, text(&json)?))
    };
    let same = || {
        let (log, json) = match read() {
            Ok(texts) => texts,
            Err(error) => return Some(Err(error)),
        };
        let objects = json.lines().map(|line| serde_json::from_str::<Value>(line).unwrap_or_default());
        let raw: Vec<_> =
            objects.map(|object| at(&object, "/raw_line").as_str().unwrap_or_default().to_owned()).collect();
        log.lines().eq(raw.iter().map(String::as_str)).then_some(Ok(raw.len()))
    };
    // Between the two writes one file is a line ahead.
    let lines = wait::until("both files to agree", Duration::from_secs(5), same).and_then(|result| result)?;
    Ok(format!("{lines} lines in each"))
}

/// Deploying the same fleet again leaves every container as it is.
pub(super) fn a_second_deploy_changes_nothing(stage: &Stage) -> Result<String> {
    let started = |containers: &[Value]| -> BTreeMap<String, String> {
        let text = |container: &Value, path| at(container, path).as_str().unwrap_or_default().to_owned();
        containers
            .iter()
            .map(|container| (text(container, "/Id"), text(container, "/State/StartedAt")))
            .collect()
    };
    let before = started(&containers(&stage.plan)?);
    let mut again = Stage { fleet: stage.fleet.clone(), plan: stage.plan.clone() };
    again.redeploy(&stage::ini())?;
    let after = started(&containers(&stage.plan)?);
    ensure!(before == after, "before {before:?}, after {after:?}");
    Ok(format!("{} containers as before", after.len()))
}

/// A container that is restarted comes back as the same machine, and its events go on.
pub(super) fn restarts_lose_nothing(stage: &Stage) -> Result<String> {
    let decky = stage.with(ServiceId::Redis)?;
    let mut follower = stage.follow();
    let owner = containers(&stage.plan)?.into_iter().find(|container| {
        at(container, "/Config/Labels/decnet.decky") == decky.name.as_str()
            && matches!(at(container, "/Config/Labels/decnet.role").as_str(), Some("decoy" | "service"))
    });
    let id = owner.as_ref().and_then(|container| at(container, "/Id").as_str()).context("no container")?;
    process::output(&mut process::command("docker", ["kill", "--signal", "KILL", id]))?;
    let address = (decky.persona.ip, 6379).into();
    wait::until("the decky to come back", Duration::from_secs(30), || {
        process::succeeds(&mut process::command("docker", ["start", id]));
        attacker::inside(|| attacker::touch(address)).ok()
    })?;
    let is_start = |event: &Seen| event.kind == "startup" && event.decky == decky.name.as_str();
    follower.until("the decky to say that it started", Duration::from_secs(15), |seen| {
        seen.iter().any(is_start)
    })?;
    sequences_have_no_holes(stage)
}

/// The agent is killed again and again while events come in.
pub(super) fn an_agent_killed_loses_nothing(stage: &Stage) -> Result<String> {
    let address = (stage.decky("depot")?.persona.ip, 6379).into();
    storm(stage, address, 4, 150)
}

/// Rounds of conversations, the agent killed in the middle of each and started anew; then
/// what the files say is compared with what the engine kept of the decoys' own output.
pub fn storm(stage: &Stage, address: SocketAddr, rounds: usize, each: usize) -> Result<String> {
    for round in 0..rounds {
        std::thread::scope(|scope| -> Result<()> {
            let talk =
                scope.spawn(|| attacker::inside(|| (0..each).try_for_each(|_| attacker::ping(address))));
            // Not the same moment in each round.
            wait::pause(Duration::from_millis(37 + 61 * (round as u64 % 11)));
            kill_agent(stage)?;
            start_agent(stage)?;
            talk.join().map_err(|_| anyhow::anyhow!("the attacker's thread broke down"))?
        })?;
    }
    compare_with_engine(stage)
}

pub(super) fn kill_agent(stage: &Stage) -> Result<()> {
    let health = stage.fleet.agent_pid().context("asking for the agent's process id")?;
    let agent = Started::of(health).context("the agent does not run")?;
    kill(Pid::from_raw(agent.pid), Signal::SIGKILL).context("killing the agent")?;
    wait::until("the agent to be gone", Duration::from_secs(5), || (!agent.runs()).then_some(()))
}

pub(super) fn start_agent(stage: &Stage) -> Result<()> {
    process::output(&mut stage.fleet.master(["redeploy"])).map(drop)
}

/// What each running container wrote, by the engine's own record, is in the log, once and
/// in order.
fn compare_with_engine(stage: &Stage) -> Result<String> {
    let mut count = 0;
    for container in containers(&stage.plan)? {
        let id = at(&container, "/Id").as_str().unwrap_or_default();
        let emitted = || -> Result<Vec<String>> {
            let text = process::output(&mut process::command("docker", ["logs", id]))?;
            let is_event = |line: &&str| {
                wire::decode(line.as_bytes()).is_ok_and(|record| record.msg_id != wire::CHUNK_MSGID)
            };
            Ok(text.lines().filter(is_event).map(str::to_owned).collect())
        };
        let boots = |lines: &[String]| -> BTreeSet<Vec<u8>> {
            let boot = |line: &String| wire::decode(line.as_bytes()).ok()?.field("boot").map(<[u8]>::to_vec);
            lines.iter().filter_map(boot).collect()
        };
        wait::until("the log to hold what the container wrote", Duration::from_secs(20), || {
            let emitted = emitted().ok()?;
            let boots = boots(&emitted);
            let log = fs::read_to_string(stage.fleet.log()).ok()?;
            let is_of_it = |line: &&str| {
                let record = wire::decode(line.as_bytes()).ok();
                record.and_then(|r| r.field("boot").map(|boot| boots.contains(boot))).unwrap_or(false)
            };
            let same = log.lines().filter(is_of_it).eq(emitted.iter().map(String::as_str));
            same.then(|| count += emitted.len())
        })
        .with_context(|| format!("container {}", at(&container, "/Name")))?;
    }
    let seen = Follower::from_start(&stage.fleet.log()).read()?;
    let sequences = check_sequences(&seen)?;
    Ok(format!("{count} lines equal to the engine's record; {sequences}"))
}
