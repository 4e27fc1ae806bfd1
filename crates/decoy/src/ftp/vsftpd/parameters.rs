//! vsftpd's commands that say how the next transfer goes.

use super::Command;
use crate::{
    conn::End,
    ftp::{
        data::{DataPort, ExtendedPort, parse_extended_port, parse_port, passive_address},
        session::{Next, Session},
    },
};

const NOT_PERMITTED: &str = "550 Permission denied.";

/// Answers one of them.
pub(super) async fn answer(session: &mut Session<'_>, command: &Command) -> Result<Next, End> {
    let argument = command.argument.as_slice();
    match command.verb.as_slice() {
        b"TYPE" => set_type(session, argument).await,
        b"STRU" if argument.eq_ignore_ascii_case(b"F") => session.answer("200 Structure set to F.").await,
        b"STRU" => session.answer("504 Bad STRU command.").await,
        b"MODE" if argument.eq_ignore_ascii_case(b"S") => session.answer("200 Mode set to S.").await,
        b"MODE" => session.answer("504 Bad MODE command.").await,
        b"REST" => restart(session, argument).await,
        b"EPSV" => extended_passive(session, argument).await,
        b"EPRT" => extended_port(session, argument).await,
        b"PBSZ" | b"PROT" if session.ftp.settings.tls.is_none() => session.answer(NOT_PERMITTED).await,
        b"PBSZ" => buffer_size(session, argument).await,
        b"PROT" => protection(session, argument).await,
        _ if session.extended_only => session.answer(NOT_PERMITTED).await,
        b"PORT" => port(session, argument).await,
        _ => passive(session).await,
    }
}

async fn set_type(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    let is = |known: &[&[u8]]| known.iter().any(|k| argument.eq_ignore_ascii_case(k));
    if is(&[b"I", b"L8", b"L 8"]) {
        session.ascii = false;
        session.answer("200 Switching to Binary mode.").await
    } else if is(&[b"A", b"A N"]) {
        session.ascii = true;
        session.answer("200 Switching to ASCII mode.").await
    } else {
        session.answer("500 Unrecognised TYPE command.").await
    }
}

async fn restart(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    // As its own reader of numbers: anything else is zero.
    let offset: i64 = std::str::from_utf8(argument).ok().and_then(|t| t.parse().ok()).unwrap_or(0);
    session.restart = u64::try_from(offset).unwrap_or(0);
    let text = format!("350 Restart position accepted ({}).", session.restart);
    session.answer(&text).await
}

async fn passive(session: &mut Session<'_>) -> Result<Next, End> {
    match session.listen().await {
        Some(port) => {
            let address = passive_address(session.conn.local().ip(), port);
            session.answer(&format!("227 Entering Passive Mode ({address}).")).await
        }
        None => {
            session.answer("500 OOPS: vsf_sysutil_bind").await?;
            Ok(Next::Close)
        }
    }
}

async fn extended_passive(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    if argument.eq_ignore_ascii_case(b"ALL") {
        session.extended_only = true;
        return session.answer("200 EPSV ALL ok.").await;
    }
    // As C's `atoi` reads it: 1 is this protocol, 2 the other.
    let digits = argument.trim_ascii_start();
    let digits = digits.get(..digits.iter().take_while(|b| b.is_ascii_digit()).count());
    let number: Option<u32> = digits.and_then(|d| std::str::from_utf8(d).ok()?.parse().ok());
    if !argument.is_empty() && number != Some(1) {
        return session.answer("522 Bad network protocol.").await;
    }
    match session.listen().await {
        Some(port) => session.answer(&format!("229 Entering Extended Passive Mode (|||{port}|)")).await,
        None => {
            session.answer("500 OOPS: vsf_sysutil_bind").await?;
            Ok(Next::Close)
        }
    }
}

async fn port(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    match parse_port(argument) {
        Some((address, port)) if session.is_peers(address.into(), port) => {
            session.data = DataPort::Active;
            session.answer("200 PORT command successful. Consider using PASV.").await
        }
        given => {
            if given.is_some() {
                session.attacked("ftp_bounce", argument);
            }
            session.answer("500 Illegal PORT command.").await
        }
    }
}

async fn extended_port(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    match parse_extended_port(argument) {
        ExtendedPort::Address(address, _) if address.is_ipv6() => {
            session.answer("500 Bad EPRT protocol.").await
        }
        ExtendedPort::Address(address, port) if session.is_peers(address, port) => {
            session.data = DataPort::Active;
            session.answer("200 EPRT command successful. Consider using EPSV.").await
        }
        ExtendedPort::Address(..) => {
            session.attacked("ftp_bounce", argument);
            session.answer("500 Illegal EPRT command.").await
        }
        ExtendedPort::UnknownProtocol | ExtendedPort::Empty => session.answer("500 Bad EPRT protocol.").await,
        ExtendedPort::Malformed => session.answer("500 Bad EPRT command.").await,
    }
}

async fn buffer_size(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    if !session.conn.is_secure() {
        return session.answer("503 PBSZ needs a secure connection.").await;
    }
    session.buffer_agreed = true;
    let _ = argument;
    session.answer("200 PBSZ set to 0.").await
}

async fn protection(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    if !session.conn.is_secure() {
        return session.answer("503 PROT needs a secure connection.").await;
    }
    if !session.buffer_agreed {
        return session.answer("503 PROT needs PBSZ first.").await;
    }
    let text = match argument.to_ascii_uppercase().as_slice() {
        b"C" => {
            session.protect = false;
            "200 PROT now Clear."
        }
        b"P" => {
            session.protect = true;
            "200 PROT now Private."
        }
        b"S" | b"E" => "536 PROT not supported.",
        _ => "504 PROT not recognized.",
    };
    session.answer(text).await
}
