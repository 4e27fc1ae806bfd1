//! The keys of one section that its kind knows, its own and inherited ones.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{DEFAULT, Document, Entry, Section};
use crate::diagnostic::{Diagnostics, Place};

/// Keys that mean something in a later build, and what.
const LATER: &[(&str, &str)] = &[("mutate_interval", "rotation of services")];

/// What to say of a key that nobody knows.
fn unknown(entry: &Entry, otherwise: impl FnOnce() -> String) -> String {
    match LATER.iter().find(|(key, _)| *key == entry.key) {
        Some((_, feature)) => format!("{feature} is not in this build"),
        None => otherwise(),
    }
}

/// What all sections inherit, and which of it somebody took.
pub(super) struct Defaults<'a> {
    section: Option<&'a Section>,
    taken: BTreeSet<&'a str>,
}

impl<'a> Defaults<'a> {
    pub(super) fn of(document: &'a Document) -> Self {
        let section = document.sections.iter().find(|section| &*section.name == DEFAULT);
        Self { section, taken: BTreeSet::new() }
    }

    /// Reports what no section could take.
    pub(super) fn finish(self, document: &Document, found: &mut Diagnostics) {
        let Some(section) = self.section else { return };
        for entry in section.entries.iter().filter(|entry| !self.taken.contains(entry.key.as_str())) {
            let message = unknown(entry, || "no section of this file has such a key".to_owned());
            found.error(&document.place_of(section, entry), message);
        }
    }
}

/// The keys of one section.
pub(super) struct Fields<'a> {
    document: &'a Document,
    section: &'a Section,
    known: BTreeMap<&'a str, (&'a Section, &'a Entry)>,
}

impl<'a> Fields<'a> {
    /// Takes the keys in `known`, from the section and from the defaults; another key of the
    /// section itself is an error.
    pub(super) fn take(
        document: &'a Document,
        section: &'a Section,
        known: &[&str],
        defaults: &mut Defaults<'a>,
        found: &mut Diagnostics,
    ) -> Self {
        let mut fields = Self { document, section, known: BTreeMap::new() };
        for entry in &section.entries {
            if known.contains(&entry.key.as_str()) {
                fields.known.insert(&entry.key, (section, entry));
            } else {
                let message = unknown(entry, || format!("unknown key; allowed are {}", known.join(", ")));
                found.error(&document.place_of(section, entry), message);
            }
        }
        fields.inherit(known, defaults);
        fields
    }

    fn inherit(&mut self, known: &[&str], defaults: &mut Defaults<'a>) {
        let Some(section) = defaults.section else { return };
        for entry in section.entries.iter().filter(|entry| known.contains(&entry.key.as_str())) {
            defaults.taken.insert(&entry.key);
            self.known.entry(&entry.key).or_insert((section, entry));
        }
    }

    /// Where the section begins.
    pub(super) fn place(&self) -> Place {
        self.document.place(self.section)
    }

    /// The value of a key, and where it is.
    pub(super) fn get(&self, key: &str) -> Option<(&'a str, Place)> {
        let (section, entry) = self.known.get(key)?;
        Some((&entry.value, self.document.place_of(section, entry)))
    }

    /// The value of a key as something better than text; what it cannot be is reported.
    pub(super) fn parse<T>(
        &self,
        key: &str,
        found: &mut Diagnostics,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let (value, place) = self.get(key)?;
        parse(value).map_err(|message| found.error(&place, message)).ok()
    }

    /// Every key with its value and place, sorted.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str, Place)> {
        self.known.iter().map(|(key, (section, entry))| {
            (*key, entry.value.as_str(), self.document.place_of(section, entry))
        })
    }
}
