//! ProFTPD, as Debian builds it.

mod access;
mod files;
mod help;
mod login;
mod parameters;
mod site;
mod texts;
mod transfer;

use decnet_event::Kind;

use super::session::{Next, Session};
use crate::conn::{End, Line};

/// Longest line, its line feed not counted; of longer ones it takes no notice.
const LINE: usize = 4_101;

/// A command: its words, and what follows the first.
#[derive(Debug, PartialEq, Eq)]
struct Command {
    /// The first word as it came.
    word: Vec<u8>,
    /// The first word in upper case.
    verb: Vec<u8>,
    argument: Vec<u8>,
}

impl Command {
    /// How many words follow the first.
    fn parameters(&self) -> usize {
        self.argument.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count()
    }

    /// The first word after the command word.
    fn first(&self) -> &[u8] {
        self.argument.split(u8::is_ascii_whitespace).find(|word| !word.is_empty()).unwrap_or_default()
    }

    /// What follows the first word, without the space around it; names of files keep theirs.
    fn trimmed(&self) -> &[u8] {
        self.argument.trim_ascii()
    }
}

/// Plays ProFTPD until it would close.
pub(super) async fn serve(session: &mut Session<'_>) -> Result<(), End> {
    let greeting = texts::greeting(session);
    session.umask = 0o022;
    session.answer(&greeting).await?;
    loop {
        let line = match session.line(LINE).await {
            Ok(Line::Whole(line)) => line,
            Ok(Line::TooLong(start)) => {
                session.conn.protocol_error("line too long", &start);
                skip_line(session).await?;
                continue;
            }
            Err(End::Idle) => {
                session.answer(texts::idle(session)).await?;
                return Err(End::Idle);
            }
            Err(end) => return Err(end),
        };
        let command = parse(&line);
        record(session, &command);
        if answer(session, &command).await? == Next::Close {
            return Ok(());
        }
    }
}

/// Reads to the end of a line that is too long.
async fn skip_line(session: &mut Session<'_>) -> Result<(), End> {
    while let Line::TooLong(_) = session.line(LINE).await? {}
    Ok(())
}

/// Splits a line. Telnet commands (RFC 854) are taken out, NUL ends it.
fn parse(line: &[u8]) -> Command {
    let line = without_telnet(line);
    let line = line.split(|b| *b == 0).next().unwrap_or_default();
    let end = line.iter().rposition(|b| *b != b'\r').map_or(0, |at| at + 1);
    let start = line.iter().position(|b| *b != b'\r').unwrap_or_default();
    let line = line.get(start..end).unwrap_or_default();
    let space = line.iter().position(u8::is_ascii_whitespace).unwrap_or(line.len());
    let (word, argument) = (line.get(..space), line.get(space + 1..));
    let (word, argument) = (word.unwrap_or_default(), argument.unwrap_or_default());
    let argument = if argument.trim_ascii().is_empty() { b"" } else { argument };
    Command { word: word.to_vec(), verb: word.to_ascii_uppercase(), argument: argument.to_vec() }
}

/// Takes the Telnet commands out of a line.
fn without_telnet(line: &[u8]) -> Vec<u8> {
    const IAC: u8 = 255;
    let mut out = Vec::with_capacity(line.len());
    let mut bytes = line.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match (byte, bytes.peek()) {
            // WILL, WONT, DO and DONT carry an option.
            (IAC, Some(251..=254)) => {
                bytes.next();
                bytes.next();
            }
            (IAC, Some(242 | 244)) => {
                bytes.next();
            }
            _ => out.push(byte),
        }
    }
    out
}

/// Says which command came; passwords go into the event about the log-in.
fn record(session: &Session<'_>, command: &Command) {
    let (verb, args) = (command.verb.clone(), command.argument.clone());
    if !matches!(verb.as_slice(), b"PASS" | b"") {
        session.conn.emit(Kind::Command { command: verb, args });
    }
}

/// Commands of other protocols, in the case in which they end the conversation.
fn is_foreign(word: &[u8]) -> bool {
    const FOREIGN: &[&[u8]] = &[
        b"CONNECT", b"DELETE", b"GET", b"HEAD", b"OPTIONS", b"PATCH", b"POST", b"PUT", b"DATA", b"EHLO",
        b"HELO", b"MAIL", b"RCPT", b"RSET", b"VRFY",
    ];
    FOREIGN.contains(&word) || word.starts_with(b"SSH-2.0-") || word.starts_with(b"SSH-1.99-")
}

/// Commands that nobody needs to be in for.
fn is_open(verb: &[u8]) -> bool {
    const OPEN: &[&[u8]] = &[
        b"USER", b"PASS", b"QUIT", b"HELP", b"SYST", b"FEAT", b"OPTS", b"NOOP", b"HOST", b"CLNT", b"LANG",
        b"AUTH", b"PBSZ", b"PROT", b"CCC", b"TYPE", b"STRU", b"MODE", b"ACCT", b"REIN", b"SMNT", b"SITE",
        b"CSID", b"SSCN",
    ];
    OPEN.contains(&verb)
}

async fn answer(session: &mut Session<'_>, command: &Command) -> Result<Next, End> {
    let verb = command.verb.as_slice();
    if is_foreign(&command.word) {
        session.conn.protocol_error("another protocol", &command.word);
        return Ok(Next::Close);
    }
    if verb.is_empty() {
        return session.answer("500 Invalid command: try being more creative").await;
    }
    if session.renaming.is_some() && !matches!(verb, b"RNTO" | b"HELP" | b"NOOP" | b"STAT" | b"QUIT") {
        return session.answer("501 Bad sequence of commands").await;
    }
    if !texts::is_known(session, verb) {
        return session.say(&[b"500 ", verb, b" not understood"]).await;
    }
    if session.visitor().is_none() && !is_open(verb) {
        let refusal = "530 Please login with USER and PASS";
        if verb == b"RNTO" {
            // Two of its modules refuse.
            session.answer(refusal).await?;
        }
        return session.answer(refusal).await;
    }
    match verb {
        b"USER" | b"PASS" | b"AUTH" | b"HOST" => login::answer(session, command).await,
        b"QUIT" => {
            session.answer("221 Goodbye.").await?;
            Ok(Next::Close)
        }
        b"SITE" => site::answer(session, command).await,
        b"LIST" | b"NLST" | b"MLSD" | b"RETR" | b"STOR" | b"APPE" | b"STOU" => {
            // Transfers are rare and large: kept out of the conversation's own future.
            Box::pin(transfer::answer(session, command)).await
        }
        b"PWD" | b"XPWD" | b"CWD" | b"XCWD" | b"CDUP" | b"XCUP" | b"MKD" | b"XMKD" | b"RMD" | b"XRMD"
        | b"DELE" | b"RNFR" | b"RNTO" | b"SIZE" | b"MDTM" | b"MLST" | b"MFMT" | b"MFF" | b"STAT" => {
            files::answer(session, command).await
        }
        b"HELP" | b"FEAT" | b"SYST" | b"NOOP" | b"CLNT" | b"CSID" | b"LANG" | b"ACCT" | b"REIN" | b"SMNT" => {
            help::answer(session, command).await
        }
        _ => parameters::answer(session, command).await,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(line: &[u8], word: &[u8], argument: &[u8]) {
        let command = parse(line);
        assert_eq!((command.word.as_slice(), command.argument.as_slice()), (word, argument));
    }

    #[test]
    fn lines_are_split_at_white_space() {
        check(b"user  a b \r", b"user", b" a b ");
        check(b"CWD   \r", b"CWD", b"");
        check(b"USER\tx", b"USER", b"x");
        check(b" USER x", b"", b"USER x");
        check(b"US\0ER x", b"US", b"");
        check(b"\xff\xf4\xff\xf2ABOR\r", b"ABOR", b"");
        check(b"NO\xff\xfd\x18OP", b"NOOP", b"");
    }

    proptest! {
        #[test]
        fn any_line_is_split(line in proptest::collection::vec(any::<u8>(), 0..100)) {
            let command = parse(&line);
            prop_assert!(command.word.len() + command.argument.len() <= line.len());
        }
    }
}
