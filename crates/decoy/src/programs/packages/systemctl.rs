//! `systemctl`.

use std::fmt::Write as _;

use super::{
    journal,
    units::{self, Unit},
    words,
};
use crate::{
    machine::{Distro, calendar},
    programs::context::Done,
    shell::{Exit, Process},
};

const VERBS: &[&str] = &[
    "start",
    "stop",
    "restart",
    "reload",
    "try-restart",
    "condrestart",
    "reload-or-restart",
    "force-reload",
    "kill",
    "isolate",
    "clean",
    "freeze",
    "thaw",
    "reset-failed",
];
const FILES: &[&str] =
    &["enable", "disable", "reenable", "mask", "unmask", "preset", "revert", "edit", "link"];
const POWER: &[&str] = &[
    "reboot",
    "poweroff",
    "halt",
    "suspend",
    "hibernate",
    "kexec",
    "rescue",
    "emergency",
    "default",
    "exit",
];

pub(super) async fn systemctl(process: &mut Process) -> Done {
    let words = words(process);
    if words.iter().any(|word| word == "--version") {
        process.print(version(process.machine.distro())).await?;
        return Ok(Exit::SUCCESS);
    }
    let known = |word: &str| {
        let name = word.split('=').next().unwrap_or(word);
        [
            "--now",
            "--no-pager",
            "--all",
            "--type",
            "--state",
            "--full",
            "--quiet",
            "--failed",
            "--user",
            "--system",
            "--no-legend",
            "--plain",
            "--force",
            "--no-block",
            "--no-ask-password",
            "--value",
            "--property",
            "--lines",
            "--output",
            "--runtime",
            "--global",
            "--recursive",
            "--reverse",
            "--help",
            "--signal",
            "--host",
            "--machine",
            "--root",
            "--job-mode",
        ]
        .contains(&name)
    };
    if let Some(wrong) = words.iter().find(|word| word.starts_with("--") && !known(word)) {
        process.complain(format!("systemctl: unrecognized option '{wrong}'\n")).await;
        return Ok(Exit::FAILURE);
    }
    let mut given = Vec::new();
    let mut rest = words.iter().map(String::as_str);
    while let Some(word) = rest.next() {
        match word {
            "-t" | "-p" | "-n" | "-o" | "-s" | "-H" | "-M" => {
                let _ = rest.next();
            }
            option if option.starts_with('-') => {}
            other => given.push(other),
        }
    }
    let command = given.first().copied().unwrap_or("list-units");
    let names = given.get(1..).unwrap_or_default();
    act(process, command, names, &words).await
}

async fn act(process: &Process, command: &str, names: &[&str], words: &[String]) -> Done {
    let quiet = words.iter().any(|word| word == "-q" || word == "--quiet");
    match command {
        "list-units" => list(process, words).await,
        "list-unit-files" => files(process).await,
        "status" => status(process, names).await,
        "show" | "cat" => show(process, command, names).await,
        "is-active" => is_active(process, names, quiet).await,
        "is-enabled" => is_enabled(process, names, quiet).await,
        "is-failed" | "is-system-running" => {
            process.print(if command == "is-failed" { "inactive\n" } else { "running\n" }).await?;
            Ok(if command == "is-failed" { Exit::FAILURE } else { Exit::SUCCESS })
        }
        "daemon-reload" | "daemon-reexec" => {
            if process.account.is_root() {
                Ok(Exit::SUCCESS)
            } else {
                denied(process, "reload daemon").await
            }
        }
        "get-default" => {
            let graphical = process.machine.distro() == Distro::Kali;
            process
                .print(if graphical || process.machine.distro().line() == crate::machine::Line::Debian {
                    "graphical.target\n"
                } else {
                    "multi-user.target\n"
                })
                .await?;
            Ok(Exit::SUCCESS)
        }
        "list-timers" | "list-sockets" | "list-jobs" | "list-dependencies" | "list-machines"
        | "show-environment" => {
            process.print(if command == "list-jobs" { "No jobs running.\n" } else { "" }).await?;
            Ok(Exit::SUCCESS)
        }
        verb if VERBS.contains(&verb) => control(process, verb, names).await,
        verb if FILES.contains(&verb) => enable(process, verb, names).await,
        verb if POWER.contains(&verb) => power(process, verb).await,
        other => {
            process.complain(format!("Unknown command verb {other}.\n")).await;
            Ok(Exit::FAILURE)
        }
    }
}

async fn denied(process: &Process, what: &str) -> Done {
    let why = if matches!(process.machine.distro(), Distro::Debian12) {
        "Access denied"
    } else {
        "Interactive authentication required."
    };
    process.complain(format!("Failed to {what}: {why}\n")).await;
    Ok(Exit::Code(4))
}

async fn power(process: &Process, verb: &str) -> Done {
    if process.account.is_root() {
        return Ok(Exit::SUCCESS);
    }
    let words = match verb {
        "poweroff" => "power off system via logind",
        "halt" => "halt system via logind",
        _ => "reboot system via logind",
    };
    process
        .complain(format!(
            "Failed to {words}: Interactive authentication required.\nFailed to talk to init daemon.\n"
        ))
        .await;
    Ok(Exit::FAILURE)
}

/// The unit of that name, running or not.
fn find(process: &Process, name: &str) -> Option<Unit> {
    let bare = units::bare(name);
    let alias = match bare {
        "sshd" => "ssh",
        "ssh" => "sshd",
        "mysqld" | "mysql" => "mariadb",
        other => other,
    };
    let running = units::running(process);
    let by = |name: &str| running.iter().find(|unit| unit.name == name).cloned();
    by(bare)
        .or_else(|| units::with_file(process, bare))
        .or_else(|| by(alias).filter(|_| bare != "ssh" || alias != "sshd"))
}

fn suffixed(name: &str) -> String {
    if name.contains('.') { name.to_owned() } else { format!("{name}.service") }
}

async fn control(process: &Process, verb: &str, names: &[&str]) -> Done {
    if names.is_empty() {
        process.complain("Too few arguments.\n").await;
        return Ok(Exit::FAILURE);
    }
    let mut status = 0;
    for name in names {
        let full = suffixed(name);
        if find(process, name).is_none() && full.ends_with(".service") {
            let missing = if verb == "stop" || verb == "kill" || verb == "reset-failed" {
                "not loaded"
            } else {
                "not found"
            };
            process.complain(format!("Failed to {verb} {full}: Unit {full} {missing}.\n")).await;
            status = 5;
        } else if !process.account.is_root() {
            let why = if process.machine.distro() == Distro::Debian12 {
                "Access denied"
            } else {
                "Interactive authentication required."
            };
            process.complain(format!("Failed to {verb} {full}: {why}\nSee system logs and 'systemctl status {full}' for details.\n")).await;
            status = 4;
        } else {
            tokio::time::sleep(std::time::Duration::from_millis(60 + process.machine.number(&full, 180)))
                .await;
        }
    }
    Ok(Exit::Code(status))
}

async fn enable(process: &Process, verb: &str, names: &[&str]) -> Done {
    if names.is_empty() {
        process.complain("Too few arguments.\n").await;
        return Ok(Exit::FAILURE);
    }
    for name in names {
        let full = suffixed(name);
        let Some(unit) = find(process, name) else {
            let what = if matches!(verb, "mask" | "unmask") {
                format!("Unit {full} does not exist, proceeding anyway.\n")
            } else {
                format!("Failed to {verb} unit: Unit file {full} does not exist.\n")
            };
            process.complain(what).await;
            return Ok(Exit::FAILURE);
        };
        if !process.account.is_root() {
            return denied(process, &format!("{verb} unit")).await;
        }
        let link = format!("/etc/systemd/system/multi-user.target.wants/{}", unit.service());
        if process.files.exists(format!("/etc/init.d/{}", unit.name).as_bytes())
            && matches!(verb, "enable" | "disable")
        {
            process.complain(format!("Synchronizing state of {full} with SysV service script with /lib/systemd/systemd-sysv-install.\nExecuting: /lib/systemd/systemd-sysv-install {verb} {}\n", unit.name)).await;
        }
        if verb == "enable"
            && process.files.lstat(link.as_bytes()).is_err()
            && process.files.symlink(unit.path.as_bytes(), link.as_bytes()).is_ok()
        {
            process.complain(format!("Created symlink {link} → {}.\n", unit.path)).await;
        } else if verb == "disable" && process.files.unlink(link.as_bytes()).is_ok() {
            process.complain(format!("Removed \"{link}\".\n")).await;
        }
    }
    Ok(Exit::SUCCESS)
}

async fn is_active(process: &Process, names: &[&str], quiet: bool) -> Done {
    let mut good = false;
    for name in names {
        let active = find(process, name).is_some_and(|unit| !unit.tasks(process).is_empty());
        good |= active;
        if !quiet {
            process.print(if active { "active\n" } else { "inactive\n" }).await?;
        }
    }
    Ok(if good { Exit::SUCCESS } else { Exit::Code(3) })
}

async fn is_enabled(process: &Process, names: &[&str], quiet: bool) -> Done {
    let mut good = false;
    for name in names {
        let Some(unit) = find(process, name) else {
            process
                .complain(format!(
                    "Failed to get unit file state for {}: No such file or directory\n",
                    suffixed(name)
                ))
                .await;
            continue;
        };
        let enabled = is_linked(process, &unit) || !unit.tasks(process).is_empty();
        good |= enabled;
        if !quiet {
            process.print(if enabled { "enabled\n" } else { "disabled\n" }).await?;
        }
    }
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

async fn show(process: &Process, command: &str, names: &[&str]) -> Done {
    for name in names {
        let Some(unit) = find(process, name) else {
            process.complain(format!("No files found for {}.\n", suffixed(name))).await;
            return Ok(Exit::FAILURE);
        };
        let text = if command == "cat" {
            format!(
                "# {}\n{}",
                unit.path,
                String::from_utf8_lossy(&process.files.read(unit.path.as_bytes()).unwrap_or_default())
            )
        } else {
            let pid = unit.tasks(process).first().map_or(0, |task| task.pid);
            format!(
                "MainPID={pid}\nId={}\nDescription={}\nLoadState=loaded\nActiveState={}\nFragmentPath={}\n",
                unit.service(),
                unit.description,
                if pid > 0 { "active" } else { "inactive" },
                unit.path
            )
        };
        process.print(text).await?;
    }
    Ok(Exit::SUCCESS)
}

async fn list(process: &Process, words: &[String]) -> Done {
    if words.iter().any(|word| word.contains("failed")) {
        process.print("  UNIT LOAD ACTIVE SUB DESCRIPTION\n0 loaded units listed.\n").await?;
        return Ok(Exit::SUCCESS);
    }
    let all = units::running(process);
    let width = all.iter().map(|unit| unit.service().len()).max().unwrap_or(4);
    let mut out = format!("  {:<width$} LOAD   ACTIVE SUB     DESCRIPTION\n", "UNIT");
    for unit in &all {
        let _ = writeln!(out, "  {:<width$} loaded active running {}", unit.service(), unit.description);
    }
    let _ = write!(
        out,
        "\nLOAD   = Reflects whether the unit definition was properly loaded.\nACTIVE = The high-level unit activation state, i.e. generalization of SUB.\nSUB    = The low-level unit activation state, values depend on unit type.\n{} loaded units listed. Pass --all to see loaded but inactive units, too.\nTo show all installed unit files use 'systemctl list-unit-files'.\n",
        all.len()
    );
    process.print(out).await?;
    Ok(Exit::SUCCESS)
}

async fn files(process: &Process) -> Done {
    let all = units::running(process);
    let width = all.iter().map(|unit| unit.service().len()).max().unwrap_or(9).max(9);
    let mut out = format!("{:<width$} STATE   PRESET\n", "UNIT FILE");
    for unit in &all {
        let _ = writeln!(out, "{:<width$} enabled enabled", unit.service());
    }
    let _ = writeln!(out, "\n{} unit files listed.", all.len());
    process.print(out).await?;
    Ok(Exit::SUCCESS)
}

/// How long ago, as systemd says it.
fn ago(seconds: i64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours) {
        (60.., _) => format!("{} months {} days ago", days / 30, days % 30),
        (14.., _) => format!("{} weeks {} days ago", days / 7, days % 7),
        (2.., _) => format!("{days} days ago"),
        (1, _) => format!("1 day {hours}h ago"),
        (_, 1..) => format!("{hours}h {minutes}min ago"),
        _ => format!("{minutes}min {}s ago", seconds % 60),
    }
}

async fn status(process: &Process, names: &[&str]) -> Done {
    if names.is_empty() {
        let machine = &process.machine;
        let since = calendar::format(machine.booted() + 3, "%a %Y-%m-%d %H:%M:%S UTC");
        process
            .print(format!("● {}\n    State: running\n    Units: 214 loaded (incl. loaded aliases)\n     Jobs: 0 queued\n   Failed: 0 units\n    Since: {since}; {}\n", machine.persona().hostname, ago(machine.uptime())))
            .await?;
        return Ok(Exit::SUCCESS);
    }
    let mut status = 0;
    for name in names {
        let Some(unit) = find(process, name) else {
            process.complain(format!("Unit {} could not be found.\n", suffixed(name))).await;
            status = 4;
            continue;
        };
        let text = described(process, &unit);
        process.print(text).await?;
        if unit.tasks(process).is_empty() {
            status = 3;
        }
    }
    Ok(Exit::Code(status))
}

/// Whether a unit is to be started with the system.
fn is_linked(process: &Process, unit: &Unit) -> bool {
    let link = format!("/etc/systemd/system/multi-user.target.wants/{}", unit.service());
    process.files.lstat(link.as_bytes()).is_ok()
}

fn described(process: &Process, unit: &Unit) -> String {
    let machine = &process.machine;
    let tasks = unit.tasks(process);
    let preset =
        if machine.distro() == Distro::CentOs7 { "vendor preset: enabled" } else { "preset: enabled" };
    let Some(main) = tasks.first() else {
        let state = if is_linked(process, unit) { "enabled" } else { "disabled" };
        return format!(
            "○ {} - {}\n     Loaded: loaded ({}; {state}; {preset})\n     Active: inactive (dead)\n",
            unit.service(),
            unit.description,
            unit.path
        );
    };
    let colour = process.output.is_terminal();
    let (green, bold, reset) =
        if colour { ("\u{1b}[0;1;32m", "\u{1b}[0;1;32m", "\u{1b}[0m") } else { ("", "", "") };
    let since = calendar::format(main.started.seconds, "%a %Y-%m-%d %H:%M:%S UTC");
    let memory: u64 = tasks.iter().map(|task| task.resident).sum::<u64>() * 7 / 10;
    let ticks: u64 = tasks.iter().map(|task| task.ticks).sum();
    let mut out = format!(
        "{green}●{reset} {} - {}\n     Loaded: loaded ({}; enabled; {preset})\n     Active: {bold}active (running){reset} since {since}; {}\n   Main PID: {} ({})\n      Tasks: {} (limit: {})\n     Memory: {}.{}M\n        CPU: {}.{:03}s\n     CGroup: /system.slice/{}\n",
        unit.service(),
        unit.description,
        unit.path,
        ago(machine.now().seconds - main.started.seconds),
        main.pid,
        super::super::text_of(&main.name),
        tasks.iter().map(|task| task.threads).sum::<u32>(),
        machine.hardware().memory / 880,
        memory / 1_024,
        memory % 1_024 * 10 / 1_024,
        ticks / 100,
        ticks % 100 * 10 + u64::from(main.pid % 10),
        unit.service()
    );
    for (place, task) in tasks.iter().enumerate() {
        let branch = if place + 1 == tasks.len() { "└─" } else { "├─" };
        let command = super::super::text_of(&task.command());
        let command = if task.arguments.len() == 1 && command.contains(' ') {
            format!("\"{command}\"")
        } else {
            command
        };
        let _ = writeln!(out, "             {branch}{} {command}", task.pid);
    }
    if process.account.is_root() || process.account.in_group(4) {
        let lines = journal::last(process, Some(&unit.name), 10);
        if !lines.is_empty() {
            out.push('\n');
            out.extend(lines.into_iter().map(|line| line + "\n"));
        }
    } else {
        out.push_str("\nWarning: some journal files were not opened due to insufficient permissions.\n");
    }
    out
}

/// What `--version` of systemd's programs says.
pub(super) fn version(distro: Distro) -> String {
    let number = match distro {
        Distro::Debian12 => "252 (252.31-1~deb12u1)",
        Distro::Ubuntu22 => "249 (249.11-0ubuntu3.12)",
        Distro::Ubuntu20 => "245 (245.4-4ubuntu3.24)",
        Distro::Rocky9 => "252 (252-46.el9_5.2)",
        Distro::Fedora39 => "254 (254.18-1.fc39)",
        Distro::CentOs7 => "219",
        _ => "257 (257-1)",
    };
    format!(
        "systemd {number}\n+PAM +AUDIT +SELINUX +APPARMOR +IMA +SMACK +SECCOMP +GCRYPT -GNUTLS +OPENSSL +ACL +BLKID +CURL +ELFUTILS +FIDO2 +IDN2 -IDN +IPTC +KMOD +LIBCRYPTSETUP +LIBFDISK +PCRE2 -PWQUALITY +P11KIT +QRENCODE +TPM2 +BZIP2 +LZ4 +XZ +ZLIB +ZSTD -BPF_FRAMEWORK -XKBCOMMON +UTMP +SYSVINIT default-hierarchy=unified\n"
    )
}
