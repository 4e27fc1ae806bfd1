//! The commands and settings that a Redis of a version has.

use std::{collections::BTreeMap, sync::OnceLock};

use super::version::Version;

/// What COMMAND says of a command.
#[derive(Debug)]
pub struct Command {
    /// Its name, in lower case.
    pub name: &'static str,
    /// The version that brought it.
    pub since: Version,
    /// Its group in the documentation.
    pub group: &'static str,
    /// Words of a call, name included; negative for at least as many.
    pub arity: i64,
    /// First key, last key, step between keys; all 0 without keys.
    pub keys: [i64; 3],
    /// Flags.
    pub flags: Vec<&'static str>,
    /// Access categories, without the at sign.
    pub categories: Vec<&'static str>,
}

impl Command {
    /// Whether a call of `words` words (name included) is right in number.
    pub fn takes(&self, words: usize) -> bool {
        let words = i64::try_from(words).unwrap_or(i64::MAX);
        if self.arity < 0 { words >= -self.arity } else { words == self.arity }
    }
}

/// Every command of the newest version, by name.
pub fn commands() -> &'static BTreeMap<&'static str, Command> {
    static TABLE: OnceLock<BTreeMap<&'static str, Command>> = OnceLock::new();
    TABLE.get_or_init(|| {
        lines(include_str!("data/commands.txt")).filter_map(command).map(|c| (c.name, c)).collect()
    })
}

fn command(line: &'static str) -> Option<Command> {
    let mut words = line.split(' ');
    let (name, since, group) = (words.next()?, words.next()?.parse().ok()?, words.next()?);
    let mut number = || words.next()?.parse().ok();
    let (arity, keys) = (number()?, [number()?, number()?, number()?]);
    let mut list = || words.next().map(|list| list.split(',').filter(|w| *w != "-").collect());
    Some(Command { name, since, group, arity, keys, flags: list()?, categories: list()? })
}

/// The settings of a version with their defaults.
pub fn settings(version: Version) -> BTreeMap<String, String> {
    let known = lines(include_str!("data/config.txt")).filter_map(|line| {
        let (since, rest) = line.split_once(' ')?;
        let (name, value) = rest.split_once(' ').unwrap_or((rest, ""));
        (since.parse::<Version>().ok()? <= version).then(|| (name.to_owned(), value.to_owned()))
    });
    known.collect()
}

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_tables_is_read() {
        assert_eq!(commands().len(), lines(include_str!("data/commands.txt")).count());
        assert_eq!(settings(Version(7, 0, 15)).len(), lines(include_str!("data/config.txt")).count());
        assert!(settings(Version(5, 0, 7)).len() < settings(Version(6, 0, 16)).len());
        assert!(commands()["get"].takes(2) && !commands()["get"].takes(3) && commands()["set"].takes(5));
    }
}
