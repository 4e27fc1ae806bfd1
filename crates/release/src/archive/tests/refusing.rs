//! Everything else is refused.

use super::*;

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
