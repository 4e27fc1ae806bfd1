//! What of a batch is worth an alert.
//!
//! It is decided in memory: what is not new, is told already, is too old or one too many costs no statement.
//! What is left is a few alerts, and of each rule no more than it may raise within an hour.

use std::{collections::HashMap, time::Duration};

use decnet_event::{Timestamp, wire};
use decnet_proto::alert::RuleKind;

use super::{attackers::News, batch::Batch, cache::Cache, events::Event, ignore::Addresses, words};
use crate::{
    RecordError,
    alerts::{self, Alerts, BAIT_USED, CERTIFICATE_EXPIRING, DAY, HOUR, Lateness, Outcome, Raised, Standing},
    derive::Finding,
    sql::Connection,
};

/// How many of what was told lately is known for sure.
const KEYS: usize = 16 << 10;

/// What comes of a worker lags when its newest is older than this, in microseconds.
const BEHIND: i64 = 15 * 60_000_000;

/// For how long it must have lagged, in microseconds: somebody who catches up at once has lost nobody's time.
const LASTING: i64 = 60_000_000;

/// What an alert is about, by ids; of each there is one alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum About {
    /// An attacker.
    Attacker(i64),
    /// An attacker and a decky of a worker.
    Contact(i64, i64, i64),
    /// The same, and an hour.
    Credential(i64, i64, i64, i64),
    /// An event.
    Event(i64),
    /// A worker and an hour.
    Lag(i64, i64),
}

/// What is known of alerts, as far as memory knows it.
#[derive(Debug)]
pub(super) struct Alerting {
    pub(super) standing: Standing,
    /// What there is an alert of. Others have a say in it, so that its hashes are secret.
    told: Cache<About, ()>,
    /// Rules, in time and late, that have raised all that they may within an hour.
    full: HashMap<(RuleKind, bool), i64>,
    /// Since when workers lag.
    behind: HashMap<i64, i64>,
}

impl Alerting {
    pub(super) fn load(connection: &mut Connection) -> Result<Self, RecordError> {
        let standing = Standing::load(connection)?;
        Ok(Self { standing, told: Cache::new(KEYS), full: HashMap::new(), behind: HashMap::new() })
    }

    /// Takes over what somebody changed of rules and list.
    pub(super) fn refresh(&mut self, connection: &mut Connection) -> Result<(), RecordError> {
        if self.standing.refresh(connection)? {
            self.full.clear();
        }
        Ok(())
    }
}

/// Raises what a batch is worth, and says how many alerts that were.
pub(super) fn raise(
    connection: &mut Connection,
    known: &mut Alerting,
    batch: &Batch,
    words: &words::Ids<'_>,
    (events, news): (&[Event<'_>], &News<'_>),
) -> Result<u64, RecordError> {
    let (now, addresses) = (Timestamp(batch.arrival()), Addresses::new(words));
    let mut judge = Judge { connection, known, batch, words, addresses, now, raised: 0 };
    judge.meet(events, news)?;
    judge.hear(news)?;
    judge.look_for_kinds(events)?;
    judge.look_for_lag(events)?;
    Ok(judge.raised)
}

/// Looks at a batch.
struct Judge<'j> {
    connection: &'j mut Connection,
    known: &'j mut Alerting,
    batch: &'j Batch,
    words: &'j words::Ids<'j>,
    addresses: Addresses<'j>,
    now: Timestamp,
    raised: u64,
}

impl Judge<'_> {
    /// Who is there for the first time, in all or at a decky.
    ///
    /// Who was ignored for a while is known, and nobody was told: whether there is an alert says only the table.
    fn meet(&mut self, events: &[Event<'_>], news: &News<'_>) -> Result<(), RecordError> {
        let is_quiet = news.attackers.is_empty() && news.contacts.is_empty();
        if is_quiet && self.known.standing.ignored_nothing() {
            return Ok(());
        }
        for event in events.iter().filter(|event| event.address > 0 && event.ignored == 0) {
            let again = self.was_ignored(event);
            if again || news.attackers.contains(&event.address) {
                self.offer(event, RuleKind::NewAttacker, About::Attacker(event.address))?;
            }
            if again || news.contacts.contains(&(event.address, event.decky)) {
                let about = About::Contact(event.address, event.worker, event.decky);
                self.offer(event, RuleKind::FirstTouch, about)?;
            }
        }
        Ok(())
    }

    fn was_ignored(&mut self, event: &Event<'_>) -> bool {
        let standing = &self.known.standing;
        !standing.ignored_nothing() && self.addresses.of(event).is_some_and(|who| standing.ignored(who))
    }

    /// Secrets.
    fn hear(&mut self, news: &News<'_>) -> Result<(), RecordError> {
        for event in news.credentials.iter().filter(|event| event.ignored == 0) {
            let Event { address, worker, decky, .. } = *event;
            let about = About::Credential(address, worker, decky, event.row.time.div_euclid(HOUR));
            self.offer(event, RuleKind::Credential, about)?;
        }
        Ok(())
    }

    /// Kinds of events that are worth an alert each, where the batch has one.
    fn look_for_kinds(&mut self, events: &[Event<'_>]) -> Result<(), RecordError> {
        for (kind, rule) in
            [(BAIT_USED, RuleKind::BaitUsed), (CERTIFICATE_EXPIRING, RuleKind::CertificateExpiring)]
        {
            if !self.batch.has_kind(kind) {
                continue;
            }
            let of_kind = |event: &&Event<'_>| event.ignored == 0 && self.words.text(event.row.kind) == kind;
            for event in events.iter().filter(of_kind).collect::<Vec<_>>() {
                self.offer(event, rule, About::Event(event.id))?;
            }
        }
        Ok(())
    }

    /// Workers whose newest event is old, again and again.
    fn look_for_lag(&mut self, events: &[Event<'_>]) -> Result<(), RecordError> {
        let mut newest: Vec<&Event<'_>> = Vec::new();
        for event in events {
            match newest.iter_mut().find(|other| other.worker == event.worker) {
                Some(other) if other.row.time < event.row.time => *other = event,
                Some(_) => {}
                None => newest.push(event),
            }
        }
        for event in newest {
            let behind = self.now.0.saturating_sub(event.row.time);
            // What is older yet is no news: it is a log that somebody wants to have.
            if !(BEHIND..DAY).contains(&behind) {
                self.known.behind.remove(&event.worker);
                continue;
            }
            let since = *self.known.behind.entry(event.worker).or_insert(self.now.0);
            if self.now.0.saturating_sub(since) >= LASTING {
                let behind = Duration::from_micros(behind.unsigned_abs());
                let raised = Raised::lag(self.words.text(event.row.worker), behind, self.now);
                let about = About::Lag(event.worker, self.now.0.div_euclid(HOUR));
                self.propose(RuleKind::Lag, about, Lateness::InTime, |_| Some(raised))?;
            }
        }
        Ok(())
    }

    /// Raises an alert of an event, if it is to be told.
    fn offer(&mut self, event: &Event<'_>, rule: RuleKind, about: About) -> Result<(), RecordError> {
        let lateness = Lateness::of(Timestamp(event.row.time), self.now);
        self.propose(rule, about, lateness, |judge| judge.alert(event, rule))
    }

    fn propose(
        &mut self,
        rule: RuleKind,
        about: About,
        lateness: Lateness,
        alert: impl FnOnce(&mut Self) -> Option<Raised>,
    ) -> Result<(), RecordError> {
        let (full, hour) = ((rule, lateness != Lateness::InTime), self.now.0.div_euclid(HOUR));
        let is_told = !self.known.standing.is_on(rule)
            || lateness == Lateness::TooLate
            || self.known.full.get(&full) == Some(&hour)
            || self.known.told.get(&about).is_some();
        let Some(alert) = (!is_told).then(|| alert(self)).flatten() else { return Ok(()) };
        match Alerts::over(self.connection).alert_raise(&alert, self.now)? {
            Outcome::Raised(_) => self.raised += 1,
            Outcome::TooMany => {
                // The first of them is told, once.
                self.raised += u64::from(self.known.full.insert(full, hour) != Some(hour));
                return Ok(());
            }
            Outcome::Known | Outcome::Off | Outcome::TooLate => {}
        }
        self.known.told.insert(about, ());
        Ok(())
    }

    /// The alert of a rule that an event is worth.
    fn alert(&mut self, event: &Event<'_>, rule: RuleKind) -> Option<Raised> {
        let (words, row) = (self.words, event.row);
        let detail = self.detail(event, rule);
        let entry = alerts::Entry {
            time: Timestamp(row.time),
            event: event.id,
            worker: words.text(row.worker),
            decky: words.text(row.decky),
            service: words.text(row.service),
            kind: words.text(row.kind),
            address: self.addresses.of(event),
            detail: detail.as_deref(),
            new_attacker: rule == RuleKind::NewAttacker,
            new_contact: rule == RuleKind::FirstTouch,
            new_credential: rule == RuleKind::Credential,
        };
        alerts::judge(&entry).into_iter().find(|raised| raised.rule == rule)
    }

    /// What else is worth saying, never a secret.
    fn detail(&self, event: &Event<'_>, rule: RuleKind) -> Option<String> {
        match rule {
            RuleKind::Credential => event.row.findings.iter().find_map(|finding| match finding {
                Finding::Credential(credential) => credential.principal.clone(),
                _ => None,
            }),
            RuleKind::CertificateExpiring => {
                let record = wire::decode(self.batch.line(event.row)).ok()?;
                record.field_str("profile").map(str::to_owned)
            }
            _ => None,
        }
    }
}
