//! Certificates as text.

use rustls::pki_types::{
    CertificateDer,
    pem::{PemObject as _, SectionKind},
};
use thiserror::Error;

/// Most certificates in one text.
const MOST: usize = 8;

/// The text holds no certificates.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("no certificate in PEM")]
pub struct InvalidPem;

/// The one certificate of a text.
///
/// # Errors
/// [`InvalidPem`] for none, and for more than one.
pub fn certificate(text: &str) -> Result<CertificateDer<'static>, InvalidPem> {
    let mut all = certificates(text)?;
    let only = all.pop().ok_or(InvalidPem)?;
    all.is_empty().then_some(only).ok_or(InvalidPem)
}

/// The certificates of a text, one to eight of them.
///
/// # Errors
/// [`InvalidPem`] for none, for more, and for anything else between them.
pub fn certificates(text: &str) -> Result<Vec<CertificateDer<'static>>, InvalidPem> {
    let sections = <(SectionKind, Vec<u8>)>::pem_slice_iter(text.as_bytes()).take(MOST + 1);
    let parsed: Result<Vec<_>, InvalidPem> = sections
        .map(|section| match section {
            Ok((SectionKind::Certificate, der)) => Ok(CertificateDer::from(der)),
            _ => Err(InvalidPem),
        })
        .collect();
    parsed.and_then(|all| if (1..=MOST).contains(&all.len()) { Ok(all) } else { Err(InvalidPem) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ONE: &str = "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n";

    #[test]
    fn certificates_and_nothing_else() {
        assert_eq!(certificate(ONE).unwrap().as_ref(), [0, 1, 2]);
        assert_eq!(certificates(&ONE.repeat(8)).unwrap().len(), 8);
        for bad in ["", "x", &ONE.repeat(9), &ONE.replace("CERTIFICATE", "PRIVATE KEY"), &ONE[..40]] {
            assert_eq!(certificates(bad), Err(InvalidPem), "{bad:.60}");
        }
        assert_eq!(certificate(&ONE.repeat(2)), Err(InvalidPem));
    }

    proptest! {
        #[test]
        fn any_text_is_read(text: String) {
            let _ = certificates(&text);
            let _ = certificates(&format!("{ONE}{text}"));
        }
    }
}
