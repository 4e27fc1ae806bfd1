//! ProFTPD's transfers.

use std::cmp::Reverse;

use sha2::{Digest as _, Sha256};

use super::{
    Command,
    access::{self, Denial},
    files::refuse,
    help::too_few,
};
use crate::{
    conn::{End, Transfer},
    ftp::{
        data::DataPort,
        listing::{Entry, Options, Place, Selection, proftpd_line},
        path::FilePath,
        session::{Next, Session},
        tree::{Content, Refusal},
    },
};

const COMPLETE: &str = "226 Transfer complete";
const BROKEN: &str = "426 Transfer aborted. Data connection closed";
/// Directories that a recursive listing goes into.
const DEEPEST: usize = 64;

/// Answers one of the commands that use a data connection.
pub(super) async fn answer(session: &mut Session<'_>, command: &Command) -> Result<Next, End> {
    let argument = command.argument.as_slice();
    let next = match command.verb.as_slice() {
        b"LIST" => list(session, argument).await,
        b"NLST" => names(session, argument).await,
        b"MLSD" => machine_list(session, argument).await,
        b"STOU" => store(session, argument, Way::Unique).await,
        verb if argument.is_empty() => too_few(session, verb).await,
        b"RETR" => retrieve(session, argument).await,
        b"APPE" => store(session, argument, Way::Append).await,
        _ => store(session, argument, Way::Plain).await,
    };
    // Whatever happened, what PASV and REST agreed on holds no longer; only a MLSD that is refused
    // leaves the port open.
    if command.verb != b"MLSD" {
        session.data = DataPort::None;
    }
    session.restart = 0;
    next
}

/// Opens the data connection and says what for.
async fn connect(session: &mut Session<'_>, what: &[u8], size: Option<u64>) -> Result<Option<Transfer>, End> {
    let kind: &[u8] = if session.ascii { b"ASCII" } else { b"BINARY" };
    let passive = matches!(session.data, DataPort::Passive(_));
    let Some(transfer) = session.open().await else {
        let reason = if passive { "Connection timed out" } else { "Connection refused" };
        session.answer(&format!("425 Unable to build data connection: {reason}")).await?;
        return Ok(None);
    };
    let size = size.map(|size| format!(" ({size} bytes)")).unwrap_or_default();
    let mark: [&[u8]; 5] = [b"150 Opening ", kind, b" mode data connection for ", what, size.as_bytes()];
    session.say(&mark).await?;
    match session.protect(transfer).await {
        Ok(transfer) => Ok(Some(transfer)),
        Err(_) => {
            session.answer("425 Unable to build data connection: Operation not permitted").await?;
            Ok(None)
        }
    }
}

async fn finish(session: &mut Session<'_>, sent: Result<(), End>) -> Result<Next, End> {
    session.answer(if sent.is_ok() { COMPLETE } else { BROKEN }).await
}

/// Whether the visitor may change the entry, as the `perm` fact has it.
pub(super) fn writable(session: &Session<'_>, entry: &Entry) -> bool {
    let owned = session.visitor().is_some_and(|v| v.owner == entry.node.owner);
    owned || entry.node.mode & 0o002 != 0
}

/// What a listing selects: a directory's entries, a single file, or what matches a pattern.
fn select(session: &Session<'_>, argument: &[u8], options: Options) -> Result<Selection, Refusal> {
    if has_pattern(argument) {
        let mut found = session.select(argument, options).unwrap_or_default();
        // A pattern finds hidden files only if it begins with a dot, as in a shell.
        let hidden = argument.rsplit(|b| *b == b'/').next().is_some_and(|name| name.starts_with(b"."));
        found.entries.retain(|entry| hidden || !entry.name.starts_with(b"."));
        return Ok(found);
    }
    let named = if argument.is_empty() { b"." } else { argument };
    if session.stat(named)?.is_directory() && !options.itself {
        return session.select(argument, options);
    }
    let path = session.path(named)?;
    let entry = session.entry(named, path, session.now())?;
    Ok(Selection { prefix: Vec::new(), entries: vec![entry] })
}

fn has_pattern(argument: &[u8]) -> bool {
    argument.iter().any(|b| b"*?[{".contains(b))
}

fn lines(session: &Session<'_>, selection: &Selection, options: Options, indent: &str) -> Vec<u8> {
    let (now, owner) = (session.now(), access::owner_shown(session));
    let mut out = Vec::new();
    for entry in &selection.entries {
        out.extend_from_slice(indent.as_bytes());
        out.extend_from_slice(&proftpd_line(entry, owner.as_ref(), options, now));
        if options.classify && entry.node.is_directory() {
            out.push(b'/');
        }
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// What LIST sends: a listing and, where asked for, those of the directories in it.
fn listing(session: &Session<'_>, argument: &[u8], options: Options) -> Result<Vec<u8>, Refusal> {
    let mut selection = select(session, argument, options)?;
    if has_pattern(argument) {
        // What a pattern finds in another directory is shown with it.
        for entry in &mut selection.entries {
            entry.name = [selection.prefix.as_slice(), &entry.name].concat();
        }
    }
    let mut out = lines(session, &selection, options, "");
    if !options.recursive {
        return Ok(out);
    }
    let mut waiting = directories(argument, &selection);
    for _ in 0..DEEPEST {
        let Some(name) = waiting.pop() else { break };
        out.extend_from_slice(&[b"\r\n", name.as_slice(), b":\r\n"].concat());
        let selection = select(session, &name, options).unwrap_or_default();
        out.extend_from_slice(&lines(session, &selection, options, ""));
        waiting.extend(directories(&name, &selection));
    }
    Ok(out)
}

/// The directories in a listing, the last first, each with the name it is listed under.
fn directories(of: &[u8], selection: &Selection) -> Vec<Vec<u8>> {
    let inner = |e: &&Entry| e.node.is_directory() && !matches!(e.name.as_slice(), b"." | b"..");
    let prefix = if of.is_empty() || has_pattern(of) { Vec::new() } else { [of, b"/"].concat() };
    let names = selection.entries.iter().filter(inner).map(|e| [prefix.as_slice(), &e.name].concat());
    names.rev().collect()
}

async fn list(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    let (options, path) = Options::all_words(argument);
    let Some(transfer) = connect(session, b"file list", None).await? else { return Ok(Next::Command) };
    match listing(session, path, options) {
        Ok(lines) => {
            let sent = session.send(transfer, &lines).await;
            finish(session, sent).await
        }
        Err(refusal) => {
            transfer.close().await;
            session.say(&[b"450 ", path, b": ", refusal.text().as_bytes()]).await
        }
    }
}

/// Entries in the order in which the file system keeps them, which is none.
fn as_stored(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_by_cached_key(|entry| Reverse(<[u8; 32]>::from(Sha256::digest(entry.path.as_bytes()))));
    entries
}

/// A path without detours, still relative if it was; what goes up beyond it begins at the root.
fn cleaned(path: &[u8]) -> Vec<u8> {
    let mut absolute = path.starts_with(b"/");
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|b| *b == b'/') {
        match part {
            b"" | b"." => {}
            b".." => absolute |= parts.pop().is_none(),
            name => parts.push(name),
        }
    }
    let root: &[u8] = if absolute { b"/" } else { b"" };
    [root, &parts.join(&b'/')].concat()
}

async fn names(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    let (options, path) = Options::all_words(argument);
    let path = &cleaned(path);
    let selection = match select(session, path, Options { itself: false, ..options }) {
        Ok(selection) if selection.entries.is_empty() && has_pattern(path) => {
            return session.answer("450 No files found").await;
        }
        Ok(selection) => selection,
        Err(refusal) => return session.say(&[b"450 ", path, b": ", refusal.text().as_bytes()]).await,
    };
    let prefix = selection.prefix;
    let names = as_stored(selection.entries);
    let lines: Vec<u8> = names.iter().flat_map(|e| [prefix.as_slice(), &e.name, b"\r\n"].concat()).collect();
    let Some(transfer) = connect(session, b"file list", None).await? else { return Ok(Next::Command) };
    let sent = session.send(transfer, &lines).await;
    finish(session, sent).await
}

async fn machine_list(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    let shown = |session: &Session<'_>| -> Result<Vec<u8>, Refusal> {
        let seen = session.seen(if argument.is_empty() { b"." } else { argument })?;
        let (mut out, owner) = (Vec::new(), access::owner_shown(session));
        for entry in as_stored(session.entries(&seen, true)?) {
            let place = match entry.name.as_slice() {
                b"." => Place::Here,
                b".." => Place::Above,
                _ => Place::Entry,
            };
            let facts = session.facts.of(&entry, place, owner.as_ref(), writable(session, &entry));
            out.extend_from_slice(&[facts.as_bytes(), b" ", &entry.name, b"\r\n"].concat());
        }
        Ok(out)
    };
    let lines = match shown(session) {
        Ok(lines) => lines,
        Err(_) if session.stat(argument).is_ok() => {
            return session.say(&[b"550 '", argument, b"' is not a directory"]).await;
        }
        Err(refusal) => return refuse(session, argument, refusal.into()).await,
    };
    let Some(transfer) = connect(session, b"MLSD", None).await? else { return Ok(Next::Command) };
    let sent = session.send(transfer, &lines).await;
    finish(session, sent).await
}

/// Answers STAT with an argument, on the control connection.
pub(super) async fn status_of(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    let (options, path) = Options::all_words(argument);
    let shown = if path.is_empty() { b"." } else { path };
    let node = match session.stat(shown) {
        Ok(node) => node,
        Err(refusal) => return session.say(&[b"450 ", shown, b": ", refusal.text().as_bytes()]).await,
    };
    let code: &[u8] = if node.is_directory() { b"212" } else { b"213" };
    let options = Options { all: true, ..options };
    let selection = select(session, path, options).unwrap_or_default();
    let lines = lines(session, &selection, options, " ");
    session.say(&[code, b"-Status of ", shown, b":\r\n", &lines, code, b" End of status"]).await
}

async fn retrieve(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    let offset = session.restart;
    let found = || -> Result<Content, Denial> {
        let node = session.stat(argument)?;
        access::may_read(session, &session.path(argument)?)?;
        node.content().cloned().ok_or(Denial::NotRegular)
    };
    let content = match found() {
        Ok(content) => content,
        Err(denial) => {
            session.download_tried(argument, "refused");
            return refuse(session, argument, denial).await;
        }
    };
    let Some(left) = content.size().checked_sub(offset) else {
        return session.say(&[b"554 REST: invalid ", argument, b" argument"]).await;
    };
    let Some(file) = session.open_file(&content) else {
        session.download_tried(argument, "refused");
        return refuse(session, argument, Refusal::Denied.into()).await;
    };
    // Of an empty file it does not tell the size.
    let told = Some(left).filter(|left| *left > 0);
    let Some(transfer) = connect(session, argument, told).await? else {
        session.close_file(&content);
        session.download_tried(argument, "no data connection");
        return Ok(Next::Command);
    };
    let sent = session.send_file(transfer, &file, offset, session.ascii).await;
    session.close_file(&content);
    session.download_tried(argument, if sent.is_ok() { "sent" } else { "broken off" });
    finish(session, sent).await
}

/// How an upload meets what is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// STOR.
    Plain,
    /// APPE.
    Append,
    /// STOU.
    Unique,
}

/// A name as C's `mkstemp` makes it.
fn unique_name() -> Vec<u8> {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let mut random = [0; 6];
    // Without randomness the name is always the same, and the file replaced.
    let _ = getrandom::fill(&mut random);
    let letters = random.iter().filter_map(|b| LETTERS.get(usize::from(*b) % LETTERS.len()));
    b"ftp".iter().chain(letters).copied().collect()
}

/// Where an upload may go, and what is there.
fn target(session: &Session<'_>, name: &[u8], way: Way) -> Result<(FilePath, Option<Content>), Denial> {
    let path = session.path(name)?;
    match way {
        Way::Plain => access::may_store(session, &path)?,
        Way::Append | Way::Unique => access::may_write(session)?,
    }
    match session.ftp.tree.may_store(access::visitor(session)?, &path, session.now()) {
        Ok(there) => Ok((path, there.and_then(|node| node.content().cloned()))),
        Err(Refusal::IsDirectory) => Err(Denial::NotRegular),
        Err(refusal) => Err(refusal.into()),
    }
}

fn put(session: &Session<'_>, path: &FilePath, mode: u16, content: Content) {
    if let Some(visitor) = session.visitor() {
        session.ftp.tree.store(visitor, path, mode, content, session.now());
    }
}

/// Whether the file system lets the visitor add to the working directory.
fn may_add_here(session: &Session<'_>) -> bool {
    let here = session.complete(&session.here);
    session.visitor().is_some_and(|who| session.ftp.tree.may_write(who, &here, session.now()).is_ok())
}

async fn store(session: &mut Session<'_>, argument: &[u8], way: Way) -> Result<Next, End> {
    let name = if way == Way::Unique { unique_name() } else { argument.to_vec() };
    if way == Way::Unique && !may_add_here(session) {
        return session.answer("450 STOU: unable to generate unique filename").await;
    }
    let (path, before) = match target(session, &name, way) {
        Ok(found) => found,
        Err(denial) => return refuse(session, &name, denial).await,
    };
    // AllowStoreRestart is off.
    if session.restart > 0 || way == Way::Append && before.is_some() {
        return session.say(&[b"451 ", &name, b": Append/Restart not permitted, try again"]).await;
    }
    // The file is emptied when it is opened, whatever comes then.
    let mode = if way == Way::Unique { 0o600 } else { 0o666 & !session.umask };
    put(session, &path, mode, Content::empty());
    let transfer = match way {
        Way::Unique => connect_unique(session, &name).await?,
        Way::Plain | Way::Append => connect(session, &name, None).await?,
    };
    let Some(transfer) = transfer else { return Ok(Next::Command) };
    let upload = session.receive(transfer, &path, session.ascii).await;
    let whole = upload.whole;
    let content = session.merged(None, 0, upload);
    put(session, &path, mode, content);
    session.answer(if whole { COMPLETE } else { BROKEN }).await
}

async fn connect_unique(session: &mut Session<'_>, name: &[u8]) -> Result<Option<Transfer>, End> {
    let Some(transfer) = session.open().await else {
        session.answer("425 Unable to build data connection: Connection refused").await?;
        return Ok(None);
    };
    session.say(&[b"150 FILE: ", name]).await?;
    Ok(session.protect(transfer).await.ok())
}
