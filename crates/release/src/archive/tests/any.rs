//! Whatever is packed, and whatever comes.

use super::*;

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
