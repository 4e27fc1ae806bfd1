//! What is made is what is read.

use super::*;

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
    assert_eq!(tar, include_str!("../golden.txt").trim(), "the format changed");
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
