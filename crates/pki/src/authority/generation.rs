//! One key of the authority with its certificate, and the pairs in a folder.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, KeyUsagePurpose,
    PublicKeyData as _, SerialNumber,
};
use ring::rand::{SecureRandom as _, SystemRandom};
use rustls::pki_types::CertificateDer;
use time::OffsetDateTime;

use super::{AUTHORITY_LIFE, AuthorityError, failed, sign::BACKDATE};
use crate::{
    clock::DAY,
    files::{self, PUBLIC, SMALL},
    keys::Key,
    peer, pem,
};

/// A key of the authority and its certificate.
#[derive(Debug)]
pub(super) struct Generation {
    pub(super) number: u32,
    pub(super) key: Key,
    pub(super) certificate: CertificateDer<'static>,
    pub(super) pem: String,
    pub(super) not_after: i64,
}

impl Generation {
    /// Makes the pair of this number: key first, certificate last.
    pub(super) fn make(dir: &Path, number: u32, now: i64) -> Result<Self, AuthorityError> {
        let path = key_file(dir, number);
        let key = if path.exists() { Key::open(&path)? } else { Key::make(&path)? };
        let path = certificate_file(dir, number);
        files::create(&path, &self_signed(&key, now)?, PUBLIC).map_err(failed(&path))?;
        Self::open(dir, number)
    }

    /// Reads the pair of this number.
    pub(super) fn open(dir: &Path, number: u32) -> Result<Self, AuthorityError> {
        let path = certificate_file(dir, number);
        let pem = files::read(&path, SMALL).map_err(failed(&path))?;
        let key = Key::open(&key_file(dir, number))?;
        Self::of(number, key, pem).ok_or(AuthorityError::Mismatch(path))
    }

    /// Puts key and certificate together, if they belong together and are an authority's.
    pub(super) fn of(number: u32, key: Key, pem: String) -> Option<Self> {
        let certificate = pem::certificate(&pem).ok()?;
        let parsed = peer::parse(&certificate).ok()?;
        let authority = parsed.basic_constraints().ok()?.is_some_and(|constraints| constraints.value.ca);
        let own = parsed.public_key().raw == key.pair().subject_public_key_info();
        let not_after = parsed.validity().not_after.timestamp();
        (authority && own).then(|| Self { number, key, not_after, certificate: certificate.clone(), pem })
    }

    /// Writes a pair that is there in memory only.
    pub(super) fn write(&self, dir: &Path) -> Result<(), AuthorityError> {
        let path = key_file(dir, self.number);
        files::create(&path, &self.key.pair().serialize_pem(), files::SECRET).map_err(failed(&path))?;
        let path = certificate_file(dir, self.number);
        files::create(&path, &self.pem, PUBLIC).map_err(failed(&path))
    }

    /// Removes the pair: the certificate first, so that a crash leaves a key that is no more.
    pub(super) fn remove(&self, dir: &Path) -> Result<(), AuthorityError> {
        let path = certificate_file(dir, self.number);
        files::remove(&path).map_err(failed(&path))?;
        let path = key_file(dir, self.number);
        files::remove(&path).map_err(failed(&path))
    }
}

/// The whole pairs of a folder, after what a crash left was removed. Only for who has the lock.
pub(super) fn tidied(dir: &Path) -> Result<Vec<Generation>, AuthorityError> {
    files::sweep(dir).map_err(failed(dir))?;
    let numbers = numbers(dir)?;
    let mut whole = Vec::new();
    for (number, has) in &numbers {
        match (has.key, has.certificate) {
            (true, true) => whole.push(Generation::open(dir, *number)?),
            (false, true) => return Err(AuthorityError::KeyMissing(certificate_file(dir, *number))),
            _ => {}
        }
    }
    let halves = numbers.iter().filter(|(_, has)| !has.certificate);
    // The only key of a folder is kept, to be finished.
    for (number, _) in halves.filter(|_| !whole.is_empty()) {
        let path = key_file(dir, *number);
        files::remove(&path).map_err(failed(&path))?;
    }
    Ok(whole)
}

/// Which halves of a pair are there.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Has {
    key: bool,
    certificate: bool,
}

/// The pairs of a folder by number, half ones too.
pub(super) fn numbers(dir: &Path) -> Result<BTreeMap<u32, Has>, AuthorityError> {
    let mut numbers = BTreeMap::<u32, Has>::new();
    for entry in fs::read_dir(dir).map_err(failed(dir))? {
        let name = entry.map_err(failed(dir))?.file_name();
        let name = name.to_string_lossy();
        let Some((number, kind)) = name.strip_prefix("ca-").and_then(|rest| rest.split_once('.')) else {
            continue;
        };
        let Ok(number) = number.parse() else { continue };
        match kind {
            "key" => numbers.entry(number).or_default().key = true,
            "crt" => numbers.entry(number).or_default().certificate = true,
            _ => {}
        }
    }
    Ok(numbers)
}

fn key_file(dir: &Path, number: u32) -> PathBuf {
    dir.join(format!("ca-{number}.key"))
}

fn certificate_file(dir: &Path, number: u32) -> PathBuf {
    dir.join(format!("ca-{number}.crt"))
}

/// The certificate of an authority, PEM.
fn self_signed(key: &Key, now: i64) -> Result<String, AuthorityError> {
    let provider = |error: rcgen::Error| AuthorityError::Provider(error.to_string());
    let mut params = CertificateParams::default();
    params.not_before = moment(now - BACKDATE)?;
    params.not_after = moment(now + AUTHORITY_LIFE * DAY)?;
    params.serial_number = Some(serial().ok_or_else(no_random)?);
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "DECNET");
    // Two authorities of one swarm differ in their names, so that nobody tries the wrong key.
    let name = format!("DECNET swarm authority {:.8}", key.pin());
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    Ok(params.self_signed(key.pair()).map_err(provider)?.pem())
}

fn no_random() -> AuthorityError {
    AuthorityError::Provider("the system gives no random bytes".to_owned())
}

fn moment(seconds: i64) -> Result<OffsetDateTime, AuthorityError> {
    OffsetDateTime::from_unix_timestamp(seconds)
        .map_err(|_| AuthorityError::Provider(format!("second {seconds} is no time for a certificate")))
}

/// A serial number: 16 random bytes, positive and of full length (RFC 5280, section 4.1.2.2).
pub(super) fn serial() -> Option<SerialNumber> {
    let mut bytes = [0_u8; 16];
    SystemRandom::new().fill(&mut bytes).ok()?;
    if let Some(first) = bytes.first_mut() {
        *first = *first & 0x7f | 0x40;
    }
    Some(SerialNumber::from_slice(&bytes))
}
