//! `[X.SVC]`: the persona keys of a service, for decky or group X.

use decnet_proto::service::{LATER, ServiceId, ValueRule};

use super::{fields::Fields, group::Customs, value};
use crate::{
    diagnostic::{Diagnostics, Place},
    files::{FileKind, FileReference},
    fleet::{DeckySpec, ServiceChoice, ServiceRequest},
};

/// Whose service a section describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target<'a> {
    /// A service of this build.
    Here(ServiceId),
    /// A service of a later build.
    Later,
    /// A service of the operator's own, by name.
    Custom(&'a str),
}

/// The decky or group and the service that a section's name speaks of, if it does.
pub(super) fn split<'a>(name: &'a str, customs: &Customs) -> Option<(&'a str, Target<'a>)> {
    let (owner, service) = name.rsplit_once('.')?;
    let target = match service.parse() {
        Ok(service) => Target::Here(service),
        Err(_) if LATER.contains(&service) => Target::Later,
        Err(_) if customs.contains_key(service) => Target::Custom(service),
        Err(_) => return None,
    };
    Some((owner, target))
}

/// Names of the keys of a service.
pub(super) fn keys(service: ServiceId) -> Vec<&'static str> {
    service.info().keys.iter().map(|key| key.name).collect()
}

/// The checked keys of one section.
pub(super) struct Keys {
    service: ServiceId,
    place: Place,
    config: Vec<(String, String)>,
    references: Vec<FileReference>,
}

/// Reads the section.
pub(super) fn read(service: ServiceId, fields: &Fields<'_>, found: &mut Diagnostics) -> Keys {
    let mut keys = Keys { service, place: fields.place(), config: Vec::new(), references: Vec::new() };
    for (key, value, place) in fields.iter() {
        let Some(spec) = service.key(key) else { continue };
        if let Err(message) = value::check(spec.rule, value) {
            found.error(&place, message);
            continue;
        }
        let kind = match spec.rule {
            ValueRule::File => FileKind::File,
            ValueRule::Folder => FileKind::Folder,
            ValueRule::Text
            | ValueRule::Number(..)
            | ValueRule::Version
            | ValueRule::HostName
            | ValueRule::OneOf(_)
            | ValueRule::JsonObject => {
                keys.config.push((key.to_owned(), value.to_owned()));
                continue;
            }
        };
        keys.references.push(FileReference { key: key.to_owned(), kind, path: value.to_owned(), place });
    }
    keys
}

impl Keys {
    /// Gives a decky these keys, over those that it has.
    pub(super) fn apply(&self, decky: &mut DeckySpec, found: &mut Diagnostics) {
        let ServiceChoice::Listed(requests) = &mut decky.services else {
            let message = format!(
                "the services of {} are drawn at random; give it services = {}",
                decky.name, self.service
            );
            return found.error(&self.place, message);
        };
        let Some(request) = requests.iter_mut().find(|request| request.service == self.service) else {
            let list: Vec<_> = requests.iter().map(|request| request.service.slug()).collect();
            let message =
                format!("{} has no service {}; it has {}", decky.name, self.service, list.join(", "));
            return found.error(&self.place, message);
        };
        request.config.extend(self.config.iter().cloned());
        request.references.retain(|old| self.references.iter().all(|new| new.key != old.key));
        request.references.extend(self.references.iter().cloned());
        self.check_pair(request, found);
    }

    /// A certificate is worth nothing without its key.
    fn check_pair(&self, request: &ServiceRequest, found: &mut Diagnostics) {
        let has = |key| request.references.iter().any(|reference| reference.key == key);
        for (one, other) in [("tls_cert", "tls_key"), ("tls_key", "tls_cert")] {
            if has(one) && !has(other) {
                found.error(&self.place, format!("{one} needs {other} beside it"));
            }
        }
    }
}
