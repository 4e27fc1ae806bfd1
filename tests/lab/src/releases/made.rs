//! A release that is made here, and its archive.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Cursor},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use decnet_release::{
    Digest, Manifest, Part, ReleaseId, SigningKey, Target,
    archive::write,
    id::version,
    manifest::{Entry, Facts, MANIFEST, Mode},
};

use crate::fleet::Programs;

/// The version of this checkout, which its programs tell.
pub const OWN: &str = env!("CARGO_PKG_VERSION");

/// A release, with the content of its files.
#[derive(Clone, Debug)]
pub struct Made {
    /// What is signed.
    pub manifest: Manifest,
    files: BTreeMap<String, Vec<u8>>,
}

/// What is said of a release that follows what runs.
pub(super) fn facts(part: Part, number: &str) -> Result<Facts> {
    let version = version(number).with_context(|| format!("making a release {number}"))?;
    Ok(Facts { part, version, target: Target::own(), min_from: None, downgrade: false })
}

/// A script that does something first, and then is the program that was built, in its own folder.
pub(super) fn script(built: &Path, first: &str) -> Vec<u8> {
    let built = built.display();
    let text = format!(
        "#!/bin/sh\n{first}\nREAL=$(readlink -f \"$0\").real\n\
         [ -e \"$REAL\" ] || ln '{built}' \"$REAL\"\nexec \"$REAL\" \"$@\"\n"
    );
    text.into_bytes()
}

impl Made {
    /// A worker's, whose agent and forwarder first do this, in shell.
    ///
    /// # Errors
    /// When it cannot be described.
    pub fn worker(programs: &Programs, number: &str, (agent, forwarder): (&str, &str)) -> Result<Self> {
        let files = [
            ("bin/decnet-agent".to_owned(), script(&programs.agent, agent)),
            ("bin/decnet-forwarder".to_owned(), script(&programs.forwarder(), forwarder)),
        ];
        Self::new(facts(Part::Worker, number)?, files.into())
    }

    /// An updater's, which first does this, in shell.
    ///
    /// # Errors
    /// When it cannot be described.
    pub fn updater(programs: &Programs, number: &str, first: &str) -> Result<Self> {
        let files = [("bin/decnet-updater".to_owned(), script(&programs.updater, first))];
        Self::new(facts(Part::Updater, number)?, files.into())
    }

    /// Of these files; those in `bin` are programs.
    ///
    /// # Errors
    /// When they make no manifest.
    pub(super) fn new(facts: Facts, files: BTreeMap<String, Vec<u8>>) -> Result<Self> {
        let entry = |(path, content): (&String, &Vec<u8>)| -> Result<Entry> {
            let mode = if path.starts_with("bin/") { Mode::Program } else { Mode::Data };
            let (size, sha256) = (content.len() as u64, Digest::of(content));
            Ok(Entry { path: path.parse().context("naming a file of a release")?, mode, size, sha256 })
        };
        let entries = files.iter().map(entry).collect::<Result<_>>()?;
        let manifest = Manifest::new(facts, entries).context("describing a release")?;
        Ok(Self { manifest, files })
    }

    /// What it is known by.
    pub fn id(&self) -> ReleaseId {
        self.manifest.id()
    }

    /// What its programs must answer with.
    pub fn digest(&self) -> String {
        self.id().digest.to_string()
    }

    /// The content of a file; nothing where there is none.
    pub(super) fn content(&self, path: &str) -> &[u8] {
        self.files.get(path).map(Vec::as_slice).unwrap_or_default()
    }

    /// Its archive.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn archive(&self, key: &SigningKey) -> Result<Vec<u8>> {
        let signature = key.sign(&self.manifest.bytes());
        let open = |entry: &Entry| -> io::Result<_> { Ok(Cursor::new(self.content(entry.path.as_str()))) };
        write(Vec::new(), &self.manifest, &signature, open).context("writing an archive")
    }

    /// Its folder below `releases`, as a package brings it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn unpack(&self, releases: &Path) -> Result<PathBuf> {
        let folder = releases.join(self.id().to_string());
        let at = |what: &Path| format!("writing {}", what.display());
        fs::create_dir_all(folder.join("bin")).with_context(|| at(&folder))?;
        let manifest = folder.join(MANIFEST);
        fs::write(&manifest, self.manifest.bytes()).with_context(|| at(&manifest))?;
        for (path, content) in &self.files {
            let path = folder.join(path);
            fs::write(&path, content).with_context(|| at(&path))?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).with_context(|| at(&path))?;
        }
        Ok(folder)
    }
}
