//! `journalctl`: the lines of the system's logs.

use super::{matches, words};
use crate::{
    programs::context::Done,
    shell::{Exit, Process},
};

const LOGS: &[&[u8]] = &[b"/var/log/syslog", b"/var/log/messages", b"/var/log/auth.log", b"/var/log/secure"];

/// The date of a line in the form of the journal, and its rest.
fn dated(line: &str) -> Option<String> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    if !line.starts_with(|c: char| c.is_ascii_digit()) {
        return Some(line.to_owned());
    }
    let (stamp, rest) = line.split_once(' ')?;
    let (month, day): (usize, &str) = (stamp.get(5..7)?.parse().ok()?, stamp.get(8..10)?);
    Some(format!("{} {day} {} {rest}", MONTHS.get(month.checked_sub(1)?)?, stamp.get(11..19)?))
}

/// The last lines, of one unit or of all.
pub(super) fn last(process: &Process, unit: Option<&str>, count: usize) -> Vec<String> {
    let mut lines: Vec<(String, String)> = Vec::new();
    for path in LOGS {
        let text = process.files.read(path).unwrap_or_default();
        for line in String::from_utf8_lossy(&text).lines() {
            let wanted = unit.is_none_or(|unit| is_of(line, unit));
            if wanted && let Some(shown) = dated(line) {
                lines.push((line.get(..32).unwrap_or_default().to_owned(), shown));
            }
        }
    }
    lines.sort_by(|one, other| one.0.cmp(&other.0));
    let skip = lines.len().saturating_sub(count);
    lines.into_iter().skip(skip).map(|(_, line)| line).collect()
}

/// Whether a line is of a unit: of its process, or of systemd about it.
fn is_of(line: &str, unit: &str) -> bool {
    let name = match unit {
        "ssh" => "sshd",
        "cron" | "crond" => "CRON",
        other => other,
    };
    line.contains(&format!(" {name}[")) || line.contains(&format!("{unit}.service"))
}

/// Long options that it has.
#[rustfmt::skip]
const KNOWN: &[&str] = &[
    "no-pager", "follow", "unit", "lines", "since", "until", "boot", "dmesg",
    "reverse", "output", "priority", "identifier", "grep", "all", "full", "disk-usage",
    "vacuum-time", "vacuum-size", "vacuum-files", "rotate", "flush", "sync", "system", "user",
    "quiet", "utc", "catalog", "pager-end", "list-boots", "no-hostname", "verify", "no-full",
    "help",
];

pub(super) async fn journalctl(process: &mut Process) -> Done {
    let words = words(process);
    if words.iter().any(|word| word == "--version") {
        process.print(super::systemctl::version(process.machine.distro())).await?;
        return Ok(Exit::SUCCESS);
    }
    let wrong = words.iter().find(|word| {
        word.strip_prefix("--")
            .is_some_and(|name| !KNOWN.contains(&name.split('=').next().unwrap_or_default()))
    });
    if let Some(wrong) = wrong {
        process.complain(format!("journalctl: unrecognized option '{wrong}'\n")).await;
        return Ok(Exit::FAILURE);
    }
    let has =
        |names: &[&str]| words.iter().any(|word| names.contains(&word.split('=').next().unwrap_or_default()));
    let value = |short: &str, long: &str| {
        words.iter().enumerate().find_map(|(at, word)| {
            if word == short || word == long {
                return words.get(at + 1).cloned();
            }
            word.strip_prefix(&format!("{long}="))
                .or_else(|| word.strip_prefix(short).filter(|_| !word.starts_with("--")))
                .map(str::to_owned)
        })
    };
    if has(&["--disk-usage"]) {
        process.print("Archived and active journals take up 16.0M in the file system.\n").await?;
        return Ok(Exit::SUCCESS);
    }
    let root = process.account.is_root() || process.account.in_group(4);
    if has(&["--rotate", "--flush", "--vacuum-time", "--vacuum-size", "--vacuum-files", "--sync"]) {
        if !process.account.is_root() {
            process.complain("Failed to rotate journal: Access denied\n").await;
            return Ok(Exit::FAILURE);
        }
        return Ok(Exit::SUCCESS);
    }
    if !root {
        process.complain("Hint: You are currently not seeing messages from other users and the system.\n      Users in groups 'adm', 'systemd-journal' can see all messages.\n      Pass -q to turn off this notice.\nNo journal files were opened due to insufficient permissions.\n").await;
        return Ok(Exit::FAILURE);
    }
    let follow = has(&["-f", "--follow"]);
    let count = value("-n", "--lines")
        .and_then(|n| n.parse().ok())
        .unwrap_or(if follow || has(&["-e", "-xe", "-xeu"]) { 10 } else { 10_000 });
    let unit = value("-u", "--unit").or_else(|| has(&["-xeu"]).then(|| words.last().cloned()).flatten());
    let unit = unit.map(|unit| super::units::bare(&unit).to_owned());
    let mut lines = last(process, unit.as_deref(), count);
    if has(&["-r", "--reverse"]) {
        lines.reverse();
    }
    if let Some(pattern) = value("-g", "--grep") {
        lines.retain(|line| matches(&format!("*{pattern}*"), line));
    }
    let text = if lines.is_empty() { "-- No entries --\n".to_owned() } else { lines.join("\n") + "\n" };
    process.print(text).await?;
    if follow {
        std::future::pending::<()>().await;
    }
    Ok(Exit::SUCCESS)
}
