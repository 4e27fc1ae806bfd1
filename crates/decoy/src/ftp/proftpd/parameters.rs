//! ProFTPD's commands that say how the next transfer goes.

use super::{Command, help::too_few};
use crate::{
    conn::End,
    ftp::{
        data::{DataPort, ExtendedPort, parse_extended_port, parse_port, passive_address},
        listing::Facts,
        session::{Next, Session},
    },
};

const TOO_FEW: &str = "501 Invalid number of parameters";

/// Answers one of them.
pub(super) async fn answer(session: &mut Session<'_>, command: &Command) -> Result<Next, End> {
    let argument = command.trimmed();
    match command.verb.as_slice() {
        b"TYPE" => set_type(session, command).await,
        b"STRU" => structure(session, argument).await,
        b"MODE" => mode(session, argument).await,
        b"ALLO" => allocate(session, command).await,
        b"REST" => restart(session, command).await,
        b"RANG" => range(session, command).await,
        b"ABOR" if !argument.is_empty() => session.say(&[b"500 'ABOR ", argument, b"' not understood"]).await,
        b"ABOR" => {
            session.data = DataPort::None;
            session.answer("226 Abort successful").await
        }
        b"OPTS" => options(session, command).await,
        b"PBSZ" | b"PROT" | b"CCC" | b"SSCN" => security(session, command).await,
        b"EPSV" => extended_passive(session, argument).await,
        b"PORT" | b"EPRT" if argument.is_empty() => session.answer(TOO_FEW).await,
        b"PASV" if !argument.is_empty() => session.answer(TOO_FEW).await,
        verb if session.extended_only => {
            session.say(&[b"500 Illegal ", verb, b" command, EPSV ALL in effect"]).await
        }
        b"PORT" => port(session, argument).await,
        b"EPRT" => extended_port(session, argument).await,
        _ => passive(session).await,
    }
}

async fn set_type(session: &mut Session<'_>, command: &Command) -> Result<Next, End> {
    let argument = command.trimmed().to_ascii_uppercase();
    let words: Vec<&[u8]> = argument.split(u8::is_ascii_whitespace).collect();
    match words.as_slice() {
        [b""] => return too_few(session, b"TYPE").await,
        [b"A"] | [b"A", b"N"] => session.ascii = true,
        [b"I"] | [b"L", b"8"] => session.ascii = false,
        _ => {
            let given = command.trimmed();
            return session.say(&[b"504 TYPE not implemented for '", given, b"' parameter"]).await;
        }
    }
    session.say(&[b"200 Type set to ", command.first()]).await
}

async fn structure(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    match argument.to_ascii_uppercase().as_slice() {
        b"" => session.answer("501 'STRU' not understood").await,
        b"F" => session.answer("200 Structure set to F").await,
        _ => session.say(&[b"504 'STRU ", argument, b"' unsupported structure type"]).await,
    }
}

async fn mode(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    match argument.to_ascii_uppercase().as_slice() {
        b"" => session.answer("501 'MODE' not understood").await,
        b"S" => session.answer("200 Mode set to S").await,
        _ => session.say(&[b"504 'MODE ", argument, b"' unsupported transfer mode"]).await,
    }
}

async fn allocate(session: &mut Session<'_>, command: &Command) -> Result<Next, End> {
    let first = command.first();
    match command.parameters() {
        0 => session.answer("504 'ALLO' not understood").await,
        1 | 3 if first.iter().all(u8::is_ascii_digit) => {
            session.answer("202 No storage allocation necessary").await
        }
        1 | 3 => session.say(&[b"504 ", first, b": Invalid ALLO argument"]).await,
        _ => session.say(&[b"504 'ALLO ", command.trimmed(), b"' not understood"]).await,
    }
}

async fn restart(session: &mut Session<'_>, command: &Command) -> Result<Next, End> {
    if command.parameters() != 1 {
        let space: &[u8] = if command.trimmed().is_empty() { b"" } else { b" " };
        return session.say(&[b"500 'REST", space, command.trimmed(), b"' not understood"]).await;
    }
    let digits = command.trimmed().iter().all(u8::is_ascii_digit);
    if !digits {
        return session.answer("501 REST requires a value greater than or equal to 0").await;
    }
    // Too large a number is the largest there is, as C's `strtoull` has it.
    let text = String::from_utf8_lossy(command.trimmed()).into_owned();
    let offset = text.parse().unwrap_or(u64::MAX);
    if session.ascii && offset != 0 {
        return session.answer("501 REST: Resuming transfers not allowed in ASCII mode").await;
    }
    session.restart = offset;
    let text = format!("350 Restarting at {offset}. Send STORE or RETRIEVE to initiate transfer");
    session.answer(&text).await
}

async fn range(session: &mut Session<'_>, command: &Command) -> Result<Next, End> {
    let text = String::from_utf8_lossy(command.trimmed()).into_owned();
    let numbers: Vec<Option<u64>> = text.split_ascii_whitespace().map(|n| n.parse().ok()).collect();
    let [start, end] = numbers[..] else { return too_few(session, b"RANG").await };
    match (start, end) {
        _ if session.ascii => session.answer("551 RANG: Transfer ranges not allowed in ASCII mode").await,
        (Some(start), Some(end)) if start <= end => {
            session.restart = start;
            let count = end - start + 1;
            let text = format!("350 Transferring byte range of {count} bytes starting from {start}");
            session.answer(&text).await
        }
        (Some(_), Some(_)) => session.answer("501 RANG start must be less than end").await,
        _ => session.answer("501 RANG requires a value greater than or equal to 0").await,
    }
}

async fn options(session: &mut Session<'_>, command: &Command) -> Result<Next, End> {
    let rest = command.trimmed().get(command.first().len()..).unwrap_or_default().trim_ascii();
    match command.first().to_ascii_uppercase().as_slice() {
        b"" => session.answer(TOO_FEW).await,
        b"UTF8" => match rest.to_ascii_uppercase().as_slice() {
            b"ON" => session.answer("200 UTF8 set to on").await,
            b"OFF" => session.answer("200 UTF8 set to off").await,
            _ => session.say(&[b"501 'OPTS ", command.trimmed(), b"' not understood"]).await,
        },
        b"MLST" => {
            session.facts = Facts::parse(rest);
            let names = Facts::names(rest);
            let text =
                if rest.is_empty() { "200 MLST OPTS".to_owned() } else { format!("200 MLST OPTS {names}") };
            session.answer(&text).await
        }
        name => session.say(&[b"500 OPTS ", name, b" not understood"]).await,
    }
}

async fn security(session: &mut Session<'_>, command: &Command) -> Result<Next, End> {
    let argument = command.trimmed().to_ascii_uppercase();
    if !session.conn.is_secure() {
        return session.say(&[b"500 ", &command.verb, b" not understood"]).await;
    }
    match (command.verb.as_slice(), argument.as_slice()) {
        (b"PBSZ", b"0") => {
            session.buffer_agreed = true;
            session.answer("200 PBSZ 0 successful").await
        }
        (b"PBSZ", _) => {
            session.buffer_agreed = true;
            session.say(&[b"200 PBSZ=0 successful"]).await
        }
        (b"PROT", _) if !session.buffer_agreed => {
            session.answer("503 You must issue the PBSZ command prior to PROT").await
        }
        (b"PROT", b"C") => {
            session.protect = false;
            session.answer("200 Protection set to Clear").await
        }
        (b"PROT", b"P") => {
            session.protect = true;
            session.answer("200 Protection set to Private").await
        }
        (b"PROT", b"S" | b"E") => session.say(&[b"536 PROT ", &argument, b" unsupported"]).await,
        (b"PROT", _) => session.say(&[b"504 PROT ", &argument, b" unsupported"]).await,
        _ => session.answer("534 Unwilling to accept security parameters").await,
    }
}

async fn passive(session: &mut Session<'_>) -> Result<Next, End> {
    match session.listen().await {
        Some(port) => {
            let address = passive_address(session.conn.local().ip(), port);
            session.answer(&format!("227 Entering Passive Mode ({address}).")).await
        }
        None => session.answer("425 Unable to build data connection: Internal error").await,
    }
}

async fn extended_passive(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    match argument {
        b"" | b"1" | b"2" => {}
        all if all.eq_ignore_ascii_case(b"ALL") => {
            session.extended_only = true;
            return session.answer("200 EPSV ALL command successful").await;
        }
        number if number.iter().all(u8::is_ascii_digit) => {
            return session.answer("522 Network protocol not supported, use (1,2)").await;
        }
        _ => return session.answer("501 EPSV: unknown network protocol").await,
    }
    match session.listen().await {
        Some(port) => session.answer(&format!("229 Entering Extended Passive Mode (|||{port}|)")).await,
        None => session.answer("425 Unable to build data connection: Internal error").await,
    }
}

async fn port(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    match parse_port(argument) {
        None => session.answer("501 Illegal PORT command").await,
        Some((address, port)) if session.is_peers(address.into(), port) => {
            session.data = DataPort::Active;
            session.answer("200 PORT command successful").await
        }
        Some(_) => {
            session.attacked("ftp_bounce", argument);
            session.answer("500 Illegal PORT command").await
        }
    }
}

async fn extended_port(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    match parse_extended_port(argument) {
        ExtendedPort::Address(address, port) if session.is_peers(address, port) => {
            session.data = DataPort::Active;
            session.answer("200 EPRT command successful").await
        }
        ExtendedPort::Address(..) => {
            session.attacked("ftp_bounce", argument);
            session.answer("500 Illegal EPRT command").await
        }
        ExtendedPort::UnknownProtocol | ExtendedPort::Malformed | ExtendedPort::Empty => {
            session.answer("522 Network protocol not supported, use (1,2)").await
        }
    }
}
