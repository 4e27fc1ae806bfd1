//! A ledger over the real tables, whose clock goes on to what is due next when nothing is.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Mutex, MutexGuard},
};

use decnet_alerting::{Ledger, LedgerError};
use decnet_event::Timestamp;
use decnet_proto::alert::{Delivery, DeliveryState, ReceiverId, ReceiverRequest, Target};
use decnet_record::{
    Paging, RecordError,
    alerts::{Alerts, DeliveryId, Due, Entry, Failure, judge, testing::Tables},
};
use tokio::sync::Notify;

const START: Timestamp = Timestamp(1_764_154_033_000_000);

/// The ledger.
pub(crate) struct Book {
    inner: Mutex<Inner>,
    /// Told when nothing waits any more.
    pub(crate) settled: Notify,
}

struct Inner {
    tables: Tables,
    now: Timestamp,
    /// What failures were told, by delivery.
    failures: BTreeMap<DeliveryId, Vec<String>>,
    /// How often deliveries cannot be written down, from now on.
    broken: usize,
}

impl Book {
    pub(crate) fn open(file: &Path) -> Self {
        let tables = Tables::open(file).unwrap();
        let inner = Inner { tables, now: START, failures: BTreeMap::new(), broken: 0 };
        Self { inner: Mutex::new(inner), settled: Notify::new() }
    }

    /// One that another process had: what it knows of time and failures goes on.
    pub(crate) fn reopen(self, file: &Path) -> Self {
        let Inner { tables, now, failures, .. } = self.inner.into_inner().unwrap();
        drop(tables);
        let tables = Tables::open(file).unwrap();
        let inner = Inner { tables, now, failures, broken: 0 };
        Self { inner: Mutex::new(inner), settled: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    pub(crate) fn receiver(&self, name: &str, target: Target) -> ReceiverId {
        let request = ReceiverRequest { name: name.to_owned(), enabled: true, target };
        self.lock().tables.alerts().receiver_add(&request, START).unwrap()
    }

    /// Raises an alert of a first touch of each of so many deckies.
    pub(crate) fn raise(&self, deckies: usize) {
        let mut inner = self.lock();
        let now = inner.now;
        for at in 0..deckies {
            let decky = format!("decky-{at:02}");
            let entry = Entry {
                time: now,
                event: at as i64 + 1,
                worker: "edge-1",
                decky: &decky,
                service: "ssh",
                kind: "connect",
                address: "203.0.113.9".parse().ok(),
                detail: None,
                new_attacker: false,
                new_contact: true,
                new_credential: false,
            };
            for raised in judge(&entry) {
                inner.tables.write(|alerts| alerts.alert_raise(&raised, now)).unwrap();
            }
        }
    }

    pub(crate) fn list(&self, receiver: ReceiverId, state: DeliveryState) -> Vec<Delivery> {
        self.lock().tables.alerts().delivery_page(receiver, state, Paging::first(1000)).unwrap().data
    }

    /// Failures that were told of deliveries to a receiver.
    pub(crate) fn failures(&self, receiver: ReceiverId) -> Vec<String> {
        let inner = self.lock();
        let of_receiver = inner.failures.iter().filter(|(id, _)| id.receiver == receiver);
        of_receiver.flat_map(|(_, failures)| failures.clone()).collect()
    }

    /// The next so many deliveries cannot be written down.
    pub(crate) fn break_down(&self, times: usize) {
        self.lock().broken = times;
    }

    fn write(
        &self,
        work: impl FnOnce(&mut Alerts<'_>, Timestamp) -> Result<(), RecordError>,
    ) -> Result<(), LedgerError> {
        let mut inner = self.lock();
        let now = inner.now;
        inner.tables.write(|alerts| work(alerts, now)).map_err(|error| LedgerError(Box::new(error)))
    }
}

impl Ledger for Book {
    async fn due(&self) -> Result<Vec<Due>, LedgerError> {
        let mut inner = self.lock();
        match inner.tables.alerts().delivery_next().unwrap() {
            Some(next) => inner.now = inner.now.max(next),
            None => self.settled.notify_one(),
        }
        let now = inner.now;
        Ok(inner.tables.alerts().delivery_due(now, 100).unwrap())
    }

    async fn delivered(&self, id: DeliveryId) -> Result<(), LedgerError> {
        let broken = self.lock().broken;
        if broken > 0 {
            self.lock().broken = broken - 1;
            return Err(LedgerError("the disk is full".into()));
        }
        self.write(|alerts, now| alerts.delivery_done(id, now))
    }

    async fn failed(&self, id: DeliveryId, failure: &Failure, jitter: u32) -> Result<(), LedgerError> {
        self.write(|alerts, now| alerts.delivery_failed(id, failure, jitter, now))?;
        self.lock().failures.entry(id).or_default().push(failure.error.clone());
        Ok(())
    }
}
