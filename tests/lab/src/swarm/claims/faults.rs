//! What goes wrong, and that the fleet becomes what was asked without anybody's help.

use std::{
    fs,
    path::{Path, PathBuf},
    process,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use decnet_proto::swarm::{
    UPDATER_PORT,
    operator::{HostState, ShardState},
};
use nix::sys::signal::Signal;

use super::standing::{scan, settle};
use crate::{
    process::output,
    swarm::{Machine, Part, Swarm, stage, wiring, wiring::Network},
    wait,
};

/// How many times a fleet is changed while processes are killed.
const ROUNDS: usize = 8;

/// Kills a part, and starts it again as systemd would.
pub(super) fn kill(swarm: &Swarm, machine: &Machine, part: Part) -> Result<()> {
    machine.end(part, Signal::SIGKILL)?;
    wait::pause(Duration::from_secs(1));
    swarm.start(machine, part)
}

/// Every process, by the machine that it runs on.
fn processes(swarm: &Swarm) -> Vec<(&Machine, Part)> {
    let parts = |worker| [Part::Agent, Part::Updater, Part::Engine].map(|part| (worker, part));
    std::iter::once((&swarm.master, Part::Controller)).chain(swarm.workers.iter().flat_map(parts)).collect()
}

pub(super) fn each_process_killed_in_turn(swarm: &Swarm) -> Result<String> {
    let names = stage::names()?;
    let (mut slowest, mut found, mut ports) = (Duration::ZERO, 0, 0);
    let processes = processes(swarm);
    for (machine, part) in &processes {
        let begun = Instant::now();
        kill(swarm, machine, *part)?;
        (found, ports) = settle(swarm, &names)
            .with_context(|| format!("after {} of {} was killed", part.word(), machine.place.name))?;
        if *part == Part::Updater {
            hears(machine)?;
        }
        slowest = slowest.max(begun.elapsed());
    }
    let slowest = slowest.as_secs();
    Ok(format!("{} processes, {slowest} s at most; then {found} deckies, {ports} ports", processes.len()))
}

/// Waits until a worker's updater takes connections.
fn hears(worker: &Machine) -> Result<()> {
    let port = format!("sport = :{UPDATER_PORT}");
    let what = format!("the updater of {} to take connections", worker.place.name);
    wait::until(&what, Duration::from_secs(20), || {
        let listeners = output(&mut worker.command(Path::new("ss"), ["-Htln", &port]).ok()?).ok()?;
        (!listeners.trim().is_empty()).then_some(())
    })
}

pub(super) fn an_agent_alone_keeps_its_deckies(swarm: &Swarm) -> Result<String> {
    let deckies = swarm.deckies()?;
    swarm.master.end(Part::Controller, Signal::SIGKILL)?;
    wait::pause(Duration::from_secs(15));
    let mut found = 0;
    for attacker in stage::attackers() {
        let open = crate::swarm::open_ports(attacker)?;
        found += deckies.iter().filter(|decky| open.contains_key(&decky.ip)).count();
    }
    swarm.start(&swarm.master, Part::Controller)?;
    swarm.wait_until_active(swarm.workers.len())?;
    ensure!(found == deckies.len(), "{found} of {} answer while the master is away", deckies.len());
    Ok(format!("{found} answer while the master is away"))
}

pub(super) fn a_link_cut_and_healed(swarm: &Swarm) -> Result<String> {
    let worker = swarm.workers.first().context("no worker")?;
    wiring::set_cut(worker.place, Network::Office, true)?;
    let begun = Instant::now();
    wait::until("the cut to be seen", Duration::from_secs(90), || {
        let hosts = swarm.hosts().ok()?;
        let host = hosts.iter().find(|host| host.name.as_str() == worker.place.name)?;
        (host.status == HostState::Unreachable).then_some(())
    })?;
    let seen = begun.elapsed().as_secs();
    let (found, _) = scan(swarm)?;
    // What is asked meanwhile reaches it when it is back.
    let fewer = fewer(swarm, 1)?;
    let _ = output(swarm.operator(["deploy", "--mode", "swarm", "--no-wait", "--config"])?.arg(&fewer.0));
    wait::pause(Duration::from_secs(5));
    wiring::set_cut(worker.place, Network::Office, false)?;
    let begun = Instant::now();
    swarm.wait_until_active(swarm.workers.len())?;
    swarm.wait_until_running(&fewer.1)?;
    let healed = begun.elapsed().as_secs();
    swarm.deploy(&stage::ini())?;
    swarm.wait_until_running(&stage::names()?)?;
    Ok(format!("seen after {seen} s, {found} deckies go on, as asked {healed} s after it was healed"))
}

pub(super) fn a_worker_rebooted(swarm: &Swarm) -> Result<String> {
    let worker = swarm.workers.last().context("no worker")?;
    swarm.reboot(worker)?;
    let begun = Instant::now();
    let (found, ports) = settle(swarm, &stage::names()?)?;
    let took = begun.elapsed().as_secs();
    Ok(format!("as asked {took} s after it was up again; {found} deckies, {ports} ports"))
}

/// A fleet file without every `nth` decky of ours, and who is left.
fn fewer(swarm: &Swarm, nth: usize) -> Result<(PathBuf, Vec<String>)> {
    let text = fs::read_to_string(stage::ini()).context("reading the fleet")?;
    let sections: Vec<_> = text.split("\n\n[").skip(1).collect();
    let kept: Vec<_> =
        sections.iter().enumerate().filter(|(at, _)| at % 4 != nth % 4).map(|(_, text)| *text).collect();
    let path = swarm.master.folder.join(format!("fleet-{nth}.ini"));
    let text: String = kept.iter().map(|section| format!("[{}\n", section.trim_end())).collect();
    fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
    let mut names: Vec<_> =
        kept.iter().filter_map(|text| text.split(']').next()).map(str::to_owned).collect();
    names.sort();
    Ok((path, names))
}

/// Numbers that follow from a seed, which differs from run to run and is told with what came of it.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % limit.max(1)
    }
}

pub(super) fn killed_at_random_while_fleets_change(swarm: &Swarm) -> Result<String> {
    let seed = process::id();
    let mut random = Random(seed.into());
    let processes = processes(swarm);
    let (mut kills, mut slowest) = (0, Duration::ZERO);
    for round in 0..ROUNDS {
        let (file, names) = fewer(swarm, round)?;
        let asked =
            output(swarm.operator(["deploy", "--mode", "swarm", "--no-wait", "--config"])?.arg(&file));
        asked.with_context(|| format!("asking for fleet {round}"))?;
        for _ in 0..3 {
            wait::pause(Duration::from_millis(random.below(2500) as u64));
            let Some((machine, part)) = processes.get(random.below(processes.len())) else { continue };
            kill(swarm, machine, *part)?;
            kills += 1;
        }
        let begun = Instant::now();
        settle(swarm, &names).with_context(|| format!("in round {round} of seed {seed}"))?;
        slowest = slowest.max(begun.elapsed());
    }
    swarm.deploy(&stage::ini())?;
    let (found, ports) = settle(swarm, &stage::names()?)?;
    let slowest = slowest.as_secs();
    Ok(format!(
        "{ROUNDS} fleets, {kills} kills of seed {seed}, as asked after {slowest} s at most; then {found} deckies, {ports} ports"
    ))
}

pub(super) fn a_real_machine_has_its_address_at_once(swarm: &Swarm) -> Result<String> {
    let deckies = swarm.deckies()?;
    let [attacker, _] = stage::attackers();
    let lan = attacker.lan().context("an attacker without a LAN")?.address(0).octets();
    let decky = deckies.iter().find(|decky| decky.ip.octets()[..3] == lan[..3]).context("no decky there")?;
    let namespace = attacker.namespace();
    let address = format!("{}/24", decky.ip);
    let ip = |verb: &str| {
        output(&mut crate::process::command("ip", ["-n", &namespace, "addr", verb, &address, "dev", "lan0"]))
    };
    ip("add")?;
    let begun = Instant::now();
    // A machine that comes up says who it is.
    let announce = ["netns", "exec", &namespace, "arping", "-c", "3", "-A", "-I", "lan0"];
    let told = output(crate::process::command("ip", announce).arg(decky.ip.to_string()));
    let yielded = told.and_then(|_| {
        wait::until("the decky to give way", Duration::from_secs(30), || {
            let now = swarm.deckies().ok()?;
            let state = now.iter().find(|now| now.decky_name == decky.decky_name)?.state;
            (state == ShardState::Yielded).then_some(begun.elapsed())
        })
    });
    // The machine stays: who asks for the fleet again gets a decky with another address.
    let moved = yielded.and_then(|took| {
        swarm.deploy(&stage::ini())?;
        settle(swarm, &stage::names()?)?;
        let now = swarm.deckies()?;
        let found = now.iter().find(|now| now.decky_name == decky.decky_name);
        Ok((took.as_secs_f64(), found.context("the decky is gone")?.ip))
    });
    ip("del")?;
    let (took, moved) = moved?;
    ensure!(moved != decky.ip, "the decky came back to the address of a real machine");
    let (name, before) = (&decky.decky_name, decky.ip);
    Ok(format!("{name} left {before}, known to the master after {took:.1} s, and came back at {moved}"))
}
