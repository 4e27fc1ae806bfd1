//! Files of the operator's that persona keys name. This crate reads none: it says which
//! it needs, the caller loads them, and [`FleetSpec::with_files`] puts them in.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    diagnostic::{Diagnostics, Place},
    fleet::{DeckySpec, FleetSpec, ServiceChoice, ServiceRequest},
};

/// Most bytes of files that one service of a decky may carry.
pub const MAX_BYTES: usize = 24 * 1024;

/// A file or folder that a persona key names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReference {
    /// The key.
    pub key: String,
    /// Whether a folder or a single file is meant.
    pub kind: FileKind,
    /// The path as written; relative to the folder of the fleet file.
    pub path: String,
    /// Where it was written.
    pub place: Place,
}

/// What a path must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// A single file.
    File,
    /// A folder, with all that is below it.
    Folder,
}

/// What a caller found at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loaded {
    /// The content of a file.
    File(Vec<u8>),
    /// The contents of a folder's files by their path below it, `/` between its parts.
    Folder(BTreeMap<String, Vec<u8>>),
}

impl FleetSpec {
    /// Every file and folder that the fleet needs, each path once.
    pub fn file_references(&self) -> Vec<FileReference> {
        let mut unique: BTreeMap<(&str, FileKind), &FileReference> = BTreeMap::new();
        for reference in self.requests().flat_map(|request| &request.references) {
            unique.entry((&reference.path, reference.kind)).or_insert(reference);
        }
        unique.into_values().cloned().collect()
    }

    fn requests(&self) -> impl Iterator<Item = &ServiceRequest> {
        self.deckies.iter().flat_map(|decky| match &decky.services {
            ServiceChoice::Listed(requests) => requests.as_slice(),
            ServiceChoice::Random => &[],
        })
    }

    /// Puts the loaded files in, by the path of their reference.
    ///
    /// # Errors
    /// Names every path that is missing, of the wrong kind, or too large.
    pub fn with_files(mut self, loaded: &BTreeMap<String, Loaded>) -> Result<Self, Diagnostics> {
        let mut found = Diagnostics::default();
        for decky in &mut self.deckies {
            fill_decky(decky, loaded, &mut found);
        }
        if found.has_errors() { Err(found) } else { Ok(self) }
    }
}

fn fill_decky(decky: &mut DeckySpec, loaded: &BTreeMap<String, Loaded>, found: &mut Diagnostics) {
    if let ServiceChoice::Listed(requests) = &mut decky.services {
        for request in requests {
            fill_request(request, loaded, found);
        }
    }
}

fn fill_request(request: &mut ServiceRequest, loaded: &BTreeMap<String, Loaded>, found: &mut Diagnostics) {
    let mut total = 0;
    for reference in std::mem::take(&mut request.references) {
        let files = match (reference.kind, loaded.get(&reference.path)) {
            (FileKind::File, Some(Loaded::File(content))) => vec![(reference.key.clone(), content)],
            (FileKind::Folder, Some(Loaded::Folder(files))) => {
                files.iter().map(|(path, content)| (web_path(path), content)).collect()
            }
            (kind, other) => {
                found.error(&reference.place, mismatch(kind, other, &reference.path));
                continue;
            }
        };
        for (name, content) in files {
            total += content.len();
            if total > MAX_BYTES {
                found.error(&reference.place, too_large(&reference.path, &name, total));
                break;
            }
            request.files.insert(name, STANDARD.encode(content));
        }
    }
}

fn web_path(path: &str) -> String {
    format!("/{}", path.trim_start_matches('/'))
}

fn mismatch(kind: FileKind, loaded: Option<&Loaded>, path: &str) -> String {
    let wanted = match kind {
        FileKind::File => "a file",
        FileKind::Folder => "a folder",
    };
    match loaded {
        None => format!("{path:?} was not found; it must be {wanted}"),
        Some(Loaded::File(_)) => format!("{path:?} is a file; it must be {wanted}"),
        Some(Loaded::Folder(_)) => format!("{path:?} is a folder; it must be {wanted}"),
    }
}

fn too_large(path: &str, name: &str, total: usize) -> String {
    format!(
        "{path:?} is too large: with {name} the files of this service reach {total} bytes; {MAX_BYTES} are allowed"
    )
}
