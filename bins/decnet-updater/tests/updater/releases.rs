//! Releases of scripts, and their archives.

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt as _, path::Path};

use decnet_release::{
    Digest, Manifest, Part, ReleaseId, SigningKey, Target,
    archive::write,
    id::version,
    manifest::{Entry, Facts, Mode},
};

/// A release, with the content of its files.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) manifest: Manifest,
    files: BTreeMap<String, Vec<u8>>,
}

/// What a stand-in does that a release starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    /// It answers as this release.
    Well,
    /// It ends at once, with a word of complaint.
    Ends,
    /// It never answers.
    Hangs,
    /// It answers as no release.
    Lies,
    /// It answers, but is not able to do one of its two things.
    Half,
}

impl Does {
    const fn word(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Ends => "ends",
            Self::Hangs => "hangs",
            Self::Lies => "lies",
            Self::Half => "half",
        }
    }
}

/// The program of a stand-in: this very test, told what to be.
fn script(program: &str, does: Does) -> String {
    let (ends, does) = (does == Does::Ends, does.word());
    let complaint = if ends { "echo 'a library is missing' >&2\nexit 3\n" } else { "" };
    format!(
        "#!/bin/sh\n{complaint}HERE=$(dirname \"$(readlink -f \"$0\")\")\n\
         PROGRAM={program} DOES={does} exec env HERE=\"$HERE\" \"$STAND_IN\" --ignored --exact stand_in::runs\n"
    )
}

/// A program that runs a copy of the one that the variable `from` names, as one that was installed.
pub(crate) fn installed(from: &str, first: &str) -> Vec<u8> {
    let script = format!(
        "#!/bin/sh\n{first}\nREAL=$(readlink -f \"$0\").real\n\
         [ -e \"$REAL\" ] || ln \"${from}\" \"$REAL\" 2>/dev/null || cp \"${from}\" \"$REAL\"\n\
         exec \"$REAL\" \"$@\"\n"
    );
    script.into_bytes()
}

/// A worker's release whose agent and forwarder do this.
pub(crate) fn worker(number: &str, agent: Does, forwarder: Does) -> Made {
    let files = [
        ("bin/decnet-agent", script("agent", agent)),
        ("bin/decnet-forwarder", script("forwarder", forwarder)),
    ];
    Made::new(
        facts(Part::Worker, number),
        files.map(|(path, text)| (path.to_owned(), text.into_bytes())).into(),
    )
}

pub(crate) fn facts(part: Part, number: &str) -> Facts {
    Facts { part, version: version(number).unwrap(), target: Target::own(), min_from: None, downgrade: false }
}

impl Made {
    pub(crate) fn new(facts: Facts, files: BTreeMap<String, Vec<u8>>) -> Self {
        let entry = |(path, content): (&String, &Vec<u8>)| Entry {
            path: path.parse().unwrap(),
            mode: if path.starts_with("bin/") { Mode::Program } else { Mode::Data },
            size: content.len() as u64,
            sha256: Digest::of(content),
        };
        let manifest = Manifest::new(facts, files.iter().map(entry).collect()).unwrap();
        Self { manifest, files }
    }

    pub(crate) fn id(&self) -> ReleaseId {
        self.manifest.id()
    }

    pub(crate) fn digest(&self) -> String {
        self.id().digest.to_string()
    }

    /// Its archive.
    pub(crate) fn archive(&self, key: &SigningKey) -> Vec<u8> {
        let signature = key.sign(&self.manifest.bytes());
        let open = |entry: &Entry| Ok(std::io::Cursor::new(self.files[entry.path.as_str()].clone()));
        write(Vec::new(), &self.manifest, &signature, open).unwrap()
    }

    /// Its folder, as a package brings it, below `releases`.
    pub(crate) fn unpacked(&self, releases: &Path) -> std::path::PathBuf {
        let folder = releases.join(self.id().to_string());
        fs::create_dir_all(folder.join("bin")).unwrap();
        fs::write(folder.join("manifest.json"), self.manifest.bytes()).unwrap();
        for (path, content) in &self.files {
            let path = folder.join(path);
            fs::write(&path, content).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        folder
    }
}
