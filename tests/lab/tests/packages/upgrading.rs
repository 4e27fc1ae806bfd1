//! A machine that has an older version.

use anyhow::{Result, ensure};
use lab::booted::{Debs, FIRST, Machine, current, nothing_failed, runs_from};

use super::SECOND;

/// What a worker has.
const WORKER: [&str; 4] = ["decnet-common", "decnet-agent", "decnet-forwarder", "decnet-updater"];

/// Looks all the while whether what the units start is there, and writes down when it is not.
const WATCH: &str = "setsid sh -c 'while sleep 0.01; do
    for program in current/bin/decnet-agent current/bin/decnet-forwarder updater/current/bin/decnet-updater; do
        [ -x /var/lib/decnet/$program ] || echo $program >>/srv/missing
    done
done' >/dev/null 2>&1 &";

#[test]
fn an_upgrade_keeps_what_was_changed_and_a_way_back() -> Result<()> {
    let machine = Machine::boot("upgrade")?;
    Debs::of(FIRST)?.install(&machine, &WORKER)?;
    machine.say("echo '[decnet]\nmode = agent' >/etc/decnet/decnet.ini")?;
    machine.say("systemctl disable --now --quiet decnet-updater && echo kept >/var/lib/decnet/agent/mine")?;
    let old = current(&machine)?;
    machine.say(WATCH)?;
    Debs::of(SECOND)?.install(&machine, &WORKER)?;
    let missing = machine.say("cat /srv/missing 2>/dev/null || true")?;
    ensure!(missing.is_empty(), "for a moment there was no\n{missing}");
    nothing_failed(&machine)?;

    let new = current(&machine)?;
    ensure!(new.starts_with(&format!("/usr/lib/decnet/releases/{SECOND}-")), "{new} is current");
    ensure!(runs_from(&machine, "decnet-agent")? == new, "the agent runs from elsewhere");
    machine.say(&format!("test ! -e {old}"))?;
    // Whole, and the updater's own, which could not go back to it otherwise.
    let name = old.rsplit('/').next().unwrap_or_default();
    let copy = format!("/var/lib/decnet/worker/releases/{name}");
    machine.say(&format!(
        "cd {copy} && test -s manifest.json && for p in agent decoy forwarder; do test -x bin/decnet-$p; done"
    ))?;
    let foreign = machine.say(&format!("find {copy} ! -user decnet-updater"))?;
    ensure!(foreign.is_empty(), "{foreign}");

    let kept = machine.say("cat /etc/decnet/decnet.ini /var/lib/decnet/agent/mine")?;
    ensure!(kept == "[decnet]\nmode = agent\nkept", "{kept}");
    let enabled = machine.sh("systemctl is-enabled decnet-updater")?;
    ensure!(String::from_utf8_lossy(&enabled.stdout).trim() == "disabled", "what was disabled is enabled");
    going_back(&machine, &new)
}

/// Holds the lock of the worker's releases for a moment, as the updater does while it changes what runs.
const CHANGE: &str =
    "setsid flock /var/lib/decnet/worker/lock sh -c 'sleep 3; touch /srv/ended' >/dev/null 2>&1 &";

/// What runs is the package's, so that it follows the package, also to an older one: after a change that
/// is under way.
fn going_back(machine: &Machine, new: &str) -> Result<()> {
    machine.say(CHANGE)?;
    Debs::of(FIRST)?.install(machine, &WORKER)?;
    machine.say("test -e /srv/ended")?;
    let release = current(machine)?;
    ensure!(release.contains(&format!("/{FIRST}-")), "{release} is current");
    ensure!(runs_from(machine, "decnet-agent")? == release, "the agent runs from elsewhere");
    let name = new.rsplit('/').next().unwrap_or_default();
    machine.say(&format!("test -d /var/lib/decnet/worker/releases/{name}"))?;
    nothing_failed(machine)
}

/// As the updater would: a release of its own, which is switched to.
const PUSH: &str = "set -e
cd /var/lib/decnet/worker
mkdir -p releases
cp -R $(readlink current) releases/$1
ln -s /var/lib/decnet/worker/releases/$1 new && mv -T new current";

#[test]
fn what_was_pushed_and_is_newer_stays() -> Result<()> {
    let machine = Machine::boot("pushed")?;
    Debs::of(FIRST)?.install(&machine, &WORKER)?;
    let digest = "0".repeat(64);
    for (version, stays) in [("9.0.0", true), ("0.1.5", false)] {
        let pushed = format!("{version}-{digest}");
        machine.say(&format!("setpriv --reuid decnet-updater --regid decnet-updater --clear-groups sh -c '{PUSH}' sh {pushed} && systemctl restart decnet-agent"))?;
        Debs::of(SECOND)?.install(&machine, &WORKER)?;
        let release = current(&machine)?;
        ensure!(
            release.ends_with(&pushed) == stays,
            "{version} was pushed, then {SECOND} installed: {release}"
        );
        ensure!(runs_from(&machine, "decnet-agent")? == release, "the agent runs from elsewhere");
        nothing_failed(&machine)?;
    }
    Ok(())
}
