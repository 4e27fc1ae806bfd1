//! Derivation as fuzz targets drive it.

use super::{Finding, Object};
use crate::limits::{VALUE, WORD};

/// Derives the event that an object of a log tells, and says whether there is one.
///
/// # Panics
/// When something of it is longer than its bound, which is what a fuzz target looks for.
pub fn derive(object: &[u8]) -> bool {
    let Some(object) = Object::read(object) else { return false };
    let Some(entry) = object.entry(0) else { return false };
    for word in [entry.worker, entry.decky, entry.service, entry.kind] {
        assert!(word.len() <= WORD, "a word of {} bytes", word.len());
    }
    entry.findings.iter().flat_map(values).for_each(|value| {
        assert!(value.len() <= VALUE && !value.contains('\0'), "a value of {} bytes", value.len());
    });
    true
}

/// What of a finding a peer chose; of objects only that they are whole is known.
fn values(finding: &Finding) -> Vec<&str> {
    match finding {
        Finding::Credential(credential) => {
            credential.principal.as_deref().into_iter().chain([credential.secret.as_str()]).collect()
        }
        Finding::Artifact(artifact) => vec![&artifact.name, &artifact.source, &artifact.sha256],
        Finding::End(end) => vec![&end.reason],
        Finding::Login(name) => vec![name],
        Finding::Fingerprint(_) | Finding::Command | Finding::Proven | Finding::Machine(_) => Vec::new(),
    }
}
