//! TLS for browsers: the server shows a certificate that somebody gave it, and asks for none.

use std::sync::Arc;

use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    version::TLS13,
};
use thiserror::Error;

use super::provider;

/// A server cannot show this.
#[derive(Debug, Error)]
pub enum PublicError {
    /// The certificates are none.
    #[error("the certificate is no PEM")]
    Certificate(#[source] rustls::pki_types::pem::Error),
    /// There is none.
    #[error("there is no certificate in it")]
    NoCertificate,
    /// The key is none.
    #[error("the key is no PEM of a private key")]
    Key(#[source] rustls::pki_types::pem::Error),
    /// They cannot be used, or not together.
    #[error("certificate and key cannot be used together")]
    Pair(#[from] rustls::Error),
}

/// Configures a server that shows the first certificate of `chain`, with those above it behind it; both are PEM.
///
/// # Errors
/// [`PublicError`] says what of it cannot be used.
pub fn public(chain: &[u8], key: &[u8]) -> Result<Arc<ServerConfig>, PublicError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain).collect();
    let chain = chain.map_err(PublicError::Certificate)?;
    if chain.is_empty() {
        return Err(PublicError::NoCertificate);
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(PublicError::Key)?;
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
