//! What stands on the server: files, folders, bait, and perhaps an application.
//!
//! A [`Site`] is built once per service from the persona, so that two deckies never have the
//! same one and a restart does not change it.

mod bait;
mod files;
mod front;
mod icons;
mod listing;
mod media;
pub(super) mod phpmyadmin;
mod resource;
pub(super) mod wordpress;

use std::collections::BTreeMap;

use decnet_proto::persona::{Persona, ServiceSpec};

pub(super) use resource::Resource;

use super::{
    answer::Answer,
    product::{Identity, Product},
    request::Request,
    settings::Settings,
};

/// The application that a site runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum App {
    /// None: only files.
    None,
    /// WordPress.
    WordPress,
    /// phpMyAdmin.
    PhpMyAdmin,
}

/// What a path leads to.
#[derive(Debug)]
pub(super) enum Found<'a> {
    /// A file.
    File(&'a Resource),
    /// A folder that has a page of its own.
    Index(&'a Resource),
    /// A folder without one.
    Folder,
    /// A folder whose name was given without the slash at its end.
    Unslashed,
    /// Something that asks for a password.
    Protected,
    /// Something that nobody may see.
    Forbidden,
    /// Nothing.
    Missing,
}

/// Everything under one server.
#[derive(Debug)]
pub(super) struct Site {
    files: BTreeMap<Vec<u8>, Resource>,
    app: App,
    persona: Persona,
    /// Status of the answer where nothing is.
    missing: u16,
}

/// Where Apache's pictures are.
const ICONS: &[u8] = b"/icons";
/// The folder that asks for a password.
const PROTECTED: &[u8] = b"/admin";

impl Site {
    /// The site of this service.
    pub(super) fn new(
        identity: &Identity,
        settings: &Settings,
        spec: &ServiceSpec,
        persona: &Persona,
    ) -> Self {
        let mut files = BTreeMap::new();
        let product = identity.product;
        let installed = crate::identity::installed_at(persona);
        for (path, body, age) in files::all(identity, settings, spec, persona) {
            let modified = media::modified(&persona.key, &path, installed, age);
            let resource = Resource::new(body, media::of(product, path.as_bytes()), modified);
            files.insert(path.into_bytes(), resource);
        }
        Self { files, app: settings.app, persona: persona.clone(), missing: settings.missing }
    }

    /// What `path` leads to.
    pub(super) fn find(&self, identity: &Identity, path: &[u8]) -> Found<'_> {
        let name = path.rsplit(|b| *b == b'/').next().unwrap_or_default();
        if identity.product == Product::Apache && forbidden_by_apache(identity, path, name) {
            return Found::Forbidden;
        }
        if let Some(resource) = self.files.get(path) {
            return Found::File(resource);
        }
        let bare = path.strip_suffix(b"/").unwrap_or(path);
        if bare == PROTECTED && self.app == App::None {
            return if bare == path { Found::Unslashed } else { Found::Protected };
        }
        let folder = [bare, b"/"].concat();
        if bare != path
            && let Some(index) = self.files.get(&[&folder[..], b"index.html"].concat())
        {
            return Found::Index(index);
        }
        // They stand elsewhere, and are not part of the tree.
        if bare == ICONS {
            return Found::Missing;
        }
        let is_folder = folder == b"/" || self.within(&folder).next().is_some();
        match (is_folder, bare == path) {
            (true, true) => Found::Unslashed,
            (true, false) => Found::Folder,
            (false, _) => Found::Missing,
        }
    }

    /// The page of the application for a request, if it is one of the application's.
    pub(super) fn app_answer(&self, identity: &Identity, request: &Request) -> Option<Answer<'static>> {
        match self.app {
            App::None => None,
            App::WordPress => wordpress::answer(&self.persona, identity, request),
            App::PhpMyAdmin => phpmyadmin::answer(&self.persona, identity, request),
        }
    }

    /// Whether an application runs on it.
    pub(super) fn runs_app(&self) -> bool {
        self.app != App::None
    }

    /// Status of the answer where nothing is.
    pub(super) fn missing(&self) -> u16 {
        self.missing
    }

    /// The page at the root.
    pub(super) fn front(&self) -> Option<&Resource> {
        self.files.get(&b"/index.html"[..])
    }

    /// The page that lists a folder.
    pub(super) fn listing(&self, identity: &Identity, request: &Request, folder: &[u8]) -> Vec<u8> {
        let entries = self
            .within(folder)
            .map(|(path, resource)| (path.get(folder.len()..).unwrap_or_default(), resource));
        listing::page(identity, request, folder, entries)
    }

    /// Files below `folder`, which ends with a slash.
    fn within<'a>(&'a self, folder: &'a [u8]) -> impl Iterator<Item = (&'a [u8], &'a Resource)> {
        self.files
            .range(folder.to_vec()..)
            .map(|(path, resource)| (path.as_slice(), resource))
            .take_while(move |(path, _)| path.starts_with(folder))
    }
}

/// What the shipped configuration of Apache shows to nobody on another machine.
fn forbidden_by_apache(identity: &Identity, path: &[u8], name: &[u8]) -> bool {
    let status = path == b"/server-status" || path.starts_with(b"/server-status/");
    let too_long = path.split(|b| *b == b'/').any(|segment| segment.len() > 255);
    (status && identity.habits.has_status) || too_long || name.starts_with(b".ht") || (path == b"/icons/")
}
