//! What somebody reads who logs in with a terminal: the message of the day, and when the account
//! was used last.

use std::net::IpAddr;

use time::OffsetDateTime;

use crate::machine::{Account, Distro, Files, Line, Machine, Seconds, records};

/// The text, with the line ends of a terminal; nothing for who has a `.hushlogin`.
pub(super) fn text(machine: &Machine, account: &Account, files: &Files) -> Vec<u8> {
    let hush = format!("{}/.hushlogin", account.home);
    if files.exists(hush.as_bytes()) {
        return Vec::new();
    }
    let last = last_log_in(machine, account, files.source()).unwrap_or_default();
    let day = message_of_the_day(machine, files);
    // Without PAM the message of the day is sshd's own, and comes last.
    let parts = if machine.distro() == Distro::Alpine319 { [last, day] } else { [day, last] };
    let mut out = Vec::new();
    for byte in parts.concat() {
        if byte == b'\n' {
            out.push(b'\r');
        }
        out.push(byte);
    }
    out
}

fn message_of_the_day(machine: &Machine, files: &Files) -> Vec<u8> {
    let persona = machine.persona();
    let (release, architecture) = (machine.kernel(), &persona.system.machine);
    let mut text = match machine.distro() {
        Distro::Debian12 | Distro::Kali => {
            format!("Linux {} {release} {} {architecture}\n", persona.hostname, machine.kernel_version())
        }
        Distro::Ubuntu22 | Distro::Ubuntu20 => format!(
            "Welcome to {} (GNU/Linux {release} {architecture})\n\n * Documentation:  https://help.ubuntu.com\n * \
             Management:     https://landscape.canonical.com\n * Support:        https://ubuntu.com/pro\n\n",
            persona.system.pretty_name
        ),
        _ => String::new(),
    }
    .into_bytes();
    // Arch prints none, and what nobody wrote is not there.
    if machine.distro().line() != Line::Arch {
        text.extend(files.read(b"/etc/motd").unwrap_or_default());
    }
    text
}

/// The last log-in, as sshd has it in its own line: with a carriage return of its own.
fn last_log_in(machine: &Machine, account: &Account, source: IpAddr) -> Option<Vec<u8>> {
    let own = machine
        .past_sessions(source)
        .iter()
        .rev()
        .find(|(session, _)| session.user == account.name)
        .map(|(session, _)| (session.since.seconds, session.from.to_string()));
    let history = || {
        let all = records::history(machine, machine.now().seconds);
        all.into_iter()
            .rev()
            .find(|record| record.user == account.name)
            .map(|record| (record.from, record.host))
    };
    let (when, host) = own.or_else(history)?;
    Some(format!("Last login: {} from {host}\r\n", date(when)).into_bytes())
}

/// `Thu Nov 26 15:11:48 2026`.
fn date(seconds: Seconds) -> String {
    let when = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let short = |name: String| name.get(..3).unwrap_or_default().to_owned();
    let (weekday, month) = (short(when.weekday().to_string()), short(when.month().to_string()));
    let (hour, minute, second) = (when.hour(), when.minute(), when.second());
    format!("{weekday} {month} {:>2} {hour:02}:{minute:02}:{second:02} {}", when.day(), when.year())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::testing;

    #[test]
    fn a_visitor_is_told_of_the_machine() {
        let host = testing::host(1);
        let machine = Arc::clone(host.machine());
        let account = machine.account("backup").unwrap();
        let files = machine.files([127, 0, 0, 1].into(), &account);
        let said = String::from_utf8(text(&machine, &account, &files)).unwrap();
        assert!(said.starts_with("Linux web01 6.1.0-28-amd64 #1 SMP PREEMPT_DYNAMIC Debian"), "{said}");
        assert!(said.lines().all(|line| !line.contains('\n')) && said.ends_with("\r\n"));
        let hush = format!("{}/.hushlogin", account.home);
        files.write(hush.as_bytes(), b"", 0o600).unwrap();
        assert!(text(&machine, &account, &files).is_empty());
    }

    #[test]
    fn dates_are_as_ctime_has_them() {
        assert_eq!(date(1_764_000_000), "Mon Nov 24 16:00:00 2025");
        assert_eq!(date(1_764_604_800), "Mon Dec  1 16:00:00 2025");
    }
}
