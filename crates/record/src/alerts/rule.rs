//! What is worth an alert. Pure: entry in, alerts out.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use decnet_event::{Timestamp, text};
use decnet_proto::alert::{Rule, RuleKind};

/// Microseconds of a minute, an hour, a day.
pub(super) const MINUTE: i64 = 60_000_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// The kind of event that says that a bait was used.
pub(crate) const BAIT_USED: &str = "bait_used";

/// The kind of event that says that a certificate runs out.
pub(crate) const CERTIFICATE_EXPIRING: &str = "certificate_expiring";

/// Most bytes of a detail.
const DETAIL: usize = 512;

/// The rule as long as nobody changed it.
pub(super) const fn usual(kind: RuleKind) -> Rule {
    let hourly = match kind {
        RuleKind::FirstTouch | RuleKind::NewAttacker => 500,
        RuleKind::Credential | RuleKind::BaitUsed => 1000,
        RuleKind::WorkerLost | RuleKind::Lag | RuleKind::CertificateExpiring | RuleKind::Test => 100,
    };
    Rule { kind, enabled: true, hourly }
}

/// What the rules look at of an event that is being kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'e> {
    /// When it happened.
    pub time: Timestamp,
    /// Its id.
    pub event: i64,
    /// The worker from which it came.
    pub worker: &'e str,
    /// The decky, or the host of which it tells.
    pub decky: &'e str,
    /// The service.
    pub service: &'e str,
    /// The kind, its word.
    pub kind: &'e str,
    /// Who did it, as the socket says.
    pub address: Option<IpAddr>,
    /// What else is worth saying: the user name of a credential, the profile of a certificate. Never a secret.
    pub detail: Option<&'e str>,
    /// Whether the attacker was never seen before.
    pub new_attacker: bool,
    /// Whether the attacker was never seen on this decky before.
    pub new_contact: bool,
    /// Whether it shows a secret that the attacker had not shown before.
    pub new_credential: bool,
}

/// An alert that is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    /// The rule.
    pub rule: RuleKind,
    /// What it is about: of one key there is one alert.
    pub key: String,
    /// When it happened.
    pub time: Timestamp,
    /// The event.
    pub event: Option<i64>,
    /// The worker.
    pub worker: Option<String>,
    /// The decky.
    pub decky: Option<String>,
    /// The service.
    pub service: Option<String>,
    /// Who did it.
    pub address: Option<IpAddr>,
    /// One line, without control characters.
    pub title: String,
    /// What else there is to know, without control characters.
    pub details: BTreeMap<String, String>,
}

/// The alerts that an event is worth.
pub fn judge(entry: &Entry<'_>) -> Vec<Raised> {
    let mut raised = Vec::new();
    if entry.kind == CERTIFICATE_EXPIRING {
        raised.push(certificate(entry));
    }
    let Some(address) = entry.address else { return raised };
    let Entry { worker, decky, .. } = entry;
    if entry.new_attacker {
        let title = format!("{address} was seen for the first time, at {}", place(entry));
        raised.push(of_entry(entry, RuleKind::NewAttacker, &format!("{address}"), &title));
    }
    if entry.new_contact {
        let about = format!("{address}/{worker}/{decky}");
        raised.push(of_entry(
            entry,
            RuleKind::FirstTouch,
            &about,
            &format!("{address} touched {}", place(entry)),
        ));
    }
    if entry.new_credential {
        let about = format!("{address}/{worker}/{decky}/{}", entry.time.0.div_euclid(HOUR));
        let title = format!("{address} showed credentials to {}", place(entry));
        raised.push(of_entry(entry, RuleKind::Credential, &about, &title));
    }
    if entry.kind == BAIT_USED {
        let about = format!("{address}/{worker}/{decky}/{}", entry.event);
        let title = format!("{address} used a bait at {}", place(entry));
        raised.push(of_entry(entry, RuleKind::BaitUsed, &about, &title));
    }
    raised
}

impl Raised {
    /// A certificate of the master's own, called so, runs out then; told once a day.
    pub fn certificate_expiring(what: &str, not_after: Timestamp, now: Timestamp) -> Self {
        let days = not_after.0.saturating_sub(now.0).max(0) / DAY;
        Self {
            rule: RuleKind::CertificateExpiring,
            key: format!("certificate_expiring/master/{what}/{}", now.0.div_euclid(DAY)),
            time: now,
            event: None,
            worker: None,
            decky: None,
            service: None,
            address: None,
            title: format!("{what} runs out in {days} days"),
            details: BTreeMap::from([("not_after".to_owned(), not_after.to_string())]),
        }
    }

    /// Nothing has come from a worker since then.
    pub fn worker_lost(worker: &str, since: Timestamp) -> Self {
        let title = format!("nothing has come from worker {} since {since}", text::escape(worker.as_bytes()));
        Self::of_worker(RuleKind::WorkerLost, worker, since, &since.0.to_string(), title)
    }

    /// What comes of a worker, or of this host where there is none, is that far behind what happens; told once an
    /// hour.
    pub fn lag(worker: &str, behind: Duration, now: Timestamp) -> Self {
        let (name, seconds) = (text::escape(worker.as_bytes()), behind.as_secs());
        let of = if worker.is_empty() { String::new() } else { format!(" of worker {name}") };
        let title = format!("what is kept{of} is {seconds} s behind what happens");
        Self::of_worker(RuleKind::Lag, worker, now, &now.0.div_euclid(HOUR).to_string(), title)
    }

    fn of_worker(rule: RuleKind, worker: &str, time: Timestamp, turn: &str, title: String) -> Self {
        Self {
            rule,
            key: format!("{}/{worker}/{turn}", rule.word()),
            time,
            event: None,
            worker: (!worker.is_empty()).then(|| text::escape(worker.as_bytes())),
            decky: None,
            service: None,
            address: None,
            title,
            details: BTreeMap::new(),
        }
    }
}

/// Told once a day for each certificate.
fn certificate(entry: &Entry<'_>) -> Raised {
    let Entry { worker, decky, detail, .. } = entry;
    let day = entry.time.0.div_euclid(DAY);
    let about = format!("{worker}/{decky}/{}/{day}", detail.unwrap_or_default());
    let title =
        format!("a certificate of {} runs out soon and is not renewed", text::escape(decky.as_bytes()));
    of_entry(entry, RuleKind::CertificateExpiring, &about, &title)
}

fn of_entry(entry: &Entry<'_>, rule: RuleKind, about: &str, title: &str) -> Raised {
    let word = |word: &str| (!word.is_empty()).then(|| text::escape(word.as_bytes()));
    let mut details = BTreeMap::from([("event_type".to_owned(), text::escape(entry.kind.as_bytes()))]);
    if let Some(detail) = entry.detail {
        let cut = detail.get(..detail.floor_char_boundary(DETAIL)).unwrap_or_default();
        details.insert("detail".to_owned(), text::escape(cut.as_bytes()));
    }
    Raised {
        rule,
        key: format!("{}/{about}", rule.word()),
        time: entry.time,
        event: Some(entry.event),
        worker: word(entry.worker),
        decky: word(entry.decky),
        service: word(entry.service),
        address: entry.address,
        title: title.to_owned(),
        details,
    }
}

fn place(entry: &Entry<'_>) -> String {
    format!("{} ({})", text::escape(entry.decky.as_bytes()), text::escape(entry.service.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry<'static> {
        Entry {
            time: Timestamp(10 * HOUR + 5),
            event: 7,
            worker: "edge-1",
            decky: "decky-03",
            service: "ssh",
            kind: "connect",
            address: Some("203.0.113.9".parse().unwrap()),
            detail: None,
            new_attacker: false,
            new_contact: false,
            new_credential: false,
        }
    }

    #[track_caller]
    fn check(entry: &Entry<'_>, expect: &[&str]) {
        let raised = judge(entry);
        assert_eq!(raised.iter().map(|raised| raised.key.as_str()).collect::<Vec<_>>(), expect);
    }

    #[test]
    fn each_rule_has_its_key() {
        check(&entry(), &[]);
        check(&Entry { new_attacker: true, ..entry() }, &["new_attacker/203.0.113.9"]);
        check(&Entry { new_contact: true, ..entry() }, &["first_touch/203.0.113.9/edge-1/decky-03"]);
        check(&Entry { new_credential: true, ..entry() }, &["credential/203.0.113.9/edge-1/decky-03/10"]);
        check(&Entry { kind: "bait_used", ..entry() }, &["bait_used/203.0.113.9/edge-1/decky-03/7"]);
        let expiring =
            Entry { kind: "certificate_expiring", detail: Some("agent-server"), address: None, ..entry() };
        check(&expiring, &["certificate_expiring/edge-1/decky-03/agent-server/0"]);
        let all = Entry { new_attacker: true, new_contact: true, new_credential: true, ..entry() };
        assert_eq!(judge(&all).len(), 3);
        check(&Entry { address: None, ..all }, &[]);
    }

    #[test]
    fn credentials_of_an_hour_are_one_alert() {
        let key = |micros| {
            judge(&Entry { new_credential: true, time: Timestamp(micros), ..entry() })[0].key.clone()
        };
        assert_eq!(key(10 * HOUR), key(11 * HOUR - 1));
        assert_ne!(key(10 * HOUR), key(11 * HOUR));
    }

    #[test]
    fn what_a_peer_sent_cannot_break_a_line() {
        let hostile = Entry { decky: "a\nb", detail: Some("x\r\n\u{202e}y"), new_contact: true, ..entry() };
        let raised = &judge(&hostile)[0];
        assert_eq!(raised.title, "203.0.113.9 touched a\\x0ab (ssh)");
        assert_eq!(raised.details["detail"], "x\\x0d\\x0a\\xe2\\x80\\xaey");
        let long = "ä".repeat(DETAIL);
        let raised = judge(&Entry { detail: Some(&long), ..hostile });
        assert_eq!(raised[0].details["detail"].len(), DETAIL);
    }

    #[test]
    fn the_system_raises_once_for_each_loss_and_once_an_hour_for_lag() {
        let lost = Raised::worker_lost("edge-1", Timestamp(5));
        assert_eq!(lost.key, "worker_lost/edge-1/5");
        let here = Raised::lag("", Duration::from_secs(90), Timestamp(5));
        assert_eq!((here.title.as_str(), here.worker), ("what is kept is 90 s behind what happens", None));
        let expiring =
            |now| Raised::certificate_expiring("the authority", Timestamp(9 * DAY), Timestamp(now));
        assert_eq!(expiring(2 * DAY).title, "the authority runs out in 7 days");
        assert_eq!(expiring(2 * DAY).key, expiring(3 * DAY - 1).key);
        assert_ne!(expiring(2 * DAY).key, expiring(3 * DAY).key);
        let lag = |at| Raised::lag("edge-1", Duration::from_secs(90), Timestamp(at)).key;
        assert_eq!(lag(HOUR), "lag/edge-1/1");
        assert_eq!(lag(HOUR), lag(2 * HOUR - 1));
        assert_ne!(lag(HOUR), lag(2 * HOUR));
    }
}
