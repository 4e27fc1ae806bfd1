//! Archives that no worker takes. Those that can be are signed with the right key: what refuses them must
//! not be the signature alone.

use std::{collections::BTreeMap, io::Write as _};

use anyhow::{Context, Result};
use decnet_release::{
    Manifest, Part, SigningKey,
    manifest::{Facts, MANIFEST, SIGNATURE},
};
use flate2::{Compression, write::GzEncoder};
use tar::EntryType;

use super::{Made, OWN, made::facts};
use crate::fleet::Programs;

/// Bytes of a block of a tar.
const BLOCK: usize = 512;
/// When everything in an archive was changed last.
const TIME: u64 = 1_577_836_800;
/// Bytes of zeros in a bomb: as an archive some ten thousand.
const BOMB: usize = 16 * 1024 * 1024;
/// The first file of a worker's release.
const AGENT: &str = "bin/decnet-agent";

/// Who is to refuse it first when the master brings it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum First {
    /// The controller, which keeps no such thing.
    Controller,
    /// The worker: the controller cannot know what runs there.
    Worker,
}

/// An archive that is refused, and why.
#[derive(Clone, Debug)]
pub(super) struct Spoiled {
    /// What is wrong with it.
    pub(super) name: &'static str,
    pub(super) bytes: Vec<u8>,
    /// What whoever refuses it says.
    pub(super) why: &'static str,
    pub(super) first: First,
}

/// All of them; without what is wrong, each would be a release that may follow what runs.
pub(super) fn all(programs: &Programs, key: &SigningKey, number: &str) -> Result<Vec<Spoiled>> {
    let good = Made::worker(programs, number, ("", ""))?;
    let whole = good.archive(key)?;
    let spoiled = |name, bytes, why| Spoiled { name, bytes, why, first: First::Controller };
    let for_worker = |name, bytes, why| Spoiled { first: First::Worker, ..spoiled(name, bytes, why) };
    let other = SigningKey::draw().context("drawing another key")?;
    Ok(vec![
        spoiled("corrupted", corrupted(&good, key)?, "the content of bin/decnet-agent is not what"),
        spoiled("damaged", damaged(&whole), "it is no gzip, or damaged"),
        spoiled("truncated", truncated(&whole), "it ends before it is whole"),
        spoiled("unsigned", unsigned(&good)?, "where manifest.sig must be"),
        spoiled("wrong key", good.archive(&other)?, "is not by the release key that is trusted here"),
        spoiled("archive bomb", bomb(number, key)?, "it expands to more than 200 times its length"),
        spoiled(
            "unsigned bomb",
            gzip(&vec![0; BOMB])?,
            "it is no gzip, or damaged|where manifest.json must be",
        ),
        spoiled("path in the manifest", path_in_manifest(&good, key)?, "its manifest is none"),
        spoiled("path in the archive", path_in_archive(&good, key)?, "where bin/decnet-agent must be"),
        spoiled("link", link(&good, key)?, "only regular files may be"),
        for_worker("older version", older(programs, "0.0.1")?.archive(key)?, "is not newer than"),
        for_worker("same version", older(programs, OWN)?.archive(key)?, "is not newer than"),
        for_worker(
            "wrong target",
            elsewhere(programs, number)?.archive(key)?,
            "and this machine is|and this host is",
        ),
    ])
}

/// One that nobody has: what runs is not taken for what comes.
fn older(programs: &Programs, number: &str) -> Result<Made> {
    Made::worker(programs, number, ("# older", ""))
}

/// A whole release for machines of another kind.
fn elsewhere(programs: &Programs, number: &str) -> Result<Made> {
    let made = Made::worker(programs, number, ("", ""))?;
    let target = "aarch64-unknown-linux-musl".parse().context("naming another target")?;
    let facts = Facts { target, ..facts(Part::Worker, number)? };
    let files = made.manifest.files().iter().map(|entry| {
        let path = entry.path.as_str();
        (path.to_owned(), made.content(path).to_vec())
    });
    Made::new(facts, files.collect())
}

/// Another byte in a program, and a gzip that is whole.
fn corrupted(good: &Made, key: &SigningKey) -> Result<Vec<u8>> {
    let mut tape = head(&good.manifest, key)?;
    for entry in good.manifest.files() {
        let mut content = good.content(entry.path.as_str()).to_vec();
        if let Some(byte) = content.last_mut() {
            *byte ^= 1;
        }
        tape.put(entry.path.as_str(), &content)?;
    }
    tape.archive()
}

/// Another check sum behind it (RFC 1952, 2.3.1): what is unpacked may be right, and nobody knows.
fn damaged(whole: &[u8]) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    bytes.iter_mut().rev().skip(4).take(4).for_each(|byte| *byte ^= 0x55);
    bytes
}

fn truncated(whole: &[u8]) -> Vec<u8> {
    whole.get(..whole.len() / 3 * 2).unwrap_or_default().to_vec()
}

/// As if there were no signature.
fn unsigned(good: &Made) -> Result<Vec<u8>> {
    let mut tape = Tape::default();
    tape.put(MANIFEST, &good.manifest.bytes())?;
    tape.with_files(good)?.archive()
}

/// A signed release that is small on its way and large when it is there.
fn bomb(number: &str, key: &SigningKey) -> Result<Vec<u8>> {
    let files = BTreeMap::from([(AGENT.to_owned(), vec![0; BOMB])]);
    Made::new(facts(Part::Worker, number)?, files)?.archive(key)
}

/// A signed manifest that names a file outside of the release's folder.
fn path_in_manifest(good: &Made, key: &SigningKey) -> Result<Vec<u8>> {
    let text = String::from_utf8(good.manifest.bytes()).context("reading a manifest")?;
    let outside = "../../../../outside";
    let text = text.replacen(AGENT, outside, 1).into_bytes();
    let mut tape = Tape::default();
    tape.put(MANIFEST, &text)?;
    tape.put(SIGNATURE, &key.sign(&text).bytes())?;
    tape.put(outside, good.content(AGENT))?;
    tape.archive()
}

/// A good manifest, and a file of another name in the archive.
fn path_in_archive(good: &Made, key: &SigningKey) -> Result<Vec<u8>> {
    let mut tape = head(&good.manifest, key)?;
    tape.put("../../../../outside", good.content(AGENT))?;
    tape.with_files(good)?.archive()
}

/// A good manifest, and a link where a program must be.
fn link(good: &Made, key: &SigningKey) -> Result<Vec<u8>> {
    let mut tape = head(&good.manifest, key)?;
    let mut header = header(AGENT, 0)?;
    header.set_entry_type(EntryType::Symlink);
    header.set_link_name("/bin/sh").context("naming what a link leads to")?;
    tape.add(&mut header, b"");
    tape.with_files(good)?.archive()
}

/// What every archive begins with.
fn head(manifest: &Manifest, key: &SigningKey) -> Result<Tape> {
    let (mut tape, bytes) = (Tape::default(), manifest.bytes());
    tape.put(MANIFEST, &bytes)?;
    tape.put(SIGNATURE, &key.sign(&bytes).bytes())?;
    Ok(tape)
}

fn header(name: &str, size: usize) -> Result<tar::Header> {
    let mut header = tar::Header::new_ustar();
    // Names are set as they are: those that lead elsewhere, too.
    let field = &mut header.as_old_mut().name;
    let place = field.get_mut(..name.len()).with_context(|| format!("{name} is too long for a header"))?;
    place.copy_from_slice(name.as_bytes());
    header.set_entry_type(EntryType::Regular);
    header.set_mode(if name.starts_with("bin/") { 0o755 } else { 0o644 });
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(TIME);
    header.set_size(size as u64);
    Ok(header)
}

/// A tar that is being written.
#[derive(Default)]
struct Tape(Vec<u8>);

impl Tape {
    fn put(&mut self, name: &str, content: &[u8]) -> Result<()> {
        self.add(&mut header(name, content.len())?, content);
        Ok(())
    }

    fn add(&mut self, header: &mut tar::Header, content: &[u8]) {
        header.set_cksum();
        self.0.extend(header.as_bytes());
        self.0.extend(content);
        self.0.resize(self.0.len().next_multiple_of(BLOCK), 0);
    }

    fn with_files(mut self, made: &Made) -> Result<Self> {
        for entry in made.manifest.files() {
            let path = entry.path.as_str();
            self.put(path, made.content(path))?;
        }
        Ok(self)
    }

    fn archive(mut self) -> Result<Vec<u8>> {
        self.0.resize(self.0.len() + 2 * BLOCK, 0);
        gzip(&self.0)
    }
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(bytes).and_then(|()| gzip.finish()).context("packing an archive")
}

#[cfg(test)]
mod tests {
    use decnet_release::archive::{Refusal, UnpackError, verify};

    use super::*;

    /// What makes each of them bad is what it says, and nothing that we did wrong besides.
    #[test]
    fn each_is_refused_for_its_own_reason() {
        let key = SigningKey::draw().unwrap();
        let programs = crate::stage::programs();
        for Spoiled { name, bytes, why, first } in all(&programs, &key, "0.9.0").unwrap() {
            let found = verify(&bytes[..], &key.public());
            match first {
                First::Worker => assert!(found.is_ok(), "{name}: {found:?}"),
                First::Controller => {
                    let Err(UnpackError::Refused(refusal)) = found else { panic!("{name} was taken") };
                    let told = refusal.to_string();
                    assert!(why.split('|').any(|why| told.contains(why)), "{name}: {told}");
                }
            }
        }
    }

    /// Without what is wrong it would be taken: our way of writing one is theirs.
    #[test]
    fn a_tape_with_nothing_wrong_is_an_archive() {
        let (key, programs) = (SigningKey::draw().unwrap(), crate::stage::programs());
        let good = Made::worker(&programs, "0.9.0", ("", "")).unwrap();
        let ours = head(&good.manifest, &key).unwrap().with_files(&good).unwrap().archive().unwrap();
        assert_eq!(verify(&ours[..], &key.public()).unwrap().manifest, good.manifest);
        let changed = corrupted(&good, &key).unwrap();
        let refused = verify(&changed[..], &key.public());
        assert!(matches!(refused, Err(UnpackError::Refused(Refusal::Content(_)))), "{refused:?}");
    }
}
