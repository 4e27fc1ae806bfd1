//! Handshakes that were refused: why, and how often.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use rustls::{CertificateError, Error, OtherError};
use thiserror::Error as ThisError;

use crate::{admission::Refused, digest::Fingerprint, peer::PeerError};

/// Why a certificate was not accepted. The other end sees one and the same alert for all.
#[derive(Clone, Debug, ThisError)]
pub enum Rejected {
    /// Its chain does not end at an authority that is trusted here.
    #[error("no authority that is trusted here has signed the certificate")]
    Chain(#[source] Error),
    /// It is no longer good, or not yet.
    #[error("the certificate is not good now")]
    Time(#[source] Error),
    /// It is of nobody in a swarm.
    #[error("the certificate is of nobody in a swarm")]
    Nobody(#[from] PeerError),
    /// It is for the other end of connections.
    #[error("the certificate is for the other end of connections")]
    Direction,
    /// Its holder is not let in.
    #[error("its holder is not let in")]
    Refused(#[from] Refused),
}

/// What refusals are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// [`Rejected::Chain`].
    Chain,
    /// [`Rejected::Time`].
    Time,
    /// [`Rejected::Nobody`].
    Nobody,
    /// [`Rejected::Direction`].
    Direction,
    /// [`Refused::Role`].
    Role,
    /// [`Refused::UnknownHost`].
    UnknownHost,
    /// [`Refused::Key`].
    Key,
    /// [`Refused::Revoked`].
    Revoked,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 8] = [
        Self::Chain,
        Self::Time,
        Self::Nobody,
        Self::Direction,
        Self::Role,
        Self::UnknownHost,
        Self::Key,
        Self::Revoked,
    ];

    /// Its word, for metrics and diagnostics.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Chain => "chain",
            Self::Time => "time",
            Self::Nobody => "nobody",
            Self::Direction => "direction",
            Self::Role => "role",
            Self::UnknownHost => "unknown_host",
            Self::Key => "key",
            Self::Revoked => "revoked",
        }
    }
}

impl Rejected {
    /// What it is counted by.
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Chain(_) => Reason::Chain,
            Self::Time(_) => Reason::Time,
            Self::Nobody(_) => Reason::Nobody,
            Self::Direction => Reason::Direction,
            Self::Refused(Refused::Role(_)) => Reason::Role,
            Self::Refused(Refused::UnknownHost) => Reason::UnknownHost,
            Self::Refused(Refused::Key) => Reason::Key,
            Self::Refused(Refused::Revoked) => Reason::Revoked,
        }
    }

    /// Why the handshake of this error failed, if it was for the peer's certificate.
    pub fn of<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(Error::InvalidCertificate(CertificateError::Other(OtherError(cause)))) =
                tls_error(error)
            {
                return cause.downcast_ref();
            }
            next = error.source();
        }
        None
    }

    /// What the chain's check said.
    pub(crate) fn of_chain(error: Error) -> Self {
        use CertificateError as Bad;
        match error {
            Error::InvalidCertificate(
                Bad::Expired | Bad::ExpiredContext { .. } | Bad::NotValidYet | Bad::NotValidYetContext { .. },
            ) => Self::Time(error),
            Error::InvalidCertificate(Bad::InvalidPurpose | Bad::InvalidPurposeContext { .. }) => {
                Self::Direction
            }
            _ => Self::Chain(error),
        }
    }

    /// As the handshake's error: for every reason the alert `certificate_unknown`.
    pub(crate) fn into_error(self) -> Error {
        Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(self))))
    }
}

/// An I/O error of a handshake keeps its cause where `source` does not look.
fn tls_error<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Error> {
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    wrapped.and_then(|inner| inner.downcast_ref()).or_else(|| error.downcast_ref())
}

/// Counts refused handshakes.
#[derive(Debug, Default)]
pub struct Refusals {
    counts: [AtomicU64; Reason::ALL.len()],
    last_told: AtomicU64,
}

impl Refusals {
    /// How many were refused for a reason.
    pub fn count(&self, reason: Reason) -> u64 {
        self.counts.get(reason as usize).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// How many were refused.
    pub fn total(&self) -> u64 {
        Reason::ALL.into_iter().map(|reason| self.count(reason)).sum()
    }

    /// Counts one, and tells of at most one in a second: strangers must not fill the log.
    pub(crate) fn note(&self, rejected: &Rejected, certificate: &[u8], second: u64) {
        let reason = rejected.reason();
        if let Some(count) = self.counts.get(reason as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        if self.last_told.swap(second, Ordering::Relaxed) != second {
            let fingerprint = Fingerprint::of(&certificate.into());
            let cause = std::error::Error::source(rejected).map(ToString::to_string);
            tracing::warn!(
                reason = reason.word(),
                %fingerprint,
                cause,
                refused = self.total(),
                "refused a peer: {rejected}"
            );
        }
    }
}
