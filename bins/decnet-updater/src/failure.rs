//! Why a request was not done, as an answer.

use std::fmt;

use axum::{
    Json,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use decnet_proto::{
    problem::{self, Problem},
    swarm::updater::{ARCHIVE_MAX, BROKEN, BUSY, Change, Failure, OUTPUT_MAX, REFUSED, ROLLED_BACK},
};

/// Why a request was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Undone {
    /// The asker is no master.
    NotMaster,
    /// There is no such route.
    Nowhere(String),
    /// The request is not what the route takes.
    Malformed(String),
    /// It announces more than any archive has.
    Large(u64),
    /// Something else is under way.
    Busy(Option<Change>),
    /// There is nothing to roll back to.
    Nothing,
    /// The release is not taken; nothing was changed.
    Refused(String),
    /// The release did not do; the one before runs again, and is healthy.
    RolledBack(String, String),
    /// What runs is not known to be healthy.
    Broken(String, String),
}

impl Undone {
    fn parts(&self) -> (StatusCode, &'static str, String) {
        match self {
            Self::NotMaster => {
                let detail = "only the master of the swarm may ask this".to_owned();
                (StatusCode::FORBIDDEN, "not permitted", detail)
            }
            Self::Nowhere(what) => (StatusCode::NOT_FOUND, "not found", format!("there is no {what}")),
            Self::Malformed(what) => (StatusCode::BAD_REQUEST, "malformed request", what.clone()),
            Self::Large(length) => {
                let detail = format!("an archive of {length} bytes: at most {ARCHIVE_MAX} are taken");
                (StatusCode::PAYLOAD_TOO_LARGE, "too large", detail)
            }
            Self::Busy(_) => (StatusCode::CONFLICT, BUSY, "ask again when it has ended".to_owned()),
            Self::Nothing => {
                let detail = "this host has no other good release to roll back to".to_owned();
                (StatusCode::NOT_FOUND, "nothing to roll back to", detail)
            }
            Self::Refused(why) => (StatusCode::UNPROCESSABLE_ENTITY, REFUSED, why.clone()),
            Self::RolledBack(why, _) => (StatusCode::CONFLICT, ROLLED_BACK, why.clone()),
            Self::Broken(why, _) => (StatusCode::INTERNAL_SERVER_ERROR, BROKEN, why.clone()),
        }
    }

    /// The body of the answer.
    fn failure(&self) -> Failure {
        let (status, title, detail) = self.parts();
        let problem = Problem { status: status.as_u16(), title: title.to_owned(), detail: end_of(&detail) };
        let output = match self {
            Self::RolledBack(_, output) | Self::Broken(_, output) => end_of(output),
            _ => String::new(),
        };
        let busy = match self {
            Self::Busy(change) => change.clone(),
            _ => None,
        };
        Failure { problem, rolled_back: matches!(self, Self::RolledBack(..)), output, busy }
    }
}

impl fmt::Display for Undone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, title, detail) = self.parts();
        write!(f, "{title}: {detail}")
    }
}

impl IntoResponse for Undone {
    fn into_response(self) -> Response {
        let failure = self.failure();
        (self.parts().0, [(CONTENT_TYPE, problem::MEDIA_TYPE)], Json(failure)).into_response()
    }
}

/// At most [`OUTPUT_MAX`] bytes of a text: its end, where the reason is.
pub(crate) fn end_of(text: &str) -> String {
    let mut from = text.len().saturating_sub(OUTPUT_MAX);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    text.get(from..).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_told_by_its_end() {
        assert_eq!(end_of("short"), "short");
        let long = format!("é{}", "x".repeat(OUTPUT_MAX - 1));
        assert_eq!(end_of(&long), "x".repeat(OUTPUT_MAX - 1));
        assert!(end_of(&"é".repeat(OUTPUT_MAX)).len() <= OUTPUT_MAX);
    }

    #[test]
    fn each_has_its_code() {
        let two = || ("why".to_owned(), "said".to_owned());
        let (why, said) = two();
        let all = [
            (Undone::NotMaster, 403, false),
            (Undone::Nowhere(why.clone()), 404, false),
            (Undone::Malformed(why.clone()), 400, false),
            (Undone::Large(1), 413, false),
            (Undone::Busy(None), 409, false),
            (Undone::Nothing, 404, false),
            (Undone::Refused(why.clone()), 422, false),
            (Undone::RolledBack(why.clone(), said.clone()), 409, true),
            (Undone::Broken(why, said), 500, false),
        ];
        for (undone, status, rolled_back) in all {
            let failure = undone.failure();
            assert_eq!((failure.problem.status, failure.rolled_back), (status, rolled_back), "{undone:?}");
        }
    }
}
