//! A machine that is all of a swarm: every unit serves, behind its own walls.

use anyhow::{Context as _, Result, ensure};
use lab::booted::{Machine, PATIENCE, by, join, serves};

#[test]
fn joined_every_unit_serves() -> Result<()> {
    let machine = Machine::boot("swarm")?;
    join(&machine)?;
    serves(&machine)?;
    asks(&machine)?;
    // Without a word to anybody, and without time to end.
    machine.crash()?;
    serves(&machine)
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
