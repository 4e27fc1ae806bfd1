//! What a change came to, as an answer.

use std::error::Error;

use decnet_proto::{
    problem::chain,
    swarm::updater::{Done, Outcome, ReleaseName},
};
use decnet_release::{
    ReleaseId,
    archive::{Refusal, UnpackError},
    caps,
    change::{self, ChangeError, Prepared},
};

use super::describe;
use crate::failure::{Undone, end_of};

/// A release's name on the wire.
pub(super) fn name(id: &ReleaseId) -> ReleaseName {
    ReleaseName { version: id.version.to_string(), digest: id.digest.to_string() }
}

/// What a change of the worker came to that is `done` if all goes well. `words` is what programs said that
/// did not do.
pub(super) fn made(
    made: Result<change::Outcome, ChangeError>,
    done: Outcome,
    words: &str,
) -> Result<Done, Undone> {
    let outcome = made.map_err(|error| undone(&error))?;
    let text = describe::outcome(&outcome);
    match outcome {
        change::Outcome::Already(id) => {
            Ok(Done { outcome: Outcome::Already, release: name(&id), output: String::new() })
        }
        change::Outcome::Committed { to, seen, .. } => {
            let output = end_of(&describe::seen(&seen));
            Ok(Done { outcome: done, release: name(&to), output })
        }
        change::Outcome::RolledBack { trouble: None, .. } => Err(Undone::RolledBack(text, words.to_owned())),
        change::Outcome::RolledBack { .. } | change::Outcome::Abandoned { .. } => {
            Err(Undone::Broken(text, words.to_owned()))
        }
    }
}

/// What the preparation of a change of the updater came to.
pub(super) fn prepared(prepared: Result<Prepared, ChangeError>) -> Result<Done, Undone> {
    let (outcome, id) = match prepared.map_err(|error| undone(&error))? {
        Prepared::Already(id) => (Outcome::Already, id),
        Prepared::HandedOver { to, .. } => (Outcome::Queued, to),
    };
    Ok(Done { outcome, release: name(&id), output: String::new() })
}

/// Something here cannot be read or written.
pub(super) fn unreadable(error: &(dyn Error + 'static)) -> Undone {
    Undone::Broken(chain(error), String::new())
}

fn undone(error: &ChangeError) -> Undone {
    let text = chain(error);
    match error {
        ChangeError::Unpack(UnpackError::Source(_)) | ChangeError::Announced { .. } => {
            Undone::Malformed(text)
        }
        ChangeError::Unpack(UnpackError::Refused(Refusal::Large)) => Undone::Large(caps::ARCHIVE),
        ChangeError::Unpack(UnpackError::Refused(_))
        | ChangeError::Inadmissible(_)
        | ChangeError::NoRoom { .. }
        | ChangeError::NoCurrent => Undone::Refused(text),
        ChangeError::NothingToRollBackTo => Undone::Nothing,
        ChangeError::Unfinished(_) => Undone::Busy(None),
        ChangeError::Unpack(UnpackError::Keep(_))
        | ChangeError::Remember(_)
        | ChangeError::Store(_)
        | ChangeError::Keep(_)
        | ChangeError::Record(_) => Undone::Broken(text, String::new()),
    }
}
