//! What the controller asks of the updater of a host, over mutual TLS.

use std::{
    fs::File,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use decnet_api::client::{CallError, Client, Parcel, Reply, Waits};
use decnet_proto::{
    problem::Problem,
    swarm::{
        releases::ReleaseView,
        role::Role,
        updater::{ARCHIVE, CHANGE_MAX, Chain, Done, Failure, Health, OUTPUT_MAX, Releases, Route},
    },
};
use decnet_store::Host;
use serde::de::DeserializeOwned;

use super::{
    agents::{AskError, Shown},
    controller::Controller,
};

/// How long an updater may take to tell what it knows itself.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long to tell how the programs of the host are: it asks them, and one of them may be hanging.
const ASKING: Duration = Duration::from_secs(25);

/// How long it is waited for it to take in any more of an archive.
const TAKING: Duration = Duration::from_secs(30);

/// How long for the end of a change: a little longer than any may take.
pub(super) const CHANGE: Duration = Duration::from_secs(CHANGE_MAX + 60);

/// The updater of a host.
#[derive(Clone, Debug)]
pub(super) struct Updater<'a> {
    controller: &'a Controller,
    client: Client,
    shown: Arc<Shown>,
}

/// An archive on its way to a host.
#[derive(Clone, Debug)]
pub(super) struct Cargo {
    pub(super) release: Arc<ReleaseView>,
    pub(super) file: Arc<File>,
}

/// How a host answers to a change that was asked of it.
#[derive(Debug)]
pub(super) enum Answer {
    /// It made it, or needed not.
    Done(Done),
    /// It did not.
    Failed(Box<Failure>),
}

impl Controller {
    /// The updater of a host: only that of the very host is spoken with.
    pub(super) fn updater(&self, host: &Host) -> Result<Updater<'_>, AskError> {
        let (client, shown) = self.part_of(host, Role::Updater, host.view.updater_port)?;
        Ok(Updater { controller: self, client: client.with_patience(PATIENCE), shown })
    }
}

impl Cargo {
    /// How much of it there is, in bytes.
    pub(super) fn length(&self) -> u64 {
        self.release.size
    }

    fn parcel(&self, sent: &Arc<AtomicU64>) -> Parcel {
        Parcel {
            file: Arc::clone(&self.file),
            length: self.length(),
            media_type: ARCHIVE,
            digest: content_digest(&self.release.archive),
            sent: Arc::clone(sent),
            waits: Waits { taking: TAKING, answer: CHANGE },
        }
    }
}

/// What the header says of a digest of 64 hexadecimal digits.
pub(super) fn content_digest(hex: &str) -> String {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or(0) as u8;
    let pairs = hex.as_bytes().chunks(2);
    let bytes: Vec<u8> =
        pairs.map(|pair| pair.iter().fold(0, |byte: u8, each| (byte << 4) | digit(*each))).collect();
    format!("sha-256=:{}:", BASE64_STANDARD.encode(bytes))
}

impl Updater<'_> {
    /// That it is there, and what the programs of the host say.
    pub(super) async fn health(&self) -> Result<Health, AskError> {
        let patient = Self { client: self.client.clone().with_patience(ASKING), ..self.clone() };
        patient.get(Route::Health).await
    }

    /// Which releases the host has, and how its last changes went.
    pub(super) async fn releases(&self) -> Result<Releases, AskError> {
        self.get(Route::Releases).await
    }

    /// Brings a release to the host, and waits for what becomes of it; `sent` counts what went out.
    pub(super) async fn bring(&self, cargo: &Cargo, sent: &Arc<AtomicU64>) -> Result<Answer, AskError> {
        let (route, path) = match cargo.release.chain {
            Chain::Worker => (Route::Update, Route::Update.path().to_owned()),
            Chain::Updater => (Route::UpdateSelf, format!("{}?confirm_self=true", Route::UpdateSelf.path())),
        };
        sent.store(0, Ordering::Relaxed);
        let reply = self.client.upload(route.method(), &path, cargo.parcel(sent)).await;
        self.heard(reply).await.map(Answer::of)
    }

    /// Switches the host back to the good release before, and waits for what becomes of it.
    pub(super) async fn roll_back(&self) -> Result<Answer, AskError> {
        let patient = self.client.clone().with_patience(CHANGE);
        let reply = patient.ask(Route::Rollback.method(), Route::Rollback.path()).await;
        self.heard(reply).await.map(Answer::of)
    }

    async fn get<T: DeserializeOwned>(&self, route: Route) -> Result<T, AskError> {
        self.heard(self.client.get(route.method(), route.path()).await).await
    }

    /// Notes with which certificate it answered.
    async fn heard<T>(&self, answer: Result<T, CallError>) -> Result<T, AskError> {
        if matches!(answer, Ok(_) | Err(CallError::Refused(_)))
            && let Some(peer) = self.shown.take()
            && let Err(error) = self.controller.spoke(&peer).await
        {
            tracing::error!("cannot note that an updater answered: {error}");
        }
        Ok(answer?)
    }
}

impl Answer {
    /// What an answer says; what is none is a failure.
    fn of(reply: Reply) -> Self {
        let Reply { status, body } = reply;
        if (200..300).contains(&status)
            && let Ok(mut done) = serde_json::from_slice::<Done>(&body)
        {
            done.output = bounded(done.output);
            return Self::Done(done);
        }
        let mut failure = serde_json::from_slice(&body).unwrap_or_else(|_| Failure {
            problem: Problem {
                status,
                title: "no answer that can be read".to_owned(),
                detail: format!("the updater answered {status} without saying why"),
            },
            rolled_back: false,
            output: String::new(),
            busy: None,
        });
        // What counts is how it answered, not what it says of that.
        failure.problem.status = status;
        failure.output = bounded(failure.output);
        Self::Failed(Box::new(failure))
    }
}

/// As much of a host's text as is kept.
pub(super) fn bounded(mut text: String) -> String {
    let mut end = OUTPUT_MAX.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

#[cfg(test)]
mod tests {
    use decnet_proto::swarm::updater::Outcome;

    use super::*;

    #[test]
    fn a_digest_is_told_as_the_header_has_it() {
        let none = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(content_digest(none), "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:");
    }

    #[test]
    fn any_answer_is_read() {
        let of = |status, body: &str| Answer::of(Reply { status, body: body.to_owned().into() });
        let done = r#"{"outcome": "updated", "release": {"version": "1.0.0", "digest": "d"}, "more": 1}"#;
        assert!(matches!(of(200, done), Answer::Done(done) if done.outcome == Outcome::Updated));
        let failed = |status, body: &str| match of(status, body) {
            Answer::Failed(failure) => *failure,
            Answer::Done(done) => panic!("{done:?}"),
        };
        let long = "ä".repeat(OUTPUT_MAX);
        let told = format!(
            r#"{{"status": 200, "title": "t", "detail": "d", "rolled_back": true, "output": "{long}"}}"#
        );
        let failure = failed(409, &told);
        assert_eq!((failure.problem.status, failure.rolled_back), (409, true));
        assert_eq!(failure.output.len(), OUTPUT_MAX);
        for (status, body) in [(200, "{}"), (500, ""), (502, "<html>"), (409, done)] {
            let failure = failed(status, body);
            assert_eq!((failure.problem.status, failure.rolled_back), (status, false), "{body}");
        }
    }
}
