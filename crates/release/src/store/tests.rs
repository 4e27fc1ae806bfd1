use std::fs;

use semver::Version;

use super::*;
use crate::{
    id::Part,
    manifest::{EntryPath, Facts, Mode},
};

/// A release of one file with this content, in a folder below `parent`.
fn plant(parent: &Path, minor: u64, content: &str) -> ReleaseId {
    let facts = Facts {
        part: Part::Worker,
        version: Version::new(1, minor, 0),
        target: "x86_64-unknown-linux-gnu".parse().unwrap(),
        min_from: None,
        downgrade: false,
    };
    let path: EntryPath = "bin/a".parse().unwrap();
    let sha256 = Digest::of(content.as_bytes());
    let entry = Entry { path, mode: Mode::Program, size: content.len() as u64, sha256 };
    let manifest = Manifest::new(facts, vec![entry]).unwrap();
    let folder = parent.join(manifest.id().to_string());
    fs::create_dir_all(folder.join("bin")).unwrap();
    fs::write(folder.join(MANIFEST), manifest.bytes()).unwrap();
    fs::write(folder.join("bin/a"), content).unwrap();
    manifest.id()
}

fn store(dir: &Path) -> Store {
    fs::create_dir_all(dir.join("root/releases")).unwrap();
    Store::new(Layout { root: dir.join("root"), packaged: dir.join("packaged") })
}

#[test]
fn releases_are_listed_in_the_order_of_versions() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    assert_eq!(store.releases().unwrap(), []);
    let packaged = &store.layout().packaged;
    let (ten, two) = (plant(&store.layout().releases(), 10, "a"), plant(&store.layout().releases(), 2, "a"));
    let both = plant(packaged, 2, "a");
    fs::create_dir(packaged.join("other")).unwrap();
    fs::create_dir(store.layout().staging(&two)).unwrap();
    fs::write(packaged.join(format!("9.0.0-{}", ten.digest)), "no folder").unwrap();
    let found: Vec<_> = store.releases().unwrap().into_iter().map(|found| (found.id, found.origin)).collect();
    assert_eq!(found, [(two, Origin::Pushed), (both, Origin::Packaged), (ten, Origin::Pushed)]);
}

#[test]
fn only_a_release_can_be_current() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    assert_eq!(store.current().unwrap(), None);
    let id = plant(&store.layout().packaged, 1, "a");
    let folder = store.layout().packaged.join(id.to_string());
    let point = |target: &Path| {
        let _ = fs::remove_file(store.layout().current());
        std::os::unix::fs::symlink(target, store.layout().current()).unwrap();
    };
    point(&folder);
    assert_eq!(
        store.current().unwrap(),
        Some(Found { id, origin: Origin::Packaged, folder: folder.clone() })
    );
    for wrong in [&dir.path().join("x"), &folder.join("bin"), Path::new("relative"), &store.layout().packaged]
    {
        point(wrong);
        assert!(matches!(store.current(), Err(StoreError::Elsewhere { .. })), "{}", wrong.display());
    }
}

#[test]
fn only_a_whole_release_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let id = plant(&store.layout().packaged, 1, "abc");
    let program = store.layout().packaged.join(id.to_string()).join("bin/a");
    assert_eq!(store.find(&id).unwrap().origin, Origin::Packaged);
    plant(&store.layout().releases(), 1, "abc");
    assert_eq!(store.find(&id).unwrap().origin, Origin::Pushed);
    fs::remove_dir_all(store.layout().releases()).unwrap();
    for content in ["abd", "ab", "abcd"] {
        fs::write(&program, content).unwrap();
        assert!(matches!(store.find(&id), Err(StoreError::Damaged { .. })), "{content}");
    }
    fs::remove_file(&program).unwrap();
    assert!(matches!(store.find(&id), Err(StoreError::Damaged { .. })));
    let other = plant(&store.layout().packaged, 2, "abc");
    let folder = store.layout().packaged.join(other.to_string());
    fs::copy(folder.join(MANIFEST), store.layout().packaged.join(id.to_string()).join(MANIFEST)).unwrap();
    assert!(matches!(store.find(&id), Err(StoreError::Other { .. })));
    let renamed = ReleaseId { version: Version::new(9, 0, 0), ..other };
    fs::rename(folder, store.layout().packaged.join(renamed.to_string())).unwrap();
    assert!(matches!(store.find(&renamed), Err(StoreError::Other { .. })), "the version is the manifest's");
    let none = ReleaseId { version: Version::new(1, 0, 0), digest: Digest::of(b"") };
    assert!(matches!(store.find(&none), Err(StoreError::Missing(_))));
}
