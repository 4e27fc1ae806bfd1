//! SITE: what ProFTPD's modules add, among them the copying of `mod_copy`, once a way in
//! (CVE-2015-3306).

use super::{
    Command,
    access::{self, Denial},
    files::{Change, apply, mode, refuse, remove_directory},
};
use crate::{
    conn::End,
    ftp::{
        path::FilePath,
        session::{Next, Session},
        tree::{Content, NodeKind, Refusal},
    },
};

const HELP: &str = "214-The following SITE commands are recognized (* =>'s unimplemented)\r\n \
    CPFR <sp> pathname\r\n CPTO <sp> pathname\r\n UTIME <sp> YYYYMMDDhhmm[ss] <sp> path\r\n \
    SYMLINK <sp> source <sp> destination\r\n RMDIR <sp> path\r\n MKDIR <sp> path\r\n \
    The following SITE extensions are recognized:\r\n RATIO -- show all ratios in effect\r\n QUOTA\r\n \
    HELP\r\n CHGRP\r\n CHMOD\r\n214 Direct comments to root@localhost";

/// Commands that only those may give who are in.
const KNOWN: &[&[u8]] =
    &[b"CPFR", b"CPTO", b"MKDIR", b"RMDIR", b"SYMLINK", b"UTIME", b"CHMOD", b"CHGRP", b"RATIO", b"QUOTA"];

async fn out_of_order(session: &mut Session<'_>) -> Result<Next, End> {
    session.answer("503-Bad sequence of commands\r\n503 Bad sequence of commands").await
}

/// Answers SITE.
pub(super) async fn answer(session: &mut Session<'_>, command: &Command) -> Result<Next, End> {
    let word = command.first().to_ascii_uppercase();
    let rest = command.trimmed().get(word.len()..).unwrap_or_default().trim_ascii();
    if matches!(word.as_slice(), b"CPFR" | b"CPTO") {
        session.attacked("proftpd_mod_copy", &command.argument);
    }
    match word.as_slice() {
        b"" => return session.answer("500 'SITE' requires parameters").await,
        b"HELP" => return session.answer(HELP).await,
        b"CPTO" if session.copying.is_none() && !rest.is_empty() => return out_of_order(session).await,
        known if KNOWN.contains(&known) && session.visitor().is_none() => {
            if matches!(known, b"CHMOD" | b"CHGRP") {
                // Two of its modules refuse.
                session.answer("530 Please login with USER and PASS").await?;
            }
            return session.answer("530 Please login with USER and PASS").await;
        }
        _ => {}
    }
    match word.as_slice() {
        b"CPFR" | b"CPTO" | b"MKDIR" | b"RMDIR" | b"SYMLINK" | b"UTIME" | b"CHMOD" | b"CHGRP"
            if rest.is_empty() =>
        {
            incomplete(session, &word).await
        }
        b"CPFR" => copy_from(session, rest).await,
        b"CPTO" => copy_to(session, rest).await,
        b"CHMOD" | b"CHGRP" => change(session, &word, &command.argument, rest).await,
        b"MKDIR" => {
            let done = make_directory(session, rest);
            report(session, done, &word, rest).await
        }
        b"RMDIR" => {
            let done = remove_directory(session, rest, Denial::Limit);
            report(session, done, &word, rest).await
        }
        b"UTIME" => touch(session, rest).await,
        b"RATIO" => session.answer("214 Current Ratio: ( -0/0 +0/0 (0 0 0 0) = 0/0 )").await,
        b"QUOTA" => session.answer("202 No quotas in effect").await,
        _ => session.say(&[b"500 'SITE ", &word, b"' not understood"]).await,
    }
}

/// The answer to a SITE command that lacks its parameters.
async fn incomplete(session: &mut Session<'_>, word: &[u8]) -> Result<Next, End> {
    match word {
        b"CHMOD" | b"CHGRP" => {
            session.say(&[b"500-'SITE ", word, b"' not understood\r\n500 SITE not understood"]).await
        }
        b"CPTO" => session.say(&[b"500 'SITE CPTO' not understood\r\n503 Bad sequence of commands"]).await,
        _ => session.say(&[b"500 'SITE ", word, b"' not understood"]).await,
    }
}

async fn report(
    session: &mut Session<'_>,
    done: Result<(), Denial>,
    word: &[u8],
    argument: &[u8],
) -> Result<Next, End> {
    match done {
        Ok(()) => session.say(&[b"200 SITE ", word, b" command successful"]).await,
        Err(denial) => refuse(session, &[word, b" ", argument].concat(), denial).await,
    }
}

fn make_directory(session: &Session<'_>, argument: &[u8]) -> Result<(), Denial> {
    let path = session.path(argument)?;
    access::may_write(session)?;
    match session.ftp.tree.make_directory(access::visitor(session)?, &path, 0o755, session.now()) {
        Err(Refusal::Exists) => Ok(()),
        done => Ok(done?),
    }
}

async fn touch(session: &mut Session<'_>, rest: &[u8]) -> Result<Next, End> {
    let split = rest.iter().position(|b| *b == b' ').map(|at| rest.split_at(at));
    let Some((time, name)) = split else { return incomplete(session, b"UTIME").await };
    let time = if time.len() == 12 { [time, b"00"].concat() } else { time.to_vec() };
    match crate::ftp::stamp::parse_compact(&time) {
        Some(time) => {
            let done = apply(session, name.trim_ascii(), Change::Time(time));
            report(session, done, b"UTIME", rest).await
        }
        None => incomplete(session, b"UTIME").await,
    }
}

async fn change(session: &mut Session<'_>, word: &[u8], all: &[u8], rest: &[u8]) -> Result<Next, End> {
    let split = rest.iter().position(|b| *b == b' ').map(|at| rest.split_at(at));
    let Some((value, name)) = split else {
        return session.say(&[b"500-'SITE ", all, b"' not understood\r\n500 SITE not understood"]).await;
    };
    let symbolic = value.first().is_some_and(|b| b"ugoa+-=".contains(b));
    let change = match (word, mode(value)) {
        (b"CHMOD", Some(mode)) => Change::Mode(mode),
        (b"CHMOD", None) if !symbolic => return session.say(&[b"550 '", value, b"': invalid mode"]).await,
        _ => Change::Nothing,
    };
    match apply(session, name.trim_ascii(), change) {
        Ok(()) => session.say(&[b"200 SITE ", word, b" command successful"]).await,
        // The limit is asked for the whole line.
        Err(Denial::Limit) => refuse(session, all, Refusal::Denied.into()).await,
        Err(denial) => refuse(session, name.trim_ascii(), denial).await,
    }
}

async fn copy_from(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    let found = || -> Result<FilePath, Denial> {
        session.stat(argument)?;
        let path = session.path(argument)?;
        access::may_read(session, &path)?;
        Ok(path)
    };
    match found() {
        Ok(path) => {
            session.copying = Some(path);
            session.answer("350 File or directory exists, ready for destination name").await
        }
        Err(denial) => {
            let seen = session.seen(argument).map(|p| p.as_bytes().to_vec()).unwrap_or_default();
            refuse(session, &seen, denial).await
        }
    }
}

async fn copy_to(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    let Some(source) = session.copying.take() else { return out_of_order(session).await };
    match copy(session, &source, argument) {
        Ok(()) => session.answer("250 Copy successful").await,
        Err(Denial::Limit) => {
            let seen = session.seen(argument).map(|p| p.as_bytes().to_vec()).unwrap_or_default();
            refuse(session, &seen, Denial::Limit).await
        }
        Err(denial) => refuse(session, b"CPTO", denial).await,
    }
}

fn copy(session: &Session<'_>, source: &FilePath, argument: &[u8]) -> Result<(), Denial> {
    let target = session.path(argument)?;
    access::may_write(session)?;
    let (tree, who, now) = (&session.ftp.tree, access::visitor(session)?, session.now());
    let node = tree.stat(source, now)?;
    match node.kind {
        NodeKind::Directory => Ok(tree.make_directory(who, &target, node.mode, now)?),
        NodeKind::File(content) => {
            tree.may_store(who, &target, now)?;
            // A copy of a large file is there, but its bytes are not kept twice.
            let content = match content {
                Content::Bytes(bytes) => Content::Bytes(bytes),
                other => Content::Gone(other.size()),
            };
            tree.store(who, &target, node.mode, content, now);
            Ok(())
        }
    }
}
