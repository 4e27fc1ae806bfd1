//! Archives of releases are taken whole and signed, or refused, whatever comes.

#![no_main]

use std::io::Write as _;

use decnet_release::{Manifest, Signature, SigningKey, archive, key::PublicKey};
use flate2::{Compression, write::GzEncoder};
use libfuzzer_sys::fuzz_target;

/// RFC 8410, section 10.3.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
    -----END PRIVATE KEY-----\n";

fuzz_target!(|bytes: &[u8]| {
    let key = SigningKey::parse(KEY).expect("a key");
    read(bytes, &key.public());
    // The same as the inside of an archive, so that the tar is reached.
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).expect("memory");
    read(&gzip.finish().expect("memory"), &key.public());
    // And behind a good signature, so that the manifest and the files are.
    let (manifest, rest) = bytes.split_at(bytes.len() / 2);
    let signature = key.sign(manifest);
    if let Ok(parsed) = Manifest::parse(manifest) {
        assert_eq!(parsed.bytes(), manifest);
        let written = archive::write(Vec::new(), &parsed, &signature, |_| Ok(rest));
        assert!(written.is_ok() == archive::verify(&written.unwrap_or_default()[..], &key.public()).is_ok());
    }
    let _ = Signature::read(bytes);
});

fn read(bytes: &[u8], key: &PublicKey) {
    if let Ok(unpacked) = archive::verify(bytes, key) {
        assert!(key.verify(&unpacked.manifest.bytes(), &unpacked.signature).is_ok());
        assert_eq!(unpacked.length, bytes.len() as u64);
    }
}
