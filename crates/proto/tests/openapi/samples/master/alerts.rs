//! What the master's API carries of alerts.

use std::collections::BTreeMap;

use decnet_proto::{
    alert::{
        Alert, Delivery, DeliveryState, Ignore, IgnoreId, IgnoreRequest, Mail, MailSecurity, Receiver,
        ReceiverChange, ReceiverId, ReceiverRequest, Retried, RetryRequest, Rule, RuleChange, RuleKind,
        Target, Trial,
    },
    mac::Mac,
};
use uuid::Uuid;

use super::{
    super::{Sample, sample, text},
    page,
};

fn alert() -> Alert {
    Alert {
        id: Uuid::from_u128(7),
        time: text(),
        rule: RuleKind::FirstTouch,
        title: text(),
        worker: Some(text()),
        decky: None,
        service: None,
        attacker_ip: Some(text()),
        event_id: Some(7),
        details: BTreeMap::from([(text(), text())]),
    }
}

fn target() -> Target {
    Target::Mail(Mail {
        host: text(),
        port: 587,
        security: MailSecurity::Starttls,
        username: Some(text()),
        password: Some(text()),
        from: text(),
        to: vec![text()],
    })
}

fn receivers() -> Vec<Sample> {
    let (name, enabled) = (text(), true);
    let receiver = Receiver {
        id: ReceiverId(1),
        name: text(),
        enabled,
        target: target().view(),
        failures: 1,
        paused_until: None,
        waiting: 1,
        dead: 1,
    };
    let delivery = Delivery {
        alert: alert(),
        receiver: ReceiverId(1),
        state: DeliveryState::Dead,
        tries: 20,
        error: Some(text()),
        changed: text(),
    };
    vec![
        sample("Receiver", receiver),
        sample("ReceiverRequest", ReceiverRequest { name, enabled, target: target() }),
        sample("ReceiverChange", ReceiverChange { target: Some(target()), ..ReceiverChange::default() }),
        sample("Page_Delivery", page(delivery)),
        sample("Trial", Trial { delivered: false, error: Some(text()) }),
        sample("RetryRequest", RetryRequest { alert: Some(Uuid::from_u128(7)) }),
        sample("Retried", Retried { deliveries: 1 }),
    ]
}

pub(super) fn all() -> Vec<Sample> {
    let request = IgnoreRequest {
        subnet: "2001:db8::/32".parse().ok(),
        mac: Some(Mac([2, 0, 0, 0, 0, 7])),
        begins: Some(text()),
        ends: None,
        reason: text(),
    };
    let ignore =
        Ignore { id: IgnoreId(1), what: request.clone(), author: text(), created: text(), removed: None };
    let mut all = receivers();
    all.extend([
        sample("Page_Alert", page(alert())),
        sample("Rule", Rule { kind: RuleKind::Lag, enabled: true, hourly: 1 }),
        sample("RuleChange", RuleChange { enabled: Some(true), hourly: None }),
        sample("IgnoreRequest", request),
        sample("Ignore", ignore),
    ]);
    all
}
