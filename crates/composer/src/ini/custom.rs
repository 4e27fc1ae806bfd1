//! `[custom-NAME]`: images of the operator's own.

use decnet_proto::{
    plan::{CustomService, StandIn},
    service::{LATER, ServiceId, ValueRule},
};

use super::{
    fields::Fields,
    value::{self, quoted},
};
use crate::{
    diagnostic::{Diagnostics, Place},
    fleet::DeckySpec,
};

/// What the names of such sections begin with.
pub(super) const PREFIX: &str = "custom-";

/// Keys of the section.
pub(super) const KEYS: &[&str] = &["binary", "exec", "ports", "plays"];

/// Keys of `[X.NAME]`, for an image that stands in for a built-in service.
pub(super) const PERSONA_KEYS: &[&str] = &["password", "hostname"];

const MAX_NAME: usize = 32;
const MAX_PORTS: usize = 64;

/// Reads the definition of service `name`. What is wrong with it is reported here, so it is a
/// definition all the same, lest whoever lists it is blamed as well.
pub(super) fn read(name: &str, fields: &Fields<'_>, found: &mut Diagnostics) -> CustomService {
    if let Err(message) = check_name(name) {
        found.error(&fields.place(), message);
    }
    let image = fields.parse("binary", found, image);
    if fields.get("binary").is_none() {
        found
            .error(&fields.place(), "key binary is missing; it names the image, as registry.example/badge:3");
    }
    let command = fields.get("exec").map_or("", |(command, _)| command);
    CustomService {
        name: name.to_owned(),
        image: image.unwrap_or_default(),
        command: command.split_whitespace().map(str::to_owned).collect(),
        ports: fields.parse("ports", found, ports).unwrap_or_default(),
        plays: fields.parse("plays", found, stand_in),
        password: None,
        hostname: None,
    }
}

fn stand_in(value: &str) -> Result<StandIn, String> {
    let list = || StandIn::ALL.map(StandIn::slug).join(", ");
    let known = StandIn::ALL.into_iter().find(|service| service.slug() == value);
    known.ok_or_else(|| {
        format!("an image cannot stand in for {}; it can for one of: {}", quoted(value), list())
    })
}

/// What `[X.NAME]` says of an image that stands in.
pub(super) struct LogIn {
    place: Place,
    name: String,
    password: Option<String>,
    hostname: Option<String>,
}

/// Reads the section.
pub(super) fn read_log_in(name: &str, fields: &Fields<'_>, found: &mut Diagnostics) -> LogIn {
    let mut text = |key| {
        let check = |value: &str| value::check(ValueRule::Text, value).map(|()| value.to_owned());
        fields.parse(key, found, check)
    };
    let (password, hostname) = (text("password"), text("hostname"));
    LogIn { place: fields.place(), name: name.to_owned(), password, hostname }
}

impl LogIn {
    /// Gives it to the decky's image of that name.
    pub(super) fn apply(&self, decky: &mut DeckySpec, found: &mut Diagnostics) {
        let Some(custom) = decky.custom.iter_mut().find(|custom| custom.name == self.name) else {
            return found.error(&self.place, format!("{} has no service {}", decky.name, self.name));
        };
        if self.password.is_some() {
            custom.password.clone_from(&self.password);
        }
        if self.hostname.is_some() {
            custom.hostname.clone_from(&self.hostname);
        }
    }
}

fn check_name(name: &str) -> Result<(), String> {
    if ServiceId::ALL.iter().any(|service| service.slug() == name) || LATER.contains(&name) {
        return Err(format!("{} is the name of a built-in service; give yours another", quoted(name)));
    }
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    let ends = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let valid = name.len() <= MAX_NAME
        && ends(name.bytes().next())
        && ends(name.bytes().next_back())
        && name.bytes().all(inner);
    valid.then_some(()).ok_or_else(|| {
        format!(
            "{} cannot name a service: 1 to {MAX_NAME} small letters, digits, hyphens and underscores, with a letter or digit at both ends",
            quoted(name)
        )
    })
}

fn image(value: &str) -> Result<String, String> {
    let valid = (1..=255).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_graphic());
    valid.then(|| value.to_owned()).ok_or_else(|| {
        format!("{} is no image reference; write one as registry.example/badge:3", quoted(value))
    })
}

fn ports(value: &str) -> Result<Vec<u16>, String> {
    let mut ports = Vec::new();
    for part in value::list(value) {
        let port = part.parse().ok().filter(|port| *port != 0);
        let port =
            port.ok_or_else(|| format!("{} is no port; a port is a number from 1 to 65535", quoted(part)))?;
        if ports.contains(&port) {
            return Err(format!("port {port} is there twice"));
        }
        ports.push(port);
    }
    if ports.len() > MAX_PORTS {
        return Err(format!("{} ports are too many; {MAX_PORTS} are allowed", ports.len()));
    }
    Ok(ports)
}
