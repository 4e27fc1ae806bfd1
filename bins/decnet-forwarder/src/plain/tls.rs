//! TLS with whom an authority of the operator's knows.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    ClientConfig, Error, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    version::{TLS12, TLS13},
};
use thiserror::Error;

use crate::settings::PlainWay;

/// Longest file that is read: all authorities of a distribution are a quarter of that.
const LONGEST: u64 = 1 << 20;

/// No configuration can be made.
#[derive(Debug, Error)]
pub enum PlainTlsError {
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is no such thing.
    #[error("{} has no {wanted} in PEM", path.display())]
    Pem {
        /// Which.
        path: PathBuf,
        /// What it should have.
        wanted: &'static str,
    },
    /// The parts do not fit.
    #[error("cannot configure TLS")]
    Tls(#[from] Error),
}

/// How a client speaks to the receiver, by the files as they are now.
///
/// # Errors
/// [`PlainTlsError`].
pub(crate) fn client(way: &PlainWay) -> Result<Arc<ClientConfig>, PlainTlsError> {
    let mut roots = RootCertStore::empty();
    for authority in certificates(&way.authority)? {
        roots.add(authority)?;
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_root_certificates(roots);
    Ok(Arc::new(match &way.own {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            builder.with_client_auth_cert(certificates(certificate)?, private_key(key)?)?
        }
    }))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, PlainTlsError> {
    let text = read(path)?;
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let wrong = || PlainTlsError::Pem { path: path.to_owned(), wanted: "certificate" };
    all.ok().filter(|all| !all.is_empty()).ok_or_else(wrong)
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, PlainTlsError> {
    let wrong = |_| PlainTlsError::Pem { path: path.to_owned(), wanted: "private key" };
    PrivateKeyDer::from_pem_slice(&read(path)?).map_err(wrong)
}

fn read(path: &Path) -> Result<Vec<u8>, PlainTlsError> {
    let mut text = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LONGEST).read_to_end(&mut text));
    read.map_err(|source| PlainTlsError::Read { path: path.to_owned(), source })?;
    Ok(text)
}
