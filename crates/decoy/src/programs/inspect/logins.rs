//! lslogins.

use super::{super::context::Done, text, tree::Table};
use crate::{
    machine::{Account, calendar, records},
    programs::{options::Spec, people},
    shell::{Exit, Process},
};

/// The password fields that one may see.
fn secrets(process: &Process) -> Option<Vec<(String, String)>> {
    let shadow = text(&process.files.read(b"/etc/shadow").ok()?);
    let pair = |line: &str| {
        let mut fields = line.split(':');
        Some((fields.next()?.to_owned(), fields.next()?.to_owned()))
    };
    Some(shadow.lines().filter_map(pair).collect())
}

/// When and from where somebody logged in last.
fn latest(process: &Process, name: &str) -> Option<(i64, String, String)> {
    let now = process.machine.sessions(process.files.source());
    let own = now.iter().rev().find(|session| session.user == name);
    if let Some(session) = own {
        return Some((session.since.seconds, session.terminal.clone(), session.from.to_string()));
    }
    let history = records::history(&process.machine, process.machine.now().seconds);
    let past = history.iter().rev().find(|record| record.user == name);
    past.map(|record| (record.from, record.line.clone(), record.host.clone()))
}

/// A date in the short form.
fn short(at: i64, now: i64) -> String {
    let same = |form| calendar::format(at, form) == calendar::format(now, form);
    let form = match (same("%F"), same("%Y")) {
        (true, _) => "%H:%M",
        (_, true) => "%b%d/%H:%M",
        _ => "%Y-%b%d",
    };
    calendar::format(at, form)
}

/// All of one account, with its password's field where one may see that.
fn told(process: &Process, user: &Account, secret: Option<&str>, running: usize) -> String {
    let now = process.machine.now().seconds;
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
    let mut rows = vec![
        ("Username:", user.name.clone()),
        ("UID:", user.uid.to_string()),
        ("Gecos field:", user.gecos.clone()),
        ("Home directory:", user.home.clone()),
        ("Shell:", user.shell.clone()),
        ("No login:", yes(user.shell.ends_with("nologin") || user.shell.ends_with("false"))),
    ];
    if let Some(secret) = secret {
        rows.push(("Password is locked:", yes(secret.starts_with('!'))));
        rows.push(("Password not required (empty):", yes(secret.is_empty())));
        rows.push(("Login by password disabled:", yes(false)));
    }
    rows.push(("Primary group:", user.groups.first().map(|(_, name)| name.clone()).unwrap_or_default()));
    rows.push(("GID:", user.gid.to_string()));
    if let Some((at, line, host)) = latest(process, &user.name) {
        rows.extend([("Last login:", short(at, now)), ("Last terminal:", line), ("Last hostname:", host)]);
    }
    rows.extend([("Hushed:", yes(false)), ("Running processes:", running.to_string())]);
    let out: String = rows.iter().map(|(name, cell)| format!("{name:<36}{cell:<36}\n")).collect();
    out + "\nLast logs:\n\n"
}

pub(super) async fn lslogins(process: &mut Process) -> Done {
    let spec = Spec {
        short: "acfGg:hLl:no:prsuVyZze",
        long: &[
            ("user-accs", 'u'),
            ("system-accs", 's'),
            ("noheadings", 'n'),
            ("raw", 'r'),
            ("last", 'L'),
            ("logins=", 'l'),
            ("groups=", 'g'),
            ("output=", 'o'),
            ("pwd", 'p'),
            ("failed", 'f'),
            ("supp-groups", 'G'),
            ("acc-expiration", 'a'),
            ("version", 'V'),
            ("colon-separate", 'c'),
        ],
    };
    let given = process.options(spec, 1).await?;
    if given.has('V') {
        process.print("lslogins from util-linux 2.38.1\n").await?;
        return Ok(Exit::SUCCESS);
    }
    let mut users = people::users(process);
    users.sort_by_key(|user| user.uid);
    let now = process.machine.now().seconds;
    let (secrets, tasks) = (secrets(process), process.machine.tasks(process.files.source()));
    let running = |uid: u32| tasks.iter().filter(|task| task.uid == uid).count();
    let secret = |name: &str| {
        let found = secrets.as_ref()?.iter().find(|(known, _)| known == name)?;
        Some(found.1.clone())
    };
    if let Some(name) = given.operands.first().map(|name| text(name)) {
        let Some(user) = users.iter().find(|user| user.name == name || user.uid.to_string() == name) else {
            return Ok(process.fail(format!("cannot found '{name}'")).await);
        };
        let visible = secrets.is_some();
        let secret = visible.then(|| secret(&user.name).unwrap_or_default());
        let out = told(process, user, secret.as_deref(), running(user.uid));
        process.print(out).await?;
        return Ok(Exit::SUCCESS);
    }
    if given.has('u') {
        users.retain(|user| user.is_root() || (1_000..60_000).contains(&user.uid));
    }
    if given.has('s') {
        users.retain(|user| user.uid < 1_000);
    }
    if let Some(names) = given.value('l').map(text) {
        users.retain(|user| names.split(',').any(|name| name == user.name));
    }
    let heads = [
        ("UID", true),
        ("USER", false),
        ("PROC", true),
        ("PWD-LOCK", true),
        ("PWD-DENY", true),
        ("LAST-LOGIN", true),
        ("GECOS", false),
    ];
    let mut rows = Vec::new();
    for user in &users {
        let flag = |mark: bool| if secrets.is_some() { u8::from(mark).to_string() } else { String::new() };
        let locked = secret(&user.name).is_some_and(|secret| secret.starts_with('!'));
        rows.push(vec![
            user.uid.to_string(),
            user.name.clone(),
            running(user.uid).to_string(),
            flag(locked),
            flag(false),
            latest(process, &user.name).map_or_else(String::new, |(at, ..)| short(at, now)),
            user.gecos.clone(),
        ]);
    }
    let table = Table { heads: &heads, rows, headed: !given.has('n') };
    process.print(if given.has('r') { table.raw() } else { table.drawn() }).await?;
    Ok(Exit::SUCCESS)
}
