//! The log's way from workers to the master: nothing lost, nothing twice, whoever is killed and
//! whoever calls.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use lab::{
    packages,
    swarm::{Swarm, claims},
    transport::{
        branch, faults,
        hostile::{self, Ground},
        interop,
        kills::{self, End, Load},
        rsyslog,
        site::Programs,
    },
    workspace,
};

use super::{Ledger, figures};
use crate::{bench::alone, image, lab_verb, programs, tty};

/// Schedules of the simulation.
const SIMULATED: &str = "5000";
/// Schedules with real processes.
const REAL: u64 = 5;
/// Names the seed of the first of them, so that one can be had again; each has the next.
const SEED: &str = "TRANSPORT_SEED";
/// Lines of which an end is killed on the way.
const LINES: u64 = 200_000;

/// Enters every claim.
pub(super) fn run(ledger: &mut Ledger) -> Result<()> {
    packages::install_absent(rsyslog::PACKAGES)?;
    programs::build_transport(programs::Profile::Debug)?;
    let programs = Programs::in_folder(&workspace::target().join("debug"))?;
    println!("\n{}", tty::bold("simulated"));
    ledger.enter("five thousand schedules of faults", simulation);
    alone()?;
    let folder = workspace::lab().join("proof-transport");
    println!("\n{}", tty::bold("real processes"));
    let first = seed()?;
    for seed in first..first + REAL {
        ledger
            .enter(&format!("faults by chance, seed {seed}"), || faults::schedule(&folder, &programs, seed));
    }
    for (end, name) in [(End::Sender, "forwarder"), (End::Receiver, "listener")] {
        for (load, when) in [(Load::Backlog, "a backlog"), (Load::Live, "lines that come")] {
            ledger.enter(&format!("kill -9 of the {name}, {when}"), || {
                let (tally, kills) = kills::killed(&folder, &programs, end, load, LINES)?;
                Ok(format!("{}; killed {kills} times", tally.whole()?))
            });
        }
    }
    ledger.enter("renamed with an unread tail", || {
        Ok(kills::rotated(&folder, &programs)?.whole()?.to_string())
    });
    ledger.enter("a listener elsewhere hands on", || branch::handed_on(&folder, &programs, LINES));
    println!("\n{}", tty::bold("beside rsyslog"));
    ledger.enter("rsyslog brings to our listener", || {
        interop::rsyslog_brings_to_our_listener(&folder, &programs)
    });
    ledger.enter("our forwarder brings to rsyslog", || {
        interop::our_forwarder_brings_to_rsyslog(&folder, &programs)
    });
    println!("\n{}", tty::bold("whoever calls"));
    let mut ground = Ground::raise(&folder, &programs)?;
    for (name, claim) in hostile::ALL {
        ledger.enter(name, || claim(&mut ground));
    }
    drop(ground);
    println!("\n{}", tty::bold("from a worker's decky to the master"));
    in_the_swarm(ledger)
}

/// The swarm of the lab, its attackers, and every part of the way killed in turn.
fn in_the_swarm(ledger: &mut Ledger) -> Result<()> {
    lab_verb::up()?;
    image::build(image::Profile::Dev)?;
    programs::build()?;
    let swarm = Swarm::raise_with_fleet(&lab::stage::programs())?;
    for (name, claim) in claims::TRANSPORT {
        ledger.enter(name, || claim(&swarm));
    }
    lab::swarm::stage::remove().context("taking the swarm down")
}

/// A seed that nobody chose, unless somebody did.
fn seed() -> Result<u64> {
    if let Ok(text) = std::env::var(SEED) {
        return text.parse().with_context(|| format!("{SEED}={text} is no number"));
    }
    let since = SystemTime::now().duration_since(UNIX_EPOCH).context("a clock before 1970")?;
    Ok(since.as_secs())
}

/// The simulations of both ends and everything that fails between them: of lines, and of captured
/// files.
fn simulation() -> Result<String> {
    let begun = Instant::now();
    let words = ["--lib", "--profile", "proof", "--cargo-profile", "proof"];
    let words = [&words[..], &["--filterset", "test(simulation::whatever)"]].concat();
    // What its disks lose is simulated, too: a real one would only make it slow.
    let variables = [("TRANSPORT_SCHEDULES", SIMULATED), ("TMPDIR", "/dev/shm")];
    let said = figures::said("decnet-logship", &words, &variables)?;
    ensure!(said.contains(" passed"), "it was not tried: {said}");
    let seconds = begun.elapsed().as_secs();
    Ok(format!("{SIMULATED} schedules in {seconds} s, what is stored is what was written"))
}
