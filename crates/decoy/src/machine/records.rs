//! `utmp`, `wtmp` and `lastlog`: who was here.

use super::{DAY, Machine, Seconds, scene::Scene};

/// One session of the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Who.
    pub(crate) user: String,
    /// Terminal, as `pts/0`.
    pub(crate) line: String,
    /// From where.
    pub(crate) host: String,
    /// Since when.
    pub(crate) from: Seconds,
    /// Until when.
    pub(crate) to: Seconds,
}

/// Sessions of the machine's own people since the month began, oldest first.
pub(crate) fn history(machine: &Machine, now: Seconds) -> Vec<Record> {
    let people: Vec<String> =
        machine.people().filter(|a| a.uid >= 1_000).map(|a| a.name.clone()).take(3).collect();
    let mut out = Vec::new();
    let today = now - now.rem_euclid(DAY);
    let mut day = (today - 26 * DAY).max(machine.installed() - machine.installed().rem_euclid(DAY) + DAY);
    while day <= today {
        let weekend = (day / DAY + 4) % 7 % 6 == 0;
        let count = if weekend { 0 } else { machine.number(&format!("log-ins {day}"), 3) };
        for number in 0..count {
            let purpose = format!("log-in {day} {number}");
            let from =
                day + 7 * 3_600 + i64::try_from(machine.number(&purpose, 10 * 3_600)).unwrap_or_default();
            let to = from
                + 60
                + i64::try_from(machine.number(&format!("{purpose} length"), 5_400)).unwrap_or_default();
            let user =
                people.get(machine.number(&format!("{purpose} who"), people.len().max(1) as u64) as usize);
            let user = if machine.number(&format!("{purpose} root"), 3) == 0 {
                "root".to_owned()
            } else {
                user.cloned().unwrap_or_else(|| "root".into())
            };
            let host = machine.desk(machine.number(&format!("{purpose} from"), 3));
            if to < now - 300 && from > machine.booted() - 20 * DAY {
                out.push(Record { user, line: "pts/0".into(), host: host.to_string(), from, to });
            }
        }
        day += DAY;
    }
    out.sort_by_key(|record| record.from);
    out
}

fn record(kind: u16, pid: u32, line: &str, id: &str, user: &str, host: &str, at: Seconds) -> Vec<u8> {
    let mut out = Vec::with_capacity(384);
    let text = |out: &mut Vec<u8>, text: &str, size: usize| {
        let end = out.len() + size;
        out.extend(text.bytes().take(size));
        out.resize(end, 0);
    };
    out.extend(kind.to_le_bytes());
    out.extend([0, 0]);
    out.extend(pid.to_le_bytes());
    text(&mut out, line, 32);
    text(&mut out, id, 4);
    text(&mut out, user, 32);
    text(&mut out, host, 256);
    out.extend([0; 4]);
    out.extend([0; 4]);
    out.extend(u32::try_from(at).unwrap_or_default().to_le_bytes());
    out.extend([0; 4]);
    let address: Option<std::net::Ipv4Addr> = host.parse().ok();
    out.extend(address.map_or([0; 4], |address| address.octets()));
    out.resize(384, 0);
    out
}

pub(super) fn wtmp(scene: &Scene<'_>) -> Vec<u8> {
    let machine = scene.machine;
    let mut events: Vec<(Seconds, Vec<u8>)> = vec![
        (machine.booted(), record(2, 0, "~", "~~", "reboot", machine.kernel(), machine.booted())),
        (machine.booted() + 7, record(1, 53, "~", "~~", "runlevel", machine.kernel(), machine.booted() + 7)),
    ];
    for past in history(machine, scene.now.seconds) {
        let pid = machine.pid_at(past.from);
        events.push((past.from, record(7, pid, &past.line, "ts/0", &past.user, &past.host, past.from)));
        events.push((past.to, record(8, pid, &past.line, "", "", "", past.to)));
    }
    for session in machine.sessions(scene.source) {
        let host = session.from.to_string();
        events.push((
            session.since.seconds,
            record(7, session.shell, &session.terminal, "ts/0", &session.user, &host, session.since.seconds),
        ));
    }
    events.sort_by_key(|(at, _)| *at);
    events.into_iter().flat_map(|(_, bytes)| bytes).collect()
}

pub(super) fn utmp(scene: &Scene<'_>) -> Vec<u8> {
    let machine = scene.machine;
    let mut out = record(2, 0, "~", "~~", "reboot", machine.kernel(), machine.booted());
    out.extend(record(1, 53, "~", "~~", "runlevel", machine.kernel(), machine.booted() + 7));
    out.extend(record(6, 560, "tty1", "tty1", "LOGIN", "", machine.booted() + 6));
    for session in machine.sessions(scene.source) {
        let host = session.from.to_string();
        out.extend(record(
            7,
            session.shell,
            &session.terminal,
            "ts/0",
            &session.user,
            &host,
            session.since.seconds,
        ));
    }
    out
}

pub(super) fn lastlog(scene: &Scene<'_>) -> Vec<u8> {
    const ENTRY: usize = 292;
    let machine = scene.machine;
    let most = machine.people().map(|a| a.uid).filter(|uid| *uid < 2_000).max().unwrap_or(0) as usize;
    let mut out = vec![0; (most + 1) * ENTRY];
    for past in history(machine, scene.now.seconds) {
        let Some(uid) = machine.account(&past.user).map(|a| a.uid as usize).filter(|uid| *uid <= most) else {
            continue;
        };
        let mut entry = u32::try_from(past.from).unwrap_or_default().to_le_bytes().to_vec();
        for (text, size) in [(&past.line, 32), (&past.host, 256)] {
            let end = entry.len() + size;
            entry.extend(text.bytes().take(size));
            entry.resize(end, 0);
        }
        if let Some(place) = out.get_mut(uid * ENTRY..(uid + 1) * ENTRY) {
            place.copy_from_slice(&entry);
        }
    }
    out
}
