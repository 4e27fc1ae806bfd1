//! Who vouches for the server of a database: whoever the operator names, and nobody else.

use std::path::Path;

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};

use crate::RecordError;

/// The PEM certificates of a file, of which there is at least one.
pub(super) fn read(file: &Path) -> Result<RootCertStore, RecordError> {
    let wrong = |why: String| RecordError::Roots { path: file.to_owned(), why };
    let all = CertificateDer::pem_file_iter(file).map_err(|error| wrong(error.to_string()))?;
    let mut store = RootCertStore::empty();
    for certificate in all {
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        store.add(certificate).map_err(|error| wrong(error.to_string()))?;
    }
    if store.is_empty() {
        return Err(wrong("there is no certificate in it".to_owned()));
    }
    Ok(store)
}
