//! Certificates of any words, as an authority that does not look would sign them.

use std::{fs, path::Path, sync::Arc};

use decnet_proto::swarm::{profile::Direction, role::Identity};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, SanType,
};
use rustls::{
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    sign::CertifiedKey,
};
use time::OffsetDateTime;

use crate::{clock::DAY, pem};

/// What a certificate says.
#[derive(Clone, Debug)]
pub struct Wording {
    /// Its alternative names.
    pub names: Vec<SanType>,
    /// What it is for.
    pub usages: Vec<ExtendedKeyUsagePurpose>,
    /// Its common name.
    pub common_name: String,
    /// From and until when it is good, in seconds since the Unix epoch.
    pub good: (i64, i64),
}

impl Wording {
    /// As the authority would word it at `now`.
    pub fn of(identity: Identity, direction: Direction, now: i64) -> Self {
        Self {
            names: vec![uri(&identity.to_string())],
            usages: vec![usage(direction)],
            common_name: "w1".to_owned(),
            good: (now - 300, now + 90 * DAY),
        }
    }

    fn params(self) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.subject_alt_names = self.names;
        params.extended_key_usages = self.usages;
        params.distinguished_name.push(DnType::CommonName, self.common_name);
        params.not_before = OffsetDateTime::from_unix_timestamp(self.good.0).unwrap();
        params.not_after = OffsetDateTime::from_unix_timestamp(self.good.1).unwrap();
        params
    }
}

/// A URI as an alternative name.
///
/// # Panics
/// For text that is not ASCII.
pub fn uri(text: &str) -> SanType {
    SanType::URI(text.try_into().unwrap())
}

/// What certificates for this end are for.
pub fn usage(direction: Direction) -> ExtendedKeyUsagePurpose {
    match direction {
        Direction::Server => ExtendedKeyUsagePurpose::ServerAuth,
        Direction::Client => ExtendedKeyUsagePurpose::ClientAuth,
    }
}

/// Signs whatever it is told, with an authority's key.
#[derive(Debug)]
pub struct Forge {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
}

impl Forge {
    /// With the newest key of the authority in `dir`, which may be open meanwhile.
    ///
    /// # Panics
    /// When there is none.
    pub fn of(dir: &Path) -> Self {
        let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name());
        let numbers = names
            .filter_map(|name| name.to_str()?.strip_prefix("ca-")?.strip_suffix(".crt")?.parse::<u32>().ok());
        let newest = numbers.max().unwrap();
        let read = |kind: &str| fs::read_to_string(dir.join(format!("ca-{newest}.{kind}"))).unwrap();
        let certificate = pem::certificate(&read("crt")).unwrap();
        Self::new(KeyPair::from_pem(&read("key")).unwrap(), certificate)
    }

    /// With the key of an authority that nobody knows.
    ///
    /// # Panics
    /// When the system gives no random bytes.
    pub fn foreign(now: i64) -> Self {
        let pair = KeyPair::generate().unwrap();
        let good = (now - DAY, now + 3_650 * DAY);
        let wording =
            Wording { names: vec![], usages: vec![], common_name: "DECNET authority".to_owned(), good };
        let mut params = wording.params();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let certificate = params.self_signed(&pair).unwrap().der().clone();
        Self::new(pair, certificate)
    }

    fn new(pair: KeyPair, certificate: CertificateDer<'static>) -> Self {
        Self { issuer: Issuer::from_ca_cert_der(&certificate, pair).unwrap(), certificate }
    }

    /// The authority's certificate.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// A certificate for this key, with the authority above it.
    ///
    /// # Panics
    /// For words that no certificate has.
    pub fn sign(&self, pair: &KeyPair, wording: Wording) -> Arc<CertifiedKey> {
        let leaf = wording.params().signed_by(pair, &self.issuer).unwrap().der().clone();
        certified(pair, vec![leaf, self.certificate.clone()])
    }

    /// The same for a key of its own.
    ///
    /// # Panics
    /// As [`Self::sign`].
    pub fn issue(&self, wording: Wording) -> Arc<CertifiedKey> {
        self.sign(&KeyPair::generate().unwrap(), wording)
    }
}

/// A certificate that is its own authority.
///
/// # Panics
/// For words that no certificate has.
pub fn self_signed(pair: &KeyPair, wording: Wording) -> Arc<CertifiedKey> {
    let leaf = wording.params().self_signed(pair).unwrap().der().clone();
    certified(pair, vec![leaf])
}

/// What is shown in handshakes, whatever it is.
fn certified(pair: &KeyPair, chain: Vec<CertificateDer<'static>>) -> Arc<CertifiedKey> {
    let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pair.serialized_der()));
    Arc::new(CertifiedKey::new(chain, rustls::crypto::ring::sign::any_ecdsa_type(&der).unwrap()))
}
