use std::io::{Cursor, Write as _};

use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use semver::Version;

use super::*;
use crate::{
    caps,
    digest::Digest,
    id::Part,
    key::{Signature, SigningKey},
    manifest::{Entry, Facts, MANIFEST, Manifest, SIGNATURE},
};

fn key() -> SigningKey {
    // RFC 8410, section 10.3.
    SigningKey::parse("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n").unwrap()
}

fn manifest(files: &[(&str, Vec<u8>)]) -> Manifest {
    let facts = Facts {
        part: Part::Worker,
        version: Version::new(1, 2, 3),
        target: "x86_64-unknown-linux-gnu".parse().unwrap(),
        min_from: None,
        downgrade: false,
    };
    let entry = |(path, content): &(&str, Vec<u8>)| Entry {
        path: path.parse().unwrap(),
        mode: if path.starts_with("bin/") { Mode::Program } else { Mode::Data },
        size: content.len() as u64,
        sha256: Digest::of(content),
    };
    Manifest::new(facts, files.iter().map(entry).collect()).unwrap()
}

fn files() -> Vec<(&'static str, Vec<u8>)> {
    vec![("bin/a", b"one".to_vec()), ("bin/b", vec![7; 512]), ("doc/c", Vec::new()), ("doc/d", noise(70_000))]
}

/// Bytes that do not compress.
fn noise(length: usize) -> Vec<u8> {
    let mut seed = Digest::of(b"noise");
    let mut bytes = Vec::new();
    while bytes.len() < length {
        seed = Digest::of(&seed.0);
        bytes.extend(seed.0);
    }
    bytes.truncate(length);
    bytes
}

fn archive(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let manifest = manifest(files);
    let signature = key().sign(&manifest.bytes());
    write(Vec::new(), &manifest, &signature, |entry| {
        let found = files.iter().find(|(path, _)| *path == entry.path.as_str());
        Ok(Cursor::new(found.unwrap().1.clone()))
    })
    .unwrap()
}

fn gzip(tar: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(tar).unwrap();
    gzip.finish().unwrap()
}

fn gunzip(archive: &[u8]) -> Vec<u8> {
    let mut tar = Vec::new();
    flate2::read::GzDecoder::new(archive).read_to_end(&mut tar).unwrap();
    tar
}

/// A tar of exactly these headers and contents.
fn tar(members: &[([u8; BLOCK], &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (header, content) in members {
        bytes.extend(header);
        bytes.extend(*content);
        bytes.extend(vec![0; padding(content.len() as u64)]);
    }
    bytes
}

/// The two members that come first, and the manifest.
fn head(manifest: &Manifest) -> Vec<u8> {
    let signature = key().sign(&manifest.bytes()).bytes();
    let header = |name, content: &[u8]| super::header(name, Mode::Data, content.len() as u64).unwrap();
    let manifest = manifest.bytes();
    tar(&[(header(MANIFEST, &manifest), &manifest), (header(SIGNATURE, &signature), &signature)])
}

fn refused(archive: &[u8]) -> Refusal {
    match verify(archive, &key().public()).unwrap_err() {
        UnpackError::Refused(refusal) => refusal,
        other => panic!("{other}"),
    }
}

#[test]
fn an_archive_is_what_was_put_in() {
    let archive = archive(&files());
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("x");
    let unpacked = unpack(&archive[..], &key().public(), &folder).unwrap();
    assert_eq!(unpacked.manifest, manifest(&files()));
    assert_eq!((unpacked.archive, unpacked.length), (Digest::of(&archive), archive.len() as u64));
    for (path, content) in files() {
        use std::os::unix::fs::PermissionsExt as _;
        let path = folder.join(path);
        assert_eq!(std::fs::read(&path).unwrap(), content);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode, if path.starts_with(folder.join("bin")) { 0o755 } else { 0o644 });
    }
    assert_eq!(std::fs::read(folder.join(MANIFEST)).unwrap(), unpacked.manifest.bytes());
    assert_eq!(std::fs::read(folder.join(SIGNATURE)).unwrap(), unpacked.signature.bytes());
    let again = unpack(&archive[..], &key().public(), &folder).unwrap_err();
    assert!(matches!(again, UnpackError::Keep(_)), "a folder that is there is not written into");
}

#[test]
fn other_programs_read_it() {
    let archive = archive(&files());
    let mut tar = tar::Archive::new(Cursor::new(gunzip(&archive)));
    let entries = tar.entries().unwrap().map(|entry| entry.unwrap());
    let names: Vec<_> = entries.map(|entry| entry.path().unwrap().display().to_string()).collect();
    assert_eq!(names, ["manifest.json", "manifest.sig", "bin/a", "bin/b", "doc/c", "doc/d"]);
}

#[test]
fn the_same_files_make_the_same_bytes() {
    let mut turned = files();
    turned.reverse();
    assert_eq!(archive(&files()), archive(&turned));
    assert_eq!(&archive(&files())[..10], [31, 139, 8, 0, 0, 0, 0, 0, 2, 255], "no time, no system");
    let tar = Digest::of(&gunzip(&archive(&files()))).to_string();
    assert_eq!(tar, include_str!("golden.txt").trim(), "the format changed");
}

#[test]
fn files_that_change_while_they_are_packed_are_noticed() {
    let manifest = manifest(&files());
    let signature = key().sign(&manifest.bytes());
    for content in ["one?", "on", "two"] {
        let error = write(Vec::new(), &manifest, &signature, |_| Ok(content.as_bytes())).unwrap_err();
        assert!(matches!(&error, WriteError::Changed(path) if path.as_str() == "bin/a"), "{error}");
    }
    let error = write(Vec::new(), &manifest, &signature, |_| Err::<&[u8], _>(io::Error::other("gone")));
    assert!(matches!(error, Err(WriteError::Read { .. })));
}

#[test]
fn a_manifest_is_made_of_files() {
    let dir = tempfile::tempdir().unwrap();
    let from = dir.path().join("a");
    std::fs::write(&from, "one").unwrap();
    let whole = manifest(&files()[..1]);
    let facts = Facts {
        part: whole.part,
        version: whole.version.clone(),
        target: whole.target.clone(),
        min_from: None,
        downgrade: false,
    };
    let source = Source { path: "bin/a".parse().unwrap(), mode: Mode::Program, from };
    assert_eq!(describe(facts.clone(), std::slice::from_ref(&source)).unwrap(), whole);
    let missing = Source { from: dir.path().join("b"), ..source };
    assert!(matches!(describe(facts, &[missing]), Err(WriteError::Read { .. })));
}

#[test]
fn a_wrong_signature_is_refused_before_anything_else() {
    let whole = manifest(&files());
    let other = SigningKey::draw().unwrap();
    let forged = write(Vec::new(), &whole, &other.sign(&whole.bytes()), |entry| {
        Ok(Cursor::new(files().into_iter().find(|(path, _)| *path == entry.path.as_str()).unwrap().1))
    });
    assert!(matches!(refused(&forged.unwrap()), Refusal::Forged(_)));
    // A manifest that is none is not read where the signature is wrong.
    let bytes = b"{".repeat(100);
    let signature = other.sign(&bytes).bytes();
    let member = |name, content: &[u8]| header(name, Mode::Data, content.len() as u64).unwrap();
    let wrong = tar(&[(member(MANIFEST, &bytes), &bytes), (member(SIGNATURE, &signature), &signature)]);
    assert!(matches!(refused(&gzip(&wrong)), Refusal::Forged(_)));
    let signature = key().sign(&bytes).bytes();
    let signed = tar(&[(member(MANIFEST, &bytes), &bytes), (member(SIGNATURE, &signature), &signature)]);
    assert!(matches!(refused(&gzip(&signed)), Refusal::Manifest(_)));
    let mark = Signature::read(&signature).unwrap().to_string().replace(':', ";") + "\n";
    let marked =
        tar(&[(member(MANIFEST, &bytes), &bytes), (member(SIGNATURE, mark.as_bytes()), mark.as_bytes())]);
    assert!(matches!(refused(&gzip(&marked)), Refusal::Signature(_)));
    // Unsigned: what follows the manifest is a file.
    let bytes = whole.bytes();
    let unsigned = tar(&[(member(MANIFEST, &bytes), &bytes), (member("bin/a", b"one"), b"one")]);
    assert!(matches!(refused(&gzip(&unsigned)), Refusal::Other { .. }));
}

/// What an archive is refused for whose manifest has `bin/a` of three bytes, and this in its place.
fn in_place_of_a_file(change: impl FnOnce(&mut tar::Header)) -> Refusal {
    let whole = manifest(&files()[..1]);
    let mut header = tar::Header::new_ustar();
    header.as_mut_bytes().copy_from_slice(&super::header("bin/a", Mode::Program, 3).unwrap());
    change(&mut header);
    header.set_cksum();
    let mut bytes = head(&whole);
    bytes.extend(tar(&[(*header.as_bytes(), b"one")]));
    bytes.extend([0; 2 * BLOCK]);
    refused(&gzip(&bytes))
}

#[test]
fn only_the_very_file_is_taken() {
    for kind in [
        tar::EntryType::Symlink,
        tar::EntryType::Link,
        tar::EntryType::Char,
        tar::EntryType::Block,
        tar::EntryType::Fifo,
        tar::EntryType::Directory,
        tar::EntryType::GNULongName,
        tar::EntryType::GNULongLink,
        tar::EntryType::GNUSparse,
        tar::EntryType::XHeader,
        tar::EntryType::XGlobalHeader,
    ] {
        let refusal = in_place_of_a_file(|header| header.set_entry_type(kind));
        assert!(matches!(refusal, Refusal::Kind { .. }), "{kind:?}: {refusal}");
    }
    for name in ["../a", "/bin/a", "bin/../../a", "bin/b", "", "BIN/A"] {
        let refusal = in_place_of_a_file(|header| {
            header.as_old_mut().name = [0; 100];
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        });
        assert!(matches!(refusal, Refusal::Other { .. }), "{name:?}: {refusal}");
    }
    let check = |change: fn(&mut tar::Header)| {
        let refusal = in_place_of_a_file(change);
        assert!(matches!(refusal, Refusal::Header(_)), "{refusal}");
    };
    check(|header| header.set_mode(0o4755));
    check(|header| header.set_uid(1000));
    check(|header| header.set_gid(1000));
    check(|header| header.set_mtime(0));
    check(|header| header.set_size(2));
    check(|header| header.set_size(1 << 40));
    check(|header| header.set_username("root").unwrap());
    check(|header| header.set_link_name("x").unwrap());
    check(|header| header.as_mut_bytes()[511] = 1);
}

#[test]
fn only_the_very_content_is_taken() {
    let whole = manifest(&files()[..1]);
    let member = super::header("bin/a", Mode::Program, 3).unwrap();
    let check = |rest: Vec<u8>| refused(&gzip(&[head(&whole), rest].concat()));
    let zeros = vec![0; 2 * BLOCK];
    assert!(matches!(check([tar(&[(member, b"One")]), zeros.clone()].concat()), Refusal::Content(_)));
    let mut padded = tar(&[(member, b"one")]);
    padded[BLOCK + 3] = 1;
    assert!(matches!(check([padded, zeros.clone()].concat()), Refusal::Padding(_)));
    // Something is missing.
    assert!(matches!(check(zeros.clone()), Refusal::Other { .. }));
    assert!(matches!(check(tar(&[(member, b"one")])), Refusal::Truncated));
    assert!(matches!(check([tar(&[(member, b"one")]), vec![0; BLOCK]].concat()), Refusal::Truncated));
    // Something is too much.
    let twice = tar(&[(member, b"one"), (member, b"one")]);
    assert!(matches!(check([twice, zeros.clone()].concat()), Refusal::Other { .. }));
    assert!(matches!(check([tar(&[(member, b"one")]), zeros.clone(), vec![0]].concat()), Refusal::Trailing));
    let mut behind = archive(&files());
    behind.push(0);
    assert!(matches!(refused(&behind), Refusal::Trailing));
    let member_behind = [archive(&files()), gzip(b"more")].concat();
    assert!(matches!(refused(&member_behind), Refusal::Trailing));
}

#[test]
fn manifests_and_signatures_have_their_length() {
    let long = super::header(MANIFEST, Mode::Data, caps::MANIFEST + 1).unwrap();
    assert!(matches!(refused(&gzip(&long)), Refusal::Manifest(_)));
    let most = super::header(MANIFEST, Mode::Data, caps::MANIFEST).unwrap();
    assert!(matches!(refused(&gzip(&most)), Refusal::Truncated));
    let whole = manifest(&files()).bytes();
    let member = super::header(MANIFEST, Mode::Data, whole.len() as u64).unwrap();
    let signature = super::header(SIGNATURE, Mode::Data, 1).unwrap();
    let bytes = tar(&[(member, &whole), (signature, b"x")]);
    assert!(matches!(refused(&gzip(&bytes)), Refusal::Header(_)));
    assert!(matches!(refused(&gzip(&[b'x'; 512])), Refusal::Other { .. } | Refusal::Kind { .. }));
}

#[test]
fn bombs_are_refused_while_they_expand() {
    let whole = manifest(&[("bin/a", vec![0; 8 * 1024 * 1024])]);
    let mut bytes = head(&whole);
    bytes.extend(super::header("bin/a", Mode::Program, 8 * 1024 * 1024).unwrap());
    bytes.extend(vec![0; 8 * 1024 * 1024 + 2 * BLOCK]);
    // Even a signed one: 8 MiB of zeros in some 9 KiB.
    assert!(matches!(refused(&gzip(&bytes)), Refusal::Ratio));
    let zeros = gzip(&vec![0; 4 * 1024 * 1024]);
    assert!(matches!(refused(&zeros), Refusal::Other { .. }), "the first block is no header");
}

#[test]
fn an_archive_has_a_largest_length() {
    /// Noise without end, in blocks that are stored.
    struct Endless {
        head: Cursor<Vec<u8>>,
        given: u64,
    }
    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let read = self.head.read(buffer)?;
            let read = if read > 0 {
                read
            } else {
                self.head.set_position(10);
                self.head.read(buffer)?
            };
            self.given += read as u64;
            Ok(read)
        }
    }
    // A gzip head, and a stored block of 65,535 bytes that is not the last.
    let mut head = vec![31, 139, 8, 0, 0, 0, 0, 0, 0, 255, 0, 255, 255, 0, 0];
    head.resize(10 + 5 + 65_535, b'x');
    let mut endless = Endless { head: Cursor::new(head), given: 0 };
    let mut expanding = expand::Expanding::new(&mut endless);
    let mut buffer = vec![0; 1024 * 1024];
    let error = loop {
        match expanding.some(&mut buffer) {
            Ok(read) => assert!(read > 0),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, UnpackError::Refused(Refusal::Large)), "{error}");
    drop(expanding);
    assert!(endless.given <= caps::ARCHIVE + 64 * 1024, "{} bytes were read", endless.given);
}

#[test]
fn a_source_that_fails_is_not_taken_for_a_bad_archive() {
    struct Failing<'a>(&'a [u8]);
    impl Read for Failing<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buffer)? {
                0 => Err(io::ErrorKind::ConnectionReset.into()),
                read => Ok(read),
            }
        }
    }
    let whole = archive(&files());
    for end in [0, 5, 100, 600, whole.len() - 9, whole.len() - 1, whole.len()] {
        let error = verify(Failing(&whole[..end]), &key().public()).unwrap_err();
        let is_source =
            matches!(&error, UnpackError::Source(e) if e.kind() == io::ErrorKind::ConnectionReset);
        assert!(is_source, "{end}: {error:?}");
    }
}

#[test]
fn no_beginning_and_no_changed_byte_is_taken() {
    let whole = archive(&[("bin/a", b"one".to_vec())]);
    for end in 0..whole.len() {
        assert!(matches!(refused(&whole[..end]), Refusal::Truncated | Refusal::Compression(_)), "{end}");
    }
    let public = key().public();
    for at in 10..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        assert!(verify(&changed[..], &public).is_err(), "byte {at} was changed and taken");
    }
}

#[test]
fn nothing_is_written_before_the_signature_is_good() {
    let whole = manifest(&files());
    let forged = write(Vec::new(), &whole, &SigningKey::draw().unwrap().sign(b"x"), |entry| {
        Ok(Cursor::new(files().into_iter().find(|(path, _)| *path == entry.path.as_str()).unwrap().1))
    });
    let dir = tempfile::tempdir().unwrap();
    unpack(&forged.unwrap()[..], &key().public(), &dir.path().join("x")).unwrap_err();
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

fn any_files() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let content = proptest::collection::vec(any::<u8>(), 0..1_500);
    proptest::collection::btree_map("[a-c]{1,3}(/[a-z]{1,8})?", content, 1..12)
        .prop_map(|files| files.into_iter().collect::<Vec<_>>())
        .prop_filter("a file is no folder", |files| {
            let folder = |path: &str| files.iter().any(|(other, _)| other.starts_with(&format!("{path}/")));
            !files.iter().any(|(path, _)| folder(path))
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_packed_is_unpacked(files in any_files()) {
        let files: Vec<_> = files.iter().map(|(path, content)| (path.as_str(), content.clone())).collect();
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("x");
        unpack(&archive(&files)[..], &key().public(), &folder).unwrap();
        for (path, content) in &files {
            prop_assert_eq!(&std::fs::read(folder.join(path)).unwrap(), content);
        }
    }

    /// Blocks of the tar changed, swapped, doubled or dropped: all is refused, whatever is done to it.
    #[test]
    fn no_other_tar_is_taken(at: prop::sample::Index, other: prop::sample::Index, how in 0..4, bit in 0..8) {
        let whole = gunzip(&archive(&files()));
        let mut blocks: Vec<Vec<u8>> = whole.chunks(BLOCK).map(<[u8]>::to_vec).collect();
        let (at, other) = (at.index(blocks.len()), other.index(blocks.len()));
        match how {
            0 => blocks[at][other % BLOCK] ^= 1u8 << bit,
            1 => blocks.swap(at, other),
            2 => { let copy = blocks[at].clone(); blocks.insert(other, copy); }
            _ => { blocks.remove(at); }
        }
        let changed = blocks.concat();
        prop_assume!(changed != whole);
        prop_assert!(verify(&gzip(&changed)[..], &key().public()).is_err());
    }

    #[test]
    fn noise_is_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2_000), wrap: bool) {
        let bytes = if wrap { gzip(&bytes) } else { bytes };
        prop_assert!(matches!(verify(&bytes[..], &key().public()), Err(UnpackError::Refused(_))));
    }
}
