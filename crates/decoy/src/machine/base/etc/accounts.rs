//! Accounts and what they may do.

use std::fmt::Write as _;

use super::{Builder, When};
use crate::{
    identity,
    machine::{Account, DAY, Distro, Line, Machine, scene::Scene},
};

pub(super) fn put(builder: &mut Builder, machine: &Machine) {
    let line = machine.distro().line();
    let (group, mode) = match line {
        Line::Debian | Line::Alpine => (42, 0o640),
        Line::RedHat => (0, 0o000),
        Line::Arch | Line::Firmware => (0, 0o600),
    };
    builder.at(When::Installed(9 * 86_400 + 3_600));
    builder.made("/etc/passwd", 0o644, passwd).made("/etc/passwd-", 0o644, passwd);
    builder.made("/etc/group", 0o644, groups).made("/etc/group-", 0o644, groups);
    builder.own(0, group).made("/etc/shadow", mode, shadow).made("/etc/shadow-", mode, shadow);
    builder.made("/etc/gshadow", mode, group_shadow).made("/etc/gshadow-", mode, group_shadow);
    builder.own(0, 0).made("/etc/subuid", 0o644, subordinate).made("/etc/subgid", 0o644, subordinate);
    if line != Line::Firmware && line != Line::Alpine {
        builder.at(When::Installed(400));
        builder.text("/etc/sudoers", 0o440, sudoers(machine.distro())).directory("/etc/sudoers.d", 0o750);
        builder.text("/etc/login.defs", 0o644, "MAIL_DIR /var/mail\nFAILLOG_ENAB yes\nUMASK 022\nPASS_MAX_DAYS 99999\nPASS_MIN_DAYS 0\nPASS_WARN_AGE 7\nUID_MIN 1000\nUID_MAX 60000\nGID_MIN 1000\nGID_MAX 60000\nLOGIN_RETRIES 5\nLOGIN_TIMEOUT 60\nUSERGROUPS_ENAB yes\nENCRYPT_METHOD YESCRYPT\n");
        builder.text("/etc/securetty", 0o600, "console\ntty1\ntty2\ntty3\ntty4\n");
    }
    if line == Line::Alpine {
        builder.text("/etc/doas.conf", 0o640, "permit persist :wheel\n").text(
            "/etc/securetty",
            0o644,
            "console\ntty1\ntty2\n",
        );
    }
    let shells = match line {
        Line::Debian => {
            "# valid login shells\n/bin/sh\n/usr/bin/sh\n/bin/bash\n/usr/bin/bash\n/bin/rbash\n/usr/bin/rbash\n/bin/dash\n/usr/bin/dash\n"
        }
        Line::RedHat => "/bin/sh\n/bin/bash\n/usr/bin/sh\n/usr/bin/bash\n",
        Line::Alpine => "# valid login shells\n/bin/sh\n/bin/ash\n",
        Line::Arch => "# valid login shells\n/bin/sh\n/bin/bash\n/usr/bin/sh\n/usr/bin/bash\n",
        Line::Firmware => "/bin/ash\n",
    };
    builder.text("/etc/shells", 0o644, shells);
}

fn passwd(scene: &Scene<'_>) -> Vec<u8> {
    let mut out = String::new();
    for Account { name, uid, gid, gecos, home, shell, .. } in &scene.machine.accounts.users {
        let _ = writeln!(out, "{name}:x:{uid}:{gid}:{gecos}:{home}:{shell}");
    }
    out.into_bytes()
}

fn groups(scene: &Scene<'_>) -> Vec<u8> {
    let mut out = String::new();
    for (name, id, members) in &scene.machine.accounts.groups {
        let _ = writeln!(out, "{name}:x:{id}:{}", members.join(","));
    }
    out.into_bytes()
}

fn group_shadow(scene: &Scene<'_>) -> Vec<u8> {
    let people = |id: &u32| (1_000..60_000).contains(id);
    let mut out = String::new();
    for (name, id, members) in &scene.machine.accounts.groups {
        let _ = writeln!(out, "{name}:{}::{}", if people(id) { "!" } else { "*" }, members.join(","));
    }
    out.into_bytes()
}

/// Characters of `crypt`'s own base 64.
const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A hash that nobody can tell from a real one, as the distribution makes them.
fn hash(machine: &Machine, name: &str) -> String {
    let letters = |purpose: &str, count: usize| -> String {
        let mut bytes = vec![0; count];
        identity::fill(&machine.persona().key, &format!("{purpose} of {name}"), &mut bytes);
        bytes.iter().map(|byte| char::from(*ALPHABET.get(usize::from(byte & 63)).unwrap_or(&b'.'))).collect()
    };
    // The last character holds the bits that are left over.
    let last = |purpose: &str, bits: &str| {
        machine
            .pick(&format!("{purpose} {name}"), &bits.split("").filter(|s| !s.is_empty()).collect::<Vec<_>>())
            .to_owned()
    };
    match machine.distro() {
        Distro::Debian12 | Distro::Ubuntu22 | Distro::Kali | Distro::Arch | Distro::Fedora39 => {
            format!(
                "$y$j9T${}{}${}{}",
                letters("salt", 21),
                last("salt end", "./01"),
                letters("hash", 42),
                last("hash end", "./0123456789ABCD")
            )
        }
        Distro::Firmware => {
            format!("$1${}${}{}", letters("salt", 8), letters("hash", 21), last("hash end", "./01"))
        }
        _ => format!("$6${}${}{}", letters("salt", 16), letters("hash", 85), last("hash end", "./01")),
    }
}

fn shadow(scene: &Scene<'_>) -> Vec<u8> {
    let machine = scene.machine;
    let installed = machine.installed() / DAY;
    let mut out = String::new();
    for account in &machine.accounts.users {
        let name = account.name.as_str();
        let person = account.uid == 0
            || account.uid >= 1_000 && account.uid < 60_000
            || account.home == format!("/home/{name}");
        let baited = machine.persona().bait.iter().any(|b| b.username == name);
        let locked =
            !baited && person && account.uid != 0 && machine.number(&format!("key only {name}"), 3) == 0;
        let password = match (person, locked) {
            (true, false) => hash(machine, name),
            (true, true) => "!".to_owned(),
            (false, _) if account.uid < 100 || account.uid == 65_534 => "*".to_owned(),
            _ if machine.distro().line() == Line::Debian && account.uid >= 900 => "!*".to_owned(),
            _ => "!".to_owned(),
        };
        let changed = if person {
            installed + i64::try_from(machine.number(&format!("changed {name}"), 15)).unwrap_or_default()
        } else {
            installed
        };
        let rest = if account.uid < 900 || person { "0:99999:7:::" } else { ":::::::" };
        let rest = if rest.starts_with(':') { "::::::" } else { rest };
        let _ = writeln!(out, "{name}:{password}:{changed}:{rest}");
    }
    out.into_bytes()
}

fn subordinate(scene: &Scene<'_>) -> Vec<u8> {
    let people = scene.machine.people().filter(|account| account.uid >= 1_000);
    let mut out = String::new();
    for (place, account) in people.enumerate() {
        let _ = writeln!(out, "{}:{}:65536", account.name, 100_000 + place * 65_536);
    }
    out.into_bytes()
}

fn sudoers(distro: Distro) -> String {
    let group = match distro.line() {
        Line::Debian => "%sudo\tALL=(ALL:ALL) ALL\n",
        _ => "%wheel\tALL=(ALL)\tALL\n",
    };
    let admin =
        if matches!(distro, Distro::Ubuntu22 | Distro::Ubuntu20) { "%admin ALL=(ALL) ALL\n" } else { "" };
    format!(
        "# Edit with visudo only.\nDefaults\tenv_reset\nDefaults\tmail_badpass\nDefaults\tsecure_path=\"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\"\n\nroot\tALL=(ALL:ALL) ALL\n{admin}{group}\n@includedir /etc/sudoers.d\n"
    )
}
