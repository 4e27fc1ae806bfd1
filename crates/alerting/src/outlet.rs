//! One alert to one receiver.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use decnet_event::{Timestamp, text};
use decnet_proto::{
    alert::{Alert, RuleKind, Target},
    problem::chain,
};
use decnet_record::alerts::Failure;
use hyper::header::HeaderName;

use crate::{
    LIMITS, Trust, body,
    exchange::{Post, PostError},
    signature, smtp,
};

const SIGNATURE: HeaderName = HeaderName::from_static("x-decnet-signature");
const EVENT_ID: HeaderName = HeaderName::from_static("x-decnet-event-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-decnet-timestamp");

/// The way out of this machine for alerts.
#[derive(Clone, Debug)]
pub struct Outlet {
    trust: Trust,
    patience: Duration,
}

impl Outlet {
    /// Believes receivers for whom these authorities vouch.
    pub const fn new(trust: Trust) -> Self {
        Self { trust, patience: LIMITS.patience }
    }

    /// Waits so long for a receiver.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Tells a receiver of an alert, once.
    ///
    /// # Errors
    /// [`Failure`]; it has no secret in it.
    pub async fn deliver(&self, target: &Target, alert: &Alert) -> Result<(), Failure> {
        let late = |_| fails(&format!("no answer within {} ms", self.patience.as_millis()), None);
        tokio::time::timeout(self.patience, self.tell(target, alert)).await.map_err(late)?
    }

    /// Tells a receiver that this is a test, once.
    ///
    /// # Errors
    /// [`Failure`]; it has no secret in it.
    pub async fn try_out(&self, target: &Target) -> Result<(), Failure> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(|error| fails(&chain(&error), None))?;
        let micros = i64::try_from(now().as_micros()).unwrap_or(i64::MAX);
        let trial = Alert {
            id: uuid::Builder::from_random_bytes(id).into_uuid(),
            time: Timestamp(micros).to_string(),
            rule: RuleKind::Test,
            title: "this is a test: nothing has happened".to_owned(),
            worker: None,
            decky: None,
            service: None,
            attacker_ip: None,
            event_id: None,
            details: BTreeMap::new(),
        };
        self.deliver(target, &trial).await
    }

    async fn tell(&self, target: &Target, alert: &Alert) -> Result<(), Failure> {
        let unwritable = |error: serde_json::Error| fails(&chain(&error), None);
        let (url, allow_http, headers, body) = match target {
            Target::Json { url, allow_http, secret } => {
                let body = body::json::body(alert).map_err(unwritable)?;
                (url, *allow_http, signed(secret, alert, &body), body)
            }
            Target::Slack { url } => (url, false, Vec::new(), body::slack::body(alert).map_err(unwritable)?),
            Target::Teams { url } => (url, false, Vec::new(), body::teams::body(alert).map_err(unwritable)?),
            Target::Mail(mail) => {
                let sent = smtp::send(mail, alert, &self.trust).await;
                return sent.map_err(|error| fails(&chain(&error), None));
            }
        };
        let sent = Post { url, allow_http, headers, body }.send(&self.trust).await;
        sent.map_err(|error| fails(&chain(&error), wait(&error)))
    }
}

/// The headers by which a receiver knows alerts and their sender.
fn signed(secret: &str, alert: &Alert, body: &[u8]) -> Vec<(HeaderName, String)> {
    let timestamp = now().as_secs().to_string();
    let signature = signature(secret.as_bytes(), &timestamp, body);
    vec![(EVENT_ID, alert.id.to_string()), (TIMESTAMP, timestamp), (SIGNATURE, signature)]
}

/// How long ago the epoch was.
fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn wait(error: &PostError) -> Option<Duration> {
    match error {
        PostError::Refused { wait, .. } => *wait,
        _ => None,
    }
}

fn fails(error: &str, wait: Option<Duration>) -> Failure {
    let printable =
        if text::is_plain(error.as_bytes()) { error.to_owned() } else { text::escape(error.as_bytes()) };
    Failure { error: printable, wait }
}
