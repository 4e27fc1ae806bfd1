//! TLS for browsers: the server shows a certificate that somebody gave it, and asks for none.

use std::sync::Arc;

use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
    version::TLS13,
};
use thiserror::Error;
use x509_parser::{certificate::X509Certificate, prelude::FromDer as _};

use super::provider;
use crate::replaceable::Replaceable;

/// A server cannot show this.
#[derive(Debug, Error)]
pub enum PublicError {
    /// The certificates are none.
    #[error("the certificate is no PEM")]
    Certificate(#[source] rustls::pki_types::pem::Error),
    /// There is none.
    #[error("there is no certificate in it")]
    NoCertificate,
    /// The first one is none.
    #[error("the first of it is no X.509 certificate")]
    Malformed,
    /// The key is none.
    #[error("the key is no PEM of a private key")]
    Key(#[source] rustls::pki_types::pem::Error),
    /// They cannot be used, or not together.
    #[error("certificate and key cannot be used together")]
    Pair(#[from] rustls::Error),
}

/// A certificate with those above it, and its key.
#[derive(Debug)]
pub struct Pair {
    certified: Arc<CertifiedKey>,
    not_after: i64,
}

impl Pair {
    /// Reads the certificates of `chain`, the server's own first, and its key; both are PEM.
    ///
    /// # Errors
    /// [`PublicError`] says what of it cannot be used.
    pub fn read(chain: &[u8], key: &[u8]) -> Result<Self, PublicError> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain).collect();
        let chain = chain.map_err(PublicError::Certificate)?;
        let first = chain.first().ok_or(PublicError::NoCertificate)?;
        let (_, parsed) = X509Certificate::from_der(first).map_err(|_| PublicError::Malformed)?;
        let not_after = parsed.validity().not_after.timestamp();
        let key = PrivateKeyDer::from_pem_slice(key).map_err(PublicError::Key)?;
        let certified = CertifiedKey::from_der(chain, key, &provider())?;
        Ok(Self { certified: Arc::new(certified), not_after })
    }

    /// Second since the Unix epoch after which the server's certificate is no longer good.
    pub fn not_after(&self) -> i64 {
        self.not_after
    }
}

/// What a server shows to browsers, replaceable while connections are made. Clones share it.
#[derive(Clone, Debug)]
pub struct Public(Arc<Replaceable<Pair>>);

impl Public {
    /// Shows this at first.
    pub fn new(pair: Pair) -> Self {
        Self(Arc::new(Replaceable::new(pair)))
    }

    /// Shows this to whoever connects from now on.
    pub fn replace(&self, pair: Pair) {
        self.0.set(pair);
    }

    /// What it shows.
    pub fn pair(&self) -> Arc<Pair> {
        self.0.get()
    }
}

impl ResolvesServerCert for Public {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.get().certified))
    }
}

/// Configures a server that shows this, whatever name it is called by.
///
/// # Errors
/// [`PublicError::Pair`] when TLS 1.3 cannot be spoken.
pub fn public(shown: &Public) -> Result<Arc<ServerConfig>, PublicError> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(shown.clone()));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
