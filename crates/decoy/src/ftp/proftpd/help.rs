//! ProFTPD's commands that only tell something.

use super::{Command, texts};
use crate::{
    conn::End,
    ftp::session::{Next, Session},
};

/// Commands in the order of HELP, and their syntax.
const SYNTAX: &[(&str, &str)] = &[
    ("CWD", "<sp> pathname"),
    ("XCWD", "<sp> pathname"),
    ("CDUP", "(up one directory)"),
    ("XCUP", "(up one directory)"),
    ("SMNT", "is not implemented"),
    ("QUIT", "(close control connection)"),
    ("PORT", "<sp> h1,h2,h3,h4,p1,p2"),
    ("PASV", "(returns address/port)"),
    ("EPRT", "<sp> |proto|addr|port|"),
    ("EPSV", "(returns port |||port|)"),
    ("ALLO", "<sp> size"),
    ("RNFR", "<sp> pathname"),
    ("RNTO", "<sp> pathname"),
    ("DELE", "<sp> pathname"),
    ("MDTM", "<sp> pathname"),
    ("RMD", "<sp> pathname"),
    ("XRMD", "<sp> pathname"),
    ("MKD", "<sp> pathname"),
    ("XMKD", "<sp> pathname"),
    ("PWD", "(returns current working directory)"),
    ("XPWD", "(returns current working directory)"),
    ("SIZE", "<sp> pathname"),
    ("SYST", "(returns system type)"),
    ("HELP", "[<sp> command]"),
    ("NOOP", "(no operation)"),
    ("FEAT", "(returns feature list)"),
    ("OPTS", "<sp> command [<sp> options]"),
    ("HOST", "<cp> hostname"),
    ("CLNT", "<cp> client-info"),
    ("AUTH", "<sp> base64-data"),
    ("CCC", "(clears protection level)"),
    ("CONF", "<sp> base64-data"),
    ("ENC", "<sp> base64-data"),
    ("MIC", "<sp> base64-data"),
    ("PBSZ", "<sp> protection buffer size"),
    ("PROT", "<sp> protection code"),
    ("TYPE", "<sp> type-code (A, I, L 7, L 8)"),
    ("STRU", "is not implemented (always F)"),
    ("MODE", "is not implemented (always S)"),
    ("RETR", "<sp> pathname"),
    ("STOR", "<sp> pathname"),
    ("STOU", "(store unique filename)"),
    ("APPE", "<sp> pathname"),
    ("REST", "<sp> byte-count"),
    ("ABOR", "(abort current operation)"),
    ("RANG", "<sp> start-point <sp> end-point"),
    ("USER", "<sp> username"),
    ("PASS", "<sp> password"),
    ("ACCT", "is not implemented"),
    ("REIN", "is not implemented"),
    ("LIST", "[<sp> pathname]"),
    ("NLST", "[<sp> (pathname)]"),
    ("STAT", "[<sp> pathname]"),
    ("SITE", "<sp> string"),
    ("MLSD", "[<sp> pathname]"),
    ("MLST", "[<sp> pathname]"),
];

/// Commands that HELP marks with a star, with and without `mod_tls`.
const UNIMPLEMENTED: &[&str] = &["SMNT", "AUTH", "CCC", "CONF", "ENC", "MIC", "PBSZ", "PROT", "ACCT", "REIN"];
const TLS_IMPLEMENTS: &[&str] = &["AUTH", "PBSZ", "PROT"];

/// Answers one of them.
pub(super) async fn answer(session: &mut Session<'_>, command: &Command) -> Result<Next, End> {
    match command.verb.as_slice() {
        b"HELP" => help(session, command.trimmed()).await,
        b"FEAT" => {
            let text = texts::features(session);
            session.answer(&text).await
        }
        b"SYST" => session.answer("215 UNIX Type: L8").await,
        b"NOOP" => session.answer("200 NOOP command successful").await,
        b"CLNT" => session.answer("200 OK").await,
        b"CSID" => {
            let version = session.ftp.settings.version.clone();
            session.answer(&format!("200 name=ProFTPD;version={version};casesensitive=1;")).await
        }
        b"LANG" if session.visitor().is_some() => session.answer("500 Unable to handle command").await,
        b"LANG" if command.argument.is_empty() => session.answer("200 Using default language C.UTF-8").await,
        b"LANG" => session.say(&[b"504 Language ", command.first(), b" not supported"]).await,
        verb => session.say(&[b"502 ", verb, b" command not implemented"]).await,
    }
}

/// The answer to a command with too few parameters, of commands that name themselves.
pub(super) async fn too_few(session: &mut Session<'_>, verb: &[u8]) -> Result<Next, End> {
    session.say(&[b"500 '", verb, b"' not understood"]).await
}

async fn help(session: &mut Session<'_>, argument: &[u8]) -> Result<Next, End> {
    if argument.is_empty() {
        let text = all_commands(session.ftp.settings.tls.is_some());
        return session.answer(&text).await;
    }
    let wanted = argument.to_ascii_uppercase();
    if wanted == b"SITE" {
        return session.answer("214-HELP\r\n CHGRP\r\n214 CHMOD").await;
    }
    match SYNTAX.iter().find(|(name, _)| name.as_bytes() == wanted) {
        Some((name, syntax)) => session.answer(&format!("214 Syntax: {name} {syntax}")).await,
        None if wanted.starts_with(b"SITE ") => {
            session.say(&[b"502 Unknown command 'SITE ", argument, b"'"]).await
        }
        None => session.say(&[b"502 Unknown command '", argument, b"'"]).await,
    }
}

fn all_commands(tls: bool) -> String {
    let mut text = String::from("214-The following commands are recognized (* =>'s unimplemented):\r\n");
    for row in SYNTAX.chunks(8) {
        text.push(' ');
        for (name, _) in row {
            let star = UNIMPLEMENTED.contains(name) && !(tls && TLS_IMPLEMENTS.contains(name));
            text.push_str(&format!("{:8}", format!("{name}{}", if star { "*" } else { "" })));
        }
        text.push_str("\r\n");
    }
    text + "214 Direct comments to root@localhost"
}

#[cfg(test)]
mod tests {
    use super::all_commands;

    #[test]
    fn commands_stand_in_columns() {
        let text = all_commands(false);
        let rows: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(rows[1], " CWD     XCWD    CDUP    XCUP    SMNT*   QUIT    PORT    PASV    ");
        assert_eq!(rows[4], " NOOP    FEAT    OPTS    HOST    CLNT    AUTH*   CCC*    CONF*   ");
        assert_eq!(
            all_commands(true).split("\r\n").nth(4),
            Some(" NOOP    FEAT    OPTS    HOST    CLNT    AUTH    CCC*    CONF*   ")
        );
    }
}
