//! A machine that is all of a swarm, and what is seen of its worker.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::{Debs, Machine, NAMES};

/// The version that is installed first.
pub const FIRST: &str = "0.1.0";

/// How long a daemon may take to begin.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// What a worker is told beyond what its packages say: how long a release may take here.
const CONFIGURATION: &str = "[updater]\nupdater-deadline = 15\n";

/// Runs a command as a user, as `sudo -u` does.
pub fn by(user: &str, command: &str) -> String {
    format!("setpriv --reuid {user} --regid {user} --init-groups {command}")
}

/// Installs everything, and lets agent, updater and listener into the swarm of the same machine.
///
/// # Errors
/// When something is not installed, or not let in.
pub fn join(machine: &Machine) -> Result<()> {
    Debs::of(FIRST)?.install(machine, &NAMES)?;
    machine.say(&format!("printf '{CONFIGURATION}' >/etc/decnet/decnet.ini"))?;
    let token = |flags: &str| -> Result<String> {
        let said = machine.until(&format!("decnet-master swarm token {flags} --json"), PATIENCE)?;
        let made: serde_json::Value = serde_json::from_str(&said).context("reading a token")?;
        made.get("token").and_then(|token| token.as_str()).map(str::to_owned).context("no token was made")
    };
    let worker = token("--name edge-1 --updater --address 127.0.0.1")?;
    let listener = token("--name listener-1 --listener")?;
    let join = "join https://127.0.0.1:8771 --token";
    machine.say(&by("decnet-agent", &format!("decnet-agent {join} {worker}")))?;
    machine.say(&by("decnet-updater", &format!("decnet-updater {join} {worker}")))?;
    let listener_dir = "--listener-dir /etc/decnet/listener";
    machine.say(&by("decnet-listener", &format!("decnet-listener {listener_dir} {join} {listener}")))?;
    machine.say("systemctl restart decnet-agent decnet-forwarder decnet-listener decnet-updater").map(drop)
}

/// Waits until every unit serves, each from the release that its link names.
///
/// # Errors
/// When one does not, or was started more than once, or another unit failed.
pub fn serves(machine: &Machine) -> Result<()> {
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
    let own = machine.say("readlink -e /var/lib/decnet/updater/current")?;
    ensure!(runs_from(machine, "decnet-updater")? == own, "the updater runs from elsewhere");
    nothing_failed(machine)
}

/// The folder of the release that runs on a worker.
///
/// # Errors
/// When the link leads nowhere.
pub fn current(machine: &Machine) -> Result<String> {
    machine.say("readlink -e /var/lib/decnet/current")
}

/// The folder that the main process of a unit was started from: that of its release.
///
/// # Errors
/// When it has none.
pub fn runs_from(machine: &Machine, unit: &str) -> Result<String> {
    let script = format!("dirname $(dirname $(readlink /proc/$(systemctl show -P MainPID {unit})/exe))");
    machine.say(&script)
}

/// What nobody may see after any step: a unit that failed.
///
/// # Errors
/// When one did; the end of the journal is in the error.
pub fn nothing_failed(machine: &Machine) -> Result<()> {
    let failed = machine.say("systemctl list-units --failed --plain --no-legend")?;
    ensure!(failed.is_empty(), "{failed}\n{}", machine.say("journalctl --no-pager --lines=60")?);
    Ok(())
}
