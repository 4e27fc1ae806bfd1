//! Alerts that batches raise, and events that are one's own doing.

use decnet_proto::alert::{IgnoreId, IgnoreRequest, ReceiverRequest, Rule, RuleKind, Target};

use super::*;
use crate::alerts::{AlertError, Alerts};

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// The hour of noon.
const TWELVE: i64 = NOON / HOUR;

/// Lines that come at a time after noon.
fn coming(lines: &[Line], at: i64) -> Batch {
    let mut batch = Batch::default();
    lines.iter().for_each(|line| batch.push(&line.object(), NOON + at));
    batch
}

fn from(seq: u64, address: &'static str, kind: Kind) -> Line {
    Line { session: Some((seq, address)), ..Line::new(seq, kind) }
}

fn change<T>(writer: &mut Writer, work: impl FnOnce(&mut Alerts<'_>) -> Result<T, AlertError>) -> T {
    let connection = writer.connection();
    connection.all_or_nothing(Mode::Write, |connection| work(&mut Alerts::over(connection))).unwrap()
}

fn receiver(writer: &mut Writer) {
    let secret = "0123456789abcdef".to_owned();
    let target = Target::Json { url: "https://r.example/".to_owned(), allow_http: false, secret };
    let request = ReceiverRequest { name: "r".to_owned(), enabled: true, target };
    change(writer, |alerts| alerts.receiver_add(&request, Timestamp(NOON)));
}

fn ignore(writer: &mut Writer, subnet: Option<&str>, mac: Option<&str>, ends: Option<i64>) -> IgnoreId {
    let request = IgnoreRequest {
        subnet: subnet.map(|text| text.parse().unwrap()),
        mac: mac.map(|text| text.parse().unwrap()),
        begins: None,
        ends: ends.map(|end| Timestamp(NOON + end).to_string()),
        reason: "ours".to_owned(),
    };
    change(writer, |alerts| alerts.ignore_add(&request, "admin", Timestamp(NOON)))
}

fn rule(writer: &mut Writer, kind: RuleKind, enabled: bool, hourly: u32) {
    change(writer, |alerts| alerts.rule_set(Rule { kind, enabled, hourly }));
}

/// The keys of alerts that are new since this was asked last.
fn keys(writer: &mut Writer, seen: &mut usize) -> Vec<String> {
    let all = rows(writer.connection(), "SELECT alerts.key FROM alerts ORDER BY id");
    let new = all[*seen..].to_vec();
    *seen = all.len();
    new
}

#[test]
fn what_is_new_is_told_once_whoever_keeps_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = open(folder.path());
    receiver(&mut writer);
    let told = Arc::new(std::sync::Mutex::new(0));
    let ear = Arc::clone(&told);
    writer.watch().on_alert(move || *ear.lock().unwrap() += 1);
    let mut seen = 0;
    let visit = [
        Line::new(1, Kind::Connect {}),
        Line::new(2, attempt("root", "123", "rejected")),
        Line::new(3, attempt("root", "124", "rejected")),
    ];
    writer.apply(&coming(&visit, SECOND), &[]).unwrap();
    let credential = format!("credential/192.0.2.1//d1/{TWELVE}");
    assert_eq!(
        keys(&mut writer, &mut seen),
        ["new_attacker/192.0.2.1", "first_touch/192.0.2.1//d1", credential.as_str()]
    );
    assert_eq!(
        rows(writer.connection(), "SELECT rule, event, details FROM alerts ORDER BY id"),
        [
            r#"new_attacker|1|{"event_type":"connect"}"#,
            r#"first_touch|1|{"event_type":"connect"}"#,
            r#"credential|2|{"detail":"root","event_type":"auth_attempt"}"#
        ]
    );
    assert_eq!(number(writer.connection(), "SELECT COUNT(*) FROM deliveries WHERE state = 'waiting'"), 3);
    assert_eq!((writer.watch().alerts(), *told.lock().unwrap()), (3, 1));
    // The same lines, others of the same attacker, without what is known in memory, by another process.
    let again = |seq: u64| Line { service: "http", ..Line::new(seq, attempt("x", "y", "rejected")) };
    writer.apply(&coming(&visit, SECOND), &[]).unwrap();
    writer.apply(&coming(&[again(4)], SECOND), &[]).unwrap();
    writer.known = None;
    writer.apply(&coming(&[Line { kind: attempt("x", "z", "rejected"), ..again(5) }], SECOND), &[]).unwrap();
    drop(writer);
    let mut writer = open(folder.path());
    writer.apply(&coming(&visit, SECOND), &[]).unwrap();
    assert_eq!(keys(&mut writer, &mut seen), [""; 0]);
    assert_eq!(writer.watch().alerts(), 0);
    let later = HOUR + MINUTE;
    let other = Line { decky: "d2", time: later, ..Line::new(6, attempt("root", "125", "rejected")) };
    writer.apply(&coming(&[other], later), &[]).unwrap();
    let credential = format!("credential/192.0.2.1//d2/{}", TWELVE + 1);
    assert_eq!(keys(&mut writer, &mut seen), ["first_touch/192.0.2.1//d2", credential.as_str()]);
}

#[test]
fn ones_own_doing_is_kept_marked_and_tells_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = open(folder.path());
    let mut seen = 0;
    let entry = ignore(&mut writer, Some("192.0.2.0/24"), None, Some(MINUTE));
    let during =
        [from(1, "192.0.2.1", attempt("a", "b", "rejected")), from(2, "198.51.100.9", Kind::Connect {})];
    writer.apply(&coming(&during, SECOND), &[]).unwrap();
    assert_eq!(
        rows(writer.connection(), "SELECT ignored FROM events ORDER BY id"),
        [entry.to_string(), "0".to_owned()]
    );
    assert_eq!(
        rows(writer.connection(), "SELECT events, ignored FROM attackers ORDER BY id"),
        ["1|1", "1|0"]
    );
    assert_eq!(keys(&mut writer, &mut seen), ["new_attacker/198.51.100.9", "first_touch/198.51.100.9//d1"]);
    let reader = crate::Reader::open(database(folder.path()), crate::Patience::default()).unwrap();
    let attackers = reader.attackers(&crate::Attackers::default(), crate::Paging::default()).unwrap();
    let ignored: Vec<_> = attackers.data.iter().map(|row| (row.ip.as_str(), row.is_ignored)).collect();
    assert_eq!(ignored, [("198.51.100.9", false), ("192.0.2.1", true)]);
    // Behind the end of the window somebody should know, though the attacker is known.
    let after = |seq| Line { time: 2 * MINUTE, ..from(seq, "192.0.2.1", Kind::Connect {}) };
    writer.apply(&coming(&[after(3)], 2 * MINUTE), &[]).unwrap();
    assert_eq!(keys(&mut writer, &mut seen), ["new_attacker/192.0.2.1", "first_touch/192.0.2.1//d1"]);
    writer.known = None;
    writer.apply(&coming(&[after(4)], 2 * MINUTE), &[]).unwrap();
    assert_eq!(keys(&mut writer, &mut seen), [""; 0]);
    // What is changed counts from the next batch on, and what was kept stays as it is.
    let entry = ignore(&mut writer, Some("203.0.113.7/32"), None, None);
    writer.apply(&coming(&[from(5, "203.0.113.7", Kind::Connect {})], SECOND), &[]).unwrap();
    change(&mut writer, |alerts| alerts.ignore_remove(entry, Timestamp(NOON)));
    writer.apply(&coming(&[from(6, "203.0.113.7", Kind::Connect {})], SECOND), &[]).unwrap();
    let marks = rows(writer.connection(), "SELECT ignored FROM events WHERE id > 4 ORDER BY id");
    assert_eq!(marks, [entry.to_string(), "0".to_owned()]);
    assert_eq!(keys(&mut writer, &mut seen), ["new_attacker/203.0.113.7", "first_touch/203.0.113.7//d1"]);
}

#[test]
fn a_machine_is_known_by_its_mac_where_that_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = open(folder.path());
    let entry = ignore(&mut writer, None, Some("02:00:00:00:00:07"), None);
    let conflict = |seq, mac: &str| Line {
        session: None,
        ..Line::new(seq, Kind::AddressConflict { ip: "192.0.2.8".to_owned(), mac: mac.to_owned() })
    };
    let lines = [conflict(1, "02:00:00:00:00:07"), conflict(2, "02:00:00:00:00:08"), conflict(3, "x")];
    writer.apply(&coming(&lines, SECOND), &[]).unwrap();
    let marks = rows(writer.connection(), "SELECT ignored FROM events ORDER BY id");
    assert_eq!(marks, [entry.to_string(), "0".to_owned(), "0".to_owned()]);
}

#[test]
fn rules_that_are_off_or_have_had_enough_raise_nothing_until_that_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = open(folder.path());
    let mut seen = 0;
    rule(&mut writer, RuleKind::NewAttacker, false, 500);
    rule(&mut writer, RuleKind::FirstTouch, true, 2);
    let addresses = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5", "192.0.2.6"];
    let mut all = addresses.iter().zip(1..).map(|(address, seq)| from(seq, address, Kind::Connect {}));
    let first: Vec<_> = all.by_ref().take(4).collect();
    writer.apply(&coming(&first, SECOND), &[]).unwrap();
    let flood = format!("flood/first_touch/{TWELVE}");
    assert_eq!(
        keys(&mut writer, &mut seen),
        ["first_touch/192.0.2.1//d1", "first_touch/192.0.2.2//d1", flood.as_str()]
    );
    writer.apply(&coming(&all.next().into_iter().collect::<Vec<_>>(), SECOND), &[]).unwrap();
    assert_eq!(keys(&mut writer, &mut seen), [""; 0]);
    rule(&mut writer, RuleKind::FirstTouch, true, 3);
    rule(&mut writer, RuleKind::NewAttacker, true, 500);
    writer.apply(&coming(&all.collect::<Vec<_>>(), SECOND), &[]).unwrap();
    assert_eq!(keys(&mut writer, &mut seen), ["new_attacker/192.0.2.6", "first_touch/192.0.2.6//d1"]);
}

#[test]
fn a_log_that_is_read_late_tells_little_and_an_old_one_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = open(folder.path());
    let mut seen = 0;
    writer.apply(&coming(&[from(1, "192.0.2.1", Kind::Connect {})], 25 * HOUR), &[]).unwrap();
    assert_eq!(keys(&mut writer, &mut seen), [""; 0]);
    writer.apply(&coming(&[from(2, "192.0.2.2", Kind::Connect {})], 2 * HOUR), &[]).unwrap();
    assert_eq!(keys(&mut writer, &mut seen), ["new_attacker/192.0.2.2", "first_touch/192.0.2.2//d1"]);
    let late = "SELECT details FROM alerts";
    assert_eq!(rows(writer.connection(), late), [r#"{"event_type":"connect","late_seconds":"7200"}"#; 2]);
}

#[test]
fn who_stays_behind_is_told_of_once_an_hour() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = open(folder.path());
    let mut seen = 0;
    let mut come = |seq, worker, behind, at| {
        let line = Line { worker, time: at - behind, session: None, ..Line::new(seq, Kind::Connect {}) };
        writer.apply(&coming(&[line], at), &[]).unwrap();
        keys(&mut writer, &mut seen)
    };
    assert_eq!(come(1, "w1", 20 * MINUTE, MINUTE), [""; 0], "it may catch up");
    assert_eq!(come(2, "w1", 20 * MINUTE, MINUTE + 30 * SECOND), [""; 0]);
    assert_eq!(come(3, "w2", 0, 2 * MINUTE), [""; 0], "another");
    assert_eq!(come(4, "w1", 20 * MINUTE, 2 * MINUTE), [format!("lag/w1/{TWELVE}")]);
    assert_eq!(come(5, "w1", 20 * MINUTE, 3 * MINUTE), [""; 0]);
    assert_eq!(come(6, "w1", 0, 4 * MINUTE), [""; 0]);
    assert_eq!(come(7, "w1", 20 * MINUTE, HOUR), [""; 0], "it begins anew");
    assert_eq!(come(8, "w1", 20 * MINUTE, HOUR + 5 * MINUTE), [format!("lag/w1/{}", TWELVE + 1)]);
    assert_eq!(come(9, "w3", 30 * HOUR, HOUR), [""; 0]);
    assert_eq!(come(10, "w3", 30 * HOUR, HOUR + 5 * MINUTE), [""; 0], "that is no lag: it is an old log");
}

#[test]
fn kinds_that_are_alerts_by_themselves_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = open(folder.path());
    let expiring = |seq, profile| Line {
        worker: "w1",
        session: None,
        ..Line::new(seq, Kind::CertificateExpiring { profile, not_after: "x".to_owned(), days_left: 3 })
    };
    let lines = [expiring(1, "agent-server"), expiring(2, "agent-client"), expiring(3, "agent-server")];
    writer.apply(&coming(&lines, SECOND), &[]).unwrap();
    let day = NOON / (24 * HOUR);
    let expect = [
        format!("certificate_expiring/w1/d1/agent-server/{day}"),
        format!("certificate_expiring/w1/d1/agent-client/{day}"),
    ];
    assert_eq!(keys(&mut writer, &mut 0), expect);
}
