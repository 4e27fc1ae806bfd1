//! What the files of one machine are about: its people, its organisation, its secrets.

use std::{fmt::Write as _, sync::Arc};

use decnet_proto::{
    ids::SecretKey,
    persona::{BaitCredential, Persona},
};

use super::node::Owner;
use crate::{
    ftp::{settings::Flavour, stamp::Seconds},
    identity,
};

/// User ids that Debian gives to these names at every installation.
const FIXED_IDS: &[(&str, u32)] =
    &[("root", 0), ("www-data", 33), ("backup", 34), ("operator", 37), ("irc", 39)];
/// The first id of a person.
const FIRST_PERSON: u32 = 1_000;

/// One machine, as its files know it.
#[derive(Debug)]
pub(super) struct World {
    key: SecretKey,
    pub(super) hostname: String,
    pub(super) domain: String,
    pub(super) organisation: String,
    /// Accounts that attackers can find and use.
    pub(super) bait: Vec<BaitCredential>,
    pub(super) root: Owner,
    /// Who anonymous visitors are.
    pub(super) ftp: Owner,
    names: Vec<String>,
    /// Whether there is a file with a welcome.
    pub(super) has_welcome: bool,
    /// When the machine was set up.
    pub(super) installed: Seconds,
}

impl World {
    pub(super) fn new(persona: &Persona, flavour: Flavour) -> Self {
        let key = persona.key.clone();
        let id = 105 + identity::number(&key, "ftp uid", 16) as u32;
        // ProFTPD's package puts it into `nogroup`, vsftpd's makes a group for it.
        let (group, has_welcome) = match flavour {
            Flavour::Vsftpd => (id + 6 + identity::number(&key, "ftp gid", 9) as u32, false),
            Flavour::Proftpd => (65_534, true),
        };
        let ftp = Owner { id, group, name: "ftp".into() };
        // Neither product lets root in.
        let bait = persona.bait.iter().filter(|b| b.username != "root");
        let baited = bait.clone().map(|b| b.username.clone());
        Self {
            hostname: persona.hostname.clone(),
            domain: persona.domain.clone(),
            organisation: persona.organisation.clone(),
            bait: bait.clone().cloned().collect(),
            root: Owner { id: 0, group: 0, name: "root".into() },
            ftp,
            names: persona.users.iter().cloned().chain(baited).collect(),
            installed: identity::installed_at(persona),
            has_welcome,
            key,
        }
    }

    /// The account of that name.
    pub(super) fn owner(&self, name: &str) -> Owner {
        let fixed = FIXED_IDS.iter().find(|(fixed, _)| *fixed == name).map(|(_, id)| *id);
        let place = self.names.iter().position(|n| n == name).unwrap_or(self.names.len());
        let id = fixed.unwrap_or(FIRST_PERSON + u32::try_from(place).unwrap_or_default());
        Owner { id, group: id, name: name.into() }
    }

    /// Whether somebody of that name may try to log in; the superuser never may.
    pub(super) fn knows(&self, name: &[u8]) -> bool {
        self.names.iter().any(|n| n.as_bytes() == name)
    }

    /// A number below `bound` that `purpose` always has on this machine.
    pub(super) fn number(&self, purpose: &str, bound: u64) -> u64 {
        identity::number(&self.key, &format!("ftp {purpose}"), bound)
    }

    /// One of `words`, always the same for `purpose`.
    pub(super) fn pick<'a>(&self, purpose: &str, words: &[&'a str]) -> &'a str {
        let at = self.number(purpose, words.len() as u64) as usize;
        words.get(at).copied().unwrap_or_default()
    }

    /// Bytes for `purpose`.
    pub(super) fn seed(&self, purpose: &str) -> [u8; 16] {
        identity::derive(&self.key, &format!("ftp {purpose}"))
    }

    /// Accounts other than that of `name`: what its files give away.
    pub(super) fn others(&self, name: &str) -> impl Iterator<Item = &BaitCredential> {
        self.bait.iter().filter(move |b| b.username != name)
    }

    /// The first word of the organisation, in lower case.
    pub(super) fn short_name(&self) -> String {
        let word = self.organisation.split_whitespace().next().unwrap_or("main");
        word.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
    }

    /// An address in the machine's own network that some other server has.
    pub(super) fn neighbour(&self, purpose: &str) -> String {
        format!(
            "{}.{}",
            self.pick(purpose, &["db01", "db02", "sql-prod", "files", "intra", "erp"]),
            self.domain
        )
    }
}

/// Rows of a table that always comes out the same.
pub(super) fn table(
    world: &World,
    purpose: &str,
    head: &str,
    rows: u64,
    row: impl Fn(u64, u64) -> String,
) -> Arc<[u8]> {
    let mut out = format!("{head}\r\n");
    for number in 0..rows {
        let _ = write!(out, "{}\r\n", row(number, world.number(&format!("{purpose} {number}"), 1 << 40)));
    }
    out.into_bytes().into()
}
