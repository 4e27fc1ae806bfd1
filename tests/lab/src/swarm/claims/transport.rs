//! What workers saw is at the master: once, in order, with what attackers brought.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process as unix,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use decnet_proto::swarm::operator::ShardView;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::faults;
use crate::{
    clients::ftp,
    log::Follower,
    process,
    swarm::{Machine, Part, Swarm, open_ports, stage},
    wait,
};

/// How long an event may take from a worker's decky to the master's log, whatever was restarted.
const PATIENCE: Duration = Duration::from_secs(60);

/// The decky that takes files of anybody, by the fleet file.
const OPEN: &str = "files-1";

/// A log with what is in it of each worker, in order.
type Lines = BTreeMap<String, Vec<String>>;

pub(super) fn an_attack_is_in_the_masters_log_once(swarm: &Swarm) -> Result<String> {
    let begun = Instant::now();
    let brought = bring(swarm, &ftp_decky(swarm)?, 0)?;
    let took = begun.elapsed();
    let lines = settle(swarm)?;
    Ok(format!("{} bytes there after {:.1} s; {lines}", brought, took.as_secs_f64()))
}

/// Parts whose end may not lose or repeat anything, where each runs.
fn parts(swarm: &Swarm) -> Vec<(&Machine, Part)> {
    let of_master = [(&swarm.master, Part::Listener), (&swarm.master, Part::Controller)];
    let of_worker = |worker| [(worker, Part::Forwarder), (worker, Part::Agent)];
    of_master.into_iter().chain(swarm.workers.iter().flat_map(of_worker)).collect()
}

pub(super) fn each_part_of_the_transport_killed_in_turn(swarm: &Swarm) -> Result<String> {
    let (mut slowest, parts, decky) = (Duration::ZERO, parts(swarm), ftp_decky(swarm)?);
    for (number, (machine, part)) in parts.iter().enumerate() {
        let begun = Instant::now();
        let again = || -> Result<String> {
            match part {
                Part::Agent | Part::Controller => faults::kill(swarm, machine, *part)?,
                _ => machine.kill_part(*part)?,
            }
            attack(swarm, machine, &decky, number + 1)?;
            settle(swarm)
        };
        again().with_context(|| format!("after {} of {} was killed", part.word(), machine.place.name))?;
        slowest = slowest.max(begun.elapsed());
    }
    let lines = settle(swarm)?;
    Ok(format!("{} kills, {} s at most until an attack was told; {lines}", parts.len(), slowest.as_secs()))
}

/// Uploads a file that nobody brought before to a worker's decky, and waits until the master tells of
/// it once and has it; says how long it is.
fn bring(swarm: &Swarm, decky: &ShardView, turn: usize) -> Result<u64> {
    let attacker = stage::attacker_near(decky.ip)?;
    let mut log = Follower::from_end(&master_log(swarm));
    let seed = format!("{turn} {}", unix::id());
    let content: Vec<u8> =
        (0..5_000_u32).flat_map(|n| Sha256::digest(format!("{seed} {n}")).to_vec()).collect();
    let path = swarm.master.folder.join("upload.bin");
    fs::write(&path, &content).with_context(|| format!("writing {}", path.display()))?;
    let script = ftp::upload(decky.ip, &path, &format!("incoming/{turn}.bin"));
    let mut lftp = process::command("ip", ["netns", "exec", &attacker.namespace(), "lftp", "-c", &script]);
    process::output(&mut lftp)?;
    let sha256: String = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
    let name = decky.decky_name.to_string();
    log.until(&format!("{name} to be told of at the master"), PATIENCE, |seen| {
        seen.iter().any(|event| {
            event.decky == name && event.kind == "file_captured" && event.field("sha256") == sha256
        })
    })?;
    let kept = swarm.master.folder.join("master-artifacts").join(&sha256);
    let kept = wait::until("the file at the master", PATIENCE, || fs::read(&kept).ok())?;
    ensure!(kept == content, "what the master keeps differs from what was sent");
    Ok(content.len() as u64)
}

/// Attacks what a machine's end may have touched: with a file where one is taken, else by a scan of its
/// LAN. A decky takes only so many files of an attacker.
fn attack(swarm: &Swarm, machine: &Machine, decky: &ShardView, turn: usize) -> Result<()> {
    let takes_files = decky.host_name == machine.place.name;
    match machine.place.lan() {
        Some(lan) if !takes_files => open_ports(stage::attacker_near(lan.address(1))?).map(drop),
        _ => bring(swarm, decky, turn).map(drop),
    }
}

/// The decky that takes files of anybody.
fn ftp_decky(swarm: &Swarm) -> Result<ShardView> {
    let mut deckies = swarm.deckies()?.into_iter();
    deckies.find(|decky| decky.decky_name.to_string() == OPEN).with_context(|| format!("there is no {OPEN}"))
}

fn master_log(swarm: &Swarm) -> PathBuf {
    swarm.master.folder.join("master.log")
}

/// Waits until the master has exactly what its workers wrote, of each in order; says how much.
fn settle(swarm: &Swarm) -> Result<String> {
    let mut last = None;
    let settled = wait::until("the master to have what its workers wrote", PATIENCE, || {
        compare(swarm).map_err(|error| last = Some(error)).ok()
    });
    match (settled, last) {
        (Err(error), Some(last)) => Err(last.context(error)),
        (settled, _) => settled,
    }
}

fn compare(swarm: &Swarm) -> Result<String> {
    let (mut written, told) = (Lines::new(), told(swarm)?);
    for worker in &swarm.workers {
        written.insert(worker.place.name.to_owned(), read_all(&worker.folder.join("decnet.log"))?);
    }
    for (worker, lines) in &written {
        let there = told.get(worker).map(Vec::as_slice).unwrap_or_default();
        if let Some(at) = (0..lines.len().max(there.len())).find(|at| lines.get(*at) != there.get(*at)) {
            bail!(
                "of {worker} {} lines are there and {} were written: line {at} is {:?}, not {:?}",
                there.len(),
                lines.len(),
                there.get(at),
                lines.get(at)
            );
        }
    }
    let count: usize = written.values().map(Vec::len).sum();
    Ok(format!("{count} lines of {} workers, each once and in order", written.len()))
}

/// The lines that the master's records tell, by who brought them.
fn told(swarm: &Swarm) -> Result<Lines> {
    let mut told = Lines::new();
    for line in read_all(&master_log(swarm).with_extension("json"))? {
        let record: Value = serde_json::from_str(&line).with_context(|| format!("reading {line}"))?;
        let text = |name: &str| record.get(name).and_then(Value::as_str).map(str::to_owned);
        let worker = text("source_worker").context("a record without source_worker")?;
        ensure!(text("host_uuid").is_some(), "a record without host_uuid: {line}");
        told.entry(worker).or_default().push(text("raw_line").context("a record without its line")?);
    }
    Ok(told)
}

/// The lines of a log and of those that it was rotated to, the oldest first.
fn read_all(log: &Path) -> Result<Vec<String>> {
    let numbered = |number: u32| PathBuf::from(format!("{}.{number}", log.display()));
    let oldest = (1..).take_while(|number| numbered(*number).exists()).last().unwrap_or(0);
    let files = (1..=oldest).rev().map(numbered).chain([log.to_owned()]);
    let mut lines = Vec::new();
    for file in files.filter(|file| file.exists()) {
        let text = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let text = String::from_utf8_lossy(text.get(..whole).unwrap_or_default()).into_owned();
        lines.extend(text.lines().map(str::to_owned));
    }
    Ok(lines)
}
