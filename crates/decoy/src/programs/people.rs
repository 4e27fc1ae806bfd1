//! Who one is and who is here: id, whoami, groups, who, w, users, last, lastlog, uptime.

use super::{
    context::{Done, number},
    options::Spec,
};
use crate::{
    machine::{Account, Line, Machine, calendar, records},
    shell::{Exit, Process},
};

/// Accounts as the visitor's own `/etc/passwd` has them.
pub(super) fn users(process: &Process) -> Vec<Account> {
    let text = process.files.read(b"/etc/passwd").unwrap_or_default();
    let groups = groups(process);
    let parse = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, uid, gid, gecos, home, shell] = fields.as_slice() else { return None };
        let (uid, gid): (u32, u32) = (uid.parse().ok()?, gid.parse().ok()?);
        let primary = groups
            .iter()
            .find(|(_, id, _)| *id == gid)
            .map_or_else(|| gid.to_string(), |(name, ..)| name.clone());
        let mut own = vec![(gid, primary)];
        own.extend(
            groups
                .iter()
                .filter(|(_, id, members)| *id != gid && members.iter().any(|m| m == name))
                .map(|(name, id, _)| (*id, name.clone())),
        );
        Some(Account {
            name: (*name).into(),
            uid,
            gid,
            groups: own,
            home: (*home).into(),
            shell: (*shell).into(),
            gecos: (*gecos).into(),
        })
    };
    String::from_utf8_lossy(&text).lines().filter_map(parse).collect()
}

/// Groups as the visitor's own `/etc/group` has them.
pub(super) fn groups(process: &Process) -> Vec<(String, u32, Vec<String>)> {
    let text = process.files.read(b"/etc/group").unwrap_or_default();
    let parse = |line: &str| {
        let mut fields = line.split(':');
        let (name, _, id) = (fields.next()?, fields.next()?, fields.next()?.parse().ok()?);
        let members = fields
            .next()
            .unwrap_or_default()
            .split(',')
            .filter(|m| !m.is_empty())
            .map(str::to_owned)
            .collect();
        Some((name.to_owned(), id, members))
    };
    String::from_utf8_lossy(&text).lines().filter_map(parse).collect()
}

fn user(process: &Process, name: &[u8]) -> Option<Account> {
    let name = String::from_utf8_lossy(name).into_owned();
    users(process).into_iter().find(|user| user.name == name || user.uid.to_string() == name)
}

pub(super) async fn id(process: &mut Process) -> Done {
    let spec = Spec {
        short: "agGnruzZ",
        long: &[("user", 'u'), ("group", 'g'), ("groups", 'G'), ("name", 'n'), ("real", 'r')],
    };
    let given = process.options(spec, 1).await?;
    let account = match given.operands.first() {
        None => process.account.clone(),
        Some(name) => match user(process, name) {
            Some(user) => user,
            None => {
                let text = if process.is_busybox() {
                    [b"unknown user ", name.as_slice()].concat()
                } else {
                    [&process.quote(name)[..], b": no such user"].concat()
                };
                return Ok(process.fail(text).await);
            }
        },
    };
    let kind = given.last_of("ugG");
    if kind.is_none() && given.has('n') {
        process.complain("id: cannot print only names or real IDs in default format\n").await;
        return Ok(Exit::FAILURE);
    }
    let name = |id: u32, name: &str| if given.has('n') { name.to_owned() } else { id.to_string() };
    let text = match kind {
        Some('u') => name(account.uid, &account.name),
        Some('g') => name(account.gid, account.groups.first().map_or("", |(_, name)| name)),
        Some(_) => account.groups.iter().map(|(id, group)| name(*id, group)).collect::<Vec<_>>().join(" "),
        None => {
            let groups: Vec<String> =
                account.groups.iter().map(|(id, name)| format!("{id}({name})")).collect();
            let context = if process.machine.distro().line() == Line::RedHat
                && process.machine.selinux() != "disabled"
                && given.operands.is_empty()
            {
                " context=unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023"
            } else {
                ""
            };
            let group = account.groups.first().map_or("", |(_, name)| name);
            format!(
                "uid={}({}) gid={}({group}) groups={}{context}",
                account.uid,
                account.name,
                account.gid,
                groups.join(",")
            )
        }
    };
    process.print(format!("{text}\n")).await?;
    Ok(Exit::SUCCESS)
}

pub(super) async fn whoami(process: &mut Process) -> Done {
    process.options(Spec { short: "", long: &[] }, 1).await?;
    let name = process.account.name.clone();
    process.print(format!("{name}\n")).await?;
    Ok(Exit::SUCCESS)
}

pub(super) async fn logname(process: &mut Process) -> Done {
    let name = process.seat.account().name.clone();
    if process.seat.tty().is_none() {
        return Ok(process.fail("no login name").await);
    }
    process.print(format!("{name}\n")).await?;
    Ok(Exit::SUCCESS)
}

pub(super) async fn groups_program(process: &mut Process) -> Done {
    let given = process.options(Spec { short: "", long: &[] }, 1).await?;
    if given.operands.is_empty() {
        let names: Vec<String> = process.account.groups.iter().map(|(_, name)| name.clone()).collect();
        process.print(format!("{}\n", names.join(" "))).await?;
        return Ok(Exit::SUCCESS);
    }
    let mut good = true;
    for name in &given.operands {
        match user(process, name) {
            Some(user) => {
                let names: Vec<String> = user.groups.iter().map(|(_, name)| name.clone()).collect();
                process.print(format!("{} : {}\n", user.name, names.join(" "))).await?;
            }
            None => {
                good = false;
                process.fail([&process.quote(name)[..], b": no such user"].concat()).await;
            }
        }
    }
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

/// ` 15:35:01 up 9 days,  1:06,  1 user,  load average: 0.00, 0.01, 0.00`
pub(super) fn uptime_line(machine: &Machine, sessions: usize) -> String {
    let now = machine.now().seconds;
    let up = machine.uptime();
    let (days, hours, minutes) = (up / 86_400, up / 3_600 % 24, up / 60 % 60);
    let days = match days {
        0 => String::new(),
        1 => "1 day, ".to_owned(),
        days => format!("{days} days, "),
    };
    let clock = if hours > 0 { format!("{hours:2}:{minutes:02}") } else { format!("{minutes} min") };
    let [one, five, fifteen] = machine.load();
    let load = |n: u64| format!("{}.{:02}", n / 100, n % 100);
    let busybox = machine.distro().is_busybox();
    let users = if busybox {
        String::new()
    } else {
        format!(" {sessions:2} user{}, ", if sessions == 1 { "" } else { "s" })
    };
    let clock = if busybox { clock.trim_start().to_owned() } else { clock };
    let clock = if busybox && hours > 0 { format!("{hours:2}:{minutes:02}") } else { clock };
    format!(
        " {} up {days}{clock}, {users} load average: {}, {}, {}\n",
        calendar::format(now, "%H:%M:%S"),
        load(one),
        load(five),
        load(fifteen)
    )
}

pub(super) async fn uptime(process: &mut Process) -> Done {
    let given = process.options(Spec { short: "psV", long: &[("pretty", 'p'), ("since", 's')] }, 1).await?;
    let machine = std::sync::Arc::clone(&process.machine);
    let text = if given.has('s') {
        calendar::format(machine.booted(), "%Y-%m-%d %H:%M:%S\n")
    } else if given.has('p') {
        let up = machine.uptime();
        let parts = [
            (up / 604_800, "week"),
            (up / 86_400 % 7, "day"),
            (up / 3_600 % 24, "hour"),
            (up / 60 % 60, "minute"),
        ];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, unit)| format!("{n} {unit}{}", if *n == 1 { "" } else { "s" }))
            .collect();
        format!("up {}\n", parts.join(", "))
    } else {
        uptime_line(&machine, machine.sessions(process.files.source()).len())
    };
    process.print(text).await?;
    Ok(Exit::SUCCESS)
}

fn since(process: &Process, at: i64, busybox: bool) -> String {
    let _ = busybox;
    let now = process.machine.now().seconds;
    if now - at < 86_400 {
        calendar::format(at, "%H:%M")
    } else if now - at < 7 * 86_400 {
        calendar::format(at, "%a%H")
    } else {
        calendar::format(at, "%d%b%y")
    }
}

pub(super) async fn w(process: &mut Process) -> Done {
    let given = process
        .options(Spec { short: "hsfoiuV", long: &[("no-header", 'h'), ("short", 's'), ("from", 'f')] }, 1)
        .await?;
    let sessions = process.machine.sessions(process.files.source());
    let mut out = String::new();
    if !given.has('h') {
        out.push_str(&uptime_line(&process.machine, sessions.len()));
        out.push_str(if process.is_busybox() {
            "USER\t\tTTY\t\tIDLE\tTIME\t\t HOST\n"
        } else {
            "USER     TTY      FROM             LOGIN@   IDLE   JCPU   PCPU WHAT\n"
        });
    }
    for session in sessions {
        let own = process.seat.presence().terminal() == Some(session.terminal.as_str());
        let what = if own { "w".to_owned() } else { "-bash".to_owned() };
        out.push_str(&format!(
            "{:<8.8} {:<8} {:<16} {:<7}  {:<6} {:>5}s {:>5}s {what}\n",
            session.user,
            session.terminal,
            session.from.to_string(),
            since(process, session.since.seconds, false),
            if own { "0.00s" } else { "12.00s" },
            "0.02",
            "0.00"
        ));
    }
    process.print(out).await?;
    Ok(Exit::SUCCESS)
}

pub(super) async fn who(process: &mut Process) -> Done {
    let given = process
        .options(
            Spec {
                short: "abdHlmpqrstTuw",
                long: &[("all", 'a'), ("boot", 'b'), ("count", 'q'), ("heading", 'H'), ("runlevel", 'r')],
            },
            1,
        )
        .await?;
    let machine = std::sync::Arc::clone(&process.machine);
    let sessions = machine.sessions(process.files.source());
    if given.has('q') {
        let names: Vec<&str> = sessions.iter().map(|s| s.user.as_str()).collect();
        process.print(format!("{}\n# users={}\n", names.join(" "), names.len())).await?;
        return Ok(Exit::SUCCESS);
    }
    let mut out = String::new();
    if given.has('H') {
        out.push_str("NAME     LINE         TIME             COMMENT\n");
    }
    let stamp = |at| calendar::format(at, "%Y-%m-%d %H:%M");
    if given.has('b') || given.has('a') {
        out.push_str(&format!("         system boot  {}\n", stamp(machine.booted())));
    }
    if given.has('r') || given.has('a') {
        out.push_str(&format!("         run-level 5  {}\n", stamp(machine.booted() + 7)));
    }
    if !given.has('b') && !given.has('r') {
        for session in sessions {
            out.push_str(&format!(
                "{:<8} {:<12} {} ({})\n",
                session.user,
                session.terminal,
                stamp(session.since.seconds),
                session.from
            ));
        }
    }
    process.print(out).await?;
    Ok(Exit::SUCCESS)
}

pub(super) async fn users_program(process: &mut Process) -> Done {
    let names: Vec<String> =
        process.machine.sessions(process.files.source()).into_iter().map(|s| s.user).collect();
    if !names.is_empty() {
        process.print(format!("{}\n", names.join(" "))).await?;
    }
    Ok(Exit::SUCCESS)
}

pub(super) async fn last(process: &mut Process) -> Done {
    let given = process
        .options(
            Spec { short: "adf:FiIn:p:Rs:t:wx0123456789", long: &[("limit=", 'n'), ("fulltimes", 'F')] },
            1,
        )
        .await?;
    let digits: String = given.options.iter().map(|(l, _)| *l).filter(char::is_ascii_digit).collect();
    let most = given
        .value('n')
        .and_then(number)
        .and_then(|(n, _)| usize::try_from(n).ok())
        .or(digits.parse().ok())
        .unwrap_or(usize::MAX);
    if process.name() == b"lastb" && !process.account.is_root() {
        process.complain("lastb: cannot open /var/log/btmp: Permission denied\n").await;
        return Ok(Exit::FAILURE);
    }
    let wiped = process.files.stat(b"/var/log/wtmp").is_ok_and(|m| m.size == 0);
    if !process.files.exists(b"/var/log/wtmp") {
        process.complain("last: cannot open /var/log/wtmp: No such file or directory\n").await;
        return Ok(Exit::FAILURE);
    }
    let lines =
        if wiped || process.name() == b"lastb" { Vec::new() } else { entries(process, given.has('F')) };
    let wanted = |line: &&(i64, String)| {
        given.operands.is_empty()
            || given
                .operands
                .iter()
                .any(|o| line.1.split_whitespace().take(2).any(|word| word.as_bytes() == o))
    };
    let mut out = String::new();
    for (_, line) in lines.iter().filter(wanted).take(most) {
        out.push_str(line);
    }
    let begins = calendar::format(
        process.machine.booted().max(process.machine.now().seconds - 26 * 86_400),
        "%a %b %e %H:%M:%S %Y",
    );
    let file = if process.name() == b"lastb" { "btmp" } else { "wtmp" };
    out.push_str(&format!("\n{file} begins {begins}\n"));
    process.print(out).await?;
    Ok(Exit::SUCCESS)
}

fn entries(process: &Process, full: bool) -> Vec<(i64, String)> {
    let (machine, source) = (&process.machine, process.files.source());
    let begin = |at| calendar::format(at, if full { "%a %b %e %H:%M:%S %Y" } else { "%a %b %e %H:%M" });
    let end = |at| calendar::format(at, if full { "%a %b %e %H:%M:%S %Y" } else { "%H:%M" });
    let length = |seconds: i64| {
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
        if days > 0 {
            format!("({days}+{hours:02}:{minutes:02})")
        } else {
            format!(" ({hours:02}:{minutes:02})")
        }
    };
    let mut out = Vec::new();
    for session in machine.sessions(source) {
        let at = session.since.seconds;
        out.push((
            at,
            format!(
                "{:<8.8} {:<12} {:<16} {}   still logged in\n",
                session.user,
                session.terminal,
                session.from.to_string(),
                begin(at)
            ),
        ));
    }
    for (session, ended) in machine.past_sessions(source) {
        let at = session.since.seconds;
        out.push((
            at,
            format!(
                "{:<8.8} {:<12} {:<16} {} - {} {}\n",
                session.user,
                session.terminal,
                session.from.to_string(),
                begin(at),
                end(ended.seconds),
                length(ended.seconds - at)
            ),
        ));
    }
    for past in records::history(machine, machine.now().seconds) {
        out.push((
            past.from,
            format!(
                "{:<8.8} {:<12} {:<16} {} - {} {}\n",
                past.user,
                past.line,
                past.host,
                begin(past.from),
                end(past.to),
                length(past.to - past.from)
            ),
        ));
    }
    let booted = machine.booted();
    out.push((
        booted,
        format!("reboot   system boot  {:<16.16} {}   still running\n", machine.kernel(), begin(booted)),
    ));
    out.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    out
}

pub(super) async fn lastlog(process: &mut Process) -> Done {
    let given =
        process.options(Spec { short: "b:Ct:u:", long: &[("user=", 'u'), ("time=", 't')] }, 1).await?;
    let history = records::history(&process.machine, process.machine.now().seconds);
    let sessions = process.machine.sessions(process.files.source());
    let mut out = "Username         Port     From                                       Latest\n".to_owned();
    for user in users(process) {
        if given.value('u').is_some_and(|name| name != user.name.as_bytes()) {
            continue;
        }
        let own = sessions
            .iter()
            .filter(|s| s.user == user.name)
            .map(|s| (s.since.seconds, s.terminal.clone(), s.from.to_string()))
            .next_back();
        let past = history
            .iter()
            .rev()
            .find(|r| r.user == user.name)
            .map(|r| (r.from, r.line.clone(), r.host.clone()));
        match own.or(past) {
            Some((at, line, host)) => out.push_str(&format!(
                "{:<16} {line:<8} {host:<42} {}\n",
                user.name,
                calendar::format(at, "%a %b %e %H:%M:%S %z %Y")
            )),
            None => out.push_str(&format!("{:<16} {:<8} {:<42} **Never logged in**\n", user.name, "", "")),
        }
    }
    process.print(out).await?;
    Ok(Exit::SUCCESS)
}
