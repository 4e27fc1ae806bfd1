//! The facts of MLST and MLSD (RFC 3659, section 7.5), as ProFTPD knows them.

use sha2::{Digest as _, Sha256};

use super::Entry;
use crate::ftp::{stamp, tree::Owner};

/// Which facts a peer wants, in the product's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ftp) struct Facts(u16);

/// Names in the order in which they are printed.
const NAMES: [&str; 10] = [
    "modify",
    "perm",
    "size",
    "type",
    "unique",
    "UNIX.group",
    "UNIX.groupname",
    "UNIX.mode",
    "UNIX.owner",
    "UNIX.ownername",
];

impl Default for Facts {
    fn default() -> Self {
        Self((1 << NAMES.len()) - 1)
    }
}

/// What `.` and `..` are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ftp) enum Place {
    /// An entry of a directory.
    Entry,
    /// The directory itself.
    Here,
    /// The one above.
    Above,
}

impl Facts {
    /// The facts that OPTS MLST names.
    pub(in crate::ftp) fn parse(argument: &[u8]) -> Self {
        let wanted =
            |name: &str| argument.split(|b| *b == b';').any(|f| f.eq_ignore_ascii_case(name.as_bytes()));
        let bits = NAMES.iter().enumerate().filter(|(_, name)| wanted(name)).map(|(at, _)| 1 << at);
        Self(bits.fold(0, |all, bit: u16| all | bit))
    }

    fn wanted(self) -> impl Iterator<Item = &'static str> {
        NAMES.iter().enumerate().filter(move |(at, _)| self.0 >> at & 1 == 1).map(|(_, name)| *name)
    }

    /// The known names among those that OPTS MLST gave, as its answer lists them.
    pub(in crate::ftp) fn names(argument: &[u8]) -> String {
        let known = |given: &[u8]| NAMES.iter().find(|name| given.eq_ignore_ascii_case(name.as_bytes()));
        argument
            .split(|b| *b == b';')
            .filter_map(known)
            .take(NAMES.len())
            .map(|name| format!("{name};"))
            .collect()
    }

    /// The names, as FEAT lists them: a star on those that are wanted.
    pub(in crate::ftp) fn feature(self) -> String {
        let star = |at: usize| if self.0 >> at & 1 == 1 { "*" } else { "" };
        NAMES.iter().enumerate().map(|(at, name)| format!("{name}{};", star(at))).collect()
    }

    /// The facts of an entry.
    pub(in crate::ftp) fn of(
        self,
        entry: &Entry,
        place: Place,
        shown: Option<&Owner>,
        writable: bool,
    ) -> String {
        self.wanted()
            .filter_map(|name| Some(format!("{name}={};", fact(name, entry, place, shown, writable)?)))
            .collect()
    }
}

fn fact(name: &str, entry: &Entry, place: Place, shown: Option<&Owner>, writable: bool) -> Option<String> {
    let node = &entry.node;
    let directory = node.is_directory();
    Some(match name {
        "modify" => stamp::compact(node.modified),
        "perm" => permissions(directory, writable).to_owned(),
        "size" if directory => return None,
        "size" => node.size().to_string(),
        "type" => match (directory, place) {
            (false, _) => "file",
            (true, Place::Entry) => "dir",
            (true, Place::Here) => "cdir",
            (true, Place::Above) => "pdir",
        }
        .to_owned(),
        "unique" => format!("801U{:X}", inode(entry)),
        "UNIX.mode" => format!("{:04o}", node.mode),
        "UNIX.group" => node.owner.group.to_string(),
        "UNIX.owner" => shown.map_or(node.owner.id, |owner| owner.id).to_string(),
        _ => shown.unwrap_or(&node.owner).name.to_string(),
    })
}

const fn permissions(directory: bool, writable: bool) -> &'static str {
    match (directory, writable) {
        (true, true) => "flcdmpe",
        (true, false) => "fle",
        (false, true) => "adfrw",
        (false, false) => "adfr",
    }
}

/// A number that the path always has.
fn inode(entry: &Entry) -> u32 {
    let hash = Sha256::digest(entry.path.as_bytes());
    let number = hash.first_chunk::<4>().copied().unwrap_or_default();
    0x20000 | u32::from_be_bytes(number) >> 10
}
