//! vsftpd's commands on files and directories.

use super::{Command, on_the_wire};
use crate::{
    conn::End,
    ftp::{
        path::FilePath,
        session::{Next, Session, quoted},
        stamp,
        tree::{Node, Refusal, Visitor},
    },
};

const NOT_PERMITTED: &str = "550 Permission denied.";
/// Permissions that anonymous visitors' files and everybody's directories get under umask 077.
const DIRECTORY_MODE: u16 = 0o700;

/// Answers one of them.
pub(super) async fn answer(session: &mut Session<'_>, command: &Command) -> Result<Next, End> {
    let argument = command.argument.as_slice();
    match command.verb.as_slice() {
        b"PWD" | b"XPWD" => {
            let here = on_the_wire(&quoted(session.here.as_bytes()));
            session.say(&[b"257 ", &here, b" is the current directory"]).await
        }
        b"CWD" | b"XCWD" => change_directory(session, argument).await,
        b"CDUP" | b"XCUP" => change_directory(session, b"..").await,
        b"SIZE" => size(session, argument).await,
        b"MDTM" => modified(session, argument).await,
        b"MKD" | b"XMKD" => make_directory(session, argument).await,
        // Anonymous visitors may add, but neither remove nor rename.
        _ if session.is_anonymous() => session.answer(NOT_PERMITTED).await,
        b"SITE" => site(session, argument).await,
        b"RNFR" => rename_from(session, argument).await,
        b"RNTO" => rename_to(session, argument).await,
        b"DELE" => {
            let done = on_path(session, argument, |s, who, path| s.ftp.tree.remove_file(who, path, s.now()));
            report(session, done, "250 Delete operation successful.", "550 Delete operation failed.").await
        }
        _ => {
            let done =
                on_path(session, argument, |s, who, path| s.ftp.tree.remove_directory(who, path, s.now()));
            let (good, bad) =
                ("250 Remove directory operation successful.", "550 Remove directory operation failed.");
            report(session, done, good, bad).await
        }
    }
}

/// Does something to what the argument names, as the visitor.
fn on_path<T>(
    session: &Session<'_>,
    argument: &[u8],
    act: impl FnOnce(&Session<'_>, &Visitor, &FilePath) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let path = session.path(argument)?;
    let visitor = session.visitor().ok_or(Refusal::Denied)?;
    act(session, visitor, &path)
}

async fn report<T>(
    session: &mut Session<'_>,
    done: Result<T, Refusal>,
    good: &str,
    bad: &str,
) -> Result<Next, End> {
    session.answer(if done.is_ok() { good } else { bad }).await
}

async fn change_directory(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    let done = session.change_directory(argument);
    report(session, done, "250 Directory successfully changed.", "550 Failed to change directory.").await
}

async fn make_directory(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    let done = on_path(session, argument, |s, who, path| {
        s.ftp.tree.make_directory(who, path, DIRECTORY_MODE, s.now())
    });
    if done.is_err() {
        return session.answer("550 Create directory operation failed.").await;
    }
    // The path is told as it was given, after the working directory if it is not absolute.
    let told = match (argument.starts_with(b"/"), session.here.as_bytes()) {
        (true, _) => argument.to_vec(),
        (false, b"/") => [b"/", argument].concat(),
        (false, here) => [here, b"/", argument].concat(),
    };
    session.say(&[b"257 ", &on_the_wire(&quoted(&told)), b" created"]).await
}

async fn size(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    match session.stat(argument) {
        Ok(node) if !node.is_directory() => session.answer(&format!("213 {}", node.size())).await,
        _ => session.answer("550 Could not get file size.").await,
    }
}

async fn modified(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    if let Some((time, rest)) = time_and_name(argument).filter(|_| !session.is_anonymous()) {
        return set_modified(session, time, rest).await;
    }
    match session.stat(argument) {
        Ok(node) if !node.is_directory() => {
            session.answer(&format!("213 {}", stamp::compact(node.modified))).await
        }
        _ => session.answer("550 Could not get file modification time.").await,
    }
}

/// The form of MDTM that sets a time: `20200101000000 name`.
fn time_and_name(argument: &[u8]) -> Option<(stamp::Seconds, &[u8])> {
    let (time, rest) = argument.split_at_checked(14)?;
    Some((stamp::parse_compact(time)?, rest.strip_prefix(b" ")?))
}

async fn set_modified(session: &mut Session<'_>, time: stamp::Seconds, name: &[u8]) -> Result<Next, End> {
    let done = on_path(session, name, |s, who, path| {
        s.ftp.tree.change(who, path, s.now(), |node: &mut Node| node.modified = time)
    });
    report(session, done, "213 File modification time set.", "550 Could not set file modification time.")
        .await
}

async fn rename_from(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    session.renaming = session.stat(argument).and_then(|_| session.path(argument)).ok();
    let there = session.renaming.is_some();
    session.answer(if there { "350 Ready for RNTO." } else { "550 RNFR command failed." }).await
}

async fn rename_to(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    let Some(source) = session.renaming.take() else {
        return session.answer("503 RNFR required first.").await;
    };
    let done = on_path(session, argument, |s, who, path| s.ftp.tree.rename(who, &source, path, s.now()));
    report(session, done, "250 Rename successful.", "550 Rename failed.").await
}

async fn site(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    let space = argument.iter().position(|b| *b == b' ').unwrap_or(argument.len());
    let rest = argument.get(space + 1..).unwrap_or_default();
    match argument.get(..space).unwrap_or_default().to_ascii_uppercase().as_slice() {
        b"CHMOD" => change_mode(session, rest).await,
        b"UMASK" => umask(session, rest).await,
        b"HELP" => session.answer("214 CHMOD UMASK HELP").await,
        word => {
            if matches!(word, b"CPFR" | b"CPTO") {
                session.attacked("proftpd_mod_copy", argument);
            }
            session.answer("500 Unknown SITE command.").await
        }
    }
}

/// As its own reader of octal numbers: it stops at what is none.
fn octal(text: &[u8]) -> u16 {
    let digits = text.iter().take_while(|b| (b'0'..b'8').contains(b)).take(5);
    digits.fold(0, |value: u16, digit| value << 3 | u16::from(digit - b'0'))
}

async fn change_mode(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    let Some(space) = argument.iter().position(|b| *b == b' ') else {
        return session.answer("500 SITE CHMOD needs 2 arguments.").await;
    };
    let (mode, name) = argument.split_at(space);
    let mode = octal(mode) & 0o777;
    let done = on_path(session, name.get(1..).unwrap_or_default(), |s, who, path| {
        s.ftp.tree.change(who, path, s.now(), |node: &mut Node| node.mode = mode)
    });
    report(session, done, "200 SITE CHMOD command ok.", "550 SITE CHMOD command failed.").await
}

async fn umask(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    if argument.is_empty() {
        let text = format!("200 Your current UMASK is {}", session.umask_text());
        return session.answer(&text).await;
    }
    session.umask = octal(argument) & 0o777;
    let text = format!("200 UMASK set to {}", session.umask_text());
    session.answer(&text).await
}

impl Session<'_> {
    /// Octal with one zero in front, except of zero itself.
    fn umask_text(&self) -> String {
        if self.umask == 0 { "0".to_owned() } else { format!("0{:o}", self.umask) }
    }
}
