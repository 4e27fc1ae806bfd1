use proptest::prelude::*;

use super::*;

fn facts() -> Facts {
    Facts {
        part: Part::Worker,
        version: Version::new(1, 2, 3),
        target: "x86_64-unknown-linux-gnu".parse().unwrap(),
        min_from: None,
        downgrade: false,
    }
}

fn entry(path: &str, size: u64) -> Entry {
    Entry { path: path.parse().unwrap(), mode: Mode::Program, size, sha256: Digest::of(path.as_bytes()) }
}

#[test]
fn a_manifest_has_one_text() {
    let made = Manifest::new(facts(), vec![entry("bin/b", 2), entry("bin/a", 1)]).unwrap();
    let bytes = made.bytes();
    assert_eq!(Manifest::parse(&bytes).unwrap(), made);
    assert_eq!(made.id().to_string(), format!("1.2.3-{}", Digest::of(&bytes)));
    assert_eq!(made.archive_name(), "decnet-worker-1.2.3-x86_64-unknown-linux-gnu.tar.gz");
    let text = String::from_utf8(bytes).unwrap();
    let golden = include_str!("golden.json");
    assert_eq!(text, golden, "the format changed: what was signed would be refused");
    for (from, to) in [("\n", "\n\n"), ("  ", " "), (": 1,", ": 1.0,"), ("\"size\": 1,", "\"size\": 01,")] {
        assert!(Manifest::parse(text.replacen(from, to, 1).as_bytes()).is_err(), "{from:?}");
    }
    assert!(matches!(Manifest::parse(text.trim_end().as_bytes()), Err(ManifestError::Form)));
}

#[test]
fn what_no_manifest_may_say_is_refused() {
    let text = include_str!("golden.json");
    let check = |from: &str, to: &str| {
        assert!(text.contains(from), "{from:?} is not in the golden");
        let changed = text.replacen(from, to, 1);
        assert!(Manifest::parse(changed.as_bytes()).is_err(), "{from:?} became {to:?}");
    };
    check("\"format\": 1", "\"format\": 2");
    check("\"part\": \"worker\"", "\"part\": \"decoy\"");
    check("1.2.3", "1.2");
    check("1.2.3", "1.2.3+build");
    check("\"downgrade\": false", "\"downgrade\": 0");
    check("\"downgrade\": false", "\"downgrade\": false,\n  \"more\": 1");
    check("\"downgrade\": false", "\"downgrade\": false,\n  \"downgrade\": false");
    check("bin/a", "bin/c");
    check("bin/a", "bin/b");
    check("bin/a", "../a");
    check("\"mode\": \"program\"", "\"mode\": \"setuid\"");
    check("\"size\": 1", "\"size\": -1");
    check("\"size\": 1", "\"size\": 18446744073709551615");
}

#[test]
fn caps_hold() {
    let many = |count: usize| (0..count).map(|at| entry(&format!("f{at:04}"), 1)).collect::<Vec<_>>();
    assert!(Manifest::new(facts(), many(caps::ENTRIES)).is_ok());
    let error = Manifest::new(facts(), many(caps::ENTRIES + 1)).unwrap_err();
    assert!(matches!(error, ManifestError::Entries(_)), "{error}");
    assert!(matches!(Manifest::new(facts(), Vec::new()), Err(ManifestError::Entries(0))));
    assert!(Manifest::new(facts(), vec![entry("a", caps::CONTENT)]).is_ok());
    let error = Manifest::new(facts(), vec![entry("a", caps::CONTENT), entry("b", 1)]).unwrap_err();
    assert!(matches!(error, ManifestError::Content), "{error}");
    let error = Manifest::new(facts(), vec![entry("a", u64::MAX), entry("b", u64::MAX)]).unwrap_err();
    assert!(matches!(error, ManifestError::Content), "{error}");
    let long = vec![b' '; usize::try_from(caps::MANIFEST).unwrap() + 1];
    assert!(matches!(Manifest::parse(&long), Err(ManifestError::Long(_))));
    let wide = |at: usize| entry(&format!("{at:04}{}", "x".repeat(caps::PATH - 4)), 1);
    let error = Manifest::new(facts(), (0..caps::ENTRIES).map(wide).collect()).unwrap_err();
    assert!(matches!(error, ManifestError::Long(_)), "{error}");
}

#[test]
fn a_file_is_no_folder() {
    let error = Manifest::new(facts(), vec![entry("a", 1), entry("a-b", 1), entry("a/b", 1)]).unwrap_err();
    assert!(matches!(error, ManifestError::Folder(_)), "{error}");
    let error = Manifest::new(facts(), vec![entry("a", 1), entry("a", 1)]).unwrap_err();
    assert!(matches!(error, ManifestError::Order(_)), "{error}");
}

#[test]
fn versions_are_those_of_releases() {
    for bad in ["1.0.0+x", &format!("1.0.0-{}", "a".repeat(caps::VERSION))] {
        let bad = Version::parse(bad).unwrap();
        let with = Facts { version: bad.clone(), ..facts() };
        assert!(matches!(Manifest::new(with, vec![entry("a", 1)]), Err(ManifestError::Version(_))));
        let with = Facts { min_from: Some(bad), ..facts() };
        assert!(matches!(Manifest::new(with, vec![entry("a", 1)]), Err(ManifestError::Version(_))));
    }
}

#[test]
fn paths_are_plain() {
    for good in
        ["a", "bin/decnet-agent", "share/man/man8/x.8", "..a/b..", "manifest.json.txt", "a/manifest.json"]
    {
        assert_eq!(good.parse::<EntryPath>().unwrap().as_str(), good);
    }
    let long = "a".repeat(caps::PATH + 1);
    for bad in [
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "./a",
        "a/.",
        "a/..",
        "../a",
        "a/../b",
        "a b",
        "a\\b",
        "a\0",
        "\u{e9}",
        "a\n",
        "manifest.json",
        "manifest.sig",
        "manifest.json/a",
        &long,
    ] {
        assert!(bad.parse::<EntryPath>().is_err(), "{bad:?}");
    }
    assert!(long[1..].parse::<EntryPath>().is_ok());
    let path: EntryPath = "a/b/c".parse().unwrap();
    assert_eq!(path.folders().collect::<Vec<_>>(), ["a", "a/b"]);
}

proptest! {
    #[test]
    fn any_path_stays_below_its_folder(text in "[a./_-]{0,12}") {
        if let Ok(path) = text.parse::<EntryPath>() {
            let joined = std::path::Path::new("/r").join(path.as_str());
            let plain = joined.components().skip(2).all(|part| matches!(part, std::path::Component::Normal(_)));
            prop_assert!(joined.starts_with("/r") && plain);
            prop_assert_eq!(joined.components().skip(2).count(), text.split('/').count());
        }
    }

    #[test]
    fn whatever_is_parsed_is_canonical(at in 0usize..700, byte: u8) {
        let mut bytes = include_bytes!("golden.json").to_vec();
        let length = bytes.len();
        bytes[at % length] = byte;
        if let Ok(manifest) = Manifest::parse(&bytes) {
            prop_assert_eq!(manifest.bytes(), bytes);
        }
    }
}
