//! vsftpd, as Debian builds it.

mod files;
mod login;
mod parameters;
mod texts;
mod transfer;

use decnet_event::Kind;

use super::session::{Next, Session};
use crate::conn::{End, Line};

/// Longest line, its end counted.
const LINE: usize = 4_096;

/// A command: a word in upper case, and what follows the space.
#[derive(Debug, PartialEq, Eq)]
struct Command {
    verb: Vec<u8>,
    argument: Vec<u8>,
}

/// Plays vsftpd until it would close.
pub(super) async fn serve(session: &mut Session<'_>) -> Result<(), End> {
    let greeting = texts::greeting(&session.ftp.settings);
    session.answer(&greeting).await?;
    loop {
        let line = match session.line(LINE - 1).await {
            Ok(Line::Whole(line)) => line,
            Ok(Line::TooLong(start)) => {
                session.conn.protocol_error("line too long", &start);
                session.answer("500 Input line too long.").await?;
                return Ok(());
            }
            Err(End::Idle) => {
                session.answer("421 Timeout.").await?;
                return Err(End::Idle);
            }
            Err(end) => return Err(end),
        };
        let mut command = parse(&line);
        record(session, &command);
        if session.visitor().is_some() {
            command.argument = without_tilde(&command.argument);
        }
        let next = match session.visitor() {
            None => login::answer(session, &command).await?,
            Some(_) => answer(session, &command).await?,
        };
        if next == Next::Close {
            return Ok(());
        }
    }
}

/// Splits a line; NUL stands for a line feed inside a name (RFC 2640, section 3.1).
fn parse(line: &[u8]) -> Command {
    let end = line.iter().rposition(|b| *b != b'\r').map_or(0, |at| at + 1);
    let mut line: Vec<u8> = line.get(..end).unwrap_or_default().to_vec();
    for byte in line.iter_mut().filter(|b| **b == 0) {
        *byte = b'\n';
    }
    let space = line.iter().position(|b| *b == b' ').unwrap_or(line.len());
    let argument = line.get(space + 1..).unwrap_or_default().to_vec();
    line.truncate(space);
    line.make_ascii_uppercase();
    Command { verb: line, argument }
}

/// A name as it goes out: the other way round (RFC 2640, section 3.1), and as Telnet wants it.
fn on_the_wire(name: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len());
    for byte in name {
        match byte {
            b'\n' => out.push(0),
            0xff => out.extend_from_slice(&[0xff, 0xff]),
            byte => out.push(*byte),
        }
    }
    out
}

/// What the argument names: `~` is the home directory, which is the root.
fn without_tilde(argument: &[u8]) -> Vec<u8> {
    match argument.strip_prefix(b"~") {
        Some(rest) if rest.is_empty() || rest.starts_with(b"/") => [b"/", rest].concat(),
        _ => argument.to_vec(),
    }
}

/// Says which command came; passwords go into the event about the log-in.
fn record(session: &Session<'_>, command: &Command) {
    let (verb, args) = (command.verb.clone(), command.argument.clone());
    match verb.as_slice() {
        b"PASS" => {}
        b"" if args.is_empty() => {}
        _ => session.conn.emit(Kind::Command { command: verb, args }),
    }
}

/// Answers a command of somebody who is in.
async fn answer(session: &mut Session<'_>, command: &Command) -> Result<Next, End> {
    let argument = command.argument.as_slice();
    match command.verb.as_slice() {
        b"QUIT" => {
            session.answer(texts::GOODBYE).await?;
            Ok(Next::Close)
        }
        b"PWD" | b"XPWD" | b"CWD" | b"XCWD" | b"CDUP" | b"XCUP" | b"MKD" | b"XMKD" | b"RMD" | b"XRMD"
        | b"DELE" | b"RNFR" | b"RNTO" | b"SIZE" | b"MDTM" | b"SITE" => files::answer(session, command).await,
        b"PASV" | b"P@SW" | b"EPSV" | b"PORT" | b"EPRT" | b"TYPE" | b"STRU" | b"MODE" | b"REST" | b"PBSZ"
        | b"PROT" => parameters::answer(session, command).await,
        b"LIST" | b"NLST" | b"RETR" | b"STOR" | b"APPE" | b"STOU" => {
            // Transfers are rare and large: kept out of the conversation's own future.
            Box::pin(transfer::answer(session, command)).await
        }
        b"STAT" if argument.is_empty() => status(session).await,
        b"STAT" => transfer::status_of(session, argument).await,
        b"USER" => login::user_again(session, argument).await,
        b"PASS" => session.answer("230 Already logged in.").await,
        b"HELP" => session.answer(texts::HELP).await,
        b"FEAT" => features(session).await,
        b"OPTS" => options(session, argument).await,
        b"SYST" => session.answer("215 UNIX Type: L8").await,
        b"NOOP" => session.answer("200 NOOP ok.").await,
        b"ALLO" => session.answer("202 ALLO command ignored.").await,
        b"ABOR" | b"\xff\xf4\xff\xf2ABOR" => session.answer("225 No transfer to ABOR.").await,
        b"REIN" => session.answer("502 REIN not implemented.").await,
        b"ACCT" => session.answer("502 ACCT not implemented.").await,
        b"SMNT" => session.answer("502 SMNT not implemented.").await,
        b"GET" | b"POST" | b"HEAD" | b"OPTIONS" | b"CONNECT" => {
            session.answer("500 HTTP protocol commands not allowed.").await?;
            Ok(Next::Close)
        }
        b"" if argument.is_empty() => Ok(Next::Command),
        _ => session.answer("500 Unknown command.").await,
    }
}

async fn features(session: &mut Session<'_>) -> Result<Next, End> {
    let text = texts::features(&session.ftp.settings);
    session.answer(&text).await
}

async fn options(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    let text = if argument.eq_ignore_ascii_case(b"UTF8 ON") {
        "200 Always in UTF8 mode."
    } else {
        "501 Option not understood."
    };
    session.answer(text).await
}

async fn status(session: &mut Session<'_>) -> Result<Next, End> {
    let text = texts::status(session);
    session.say(&[&text]).await
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(line: &[u8], verb: &[u8], argument: &[u8]) {
        assert_eq!(parse(line), Command { verb: verb.to_vec(), argument: argument.to_vec() });
    }

    #[test]
    fn commands_are_split_at_the_first_space() {
        check(b"user a b\r", b"USER", b"a b");
        check(b"USER  x\r\r", b"USER", b" x");
        check(b" USER x", b"", b"USER x");
        check(b"US\0ER\tx", b"US\nER\tX", b"");
        check(b"\r", b"", b"");
    }

    proptest! {
        #[test]
        fn any_line_is_split(line in proptest::collection::vec(any::<u8>(), 0..100)) {
            let command = parse(&line);
            prop_assert!(command.verb.len() + command.argument.len() <= line.len());
        }
    }
}
