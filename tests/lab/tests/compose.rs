//! A fleet that plain `docker-compose` started is a fleet like any other.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lab::{attacker, fleet::Fleet, lan, log::Follower, process, stage, wait};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

#[test]
fn a_fleet_starts_from_a_compose_file() -> Result<()> {
    let [folder, ..] = stage::folders();
    lab::up()?;
    stage::clear_all(&stage::programs())?;
    let fleet = Fleet::open(&folder, &stage::programs())?;
    let file = folder.join("compose/fleet.yml");
    std::fs::create_dir_all(folder.join("compose")).context("making a folder for the file")?;
    let mut dry = fleet.master(["deploy", "--dry-run", "--compose-out"]);
    process::output(dry.arg(&file).arg("--config").arg(stage::ini())).context("writing the Compose file")?;
    // Installed, the decoy stands beside the master and is found; built, it stands elsewhere.
    std::fs::copy(&stage::programs().decoy, folder.join("compose/decoy/init"))
        .context("bringing the decoy")?;
    let file = file.to_string_lossy().into_owned();
    let compose = |verb: &[&str]| {
        let words = ["-p", "decnet", "-f", file.as_str()].into_iter().chain(verb.iter().copied());
        process::output(&mut process::command("docker-compose", words))
    };
    compose(&["up", "-d"])?;
    lan::forget_neighbours()?;
    let outcome = is_a_fleet(&fleet);
    if outcome.is_err() {
        compose(&["down"])?;
    }
    outcome
}

/// Its events are collected, its state is told, and it can be taken down.
fn is_a_fleet(fleet: &Fleet) -> Result<()> {
    let programs = stage::programs();
    let mut agent = process::command(&programs.agent.to_string_lossy(), ["--config-file"]);
    let mut agent = agent.arg(fleet.configuration()).spawn().context("starting the agent")?;
    let outcome = is_seen(fleet);
    // Nobody but us ends an agent that we started.
    let pid = Pid::from_raw(i32::try_from(agent.id()).context("process id of the agent")?);
    kill(pid, Signal::SIGTERM).map(|()| agent.wait()).context("ending the agent")??;
    outcome
}

/// How many deckies the fleet file of the lab plans: its sections but the first, and those of services.
fn planned() -> Result<usize> {
    let text = std::fs::read_to_string(stage::ini()).context("reading the fleet file")?;
    let sections = text.lines().filter_map(|line| line.strip_prefix('[')?.strip_suffix(']'));
    Ok(sections.filter(|name| *name != "general" && !name.contains('.')).count())
}

fn is_seen(fleet: &Fleet) -> Result<()> {
    let status = wait::until("the agent to answer", Duration::from_secs(15), || fleet.status().ok())?;
    let doors = fleet.doors()?;
    let (here, planned) = (status.deckies.len(), planned()?);
    ensure!(here == planned, "{here} of {planned} deckies");
    fleet.wait_until_open()?;
    let mut follower = Follower::from_end(&fleet.log());
    let ports: Vec<_> = attacker::inside(|| {
        doors.iter().map(|door| attacker::touch(door.address).map(|(port, _)| port)).collect::<Result<_>>()
    })?;
    follower.until("every contact", Duration::from_secs(30), |seen| {
        ports
            .iter()
            .all(|port| seen.iter().any(|e| e.kind == "connect" && e.field("src_port") == port.to_string()))
    })?;
    fleet.teardown()?;
    wait::until("every container to be gone", Duration::from_secs(20), || {
        let left =
            process::output(&mut process::command("docker", ["ps", "-aq", "--filter", "label=decnet.decky"]));
        left.is_ok_and(|ids| ids.trim().is_empty()).then_some(())
    })
}
