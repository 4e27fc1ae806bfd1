//! Alerts on their way over real sockets: to webhooks that fail, hang, break off, restart and answer late, to mail
//! servers, and through the death of who sends them.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod book;
mod chaos;
mod mail;
mod mail_server;
mod receiver;
mod single;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use decnet_alerting::{Outlet, Trust};
use decnet_proto::alert::{Alert, RuleKind};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{ServerConfig, crypto::ring::default_provider, pki_types::PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// How long a test's outlet waits for a receiver.
const PATIENCE: Duration = Duration::from_secs(1);

const SECRET: &str = "0123456789abcdef";

fn outlet() -> Outlet {
    Outlet::new(Trust::load(None).unwrap()).with_patience(PATIENCE)
}

/// A server called `localhost`, and an outlet that believes it.
fn tls() -> (TlsAcceptor, Outlet) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, cert.pem()).unwrap();
    let outlet = Outlet::new(Trust::load(Some(&file)).unwrap()).with_patience(PATIENCE);
    (TlsAcceptor::from(Arc::new(config)), outlet)
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
