//! The authorities that an end trusts, replaceable while connections are made.

use std::sync::Arc;

use rustls::{RootCertStore, pki_types::CertificateDer};
use thiserror::Error;

use crate::{peer, replaceable::Replaceable};

/// The certificates are of no authorities.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum InvalidRoots {
    /// There are none.
    #[error("there is no authority to trust")]
    None,
    /// One is no authority's certificate.
    #[error("a certificate is no authority's")]
    NoAuthority,
}

/// Authorities that are trusted. Copies share them.
#[derive(Clone, Debug)]
pub struct Roots(Arc<Replaceable<Arc<RootCertStore>>>);

impl Roots {
    /// Trusts these, as DER.
    ///
    /// # Errors
    /// [`InvalidRoots`].
    pub fn new(authorities: &[CertificateDer<'_>]) -> Result<Self, InvalidRoots> {
        Ok(Self(Arc::new(Replaceable::new(Self::store(authorities)?))))
    }

    /// Trusts these from now on, and no others.
    ///
    /// # Errors
    /// [`InvalidRoots`]; then nothing has changed.
    pub fn replace(&self, authorities: &[CertificateDer<'_>]) -> Result<(), InvalidRoots> {
        self.set(Self::store(authorities)?);
        Ok(())
    }

    pub(crate) fn store(authorities: &[CertificateDer<'_>]) -> Result<Arc<RootCertStore>, InvalidRoots> {
        let mut store = RootCertStore::empty();
        for authority in authorities {
            let parsed = peer::parse(authority).map_err(|_| InvalidRoots::NoAuthority)?;
            let constraints = parsed.basic_constraints().map_err(|_| InvalidRoots::NoAuthority)?;
            if !constraints.is_some_and(|constraints| constraints.value.ca) {
                return Err(InvalidRoots::NoAuthority);
            }
            store.add(authority.clone()).map_err(|_| InvalidRoots::NoAuthority)?;
        }
        if store.is_empty() { Err(InvalidRoots::None) } else { Ok(Arc::new(store)) }
    }

    pub(crate) fn set(&self, store: Arc<RootCertStore>) {
        self.0.set(store);
    }

    pub(crate) fn get(&self) -> Arc<RootCertStore> {
        Arc::clone(&self.0.get())
    }
}
