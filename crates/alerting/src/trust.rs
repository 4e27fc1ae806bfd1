//! Which authorities vouch for receivers: those of the system, and one's own.

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use thiserror::Error;

/// Where systems keep the authorities that they trust, the first that is there: Debian and Arch, Fedora, SUSE, Alpine.
const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Most bytes of a file of authorities.
const BUNDLE: u64 = 4 * 1024 * 1024;

/// The authorities cannot be read.
#[derive(Debug, Error)]
pub enum TrustError {
    /// The file cannot be read.
    #[error("cannot read the authorities in {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no certificate of an authority in the file.
    #[error("there is no authority in {}", .0.display())]
    None(PathBuf),
    /// The library of TLS cannot be set up.
    #[error("cannot set up TLS")]
    Tls(#[from] rustls::Error),
}

/// Who vouches for receivers. Clones share it.
#[derive(Clone, Debug)]
pub struct Trust(Arc<ClientConfig>);

impl Trust {
    /// The authorities of the system, and those in the file `own`, if one is given. A system that has none is no
    /// error: then only one's own count.
    ///
    /// # Errors
    /// [`TrustError`].
    pub fn load(own: Option<&Path>) -> Result<Self, TrustError> {
        let mut roots = RootCertStore::empty();
        match BUNDLES.iter().find(|path| Path::new(path).is_file()) {
            Some(path) => {
                read(Path::new(path), &mut roots)?;
            }
            None => tracing::warn!("this system has no list of authorities: install its ca-certificates"),
        }
        if let Some(path) = own
            && read(path, &mut roots)? == 0
        {
            return Err(TrustError::None(path.to_owned()));
        }
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?;
        Ok(Self(Arc::new(builder.with_root_certificates(roots).with_no_client_auth())))
    }

    pub(crate) fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.0)
    }
}

/// Adds the authorities of a file, and says how many they were. Those that cannot be understood are left out, as
/// systems have some.
fn read(path: &Path, roots: &mut RootCertStore) -> Result<usize, TrustError> {
    let failed = |source| TrustError::File { path: path.to_owned(), source };
    let mut text = Vec::new();
    fs::File::open(path).map_err(failed)?.take(BUNDLE).read_to_end(&mut text).map_err(failed)?;
    let certificates = CertificateDer::pem_slice_iter(&text).filter_map(Result::ok);
    let (added, _) = roots.add_parsable_certificates(certificates);
    Ok(added)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_ones_own_must_have_an_authority() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        assert!(matches!(Trust::load(Some(&path)), Err(TrustError::File { .. })));
        fs::write(&path, "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n").unwrap();
        assert!(matches!(Trust::load(Some(&path)), Err(TrustError::None(_))));
        let authority = rcgen::generate_simple_self_signed(vec!["own.example".to_owned()]).unwrap();
        fs::write(&path, authority.cert.pem()).unwrap();
        Trust::load(Some(&path)).unwrap();
        Trust::load(None).unwrap();
    }
}
