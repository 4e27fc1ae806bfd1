//! What DECNET claims of releases on a machine with a service manager, each claim as a function that
//! shows it on a machine that is a swarm, and says with which figure, or fails. Versions go up from one to
//! the next, so that they go in this order.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use decnet_release::{Part, change::Phase};

use super::{
    Machine, Programs,
    pushes::{begin, ended, push, start},
    worker::{current, join, runs_from, serves},
};
use crate::wait;

/// Shows one claim and says with which figure.
pub type Claim = fn(&Machine) -> Result<String>;

/// What every run of the tests shows: what only takes long is shown without a service manager, too.
pub const LIGHT: &[(&str, Claim)] = &[
    ("a_pushed_release_is_started_by_the_service_manager", good_worker),
    ("an_updater_follows_its_release", good_updater),
    ("a_broken_updater_is_replaced_though_the_plug_is_pulled", broken_updater_and_plug),
];

/// What takes long.
pub const HEAVY: &[(&str, Claim)] = &[
    ("a_release_without_its_agent_is_undone", without_agent),
    ("a_release_without_its_forwarder_is_undone", without_forwarder),
    ("a_broken_updater_comes_back_by_itself", broken_updater),
    ("a_release_goes_on_after_a_reboot", worker_and_reboot),
    ("an_updater_goes_on_after_a_reboot", updater_and_reboot),
    ("a_plug_pulled_at_any_time_leaves_the_old_or_the_new", plug_at_any_time),
];

/// Boots a machine that is a swarm, and serves.
///
/// # Errors
/// When it does not come to that.
pub fn raise(name: &str) -> Result<Machine> {
    let machine = Machine::boot(name)?;
    join(&machine)?;
    serves(&machine)?;
    Ok(machine)
}

fn seconds(since: Instant) -> String {
    format!("{:.1} s", since.elapsed().as_secs_f64())
}

/// The folder of the updater's release that runs.
fn own(machine: &Machine) -> Result<String> {
    runs_from(machine, "decnet-updater")
}

/// Demands that a chain runs this version, and that it was pushed.
fn runs(folder: &str, part: Part, version: &str) -> Result<()> {
    let begin = format!("/var/lib/decnet/{}/releases/{version}-", part.name());
    ensure!(folder.starts_with(&begin), "{folder} runs, and {begin} should");
    Ok(())
}

fn good_worker(machine: &Machine) -> Result<String> {
    let begun = Instant::now();
    push(machine, Part::Worker, "0.3.0", Programs::Packaged)?.went_well()?;
    let time = seconds(begun);
    runs(&current(machine)?, Part::Worker, "0.3.0")?;
    serves(machine)?;
    Ok(time)
}

fn without_forwarder(machine: &Machine) -> Result<String> {
    without(machine, "decnet-forwarder")
}

fn without_agent(machine: &Machine) -> Result<String> {
    without(machine, "decnet-agent")
}

fn without(machine: &Machine, program: &'static str) -> Result<String> {
    let (release, begun) = (current(machine)?, Instant::now());
    push(machine, Part::Worker, "0.9.0", Programs::Broken(program))?.was_undone()?;
    let time = seconds(begun);
    ensure!(current(machine)? == release, "a broken {program} is current");
    serves(machine)?;
    Ok(time)
}

fn good_updater(machine: &Machine) -> Result<String> {
    let begun = Instant::now();
    push(machine, Part::Updater, "0.3.0", Programs::Packaged)?.went_well()?;
    let time = seconds(begun);
    runs(&own(machine)?, Part::Updater, "0.3.0")?;
    serves(machine)?;
    Ok(time)
}

fn broken_updater(machine: &Machine) -> Result<String> {
    let (release, begun) = (own(machine)?, Instant::now());
    push(machine, Part::Updater, "0.9.0", Programs::Broken("decnet-updater"))?.was_undone()?;
    let time = seconds(begun);
    ensure!(own(machine)? == release, "it is not the former that came back");
    serves(machine)?;
    Ok(time)
}

fn broken_updater_and_plug(machine: &Machine) -> Result<String> {
    let release = own(machine)?;
    begin(machine, Part::Updater, "0.9.0", Programs::Broken("decnet-updater"))?;
    let begun = Instant::now();
    machine.crash()?;
    let phase = ended(machine, Part::Updater)?;
    ensure!(matches!(phase, Some(Phase::Reverted { trouble: None, .. })), "{phase:?}");
    let time = seconds(begun);
    serves(machine)?;
    ensure!(own(machine)? == release, "it is not the former that came back");
    Ok(format!("{time} after the plug was pulled"))
}

fn worker_and_reboot(machine: &Machine) -> Result<String> {
    let time = good_and_reboot(machine, Part::Worker, "0.4.0")?;
    runs(&current(machine)?, Part::Worker, "0.4.0")?;
    Ok(time)
}

fn updater_and_reboot(machine: &Machine) -> Result<String> {
    let time = good_and_reboot(machine, Part::Updater, "0.4.0")?;
    runs(&own(machine)?, Part::Updater, "0.4.0")?;
    Ok(time)
}

fn good_and_reboot(machine: &Machine, part: Part, version: &str) -> Result<String> {
    begin(machine, part, version, Programs::Packaged)?;
    let begun = Instant::now();
    machine.reboot()?;
    let (rebooted, begun) = (seconds(begun), Instant::now());
    let phase = ended(machine, part)?;
    ensure!(phase == Some(Phase::Committed), "{phase:?}");
    let time = seconds(begun);
    serves(machine)?;
    Ok(format!("{rebooted} to boot, {time} to prove itself"))
}

/// How long after a push began the plug is pulled, in milliseconds.
const MOMENTS: [u64; 6] = [300, 700, 1_200, 2_000, 3_500, 6_000];

fn plug_at_any_time(machine: &Machine) -> Result<String> {
    let mut kept = [0, 0];
    for (number, moment) in (1..).zip(MOMENTS) {
        let part = if number % 2 == 0 { Part::Updater } else { Part::Worker };
        let version = format!("0.5.{number}");
        let stands = || if part == Part::Worker { current(machine) } else { own(machine) };
        let before = stands()?;
        let pulled = pulled(machine, part, &version, Duration::from_millis(moment));
        pulled.with_context(|| format!("{moment} ms into a push"))?;
        let after = stands()?;
        if after != before {
            runs(&after, part, &version)?;
        }
        if let Some(count) = kept.get_mut(usize::from(after != before)) {
            *count += 1;
        }
    }
    let [old, new] = kept;
    Ok(format!("{} times: {old} times the old one runs, {new} times the new", MOMENTS.len()))
}

/// Begins a push and pulls the plug so much later; then waits for the machine to serve.
fn pulled(machine: &Machine, part: Part, version: &str, moment: Duration) -> Result<()> {
    start(machine, part, version, Programs::Packaged)?;
    wait::pause(moment);
    machine.crash()?;
    ended(machine, part)?;
    serves(machine)
}
