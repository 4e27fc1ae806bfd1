//! Receivers: bounds, names, secrets, on and off.

use decnet_proto::alert::{
    DeliveryState, Mail, MailSecurity, RECEIVERS_MAX, ReceiverChange, ReceiverId, ReceiverRequest, Target,
    TargetView,
};

use super::{Bench, START, hook};
use crate::alerts::AlertError;

fn mail(host: &str, security: MailSecurity) -> Mail {
    Mail {
        host: host.to_owned(),
        port: 587,
        security,
        username: None,
        password: None,
        from: "decnet@example.org".to_owned(),
        to: vec!["soc@example.org".to_owned()],
    }
}

#[test]
fn what_can_be_no_receiver_is_refused() {
    let json = |url: &str, allow_http, secret: &str| Target::Json {
        url: url.to_owned(),
        allow_http,
        secret: secret.to_owned(),
    };
    let key = "0123456789abcdef";
    let good = [
        json("https://r.example", false, key),
        json("http://10.0.0.7:8080/x?y=z", true, key),
        Target::Mail(mail("127.0.0.1", MailSecurity::None)),
        Target::Mail(mail("mail.example", MailSecurity::Starttls)),
    ];
    let bad = [
        json("http://r.example", false, key),
        json("https://r.example", false, "too short"),
        json("https://user@r.example", false, key),
        json("https:///path", false, key),
        json("https://r.example/#x", false, key),
        json("https://r.example/a b\r\nX: y", false, key),
        json("file:///etc/passwd", true, key),
        json(&format!("https://r.example/{}", "x".repeat(2048)), false, key),
        Target::Slack { url: "http://hooks.slack.example".to_owned() },
        Target::Mail(mail("mail.example", MailSecurity::None)),
        Target::Mail(mail("", MailSecurity::Tls)),
        Target::Mail(Mail { to: vec![], ..mail("m", MailSecurity::Tls) }),
        Target::Mail(Mail { to: vec!["a@b\r\nBcc: c@d".to_owned()], ..mail("m", MailSecurity::Tls) }),
        Target::Mail(Mail { username: Some("x".to_owned()), ..mail("m", MailSecurity::Tls) }),
    ];
    let mut bench = Bench::new();
    let mut add = |name: String, target| {
        bench.tables.alerts().receiver_add(&ReceiverRequest { name, enabled: true, target }, START)
    };
    for (at, target) in good.into_iter().enumerate() {
        add(format!("good {at}"), target).unwrap();
    }
    for target in bad {
        let shown = format!("{target:?}");
        assert!(matches!(add("bad".to_owned(), target), Err(AlertError::Invalid { .. })), "{shown}");
    }
    assert!(matches!(add("\n".to_owned(), hook("x")), Err(AlertError::Invalid { what: "the name", .. })));
}

#[test]
fn a_receiver_is_changed_and_removed() {
    let mut bench = Bench::new();
    let (a, b) = (bench.receiver("a"), bench.receiver("b"));
    bench.touch("d", START);
    let mut alerts = bench.tables.alerts();
    let name = |name: &str| ReceiverChange { name: Some(name.to_owned()), ..Default::default() };
    assert!(matches!(alerts.receiver_change(a, &name("b"), START), Err(AlertError::Taken)));
    alerts.receiver_change(a, &name("a"), START).unwrap();
    alerts.receiver_change(a, &name("c"), START).unwrap();
    let target = Target::Slack { url: "https://hooks.slack.example/services/key".to_owned() };
    let aim = ReceiverChange { target: Some(target.clone()), ..Default::default() };
    alerts.receiver_change(a, &aim, START).unwrap();
    assert_eq!(alerts.receiver_target(a).unwrap(), target);
    let off = ReceiverChange { enabled: Some(false), ..Default::default() };
    alerts.receiver_change(a, &off, START).unwrap();
    let dead = bench.deliveries(a, DeliveryState::Dead);
    assert_eq!(dead[0].error.as_deref(), Some("the receiver was switched off"));
    bench.touch("nobody is told", START);
    let mut alerts = bench.tables.alerts();
    assert_eq!(alerts.receiver_fetch(a, START).unwrap().waiting, 0, "it is off");
    let retried = alerts.dead_retry_all(a, START).unwrap();
    assert_eq!(retried, 0, "it is off");
    let list = alerts.receiver_list(START).unwrap();
    assert_eq!(list.iter().map(|receiver| receiver.name.as_str()).collect::<Vec<_>>(), ["b", "c"]);
    assert_eq!(list[1].target, TargetView::Slack { host: "hooks.slack.example".to_owned() });
    assert_eq!((list[1].enabled, list[1].dead), (false, 1));
    alerts.receiver_remove(b).unwrap();
    assert!(matches!(alerts.receiver_remove(b), Err(AlertError::Absent { .. })));
    assert!(matches!(alerts.receiver_fetch(b, START), Err(AlertError::Absent { .. })));
    assert!(matches!(alerts.receiver_change(ReceiverId(9), &off, START), Err(AlertError::Absent { .. })));
    assert!(bench.due(START).is_empty());
}

#[test]
fn there_are_at_most_a_hundred() {
    let mut bench = Bench::new();
    for at in 0..RECEIVERS_MAX {
        bench.receiver(&format!("r{at}"));
    }
    let request = ReceiverRequest { name: "more".to_owned(), enabled: true, target: hook("more") };
    let refused = bench.tables.alerts().receiver_add(&request, START);
    assert!(matches!(refused, Err(AlertError::TooMany { most: RECEIVERS_MAX, .. })));
}
