//! Why a request is not taken on.

use decnet_composer::compose::ComposeError;
use decnet_engine::HostError;
use decnet_proto::{
    agent::{BUSY, PLAN_REFUSED},
    problem::Problem,
};
use thiserror::Error;

use crate::store::StoreError;

/// Why a request is not taken on.
#[derive(Debug, Error)]
pub(crate) enum Refusal {
    /// An operation runs.
    #[error("operation {0} runs: wait until it is over")]
    Busy(u64),
    /// The agent is about to end.
    #[error("the agent is ending: ask again when it runs")]
    Ending,
    /// The host is leaving its swarm.
    #[error("this host is leaving its swarm: nothing is deployed on it any more")]
    Leaving,
    /// The plan is older than the one that was accepted.
    #[error("plan {wanted} is older than plan {accepted}, which this host has accepted: deploy a newer one")]
    Older {
        /// Generation of the plan.
        wanted: u64,
        /// Generation that was accepted.
        accepted: u64,
    },
    /// A plan of the same generation, but with other contents.
    #[error("this host has accepted another plan {0}: a plan never changes, number the new one {next}", next = .0.saturating_add(1))]
    Changed(u64),
    /// The plan cannot be turned into containers.
    #[error("the plan cannot be deployed")]
    Plan(#[from] ComposeError),
    /// A number out of bounds.
    #[error("parallel is {0}: it must be a whole number from 1 to 64")]
    Parallel(u16),
    /// No such decky.
    #[error("there is no decky {0:?} on this host: `status` lists those that there are")]
    NoDecky(String),
    /// No such operation.
    #[error("there is no operation {0}, or it is long over")]
    NoOperation(String),
    /// No file for events.
    #[error("log file {path:?} cannot be: {rule}")]
    LogFile {
        /// As it was given.
        path: String,
        /// What would be right.
        rule: &'static str,
    },
    /// The body or query is not what the route takes.
    #[error("{text}")]
    Malformed {
        /// HTTP status.
        status: u16,
        /// What is wrong with it.
        text: String,
    },
    /// The peer may not speak to us.
    #[error("user {0} may not use this socket: root and members of the group decnet may")]
    Forbidden(u32),
    /// The peer is no master.
    #[error("only the master of the swarm may ask this")]
    NotMaster,
    /// It is not the host that was meant.
    #[error("this is another host: look where its name leads")]
    OtherHost,
    /// No such route.
    #[error("there is no {0}")]
    NoRoute(String),
    /// It took too long.
    #[error("no answer within {0} s")]
    Late(u64),
    /// The network could not be asked.
    #[error("cannot survey the network")]
    Survey(#[source] HostError),
    /// The state could not be written.
    #[error("cannot keep the state")]
    Store(#[from] StoreError),
    /// Docker, the network or the collector did not do what was asked.
    #[error("cannot {doing}")]
    Failed {
        /// What was attempted.
        doing: &'static str,
        /// Why it failed.
        source: HostError,
    },
}

impl Refusal {
    /// Its HTTP status and title.
    const fn kind(&self) -> (u16, &'static str) {
        match self {
            Self::Busy(_) => (409, BUSY),
            Self::Older { .. } | Self::Changed(_) => (409, PLAN_REFUSED),
            Self::Leaving => (409, "the host is leaving"),
            Self::Ending => (503, "the agent is ending"),
            Self::Plan(_) => (422, PLAN_REFUSED),
            Self::Parallel(_) | Self::LogFile { .. } => (422, "value refused"),
            Self::NoDecky(_) | Self::NoOperation(_) | Self::NoRoute(_) => (404, "not found"),
            Self::Malformed { status, .. } => (*status, "malformed request"),
            Self::Forbidden(_) | Self::NotMaster => (403, "not permitted"),
            Self::OtherHost => (409, "another host"),
            Self::Late(_) => (504, "too late"),
            Self::Survey(_) => (422, "survey failed"),
            Self::Store(_) | Self::Failed { .. } => (500, "failed"),
        }
    }

    /// The body of the answer.
    pub(crate) fn problem(&self) -> Problem {
        let (status, title) = self.kind();
        Problem { status, title: title.to_owned(), detail: decnet_engine::chain(self) }
    }
}
