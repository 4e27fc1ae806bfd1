//! A machine on which nothing was installed yet.

use anyhow::{Context as _, Result, ensure};
use lab::{
    booted::{Debs, FIRST, Machine, NAMES, current, nothing_failed, runs_from},
    workspace,
};

/// Units that are enabled, and whether they run on a host that is in no swarm.
const UNITS: [(&str, bool); 7] = [
    ("decnet-agent.service", true),
    ("decnet-master.service", true),
    ("decnet-updater-helper.socket", true),
    ("decnet-forwarder.service", false),
    ("decnet-listener.service", false),
    ("decnet-updater.service", false),
    ("decnet-updater-watchdog.service", false),
];

/// The most exposure that `systemd` may count, from 0 (none) to 10; what it calls OK is below 4. What
/// the agent has beyond the others is said in its unit.
const EXPOSURE: [(&str, f64); 7] = [
    ("decnet-agent.service", 2.1),
    ("decnet-forwarder.service", 1.1),
    ("decnet-listener.service", 1.1),
    ("decnet-master.service", 1.1),
    ("decnet-updater.service", 1.1),
    ("decnet-updater-watchdog.service", 0.2),
    ("decnet-updater-helper@0.service", 0.9),
];

#[test]
fn installed_all_services_are_enabled_and_none_fails() -> Result<()> {
    let machine = Machine::boot("install")?;
    let said = Debs::of(FIRST)?.install(&machine, &NAMES)?;
    ensure!(!said.to_lowercase().contains("warning"), "{said}");
    nothing_failed(&machine)?;
    units(&machine)?;
    files(&machine)?;
    exposure(&machine)?;
    machine.reboot()?;
    nothing_failed(&machine)?;
    units(&machine)
}

fn units(machine: &Machine) -> Result<()> {
    for (unit, runs) in UNITS {
        let enabled = machine.say(&format!("systemctl is-enabled {unit}"))?;
        ensure!(enabled == "enabled", "{unit} is {enabled}");
        let state = machine.say(&format!("systemctl show --value -P ActiveState {unit}"))?;
        let expect = if runs { "active" } else { "inactive" };
        ensure!(state == expect, "{unit} is {state}\n{}", machine.say("journalctl --no-pager --lines=40")?);
    }
    let release = current(machine)?;
    ensure!(release.starts_with(&format!("/usr/lib/decnet/releases/{FIRST}-")), "{release} is current");
    ensure!(runs_from(machine, "decnet-agent")? == release, "the agent runs from elsewhere");
    Ok(())
}

/// What `dpkg` put there is there, and programs are found.
fn files(machine: &Machine) -> Result<()> {
    let changed = machine.say(&format!("dpkg --verify {}", NAMES.join(" ")))?;
    ensure!(changed.is_empty(), "{changed}");
    let example = workspace::root().join("deploy/decnet.ini.example");
    let example = std::fs::read_to_string(&example).context("reading the example")?;
    ensure!(machine.say("cat /etc/decnet/decnet.ini")? == example.trim(), "it is another configuration");
    let conffiles = machine.say("dpkg-query -W -f '${Conffiles}' decnet-common")?;
    ensure!(conffiles.contains("/etc/decnet/decnet.ini"), "{conffiles}");
    for program in ["agent", "forwarder", "listener", "master", "updater"] {
        machine.say(&format!(
            "decnet-{program} --version && test -s /usr/share/man/man1/decnet-{program}.1.gz"
        ))?;
    }
    // Nobody but its user reads an identity, and nobody but the updater's switches a release.
    for (path, expect) in [
        ("/etc/decnet/agent", "decnet-agent 700"),
        ("/etc/decnet/updater", "decnet-updater 700"),
        ("/etc/decnet/listener", "decnet-listener 700"),
        ("/var/lib/decnet", "root 1775"),
        ("/var/lib/decnet/swarm", "decnet-master 700"),
        ("/var/lib/decnet/record", "decnet-master 700"),
        ("/var/lib/decnet/worker", "decnet-updater 755"),
        ("/var/lib/decnet/updater", "decnet-updater 755"),
    ] {
        let found = machine.say(&format!("stat --format='%U %a' {path}"))?;
        ensure!(found == expect, "{path}: {found}");
    }
    // The master makes what it keeps there, and cannot choose what the others run.
    let master = "cd /var/lib/decnet && setpriv --reuid decnet-master --regid decnet --groups decnet-master";
    machine.say(&format!("{master} sh -c 'mkdir made && mv made again && rmdir again'"))?;
    for name in ["current", "worker", "updater"] {
        let moved = machine.sh(&format!("{master} mv {name} taken"))?;
        ensure!(!moved.status.success(), "the master moved {name}");
    }
    Ok(())
}

fn exposure(machine: &Machine) -> Result<()> {
    for (unit, most) in EXPOSURE {
        let said = machine.say(&format!("systemd-analyze security --no-pager {unit} | tail -1"))?;
        let figure = said.split(": ").nth(1).and_then(|rest| rest.split(' ').next());
        let figure: f64 = figure.and_then(|text| text.parse().ok()).with_context(|| said.clone())?;
        ensure!(figure <= most && (said.contains("OK") || said.contains("SAFE")), "{said}");
    }
    Ok(())
}

/// The listener and the master also stand on machines of their own.
#[test]
fn a_package_needs_no_other_but_what_all_have_in_common() -> Result<()> {
    let (machine, debs) = (Machine::boot("alone")?, Debs::of(FIRST)?);
    for name in ["decnet-listener", "decnet-master"] {
        debs.install(&machine, &["decnet-common", name])?;
        nothing_failed(&machine)?;
        machine.say(&format!("{name} --version && dpkg --purge {name} decnet-common"))?;
        nothing_failed(&machine)?;
    }
    Ok(())
}
