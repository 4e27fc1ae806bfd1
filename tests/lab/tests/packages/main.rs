//! Debian's packages on machines that boot: what is there after they were installed, upgraded, removed
//! and purged.

mod installing;
mod removing;
mod serving;
mod upgrading;

use anyhow::Result;
use lab::booted::Machine;

/// The version that is installed first.
const FIRST: &str = "0.1.0";
/// One that is newer.
const SECOND: &str = "0.2.0-rc.1";

/// The folder of the release that runs on a worker.
fn current(machine: &Machine) -> Result<String> {
    machine.say("readlink -e /var/lib/decnet/current")
}

/// The folder that the main process of a unit was started from: that of its release.
fn runs_from(machine: &Machine, unit: &str) -> Result<String> {
    let script = format!("dirname $(dirname $(readlink /proc/$(systemctl show -P MainPID {unit})/exe))");
    machine.say(&script)
}

/// What nobody may see after any step: a unit that failed.
fn nothing_failed(machine: &Machine) -> Result<()> {
    let failed = machine.say("systemctl list-units --failed --plain --no-legend")?;
    anyhow::ensure!(failed.is_empty(), "{failed}\n{}", machine.say("journalctl --no-pager --lines=60")?);
    Ok(())
}
