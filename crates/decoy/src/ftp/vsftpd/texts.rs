//! What vsftpd says that is longer than a line, or depends on how it was built and set up.

use crate::ftp::{session::Session, settings::Settings};

pub(super) const GOODBYE: &str = "221 Goodbye.";

pub(super) const HELP: &str = "214-The following commands are recognized.\r\n \
    ABOR ACCT ALLO APPE CDUP CWD  DELE EPRT EPSV FEAT HELP LIST MDTM MKD\r\n \
    MODE NLST NOOP OPTS PASS PASV PORT PWD  QUIT REIN REST RETR RMD  RNFR\r\n \
    RNTO SITE SIZE SMNT STAT STOR STOU STRU SYST TYPE USER XCUP XCWD XMKD\r\n \
    XPWD XRMD\r\n214 Help OK.";

pub(super) fn greeting(settings: &Settings) -> String {
    match &settings.banner {
        Some(banner) => format!("220 {banner}"),
        None => format!("220 (vsFTPd {})", settings.version),
    }
}

/// Whether the build still lists UTF8, as all before 3.0.3 did.
fn lists_utf8(version: &str) -> bool {
    let mut numbers = version.split('.').map(|n| n.parse::<u32>().unwrap_or_default());
    let mut next = || numbers.next().unwrap_or_default();
    (next(), next(), next()) < (3, 0, 3)
}

pub(super) fn features(settings: &Settings) -> String {
    let tls = settings.tls.is_some();
    let lines = [
        (tls, " AUTH TLS\r\n"),
        (true, " EPRT\r\n EPSV\r\n MDTM\r\n PASV\r\n"),
        (tls, " PBSZ\r\n PROT\r\n"),
        (true, " REST STREAM\r\n SIZE\r\n TVFS\r\n"),
        (lists_utf8(&settings.version), " UTF8\r\n"),
    ];
    let lines: String = lines.into_iter().filter(|(there, _)| *there).map(|(_, text)| text).collect();
    format!("211-Features:\r\n{lines}211 End")
}

pub(super) fn status(session: &Session<'_>) -> Vec<u8> {
    let name = session.visitor().map(|v| v.owner.name.to_string()).unwrap_or_default();
    let kind = if session.ascii { "ASCII" } else { "BINARY" };
    let protected = |is: bool| if is { "encrypted" } else { "plain text" };
    let control = protected(session.conn.is_secure());
    let clients = session.clients_at_start;
    format!(
        "211-FTP server status:\r\n     Connected to {}\r\n     Logged in as {name}\r\n     TYPE: {kind}\r\n     \
         No session bandwidth limit\r\n     Session timeout in seconds is 300\r\n     Control connection is {control}\r\n     \
         Data connections will be {}\r\n     At session startup, client count was {clients}\r\n     \
         vsFTPd {} - secure, fast, stable\r\n211 End of status",
        session.conn.peer().ip().to_canonical(),
        protected(session.protect),
        session.ftp.settings.version,
    )
    .into_bytes()
}
