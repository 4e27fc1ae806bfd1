//! vsftpd's transfers.

use super::{Command, on_the_wire};
use crate::{
    conn::{End, Transfer},
    ftp::{
        data::DataPort,
        listing::{Options, vsftpd_line},
        path::FilePath,
        session::{Next, Session},
        tree::{Content, Refusal},
    },
};

const NOT_PERMITTED: &str = "550 Permission denied.";
const NO_CONNECTION: &str = "425 Failed to establish connection.";
const COMPLETE: &str = "226 Transfer complete.";

/// Answers one of the commands that use a data connection.
pub(super) async fn answer(session: &mut Session<'_>, command: &Command) -> Result<Next, End> {
    let argument = command.argument.as_slice();
    // Anonymous visitors may add files, but not change those that are there.
    if session.is_anonymous() && command.verb == b"APPE" {
        return session.answer(NOT_PERMITTED).await;
    }
    if matches!(session.data, DataPort::None) {
        return session.answer("425 Use PORT or PASV first.").await;
    }
    match command.verb.as_slice() {
        b"LIST" => list(session, argument, true).await,
        b"NLST" => list(session, argument, false).await,
        b"RETR" => retrieve(session, argument).await,
        b"APPE" => store(session, argument, Way::Append).await,
        b"STOU" => store(session, argument, Way::Unique).await,
        _ => store(session, argument, Way::Plain).await,
    }
}

/// The lines of a listing.
fn lines(session: &Session<'_>, argument: &[u8], options: Options) -> Option<Vec<u8>> {
    let now = session.now();
    // Anonymous visitors see only what is open to the world (anon_world_readable_only).
    let named = session.stat(if argument.is_empty() { b"." } else { argument });
    if session.is_anonymous() && named.is_ok_and(|node| node.is_directory() && node.mode & 0o004 == 0) {
        return None;
    }
    let selection = session.select(argument, options).ok()?;
    let mut out = Vec::new();
    for mut entry in selection.entries {
        if options.classify && entry.node.is_directory() {
            entry.name.push(b'/');
        }
        if options.long {
            out.extend_from_slice(&vsftpd_line(&entry, now));
        } else {
            out.extend_from_slice(&selection.prefix);
            out.extend_from_slice(&entry.name);
        }
        out.extend_from_slice(b"\r\n");
    }
    Some(out)
}

/// Answers STAT with an argument, on the control connection.
pub(super) async fn status_of(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    let (options, filter) = Options::one_word(argument);
    let options = Options { long: true, all: true, ..options };
    let lines = lines(session, filter, options).unwrap_or_default();
    session.say(&[b"213-Status follows:\r\n", &lines, b"213 End of status"]).await
}

/// Opens the data connection after `mark` was said, with TLS if agreed on.
async fn connect(session: &mut Session<'_>, mark: &[&[u8]]) -> Result<Option<Transfer>, End> {
    let Some(transfer) = session.open().await else {
        session.answer(NO_CONNECTION).await?;
        return Ok(None);
    };
    session.say(mark).await?;
    match session.protect(transfer).await {
        Ok(transfer) => Ok(Some(transfer)),
        Err(_) => {
            session.answer("522 SSL connection failed").await?;
            Ok(None)
        }
    }
}

async fn list(session: &mut Session<'_>, argument: &[u8], long: bool) -> Result<Next, End> {
    let (options, filter) = Options::one_word(argument);
    let options = Options { long: long || options.long, ..options };
    let mark = b"150 Here comes the directory listing.";
    let Some(transfer) = connect(session, &[mark]).await? else { return Ok(Next::Command) };
    let lines = lines(session, filter, options);
    let sent = session.send(transfer, lines.as_deref().unwrap_or_default()).await;
    let text = match (sent, lines) {
        (Err(_), _) => "426 Failure writing network stream.",
        (Ok(()), None) => "226 Transfer done (but failed to open directory).",
        (Ok(()), Some(_)) => "226 Directory send OK.",
    };
    session.answer(text).await
}

async fn retrieve(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    let offset = std::mem::take(&mut session.restart);
    if session.ascii && offset > 0 {
        session.download_tried(argument, "refused");
        return session.answer("550 No support for resume of ASCII transfer.").await;
    }
    let readable = |node: &crate::ftp::tree::Node| {
        let content = node.content().cloned()?;
        let public = node.mode & 0o004 != 0 || !session.is_anonymous();
        public.then_some(content)
    };
    let content = session.stat(argument).ok().as_ref().and_then(readable);
    let Some((content, file)) = content.and_then(|c| session.open_file(&c).map(|file| (c, file))) else {
        session.download_tried(argument, "refused");
        return session.answer("550 Failed to open file.").await;
    };
    let size = content.size();
    let told = format!(" ({size} bytes).");
    let name = on_the_wire(argument);
    let mark: [&[u8]; 3] = [b"150 Opening BINARY mode data connection for ", &name, told.as_bytes()];
    let Some(transfer) = connect(session, &mark).await? else {
        session.close_file(&content);
        session.download_tried(argument, "no data connection");
        return Ok(Next::Command);
    };
    let sent = session.send_file(transfer, &file, offset, false).await;
    session.close_file(&content);
    session.download_tried(argument, if sent.is_ok() { "sent" } else { "broken off" });
    session.answer(if sent.is_ok() { COMPLETE } else { "426 Failure writing network stream." }).await
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

/// The first of `name`, `name.1`, `name.2`, … that is free.
fn unique_name(session: &Session<'_>, argument: &[u8]) -> Vec<u8> {
    let start = if argument.is_empty() { &b"STOU"[..] } else { argument };
    let mut name = if argument.is_empty() { b"STOU.1".to_vec() } else { argument.to_vec() };
    let mut number = 1;
    while session.stat(&name).is_ok() && number < 1_000 {
        name = [start, format!(".{number}").as_bytes()].concat();
        number += 1;
    }
    name
}

/// Where an upload may go, and what is there.
fn target(session: &Session<'_>, name: &[u8]) -> Result<(FilePath, Option<Content>), Refusal> {
    let path = session.path(name)?;
    let visitor = session.visitor().ok_or(Refusal::Denied)?;
    let there = session.ftp.tree.may_store(visitor, &path, session.now())?;
    match there {
        Some(_) if session.is_anonymous() => Err(Refusal::Exists),
        there => Ok((path, there.and_then(|node| node.content().cloned()))),
    }
}

fn put(session: &Session<'_>, path: &FilePath, content: Content) {
    if let Some(visitor) = session.visitor() {
        session.ftp.tree.store(visitor, path, 0o666 & !session.umask, content, session.now());
    }
}

async fn store(session: &mut Session<'_>, argument: &[u8], way: Way) -> Result<Next, End> {
    let restart = std::mem::take(&mut session.restart);
    let name = if way == Way::Unique { unique_name(session, argument) } else { argument.to_vec() };
    let Ok((path, before)) = target(session, &name) else {
        return session.answer("553 Could not create file.").await;
    };
    let offset = match (way, &before) {
        (Way::Append, Some(before)) => before.size(),
        _ => restart,
    };
    let mark: &[&[u8]] =
        if way == Way::Unique { &[b"150 FILE: ", &on_the_wire(&name)] } else { &[b"150 Ok to send data."] };
    // Without a restart the file is emptied when it is opened, whatever comes then.
    let before = before.filter(|_| way == Way::Append || restart > 0);
    if before.is_none() {
        put(session, &path, Content::empty());
    }
    let Some(transfer) = connect(session, mark).await? else { return Ok(Next::Command) };
    let upload = session.receive(transfer, &path, false).await;
    let whole = upload.whole;
    let content = session.merged(before.as_ref(), offset, upload);
    put(session, &path, content);
    session.answer(if whole { COMPLETE } else { "426 Failure reading network stream." }).await
}
