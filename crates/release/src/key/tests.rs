use super::*;

#[test]
fn a_key_signs_and_its_public_half_verifies() {
    let (key, other) = (SigningKey::draw().unwrap(), SigningKey::draw().unwrap());
    let signature = key.sign(b"manifest");
    assert_eq!(key.public().verify(b"manifest", &signature), Ok(()));
    assert_eq!(key.public().verify(b"manifesT", &signature), Err(Forged));
    assert_eq!(other.public().verify(b"manifest", &signature), Err(Forged));
    // What somebody got signed elsewhere, without the prefix, is no signature of a release.
    let bare = Signature(key.pair.sign(b"manifest").as_ref().try_into().unwrap());
    assert_eq!(key.public().verify(b"manifest", &bare), Err(Forged));
}

#[test]
fn texts_are_read_again() {
    let key = SigningKey::draw().unwrap();
    let public = key.public().to_string();
    assert!(public.starts_with("decnet-release-key:") && public.len() == 63, "{public}");
    assert_eq!(public.parse::<PublicKey>().unwrap(), key.public());
    let signature = key.sign(b"x");
    assert_eq!(signature.bytes().len() as u64, SIGNATURE_LENGTH);
    assert_eq!(Signature::read(&signature.bytes()).unwrap(), signature);
    let text = signature.to_string();
    for bad in ["", &text, &format!("{text}\n\n"), &format!(" {text}\n"), &text.replace("signature", "key")] {
        assert!(Signature::read(bad.as_bytes()).is_err(), "{bad:?}");
    }
    for bad in
        ["", "decnet-release-key:", &public[1..], &format!("{public}="), &public.replace("key", "signature")]
    {
        assert!(bad.parse::<PublicKey>().is_err(), "{bad:?}");
    }
    assert!(!format!("{key:?}").contains("PRIVATE"));
}

#[test]
fn a_private_key_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("release.key");
    let key = SigningKey::draw().unwrap();
    key.save(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    assert_eq!(SigningKey::open(&path).unwrap().public(), key.public());
    assert!(key.save(&path).is_err(), "a key is never overwritten");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let error = SigningKey::open(&path).unwrap_err();
    assert!(
        matches!(&error, KeyError::File { source, .. } if source.kind() == io::ErrorKind::PermissionDenied)
    );
}

#[test]
fn other_private_keys_are_none() {
    let whole = SigningKey::draw().unwrap().pem;
    for bad in [
        "",
        "x",
        &whole[..60],
        &whole.replace("PRIVATE", "PUBLIC"),
        &whole.replace('M', "N"),
        &format!("{BEGIN}\n{END}"),
    ] {
        assert!(matches!(SigningKey::parse(bad), Err(KeyError::Private)), "{bad}");
    }
    // RFC 8410, section 10.3: a key of another program, without its public half.
    let foreign = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
    let public = SigningKey::parse(foreign).unwrap().public();
    assert_eq!(public.to_string(), "decnet-release-key:Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=");
}

#[test]
fn a_public_key_is_read_from_its_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("release.pub");
    let key = SigningKey::draw().unwrap().public();
    std::fs::write(&path, format!("{key}\n")).unwrap();
    assert_eq!(PublicKey::open(&path).unwrap(), key);
    std::fs::write(&path, vec![b'a'; 5_000]).unwrap();
    assert!(matches!(PublicKey::open(&path), Err(KeyError::File { .. })));
}
