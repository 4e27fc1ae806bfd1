//! `/var/log`: it moves with the time.

use std::fmt::Write as _;

use super::{Builder, When};
use crate::machine::{DAY, Distro, Line, Machine, Seconds, calendar, records, scene::Scene};

pub(super) fn put(builder: &mut Builder, machine: &Machine) {
    let line = machine.distro().line();
    if line == Line::Firmware {
        return;
    }
    let recent = When::Made(|scene| scene.now.seconds - scene.now.seconds % 97);
    let (auth, system) = match line {
        Line::RedHat => ("secure", "messages"),
        Line::Alpine | Line::Arch => ("auth.log", "messages"),
        _ => ("auth.log", "syslog"),
    };
    let group = if line == Line::Debian { 4 } else { 0 };
    let mode = if line == Line::Debian { 0o640 } else { 0o600 };
    builder.at(recent).own(0, 0).directory("/var/log", 0o755).own(0, group);
    if line != Line::Arch {
        builder.made(&format!("/var/log/{system}"), mode, system_log);
    }
    if line != Line::Arch && line != Line::Alpine {
        builder.made(&format!("/var/log/{auth}"), mode, auth_log).made(
            if line == Line::RedHat { "/var/log/cron" } else { "/var/log/cron.log" },
            mode,
            cron_log,
        );
        builder.at(When::Booted(40)).made("/var/log/kern.log", mode, kernel_log);
        builder.at(When::Made(|scene| scene.machine.week_start())).noise(
            &format!("/var/log/{auth}.1"),
            mode,
            48_204,
        );
        for number in 2..5 {
            builder.at(When::Made(|scene| scene.machine.week_start() - 7 * DAY)).noise(
                &format!("/var/log/{system}.{number}.gz"),
                mode,
                19_204 + number * 731,
            );
        }
    }
    records_and_packages(builder, machine);
}

/// Who was here, what was installed, and the journal.
fn records_and_packages(builder: &mut Builder, machine: &Machine) {
    let line = machine.distro().line();
    let recent = When::Made(|scene| scene.now.seconds - scene.now.seconds % 97);
    builder.own(0, machine.group("utmp")).at(When::Made(|scene| scene.machine.last_work(0)));
    builder.made("/var/log/wtmp", 0o664, records::wtmp).made("/var/log/lastlog", 0o664, records::lastlog);
    builder
        .at(When::Made(|scene| scene.now.seconds / 700 * 700))
        .noise("/var/log/btmp", 0o660, 38_400)
        .own(0, 0);
    builder.at(When::Made(|scene| scene.machine.last_night(0))).made(
        "/var/log/backup.log",
        0o644,
        backup_log,
    );
    match line {
        Line::Debian => {
            builder.at(When::Installed(9 * 86_400)).made("/var/log/dpkg.log", 0o644, dpkg_log).made(
                "/var/log/apt/history.log",
                0o644,
                apt_history,
            );
            builder.own(0, 4).noise("/var/log/apt/term.log", 0o640, 18_402).own(0, 0).noise(
                "/var/log/alternatives.log",
                0o644,
                4_210,
            );
            builder.at(When::Installed(900)).directories("/var/log/installer").noise(
                "/var/log/installer/syslog",
                0o600,
                310_204,
            );
            builder.noise("/var/log/faillog", 0o644, 0).text("/var/log/bootstrap.log", 0o644, "");
        }
        Line::RedHat => super::end(
            builder
                .at(When::Installed(9 * 86_400))
                .made("/var/log/dnf.log", 0o644, apt_history)
                .text("/var/log/boot.log", 0o600, "")
                .directory("/var/log/audit", 0o700),
        ),
        _ => {}
    }
    if machine.distro().has_systemd() {
        let id = machine.uuid("machine").replace('-', "");
        builder
            .own(0, machine.group("systemd-journal"))
            .at(recent)
            .directory("/var/log/journal", 0o2755)
            .directory(&format!("/var/log/journal/{id}"), 0o2755);
        builder.noise(&format!("/var/log/journal/{id}/system.journal"), 0o640, 16_777_216).own(0, 0);
    }
}

/// Moments of an event that comes every `step` seconds or so, since Sunday.
fn moments(scene: &Scene<'_>, name: &str, step: Seconds) -> Vec<Seconds> {
    let start = scene.machine.week_start().max(scene.machine.installed());
    let mut at = start - start.rem_euclid(step);
    let mut out = Vec::new();
    while at < scene.now.seconds && out.len() < 2_000 {
        let when = at
            + i64::try_from(scene.machine.number(&format!("{name} {at}"), step.unsigned_abs()))
                .unwrap_or_default();
        if when >= start && when <= scene.now.seconds {
            out.push(when);
        }
        at += step;
    }
    out
}

fn stamped(scene: &Scene<'_>, at: Seconds, name: &str) -> String {
    let host = &scene.machine.persona().hostname;
    let when = if scene.machine.has_precise_log() {
        let micros = scene.machine.number(&format!("{name} {at}"), 1_000_000);
        format!("{}.{micros:06}+00:00", calendar::format(at, "%Y-%m-%dT%H:%M:%S"))
    } else {
        calendar::format(at, "%b %e %H:%M:%S")
    };
    format!("{when} {host}")
}

fn auth_log(scene: &Scene<'_>) -> Vec<u8> {
    let mut lines: Vec<(Seconds, String)> = Vec::new();
    for at in moments(scene, "hourly cron", 3_600) {
        let at = at - at.rem_euclid(3_600) + 1_021;
        let pid = scene.machine.pid_at(at);
        lines.push((
            at,
            format!("CRON[{pid}]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)"),
        ));
        lines.push((at, format!("CRON[{pid}]: pam_unix(cron:session): session closed for user root")));
    }
    for record in records::history(scene.machine, scene.now.seconds) {
        let pid = scene.machine.pid_at(record.from);
        let (user, host) = (&record.user, &record.host);
        let port = 40_000 + scene.machine.number(&format!("port {}", record.from), 20_000);
        lines.push((
            record.from,
            format!(
                "sshd[{pid}]: Accepted publickey for {user} from {host} port {port} ssh2: ED25519 SHA256:{}",
                scene.machine.base64("key of the administrator", 32).trim_end_matches('=')
            ),
        ));
        lines.push((
            record.from,
            format!(
                "sshd[{pid}]: pam_unix(sshd:session): session opened for user {user}(uid={}) by (uid=0)",
                scene.machine.account(user).map_or(0, |a| a.uid)
            ),
        ));
        lines.push((
            record.to,
            format!("sshd[{pid}]: pam_unix(sshd:session): session closed for user {user}"),
        ));
    }
    lines.sort();
    let start = scene.machine.week_start();
    let mut out = String::new();
    for (at, line) in lines.into_iter().filter(|(at, _)| *at >= start && *at <= scene.now.seconds) {
        let _ = writeln!(out, "{} {line}", stamped(scene, at, "auth"));
    }
    out.into_bytes()
}

fn cron_log(scene: &Scene<'_>) -> Vec<u8> {
    let mut out = String::new();
    for at in moments(scene, "hourly cron", 3_600) {
        let at = at - at.rem_euclid(3_600) + 1_021;
        if at <= scene.now.seconds {
            let _ = writeln!(
                out,
                "{} CRON[{}]: (root) CMD (cd / && run-parts --report /etc/cron.hourly)",
                stamped(scene, at, "cron"),
                scene.machine.pid_at(at) + 1
            );
        }
    }
    out.into_bytes()
}

fn system_log(scene: &Scene<'_>) -> Vec<u8> {
    let mut out = String::new();
    for at in moments(scene, "system", 1_260) {
        let texts: &[&str] = match at % 5 {
            0 => &[
                "systemd[1]: Starting apt-daily.service - Daily apt download activities...",
                "systemd[1]: apt-daily.service: Deactivated successfully.",
                "systemd[1]: Finished apt-daily.service - Daily apt download activities.",
            ],
            1 => &[
                "systemd[1]: Starting fstrim.service - Discard unused blocks on filesystems from /etc/fstab...",
                "systemd[1]: fstrim.service: Deactivated successfully.",
            ],
            2 => &[
                "systemd[1]: Starting man-db.service - Daily man-db regeneration...",
                "systemd[1]: man-db.service: Deactivated successfully.",
            ],
            3 => &[
                "systemd[1]: Starting logrotate.service - Rotate log files...",
                "systemd[1]: logrotate.service: Deactivated successfully.",
            ],
            _ => &[
                "systemd[1]: Starting systemd-tmpfiles-clean.service - Cleanup of Temporary Directories...",
                "systemd[1]: systemd-tmpfiles-clean.service: Deactivated successfully.",
            ],
        };
        for text in texts {
            let _ = writeln!(out, "{} {text}", stamped(scene, at, "system"));
        }
    }
    out.into_bytes()
}

fn kernel_log(scene: &Scene<'_>) -> Vec<u8> {
    let booted = scene.machine.booted();
    let mut out = String::new();
    for (micros, text) in crate::machine::boot::messages(scene.machine) {
        let at = booted + i64::try_from(micros / 1_000_000).unwrap_or_default();
        let _ = writeln!(
            out,
            "{} kernel: [{:>5}.{:06}] {text}",
            stamped(scene, at, "kernel"),
            micros / 1_000_000,
            micros % 1_000_000
        );
    }
    out.into_bytes()
}

fn backup_log(scene: &Scene<'_>) -> Vec<u8> {
    let mut out = String::new();
    for night in (0..14).rev() {
        let at = scene.machine.last_night(night);
        if at >= scene.machine.installed() + 7 * DAY {
            let _ = writeln!(
                out,
                "{}+00:00 backup of {} done",
                calendar::format(at, "%Y-%m-%dT%H:%M:%S"),
                scene.machine.persona().hostname
            );
        }
    }
    out.into_bytes()
}

fn dpkg_log(scene: &Scene<'_>) -> Vec<u8> {
    let mut out = String::new();
    let packages = super::packages::of(scene.machine.distro()).iter().take(120);
    for (at, (name, version, arch, ..)) in (scene.machine.installed()..).zip(packages) {
        let (stamp, name) =
            (calendar::format(at, "%Y-%m-%d %H:%M:%S"), name.split(':').next().unwrap_or(name));
        let _ = write!(
            out,
            "{stamp} install {name}:{arch} <none> {version}\n{stamp} status half-installed {name}:{arch} {version}\n{stamp} status unpacked {name}:{arch} {version}\n{stamp} status installed {name}:{arch} {version}\n"
        );
    }
    out.into_bytes()
}

fn apt_history(scene: &Scene<'_>) -> Vec<u8> {
    let (installed, later) = (scene.machine.installed() + 4_000, scene.machine.installed() + 9 * DAY);
    let stamp = |at| calendar::format(at, "%Y-%m-%d  %H:%M:%S");
    let distro = scene.machine.distro();
    let version = |name| super::packages::version(distro, name);
    let install: Vec<_> = ["rsyslog", "ufw", "htop"]
        .iter()
        .filter_map(|name| Some(format!("{name}:amd64 ({})", version(name)?)))
        .collect();
    let before = match distro {
        Distro::Ubuntu22 => "3.0.2-0ubuntu1.17",
        Distro::Ubuntu20 => "1.1.1f-1ubuntu2.22",
        Distro::Kali => "3.3.1-7",
        _ => "3.0.14-1~deb12u2",
    };
    format!(
        "\nStart-Date: {}\nCommandline: apt install rsyslog ufw htop\nInstall: {}\nEnd-Date: {}\n\n\
         Start-Date: {}\nCommandline: apt upgrade\nUpgrade: openssl:amd64 ({before}, {})\nEnd-Date: {}\n",
        stamp(installed),
        install.join(", "),
        stamp(installed + 14),
        stamp(later),
        version("openssl").unwrap_or_default(),
        stamp(later + 6)
    )
    .into_bytes()
}
