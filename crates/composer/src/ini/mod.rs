//! The fleet file: text to [`FleetSpec`], or everything that is wrong with it.
//!
//! `document` knows the dialect, one module per kind of section knows its keys, and this
//! one puts the sections together.

mod custom;
mod document;
mod fields;
mod general;
mod group;
mod persona;
pub(crate) mod value;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

use document::{DEFAULT, Document, Section};
use fields::{Defaults, Fields};
use group::Customs;
use persona::Target;

use crate::{
    diagnostic::{Checked, Diagnostics, Place},
    fleet::{DeckySpec, FleetSpec, MAX_DECKIES},
};

/// Largest fleet file in bytes.
pub const MAX_BYTES: usize = 512 * 1024;

const GENERAL: &str = "general";

/// Reads a fleet file. `file` is its name in messages. Never panics, whatever the bytes.
///
/// # Errors
/// Everything that is wrong, not only the first.
pub fn parse(file: &str, text: &[u8]) -> Result<Checked<FleetSpec>, Diagnostics> {
    let mut found = Diagnostics::default();
    let fleet = read(file, text, &mut found);
    found.sort();
    found.checked(fleet.unwrap_or_default())
}

fn read(file: &str, text: &[u8], found: &mut Diagnostics) -> Option<FleetSpec> {
    let at = |line| Place::File { file: file.into(), line, section: None, key: None };
    if text.len() > MAX_BYTES {
        found.error(&at(1), format!("the file is too large: {} bytes; {MAX_BYTES} are allowed", text.len()));
        return None;
    }
    let text = match str::from_utf8(text) {
        Ok(text) => text,
        Err(error) => {
            let good = text.get(..error.valid_up_to()).unwrap_or_default();
            found.error(&at(line_of(good)), "the line is no UTF-8 text");
            return None;
        }
    };
    if text.trim().is_empty() {
        found.error(&at(1), "the file is empty");
        return None;
    }
    let document = document::read(file, text, found);
    if document.sections.is_empty() {
        found.error(&at(1), "the file has no section; a decky is described by one, as [web-01]");
        return None;
    }
    assemble(&document, found)
}

fn line_of(good: &[u8]) -> u32 {
    let newlines = good.iter().filter(|byte| **byte == b'\n').count();
    u32::try_from(newlines).unwrap_or(u32::MAX).saturating_add(1)
}

fn assemble(document: &Document, found: &mut Diagnostics) -> Option<FleetSpec> {
    let mut defaults = Defaults::of(document);
    let customs = read_customs(document, &mut defaults, found);
    let mut fleet = FleetSpec::default();
    let mut members = Members::default();
    let mut personas = Vec::new();
    for section in &document.sections {
        match Kind::of(section, &customs) {
            Kind::Default | Kind::Custom(_) => {}
            Kind::General => {
                let fields = Fields::take(document, section, general::KEYS, &mut defaults, found);
                (fleet.network, fleet.isolation) = general::read(&fields, found);
            }
            Kind::Persona(owner, target) => personas.push((section, owner, target)),
            Kind::Group => {
                let fields = Fields::take(document, section, group::KEYS, &mut defaults, found);
                members.add(&section.name, group::read(&section.name, &fields, &customs, found), found);
            }
        }
        if members.deckies.len() > MAX_DECKIES {
            found.error(&document.place(section), format!("the fleet has more than {MAX_DECKIES} deckies"));
            return None;
        }
    }
    apply_personas(document, personas, &customs, &mut members, &mut defaults, found);
    finish(document, &customs, &members, found);
    defaults.finish(document, found);
    fleet.deckies = members.deckies;
    Some(fleet)
}

/// What a section is, by its name.
enum Kind<'a> {
    Default,
    General,
    Custom(&'a str),
    Persona(&'a str, Target<'a>),
    Group,
}

impl<'a> Kind<'a> {
    fn of(section: &'a Section, customs: &Customs) -> Self {
        let name: &str = &section.name;
        if name == DEFAULT {
            Self::Default
        } else if name == GENERAL {
            Self::General
        } else if let Some(service) = name.strip_prefix(custom::PREFIX) {
            Self::Custom(service)
        } else if let Some((owner, target)) = persona::split(name, customs) {
            Self::Persona(owner, target)
        } else {
            Self::Group
        }
    }
}

fn read_customs<'a>(document: &'a Document, defaults: &mut Defaults<'a>, found: &mut Diagnostics) -> Customs {
    let mut customs = Customs::new();
    for section in &document.sections {
        if let Kind::Custom(name) = Kind::of(section, &customs) {
            let fields = Fields::take(document, section, custom::KEYS, defaults, found);
            customs.insert(name.to_owned(), custom::read(name, &fields, found));
        }
    }
    customs
}

/// The deckies so far, and what tells them apart.
#[derive(Default)]
struct Members {
    deckies: Vec<DeckySpec>,
    /// Positions of the members of each section.
    sections: BTreeMap<String, Vec<usize>>,
    /// Positions by name, small letters.
    names: BTreeMap<String, usize>,
    addresses: BTreeMap<Ipv4Addr, usize>,
}

impl Members {
    fn add(&mut self, section: &str, new: Vec<DeckySpec>, found: &mut Diagnostics) {
        for decky in new {
            let position = self.deckies.len();
            if let Some(other) = self.claim(&decky, position) {
                let message =
                    format!("a decky named {other} is there already (names are compared without case)");
                found.error(&decky.place, message);
                continue;
            }
            if let Some(ip) = &decky.ip {
                let holder = self.addresses.get(&ip.value).and_then(|position| self.deckies.get(*position));
                if let Some(holder) = holder {
                    found
                        .error(&ip.place, format!("address {} belongs to {} already", ip.value, holder.name));
                }
                self.addresses.entry(ip.value).or_insert(position);
            }
            self.sections.entry(section.to_owned()).or_default().push(position);
            self.deckies.push(decky);
        }
    }

    /// Takes the name of a decky; the one that has it already, if so.
    fn claim(&mut self, decky: &DeckySpec, position: usize) -> Option<String> {
        let name = decky.name.as_str().to_lowercase();
        match self.names.get(&name) {
            Some(other) => self.deckies.get(*other).map(|other| other.name.to_string()),
            None => {
                self.names.insert(name, position);
                None
            }
        }
    }

    /// The members that a persona's owner stands for: those of the section of that name, else
    /// the one member of that name. The flag says which.
    fn of(&self, owner: &str) -> Option<(Vec<usize>, Reach)> {
        if let Some(positions) = self.sections.get(owner) {
            return Some((positions.clone(), Reach::Section));
        }
        let position = self.names.get(&owner.to_lowercase())?;
        let exact = self.deckies.get(*position).is_some_and(|decky| decky.name.as_str() == owner);
        exact.then(|| (vec![*position], Reach::Member))
    }
}

/// What a persona section says.
enum Keys {
    Here(persona::Keys),
    Custom(custom::LogIn),
}

/// How far a persona reaches; a member's own outranks that of its section.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Section,
    Member,
}

fn apply_personas<'a>(
    document: &'a Document,
    personas: Vec<(&'a Section, &'a str, Target<'a>)>,
    customs: &Customs,
    members: &mut Members,
    defaults: &mut Defaults<'a>,
    found: &mut Diagnostics,
) {
    let mut ready = Vec::new();
    for (section, owner, target) in personas {
        let place = document.place(section);
        let Some((positions, reach)) = members.of(owner) else {
            found.error(&place, orphan(owner, members));
            continue;
        };
        match target {
            Target::Later => {
                found.error(&place, "this service is not in this build, so it cannot have a persona")
            }
            Target::Custom(name) if customs.get(name).is_some_and(|custom| custom.plays.is_some()) => {
                let fields = Fields::take(document, section, custom::PERSONA_KEYS, defaults, found);
                ready.push((reach, positions, Keys::Custom(custom::read_log_in(name, &fields, found))));
            }
            Target::Custom(_) => found.error(
                &place,
                "a service of your own takes no persona, unless plays = says which service it stands in for; give its values in exec or in the image",
            ),
            Target::Here(service) => {
                let fields = Fields::take(document, section, &persona::keys(service), defaults, found);
                ready.push((reach, positions, Keys::Here(persona::read(service, &fields, found))));
            }
        }
    }
    ready.sort_by_key(|(reach, ..)| *reach);
    for (_, positions, keys) in ready {
        for position in positions {
            if let Some(decky) = members.deckies.get_mut(position) {
                match &keys {
                    Keys::Here(keys) => keys.apply(decky, found),
                    Keys::Custom(log_in) => log_in.apply(decky, found),
                }
            }
        }
    }
}

fn orphan(owner: &str, members: &Members) -> String {
    const SHOWN: usize = 8;
    let names: Vec<_> = members.sections.keys().map(String::as_str).take(SHOWN).collect();
    let more = if members.sections.len() > SHOWN { ", …" } else { "" };
    format!("no decky or group is named {}; there are {}{more}", value::quoted(owner), names.join(", "))
}

/// What can only be said at the end, of a file that is right so far.
fn finish(document: &Document, customs: &Customs, members: &Members, found: &mut Diagnostics) {
    if found.has_errors() {
        return;
    }
    let used: BTreeSet<&str> =
        members.deckies.iter().flat_map(|decky| &decky.custom).map(|custom| custom.name.as_str()).collect();
    for section in &document.sections {
        if let Kind::Custom(name) = Kind::of(section, customs)
            && !used.contains(name)
        {
            found.warn(&document.place(section), format!("no decky lists service {name}"));
        }
    }
    if members.deckies.is_empty() {
        let last = document.sections.last().map_or(Place::Fleet, |section| document.place(section));
        found.error(&last, "the file describes no decky; one is described by a section, as [web-01]");
    }
}
