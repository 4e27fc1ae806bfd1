//! A machine that is all of a swarm: every unit serves, behind its own walls.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use lab::booted::{Debs, Machine, NAMES};

use super::{FIRST, current, nothing_failed, runs_from};

/// How long a daemon may take to begin.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs a command as a user, as `sudo -u` does.
fn by(user: &str, command: &str) -> String {
    format!("setpriv --reuid {user} --regid {user} --init-groups {command}")
}

#[test]
fn joined_every_unit_serves() -> Result<()> {
    let machine = Machine::boot("swarm")?;
    Debs::of(FIRST)?.install(&machine, &NAMES)?;
    let token = |machine: &Machine, flags: &str| -> Result<String> {
        let script = format!("decnet-master swarm token {flags} --json");
        let said = machine.until(&script, PATIENCE)?;
        let made: serde_json::Value = serde_json::from_str(&said).context("reading a token")?;
        made.get("token").and_then(|token| token.as_str()).map(str::to_owned).context("no token was made")
    };
    let worker = token(&machine, "--name edge-1 --updater --address 127.0.0.1")?;
    let listener = token(&machine, "--name listener-1 --listener")?;
    let join = "join https://127.0.0.1:8771 --token";
    machine.say(&by("decnet-agent", &format!("decnet-agent {join} {worker}")))?;
    machine.say(&by("decnet-updater", &format!("decnet-updater {join} {worker}")))?;
    let listener_dir = "--listener-dir /etc/decnet/listener";
    machine.say(&by("decnet-listener", &format!("decnet-listener {listener_dir} {join} {listener}")))?;
    machine.say("systemctl restart decnet-agent decnet-forwarder decnet-listener decnet-updater")?;
    serves(&machine)?;
    asks(&machine)?;
    // Without a word to anybody, and without time to end.
    machine.crash()?;
    serves(&machine)
}

fn serves(machine: &Machine) -> Result<()> {
    let list = "decnet-master swarm list --json | grep -q '\"active\"'";
    machine.until(list, PATIENCE).context("waiting for the agent to be active")?;
    for unit in ["agent", "forwarder", "listener", "master", "updater"] {
        let state = format!("systemctl is-active decnet-{unit}");
        machine.until(&state, PATIENCE).with_context(|| format!("waiting for decnet-{unit}"))?;
        let restarts = machine.say(&format!("systemctl show --value -P NRestarts decnet-{unit}"))?;
        ensure!(restarts == "0", "decnet-{unit} was restarted {restarts} times");
    }
    let release = current(machine)?;
    for unit in ["decnet-agent", "decnet-forwarder"] {
        ensure!(runs_from(machine, unit)? == release, "{unit} runs from elsewhere");
    }
    let own = runs_from(machine, "decnet-updater")?;
    ensure!(own.starts_with("/usr/lib/decnet/updater/releases/"), "the updater runs from {own}");
    nothing_failed(machine)
}

/// The updater's user has units restarted, and nobody else does.
fn asks(machine: &Machine) -> Result<()> {
    let before = machine.say("systemctl show --value -P MainPID decnet-forwarder")?;
    let ask = "perl -MIO::Socket::UNIX -e 'my $s = IO::Socket::UNIX->new(Peer => \
               \"/run/decnet-updater-helper.sock\") or exit 9; print $s \"restart decnet-forwarder\\n\"; \
               $s->flush; print while <$s>'";
    let refused = machine.sh(&by("decnet-agent", ask))?;
    ensure!(refused.status.code() == Some(9), "the agent's user may ask: {refused:?}");
    machine.say(&by("decnet-updater", ask))?;
    let restarted = format!(
        "test $(systemctl show --value -P MainPID decnet-forwarder) -gt 1 -a \
                             $(systemctl show --value -P MainPID decnet-forwarder) != {before}"
    );
    machine.until(&restarted, PATIENCE).context("waiting for the forwarder to be restarted")?;
    Ok(())
}
