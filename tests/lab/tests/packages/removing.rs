//! A machine that is to have nothing of it any more.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use lab::booted::{Debs, FIRST, Machine, NAMES, current, nothing_failed};

#[test]
fn removed_it_keeps_what_is_its_owners_and_purged_nothing() -> Result<()> {
    let (machine, debs) = (Machine::boot("remove")?, Debs::of(FIRST)?);
    let before = machine.say("find /etc /usr /var -xdev | sort")?;
    debs.install(&machine, &NAMES)?;
    machine.say(
        "echo '; mine' >>/etc/decnet/decnet.ini; touch /etc/decnet/agent/mine; echo x >/var/log/decnet/decnet.log",
    )?;

    machine.say(&format!("dpkg --remove {} 2>&1", NAMES.join(" ")))?;
    nothing_failed(&machine)?;
    let running =
        machine.sh("ps -e -o comm= 2>/dev/null | grep decnet || cat /proc/[0-9]*/comm | grep decnet")?;
    ensure!(running.stdout.is_empty(), "{} runs", String::from_utf8_lossy(&running.stdout));
    machine.say("grep -q mine /etc/decnet/decnet.ini && test -e /etc/decnet/agent/mine -a -s /var/log/decnet/decnet.log")?;
    machine.say(
        "test ! -e /usr/lib/decnet -a ! -e /usr/bin/decnet-agent -a ! -L /var/lib/decnet/worker/current",
    )?;

    debs.install(&machine, &NAMES)?;
    nothing_failed(&machine)?;
    ensure!(current(&machine)?.contains(FIRST), "it is not current again");
    machine.say("grep -q mine /etc/decnet/decnet.ini && test -e /etc/decnet/agent/mine && systemctl is-active decnet-agent")?;

    machine.say(&format!("dpkg --purge {} 2>&1", NAMES.join(" ")))?;
    nothing_failed(&machine)?;
    let after = machine.say("find /etc /usr /var -xdev | sort")?;
    let before: BTreeSet<_> = before.lines().collect();
    // Users stay, as Debian has it; and so does what was said.
    let left: Vec<_> = after.lines().filter(|path| !before.contains(path) && !is_of_system(path)).collect();
    ensure!(left.is_empty(), "left: {left:?}");
    Ok(())
}

/// Files in which Debian's own tools write down what they did.
fn is_of_system(path: &str) -> bool {
    [
        "/etc/passwd-",
        "/etc/group-",
        "/etc/shadow-",
        "/etc/gshadow-",
        "/etc/.pwd.lock",
        "/etc/subuid-",
        "/etc/subgid-",
    ]
    .contains(&path)
        || path.starts_with("/var/log/journal")
        || path.starts_with("/var/lib/dpkg/")
        || path.starts_with("/var/lib/systemd/deb-systemd-helper")
        || path.starts_with("/var/tmp/systemd-private-")
        || path.starts_with("/var/lib/systemd/")
}
