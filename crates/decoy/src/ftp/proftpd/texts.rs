//! What ProFTPD says that depends on how it was built and set up.

use crate::ftp::session::Session;

/// Commands that this build knows, besides those of `mod_tls`.
const COMMANDS: &[&str] = &[
    "CWD", "XCWD", "CDUP", "XCUP", "SMNT", "QUIT", "PORT", "PASV", "EPRT", "EPSV", "ALLO", "RNFR", "RNTO",
    "DELE", "MDTM", "RMD", "XRMD", "MKD", "XMKD", "PWD", "XPWD", "SIZE", "SYST", "HELP", "NOOP", "FEAT",
    "OPTS", "HOST", "CLNT", "CSID", "TYPE", "STRU", "MODE", "RETR", "STOR", "STOU", "APPE", "REST", "ABOR",
    "RANG", "USER", "PASS", "ACCT", "REIN", "LIST", "NLST", "STAT", "SITE", "MLSD", "MLST", "MFMT", "MFF",
    "LANG",
];
const TLS_COMMANDS: &[&str] = &["AUTH", "PBSZ", "PROT", "CCC", "SSCN"];

/// Whether the build has the command.
pub(super) fn is_known(session: &Session<'_>, verb: &[u8]) -> bool {
    let has = |list: &[&str]| list.iter().any(|known| known.as_bytes() == verb);
    has(COMMANDS) || session.ftp.settings.tls.is_some() && has(TLS_COMMANDS)
}

/// Numbers of the version: `1.3.8b` is (1, 3, 8).
fn numbers(version: &str) -> (u32, u32, u32) {
    let mut parts = version.split('.').map(|part| {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        part.get(..digits).and_then(|d| d.parse().ok()).unwrap_or_default()
    });
    let mut next = || parts.next().unwrap_or_default();
    (next(), next(), next())
}

/// The ServerName of the distribution's configuration.
pub(super) fn server_name(session: &Session<'_>) -> &'static str {
    match session.conn.host().persona.system.banner_name.as_str() {
        "Debian" | "Ubuntu" => "Debian",
        _ => "ProFTPD Default Installation",
    }
}

pub(super) fn greeting(session: &Session<'_>) -> String {
    let settings = &session.ftp.settings;
    if let Some(banner) = &settings.banner {
        return format!("220 {banner}");
    }
    // The version left the greeting with 1.3.6; the address is that of an IPv6 socket.
    let version =
        if numbers(&settings.version) < (1, 3, 6) { format!("{} ", settings.version) } else { String::new() };
    let (name, address) = (server_name(session), session.conn.local().ip().to_canonical());
    format!("220 ProFTPD {version}Server ({name}) [::ffff:{address}]")
}

pub(super) fn idle(session: &Session<'_>) -> &'static str {
    match session.visitor() {
        None => "421 Login timeout (300 seconds): closing control connection",
        Some(_) => "421 No transfer timeout (600 seconds): closing control connection",
    }
}

pub(super) fn features(session: &Session<'_>) -> String {
    let settings = &session.ftp.settings;
    let (tls, version) = (settings.tls.is_some(), numbers(&settings.version));
    let facts = session.facts.feature();
    let mut lines: Vec<String> = [
        (tls, "AUTH TLS"),
        (tls, "CCC"),
        (true, "CLNT"),
        (version >= (1, 3, 7), "CSID"),
        (true, "EPRT"),
        (true, "EPSV"),
        (version >= (1, 3, 6), "HOST"),
        (true, "LANG C.UTF-8*"),
        (true, "MDTM"),
        (true, "MFF modify;UNIX.group;UNIX.mode;"),
        (true, "MFMT"),
    ]
    .into_iter()
    .filter(|(there, _)| *there)
    .map(|(_, text)| text.to_owned())
    .collect();
    lines.push(format!("MLST {facts}"));
    let rest = [
        (tls, "PBSZ"),
        (tls, "PROT"),
        (version >= (1, 3, 6), "RANG STREAM"),
        (true, "REST STREAM"),
        (true, "SITE COPY"),
        (true, "SITE MKDIR"),
        (true, "SITE RMDIR"),
        (true, "SITE SYMLINK"),
        (true, "SITE UTIME"),
        (true, "SIZE"),
        (tls, "SSCN"),
        (true, "TVFS"),
        (true, "UTF8"),
    ];
    lines.extend(rest.into_iter().filter(|(there, _)| *there).map(|(_, text)| text.to_owned()));
    format!("211-Features:\r\n {}\r\n211 End", lines.join("\r\n "))
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn versions_are_numbers() {
        assert_eq!(numbers("1.3.8b"), (1, 3, 8));
        assert_eq!(numbers("1.3.5e"), (1, 3, 5));
        assert_eq!(numbers(""), (0, 0, 0));
    }
}
