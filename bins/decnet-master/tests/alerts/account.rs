//! What became of every alert, by what the API tells and by what receivers heard.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{program::Program, receiver::Receiver};

/// How many alerts came to one receiver, and how.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Account {
    /// Alerts that were raised.
    pub(crate) alerts: usize,
    /// Those that are listed as delivered.
    pub(crate) delivered: usize,
    /// Those that are listed as dead.
    pub(crate) dead: usize,
    /// Those that the receiver took twice or more often.
    pub(crate) twice: usize,
    /// Requests that it heard.
    pub(crate) heard: usize,
}

/// Settles with a receiver for whom nothing waits any more: every alert that was raised is delivered or dead, and
/// what is delivered was taken.
pub(crate) async fn settle(program: &Program, id: i64, receiver: &Receiver) -> Account {
    let alerts: BTreeSet<_> =
        program.all("/api/v1/alerts").await.iter().map(|alert| text(&alert["id"])).collect();
    let listed = async |state: &str| -> BTreeSet<String> {
        let rows = program.all(&format!("/api/v1/alerts/receivers/{id}/deliveries?state={state}")).await;
        rows.iter().map(|row| text(&row["alert"]["id"])).collect()
    };
    let (delivered, dead) = (listed("delivered").await, listed("dead").await);
    assert!(listed("waiting").await.is_empty());
    assert!(delivered.is_disjoint(&dead));
    assert_eq!(delivered.union(&dead).cloned().collect::<BTreeSet<_>>(), alerts);
    let heard = receiver.heard();
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for request in heard.iter().filter(|request| request.is_answered()) {
        let (id, body) =
            (request.header("x-decnet-event-id"), serde_json::from_slice::<Value>(&request.body));
        assert_eq!((body.unwrap()["id"].as_str(), request.path.as_str()), (Some(id), "/hook?a=b"));
        *taken.entry(id.to_owned()).or_default() += 1;
    }
    let missing: Vec<_> = delivered.iter().filter(|id| !taken.contains_key(*id)).collect();
    assert!(missing.is_empty(), "listed as delivered, and never taken: {missing:?}");
    assert!(taken.keys().all(|id| alerts.contains(id)), "taken, and never raised: {taken:?}");
    Account {
        alerts: alerts.len(),
        delivered: delivered.len(),
        dead: dead.len(),
        twice: taken.values().filter(|times| **times > 1).count(),
        heard: heard.len(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
