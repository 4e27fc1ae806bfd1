//! ProFTPD's commands on files and directories.

use super::{
    Command,
    access::{self, Denial},
    transfer,
};
use crate::{
    conn::End,
    ftp::{
        listing::Place,
        session::{Next, Session, quoted},
        stamp,
        tree::{Node, Refusal},
    },
};

const TOO_FEW: &str = "501 Invalid number of parameters";
const NO_SOURCE: &str = "503 Bad sequence of commands";

/// Commands that take no argument.
const BARE: &[&[u8]] = &[b"PWD", b"XPWD", b"CDUP", b"XCUP"];
/// Commands that need none.
const FREE: &[&[u8]] = &[b"MLST", b"STAT"];

/// Answers one of them.
pub(super) async fn answer(session: &mut Session<'_>, command: &Command) -> Result<Next, End> {
    let (verb, argument) = (command.verb.as_slice(), command.argument.as_slice());
    let bare = BARE.contains(&verb);
    if bare != argument.is_empty() && !FREE.contains(&verb) {
        return session.answer(TOO_FEW).await;
    }
    match verb {
        b"PWD" | b"XPWD" => {
            let here = quoted(session.here.as_bytes());
            session.say(&[b"257 ", &here, b" is the current directory"]).await
        }
        b"CDUP" | b"XCUP" => {
            let done = session.change_directory(b"..").map_err(Denial::from);
            report(session, done, verb, argument).await
        }
        b"CWD" | b"XCWD" => {
            let done = session.change_directory(argument).map_err(Denial::from);
            report(session, done, verb, argument).await
        }
        b"RNTO" => rename_to(session, argument).await,
        b"RNFR" => rename_from(session, argument).await,
        b"MKD" | b"XMKD" => make_directory(session, argument).await,
        b"RMD" | b"XRMD" => {
            // The limit shows as the file system's own refusal here.
            let done = remove_directory(session, argument, Refusal::Denied.into());
            report(session, done, verb, argument).await
        }
        b"DELE" => {
            let done = remove_file(session, argument);
            report(session, done, verb, argument).await
        }
        b"SIZE" => size(session, argument).await,
        b"MDTM" => modified(session, argument).await,
        b"MLST" => facts(session, argument).await,
        b"STAT" if argument.is_empty() => status(session).await,
        b"STAT" => transfer::status_of(session, argument).await,
        _ => modify(session, command).await,
    }
}

/// Answers `250 … command successful`, or the denial with what it is about.
async fn report(
    session: &mut Session<'_>,
    done: Result<(), Denial>,
    verb: &[u8],
    argument: &[u8],
) -> Result<Next, End> {
    match done {
        Ok(()) => session.say(&[b"250 ", verb, b" command successful"]).await,
        Err(denial) => refuse(session, argument, denial).await,
    }
}

/// Answers a denial with what it is about.
pub(super) async fn refuse(session: &mut Session<'_>, argument: &[u8], denial: Denial) -> Result<Next, End> {
    session.say(&[b"550 ", argument, b": ", denial.text().as_bytes()]).await
}

fn make(session: &Session<'_>, argument: &[u8]) -> Result<(), Denial> {
    let path = session.path(argument)?;
    // The limit shows as the file system's own refusal here.
    access::may_write(session).map_err(|_| Refusal::Denied)?;
    Ok(session.ftp.tree.make_directory(access::visitor(session)?, &path, 0o755, session.now())?)
}

async fn make_directory(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    match (make(session, argument), session.seen(argument)) {
        (Ok(()), Ok(seen)) => {
            session.say(&[b"257 ", &quoted(seen.as_bytes()), b" - Directory successfully created"]).await
        }
        (Err(denial), _) => refuse(session, argument, denial).await,
        (_, Err(refusal)) => refuse(session, argument, refusal.into()).await,
    }
}

pub(super) fn remove_directory(session: &Session<'_>, argument: &[u8], limit: Denial) -> Result<(), Denial> {
    let path = session.path(argument)?;
    access::may_write(session).map_err(|_| limit)?;
    Ok(session.ftp.tree.remove_directory(access::visitor(session)?, &path, session.now())?)
}

fn remove_file(session: &Session<'_>, argument: &[u8]) -> Result<(), Denial> {
    let path = session.path(argument)?;
    access::may_write(session)?;
    Ok(session.ftp.tree.remove_file(access::visitor(session)?, &path, session.now())?)
}

async fn rename_from(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    let found = access::may_write(session)
        .and_then(|()| Ok(session.stat(argument)?))
        .and_then(|_| Ok(session.path(argument)?));
    match found {
        Ok(path) => {
            session.renaming = Some(path);
            session.answer("350 File or directory exists, ready for destination name").await
        }
        Err(denial) => refuse(session, argument, denial).await,
    }
}

async fn rename_to(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    let Some(source) = session.renaming.take() else { return session.answer(NO_SOURCE).await };
    let rename = || -> Result<(), Denial> {
        let target = session.path(argument)?;
        let who = access::visitor(session)?;
        match session.ftp.tree.rename(who, &source, &target, session.now()) {
            Err(Refusal::IsDirectory) => Err(Denial::Limit),
            done => Ok(done?),
        }
    };
    match rename() {
        Ok(()) => session.answer("250 Rename successful").await,
        Err(denial) => refuse(session, argument, denial).await,
    }
}

async fn size(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    if session.ascii {
        return session.answer("550 SIZE not allowed in ASCII mode").await;
    }
    let found = || -> Result<Node, Denial> {
        let node = session.stat(argument)?;
        access::may_read(session, &session.path(argument)?)?;
        if node.is_directory() { Err(Denial::NotRegular) } else { Ok(node) }
    };
    match found() {
        Ok(node) => session.answer(&format!("213 {}", node.size())).await,
        Err(Denial::NotRegular) => session.say(&[b"550 ", argument, b": not a regular file"]).await,
        Err(denial) => refuse(session, argument, denial).await,
    }
}

async fn modified(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    match session.stat(argument) {
        Ok(node) if node.is_directory() => session.say(&[b"550 ", argument, b": not a plain file"]).await,
        Ok(node) => session.answer(&format!("213 {}", stamp::compact(node.modified))).await,
        Err(refusal) => refuse(session, argument, refusal.into()).await,
    }
}

async fn facts(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    let name = if argument.is_empty() { b"." } else { argument };
    let shown = |session: &Session<'_>| -> Result<(String, Vec<u8>), Refusal> {
        let seen = session.seen(name)?;
        let entry = session.entry(name, session.complete(&seen), session.now())?;
        let facts = session.facts.of(
            &entry,
            Place::Entry,
            access::owner_shown(session).as_ref(),
            transfer::writable(session, &entry),
        );
        Ok((facts, seen.as_bytes().to_vec()))
    };
    match shown(session) {
        Ok((facts, path)) => {
            let title = if argument.is_empty() { path.clone() } else { argument.to_vec() };
            let start: [&[u8]; 3] = [b"250-Start of list for ", &title, b"\r\n "];
            let line = [&start.concat(), facts.as_bytes(), b" ", &path, b"\r\n250 End of list"].concat();
            session.say(&[&line]).await
        }
        Err(_) => session.say(&[b"550 '", argument, b"' cannot be listed"]).await,
    }
}

async fn status(session: &mut Session<'_>) -> Result<Next, End> {
    let peer = session.conn.peer().ip().to_canonical();
    let name = session.visitor().map(|v| v.owner.name.to_string()).unwrap_or_default();
    let kind = if session.ascii { "ASCII" } else { "BINARY" };
    let moved = match session.moved {
        0 => String::new(),
        moved => format!(" Total bytes transferred for session: {moved}\r\n"),
    };
    let text = format!(
        "211-Status of '{}'\r\n Connected from {peer} ({peer})\r\n Logged in as {name}\r\n \
         TYPE: {kind}, STRUcture: File, Mode: Stream\r\n{moved} No data connection\r\n211 End of status",
        super::texts::server_name(session)
    );
    session.answer(&text).await
}

/// MFMT and MFF: facts that a visitor may set.
async fn modify(session: &mut Session<'_>, command: &Command) -> Result<Next, End> {
    if session.is_anonymous() {
        return session.answer("550 Unable to handle command").await;
    }
    let split = command.argument.iter().position(|b| *b == b' ');
    let Some((fact, name)) = split.map(|at| command.argument.split_at(at)) else {
        return session.answer(TOO_FEW).await;
    };
    let name = name.trim_ascii();
    let (value, told) = match (command.verb.as_slice(), fact.strip_suffix(b";")) {
        (b"MFMT", _) => (stamp::parse_compact(fact).map(Change::Time), [b"Modify=", fact, b";"].concat()),
        (_, Some(fact)) => match change(fact) {
            Some(value) => (Some(value), [fact, b";"].concat()),
            None => return session.say(&[b"504 Cannot modify fact '", fact, b"'"]).await,
        },
        (_, None) => return session.say(&[b"504 Cannot modify fact '", fact, b"'"]).await,
    };
    let Some(value) = value else {
        return session.say(&[b"501 ", fact, b": Invalid argument"]).await;
    };
    match apply(session, name, value) {
        Ok(()) => session.say(&[b"213 ", &told, b" ", name]).await,
        Err(denial) => refuse(session, name, denial).await,
    }
}

/// A change of a file's properties.
#[derive(Clone, Copy)]
pub(super) enum Change {
    Time(stamp::Seconds),
    Mode(u16),
    Nothing,
}

fn change(fact: &[u8]) -> Option<Change> {
    let at = fact.iter().position(|b| *b == b'=')?;
    let (name, value) = (fact.get(..at)?.to_ascii_lowercase(), fact.get(at + 1..)?);
    match name.as_slice() {
        b"modify" => stamp::parse_compact(value).map(Change::Time),
        b"unix.mode" => mode(value).map(Change::Mode),
        b"unix.group" => Some(Change::Nothing),
        _ => None,
    }
}

/// An octal mode.
pub(super) fn mode(text: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(text).ok()?;
    u16::from_str_radix(text, 8).ok().map(|mode| mode & 0o777)
}

/// Changes a property of what the visitor owns.
pub(super) fn apply(session: &Session<'_>, name: &[u8], change: Change) -> Result<(), Denial> {
    let path = session.path(name)?;
    session.ftp.tree.stat(&path, session.now())?;
    access::may_write(session)?;
    let who = access::visitor(session)?;
    Ok(session.ftp.tree.change(who, &path, session.now(), |node| match change {
        Change::Time(time) => node.modified = time,
        Change::Mode(mode) => node.mode = mode,
        Change::Nothing => {}
    })?)
}
