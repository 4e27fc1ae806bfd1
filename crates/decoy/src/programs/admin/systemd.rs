//! loginctl, timedatectl, localectl, systemd-detect-virt, systemd-analyze, update-rc.d.

use super::super::context::Done;
use crate::{
    machine::{Maker, calendar},
    shell::{Exit, Process},
};

pub(in crate::programs) async fn loginctl(process: &mut Process) -> Done {
    let words = super::words(process);
    let verb = words.iter().find(|word| !word.starts_with('-')).map_or("list-sessions", String::as_str);
    let sessions = process.machine.sessions(process.files.source());
    let users = super::super::people::users(process);
    let uid = |name: &str| users.iter().find(|user| user.name == name).map_or(0, |user| user.uid);
    let text = match verb {
        "list-sessions" => {
            let rows: Vec<String> = sessions
                .iter()
                .enumerate()
                .map(|(at, s)| {
                    let number = process.machine.number("sessions", 900) + at as u64 + 3;
                    format!("{number:>7} {:>4} {:<4}      {}\n", uid(&s.user), s.user, s.terminal)
                })
                .collect();
            format!("SESSION  UID USER SEAT TTY  \n{}\n{} sessions listed.\n", rows.concat(), rows.len())
        }
        "list-users" => {
            let mut names: Vec<&str> = sessions.iter().map(|session| session.user.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            let rows: Vec<String> = names.iter().map(|name| format!("{:>4} {name}\n", uid(name))).collect();
            format!(" UID USER\n{}\n{} users listed.\n", rows.concat(), rows.len())
        }
        "list-seats" => "SEAT \nseat0\n\n1 seats listed.\n".to_owned(),
        "enable-linger" | "disable-linger" | "lock-sessions" => return Ok(Exit::SUCCESS),
        "show-session" | "session-status" | "show-user" | "user-status" | "kill-session"
        | "terminate-session" => {
            let name = words.iter().filter(|word| !word.starts_with('-')).nth(1).cloned().unwrap_or_default();
            process.complain(format!("Failed to get session: No session '{name}' known\n")).await;
            return Ok(Exit::FAILURE);
        }
        verb => {
            process.complain(format!("Unknown command verb {verb}.\n")).await;
            return Ok(Exit::FAILURE);
        }
    };
    process.print(text).await?;
    Ok(Exit::SUCCESS)
}

pub(in crate::programs) async fn timedatectl(process: &mut Process) -> Done {
    let words = super::words(process);
    let zone = process.files.read(b"/etc/timezone").unwrap_or_default();
    let zone = String::from_utf8_lossy(&zone).trim().to_owned();
    let zone = if zone.is_empty() { "Etc/UTC".to_owned() } else { zone };
    match words.iter().find(|word| !word.starts_with('-')).map_or("status", String::as_str) {
        "status" => {
            let now = calendar::format(process.machine.now().seconds, "%a %Y-%m-%d %H:%M:%S");
            process
                .print(format!(
                    "               Local time: {now} UTC\n           Universal time: {now} UTC\n                 RTC time: {now}\n                Time zone: {zone} (UTC, +0000)\nSystem clock synchronized: yes\n              NTP service: active\n          RTC in local TZ: no\n"
                ))
                .await?;
        }
        "list-timezones" => {
            process.print("Africa/Abidjan\nAmerica/New_York\nAsia/Shanghai\nEtc/UTC\nEurope/Berlin\nEurope/London\nUTC\n").await?;
        }
        "set-timezone" | "set-time" | "set-ntp" | "set-local-rtc" if !process.account.is_root() => {
            process.complain("Failed to set time zone: Interactive authentication required.\n").await;
            return Ok(Exit::FAILURE);
        }
        "set-time" => {
            process.complain("Failed to set time: Automatic time synchronization is enabled\n").await;
            return Ok(Exit::FAILURE);
        }
        "set-timezone" | "set-ntp" | "set-local-rtc" | "show" | "timesync-status" => {}
        verb => {
            process.complain(format!("Unknown command verb {verb}.\n")).await;
            return Ok(Exit::FAILURE);
        }
    }
    Ok(Exit::SUCCESS)
}

pub(in crate::programs) async fn localectl(process: &mut Process) -> Done {
    let text = process.files.read(b"/etc/default/locale").unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let lang =
        text.lines().find_map(|line| line.strip_prefix("LANG=")).unwrap_or("C.UTF-8").trim_matches('"');
    process
        .print(format!("   System Locale: LANG={lang}\n       VC Keymap: n/a\n      X11 Layout: us\n       X11 Model: pc105\n"))
        .await?;
    Ok(Exit::SUCCESS)
}

pub(in crate::programs) async fn detect_virt(process: &mut Process) -> Done {
    let name = match process.machine.hardware().maker {
        Maker::Vmware => "vmware",
        Maker::Qemu => "kvm",
        Maker::HyperV => "microsoft",
        _ => "none",
    };
    let words = super::words(process);
    let has = |flags: &[&str]| words.iter().any(|word| flags.contains(&word.as_str()));
    // A machine is never a container, nor in a room of its own.
    let found = name != "none" && !has(&["-c", "--container", "-r", "--chroot"]);
    if !has(&["-q", "--quiet"]) {
        process.print(format!("{}\n", if found { name } else { "none" })).await?;
    }
    Ok(if found { Exit::SUCCESS } else { Exit::FAILURE })
}

pub(in crate::programs) async fn analyze(process: &mut Process) -> Done {
    if super::words(process).iter().any(|word| !word.starts_with('-') && word != "time") {
        return Ok(Exit::SUCCESS);
    }
    let machine = &process.machine;
    let kernel = 1_800 + machine.number("boot of the kernel", 2_500);
    let rest = 3_500 + machine.number("boot of the rest", 6_000);
    let seconds = |ms: u64| format!("{}.{:03}s", ms / 1_000, ms % 1_000);
    let text = format!(
        "Startup finished in {} (kernel) + {} (userspace) = {} \ngraphical.target reached after {} in userspace.\n",
        seconds(kernel),
        seconds(rest),
        seconds(kernel + rest),
        seconds(rest - 40)
    );
    process.print(text).await?;
    Ok(Exit::SUCCESS)
}

const UPDATE_RC: &str = "usage: update-rc.d [-f] <basename> remove\n       update-rc.d [-f] <basename> defaults\n       update-rc.d [-f] <basename> defaults-disabled\n       update-rc.d <basename> disable|enable [S|2|3|4|5]\n\t\t-f: force\n\nThe disable|enable API is not stable and might change in the future.\n";

pub(in crate::programs) async fn update_rc(process: &mut Process) -> Done {
    let words: Vec<String> =
        super::words(process).into_iter().filter(|word| !word.starts_with('-')).collect();
    let (name, action) = match words.as_slice() {
        [name, action, ..] => (name, action.as_str()),
        _ => {
            process.complain(format!("update-rc.d: error: not enough arguments\n{UPDATE_RC}")).await;
            return Ok(Exit::FAILURE);
        }
    };
    let there = process.files.exists(format!("/etc/init.d/{name}").as_bytes());
    let text = match action {
        "remove" => return Ok(Exit::SUCCESS),
        "defaults" | "defaults-disabled" if !there => format!("unable to read /etc/init.d/{name}"),
        "enable" | "disable" if !there => format!("cannot find a LSB script for {name}"),
        "defaults" | "defaults-disabled" | "enable" | "disable" if !process.account.is_root() => {
            "Permission denied".to_owned()
        }
        "defaults" | "defaults-disabled" | "enable" | "disable" => return Ok(Exit::SUCCESS),
        _ => {
            process.complain(UPDATE_RC).await;
            return Ok(Exit::FAILURE);
        }
    };
    process.complain(format!("update-rc.d: error: {text}\n")).await;
    Ok(Exit::FAILURE)
}
