//! Alerts on their way over real sockets: to webhooks that fail, hang, break off, restart and answer late, to mail
//! servers, and through the death of who sends them.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod book;
mod chaos;
mod mail;
mod mail_server;
mod receiver;
mod single;

use std::{collections::BTreeMap, time::Duration};

use decnet_alerting::{Outlet, Trust};
use decnet_proto::alert::{Alert, RuleKind};

/// How long a test's outlet waits for a receiver.
const PATIENCE: Duration = Duration::from_secs(1);

const SECRET: &str = "0123456789abcdef";

fn outlet() -> Outlet {
    Outlet::new(Trust::load(None).unwrap()).with_patience(PATIENCE)
}

fn alert() -> Alert {
    Alert {
        id: uuid::Uuid::from_u128(7),
        time: "2025-11-26T10:47:13.987654+00:00".to_owned(),
        rule: RuleKind::FirstTouch,
        title: "203.0.113.9 touched decky-03 (ssh)".to_owned(),
        worker: Some("edge-1".to_owned()),
        decky: Some("decky-03".to_owned()),
        service: Some("ssh".to_owned()),
        attacker_ip: Some("203.0.113.9".to_owned()),
        event_id: Some(42),
        details: BTreeMap::new(),
    }
}
