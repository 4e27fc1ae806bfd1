//! Accounts: the played `/etc/passwd`, `shadow`, `group` and `gshadow` of a visitor, and who
//! changes them.
//!
//! A password that is set is told of; which passwords log in is the persona's matter.

pub(super) mod ages;
pub(super) mod friendly;
pub(super) mod groups;
pub(super) mod passwords;
pub(super) mod users;

use std::fmt::Write as _;

use super::privileged;
use crate::{
    machine::{DAY, Errno, Files, Line, Machine},
    shell::Process,
};

/// One of the files, by lines of fields.
pub(super) struct Database {
    files: Files,
    path: &'static str,
    pub(super) rows: Vec<Vec<String>>,
}

impl Database {
    /// Reads `/etc/passwd` or its like, with the rights of root.
    pub(super) fn open(process: &Process, path: &'static str) -> Self {
        let files = privileged(process);
        let text = files.read(path.as_bytes()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        let rows = text.lines().map(|line| line.split(':').map(str::to_owned).collect()).collect();
        Self { files, path, rows }
    }

    /// The row of a name.
    pub(super) fn find(&self, name: &str) -> Option<&Vec<String>> {
        self.rows.iter().find(|row| row.first().is_some_and(|known| known == name))
    }

    /// A field of the row of a name.
    pub(super) fn field(&self, name: &str, place: usize) -> Option<&str> {
        self.find(name)?.get(place).map(String::as_str)
    }

    /// Changes a field of the row of a name.
    pub(super) fn set(&mut self, name: &str, place: usize, value: impl Into<String>) {
        let row = self.rows.iter_mut().find(|row| row.first().is_some_and(|known| known == name));
        if let Some(field) = row.and_then(|row| row.get_mut(place)) {
            *field = value.into();
        }
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.rows.retain(|row| row.first().is_none_or(|known| known != name));
    }

    /// Adds a row, given with its colons.
    pub(super) fn add(&mut self, row: &str) {
        self.rows.push(row.split(':').map(str::to_owned).collect());
    }

    /// Numbers in the third field.
    pub(super) fn numbers(&self) -> Vec<u32> {
        self.rows.iter().filter_map(|row| row.get(2)?.parse().ok()).collect()
    }

    /// The name that has a number in the third field.
    pub(super) fn name_of(&self, number: &str) -> Option<&str> {
        let row = self.rows.iter().find(|row| row.get(2).is_some_and(|known| known == number))?;
        row.first().map(String::as_str)
    }

    /// Writes it back.
    pub(super) fn save(&self) -> Result<(), Errno> {
        let mut text = String::new();
        for row in &self.rows {
            let _ = writeln!(text, "{}", row.join(":"));
        }
        self.files.write(self.path.as_bytes(), text.as_bytes(), 0o644)
    }
}

pub(super) const PASSWD: &str = "/etc/passwd";
pub(super) const SHADOW: &str = "/etc/shadow";
pub(super) const GROUP: &str = "/etc/group";
pub(super) const GSHADOW: &str = "/etc/gshadow";

/// Today in days since 1970, as `shadow` counts.
pub(super) fn today(machine: &Machine) -> i64 {
    machine.now().seconds / DAY
}

/// The first free number from `first` on, after the highest taken one below `end`.
pub(super) fn free_number(taken: &[u32], first: u32, end: u32) -> u32 {
    let highest = taken.iter().filter(|number| (first..end).contains(number)).max();
    highest.map_or(first, |highest| highest + 1)
}

/// The highest free number below 1000, as system accounts get it.
pub(super) fn free_system_number(taken: &[u32]) -> u32 {
    (100..1_000).rev().find(|number| !taken.contains(number)).unwrap_or(999)
}

/// Whether the name may be one of an account.
pub(super) fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    let first = bytes.next().is_some_and(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let rest = name.strip_suffix('$').unwrap_or(name);
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
    first && name.len() <= 32 && rest.bytes().all(plain)
}

/// A hash of a password, as the system would keep it.
pub(super) fn hash(process: &Process, name: &str, password: &[u8]) -> String {
    let machine = &process.machine;
    let purpose = format!("shadow {name} {}", String::from_utf8_lossy(password));
    let text = |purpose: &str, length: usize| -> String {
        let text = machine.base64(purpose, length).replace('+', ".");
        text.chars().take(length).collect()
    };
    let salt = format!("{purpose} {}", machine.now().seconds);
    match machine.distro().line() {
        Line::Firmware => format!("$1${}${}", text(&salt, 8), text(&purpose, 22)),
        Line::Alpine | Line::RedHat => format!("$6${}${}", text(&salt, 16), text(&purpose, 86)),
        _ => format!("$y$j9T${}/${}", text(&salt, 21), text(&purpose, 43)),
    }
}

/// Text of an argument.
pub(super) fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
