//! Credentials for attackers to find. Each exists on one decky only.

use decnet_proto::{persona::BaitCredential, service::ServiceId};

use super::LogIn;
use crate::{
    derive::{Source, Stream},
    fleet::ServiceRequest,
};

/// Purposes, and what people call the accounts.
const PURPOSES: &[(&str, &[&str])] = &[
    ("database", &["dbadmin", "app_rw", "reporting", "sqlsync"]),
    ("backup", &["svc_backup", "rsync", "bkpuser", "veeam"]),
    ("mail", &["mailrelay", "notify", "scanner", "smtp-auth"]),
    ("web", &["webadmin", "cms", "editor", "deploy"]),
    ("files", &["ftpuser", "transfer", "upload", "archive"]),
    ("administration", &["itadmin", "sysadmin", "support", "ansible"]),
];

const PER_DECKY: usize = 3;

/// The purpose of credentials that a service lets in.
const fn purpose_of(service: ServiceId) -> Option<&'static str> {
    match service {
        ServiceId::Mysql => Some("database"),
        ServiceId::Smtp => Some("mail"),
        ServiceId::Http | ServiceId::Https => Some("web"),
        ServiceId::Ftp => Some("files"),
        _ => None,
    }
}

/// The credentials of a decky, each for another purpose, first what its services let in; root's is
/// the last, on machines with a shell.
pub(super) fn draw(
    source: &Source,
    name: &str,
    requests: &[ServiceRequest],
    log_in: &LogIn<'_>,
) -> Vec<BaitCredential> {
    let root = log_in.shell.then(|| BaitCredential {
        purpose: "ssh".to_owned(),
        username: "root".to_owned(),
        password: log_in.password.map_or_else(|| root_password(source, name), str::to_owned),
    });
    people(source, name, requests).into_iter().chain(root).collect()
}

fn people(source: &Source, name: &str, requests: &[ServiceRequest]) -> Vec<BaitCredential> {
    let mut stream = source.stream("bait", name);
    let mut purposes: Vec<_> = PURPOSES.iter().collect();
    stream.shuffle(&mut purposes);
    let is_used = |purpose: &str| requests.iter().any(|request| purpose_of(request.service) == Some(purpose));
    purposes.sort_by_key(|(purpose, _)| !is_used(purpose));
    purposes
        .into_iter()
        .take(PER_DECKY)
        .map(|(purpose, names)| credential(purpose, names, &mut stream))
        .collect()
}

fn credential(purpose: &str, names: &[&'static str], stream: &mut Stream<'_>) -> BaitCredential {
    BaitCredential {
        purpose: purpose.to_owned(),
        username: stream.word(names).to_owned(),
        password: password(stream),
    }
}

/// Root's password on a machine where one may log in; its own on every machine.
pub(super) fn root_password(source: &Source, name: &str) -> String {
    password(&mut source.stream("root password", name))
}

/// A word, a sign and ten characters that nobody confuses: 58 bits that cannot be guessed or
/// met elsewhere by chance.
fn password(stream: &mut Stream<'_>) -> String {
    const LETTERS: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    const WORDS: &[&str] =
        &["Anchor", "Bridge", "Canyon", "Drift", "Engine", "Forest", "Garden", "Harvest", "Island", "Kettle"];
    format!("{}{}{}", stream.word(WORDS), stream.word(&["-", "_", ".", "!"]), stream.text(LETTERS, 10))
}
