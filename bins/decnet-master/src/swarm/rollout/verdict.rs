//! How it ended on a host.

use decnet_proto::swarm::{
    operator::ResultState,
    releases::UpdateOutcome,
    updater::{Change, Failure, Phase},
};

use crate::swarm::agents::AskError;

/// How it ended on a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) state: ResultState,
    pub(super) outcome: UpdateOutcome,
    /// In a line.
    pub(super) detail: String,
    /// What the host itself says.
    pub(super) output: String,
}

impl Verdict {
    /// The host is as it should be.
    pub(super) fn good(outcome: UpdateOutcome, detail: impl Into<String>) -> Self {
        Self { state: ResultState::Done, outcome, detail: detail.into(), output: String::new() }
    }

    /// It is not.
    pub(super) fn bad(outcome: UpdateOutcome, detail: impl Into<String>) -> Self {
        Self { state: ResultState::Failed, ..Self::good(outcome, detail) }
    }

    /// Its turn did not come.
    pub(super) fn untried(detail: impl Into<String>) -> Self {
        Self { state: ResultState::Untried, ..Self::good(UpdateOutcome::NotTried, detail) }
    }

    /// With the host's own words.
    pub(super) fn saying(self, output: String) -> Self {
        Self { output, ..self }
    }

    /// Nothing was sent: the host does not answer, or cannot be spoken with.
    pub(super) fn unreached(error: &AskError) -> Self {
        let outcome = if error.is_answer() { UpdateOutcome::Failed } else { UpdateOutcome::Unreachable };
        Self::bad(outcome, error.text())
    }

    /// The host did not do it.
    pub(super) fn failed(failure: Failure) -> Self {
        let outcome = match failure.problem.status {
            409 if failure.rolled_back => UpdateOutcome::RolledBack,
            400 | 413 | 422 => UpdateOutcome::Refused,
            _ => UpdateOutcome::Failed,
        };
        let busy = failure.busy.as_ref().map(|change| format!(" ({})", under_way(change)));
        let (title, detail) = (failure.problem.title, failure.problem.detail);
        Self::bad(outcome, format!("{title}: {detail}{}", busy.unwrap_or_default())).saying(failure.output)
    }

    /// Whether the host is as it should be.
    pub(super) fn is_good(&self) -> bool {
        self.state == ResultState::Done
    }

    /// Whether no other host is to be tried: something happened that may be the release's fault. Hosts to
    /// which nothing was sent say nothing of it.
    pub(super) const fn stops(&self) -> bool {
        match self.outcome {
            UpdateOutcome::RolledBack | UpdateOutcome::Refused | UpdateOutcome::Failed => {
                !matches!(self.state, ResultState::Done)
            }
            UpdateOutcome::Updated
            | UpdateOutcome::Already
            | UpdateOutcome::Unreachable
            | UpdateOutcome::NoUpdater
            | UpdateOutcome::NotTried => false,
        }
    }
}

/// A change that is under way, in words.
pub(super) fn under_way(change: &Change) -> String {
    let what = change.to.as_ref().map_or("a release", |release| release.version.as_str());
    let how = match change.phase {
        Phase::Receiving => "is being received",
        Phase::Staged => "is on disk",
        Phase::Switched => "was switched to",
        Phase::Probing => "is being asked how it is",
        Phase::Reverting => "failed, and is being undone",
    };
    format!("{what} {how}")
}

#[cfg(test)]
mod tests {
    use decnet_proto::{
        problem::Problem,
        swarm::updater::{BROKEN, BUSY, Chain, REFUSED, ROLLED_BACK},
    };

    use super::*;

    fn failure(status: u16, title: &str, rolled_back: bool) -> Failure {
        let problem = Problem { status, title: title.to_owned(), detail: "so it is".to_owned() };
        Failure { problem, rolled_back, output: "its words".to_owned(), busy: None }
    }

    #[test]
    fn every_refusal_of_a_host_is_told_for_what_it_is() {
        let check = |status, title: &str, rolled_back, outcome| {
            let verdict = Verdict::failed(failure(status, title, rolled_back));
            assert_eq!((verdict.outcome, verdict.state), (outcome, ResultState::Failed), "{status}");
            assert_eq!((verdict.output.as_str(), verdict.stops()), ("its words", true), "{status}");
            assert_eq!(verdict.detail, format!("{title}: so it is"));
        };
        check(409, ROLLED_BACK, true, UpdateOutcome::RolledBack);
        check(409, BUSY, false, UpdateOutcome::Failed);
        check(422, REFUSED, false, UpdateOutcome::Refused);
        check(400, "no digest", false, UpdateOutcome::Refused);
        check(413, "too large", false, UpdateOutcome::Refused);
        check(404, "not found", false, UpdateOutcome::Failed);
        check(500, BROKEN, false, UpdateOutcome::Failed);
        // Only a conflict is the answer to a change that was undone.
        check(500, BROKEN, true, UpdateOutcome::Failed);
    }

    #[test]
    fn what_else_is_under_way_is_told() {
        let change = Change { chain: Chain::Worker, phase: Phase::Probing, to: None, since: 0 };
        let busy = Failure { busy: Some(change), ..failure(409, BUSY, false) };
        let detail = Verdict::failed(busy).detail;
        assert!(detail.ends_with("so it is (a release is being asked how it is)"), "{detail}");
    }

    #[test]
    fn a_host_that_goes_back_because_it_was_asked_to_stops_nobody() {
        assert!(!Verdict::good(UpdateOutcome::RolledBack, "").stops());
        assert!(!Verdict::bad(UpdateOutcome::Unreachable, "").stops());
        assert!(!Verdict::bad(UpdateOutcome::NoUpdater, "").stops());
    }
}
