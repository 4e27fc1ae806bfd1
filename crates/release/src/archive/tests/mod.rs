//! Archives that are as they must be, and those that are not.

mod any;
mod making;
mod refusing;

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
