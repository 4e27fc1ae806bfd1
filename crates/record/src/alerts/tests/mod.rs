//! What alerts promise, with their tables in a file.

mod ignores;
mod queue;
mod raise;
mod receivers;

use std::path::Path;

use decnet_event::Timestamp;
use decnet_proto::alert::{Alert, Delivery, DeliveryState, ReceiverId, ReceiverRequest, Target};
use tempfile::TempDir;

use super::{DeliveryId, Due, Entry, Failure, Raised, judge, testing::Tables};
use crate::Paging;

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3600 * SECOND;
const START: Timestamp = Timestamp(1_764_154_033_000_000);

/// Tables in a folder of their own.
struct Bench {
    folder: TempDir,
    tables: Tables,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tables = Tables::open(Self::database(folder.path())).unwrap();
        Self { folder, tables }
    }

    fn database(folder: &Path) -> crate::Database {
        crate::scratch::database(&folder.join("alerts.db"))
    }

    /// As after a crash.
    fn reopen(self) -> Self {
        let Self { folder, tables } = self;
        drop(tables);
        let tables = Tables::open(Self::database(folder.path())).unwrap();
        Self { folder, tables }
    }

    fn receiver(&mut self, name: &str) -> ReceiverId {
        let request = ReceiverRequest { name: name.to_owned(), enabled: true, target: hook(name) };
        self.tables.alerts().receiver_add(&request, START).unwrap()
    }

    /// Raises an alert of a first touch.
    fn touch(&mut self, decky: &str, now: Timestamp) {
        let raised = first_touch(decky, now);
        self.tables.write(|alerts| alerts.alert_raise(&raised, now)).unwrap();
    }

    fn due(&mut self, now: Timestamp) -> Vec<Due> {
        self.tables.alerts().delivery_due(now, 100).unwrap()
    }

    /// All alerts, the newest first.
    fn alerts(&mut self) -> Vec<Alert> {
        self.tables.alerts().alert_page(Paging::first(100)).unwrap().data
    }

    fn deliveries(&mut self, receiver: ReceiverId, state: DeliveryState) -> Vec<Delivery> {
        self.tables.alerts().delivery_page(receiver, state, Paging::first(100)).unwrap().data
    }

    fn done(&mut self, id: DeliveryId, now: Timestamp) {
        self.tables.write(|alerts| alerts.delivery_done(id, now)).unwrap();
    }

    fn failed(&mut self, id: DeliveryId, now: Timestamp) {
        let failure = Failure { error: "no answer".to_owned(), wait: None };
        self.tables.write(|alerts| alerts.delivery_failed(id, &failure, 0, now)).unwrap();
    }
}

fn hook(name: &str) -> Target {
    Target::Json {
        url: format!("https://{name}.example/hook"),
        allow_http: false,
        secret: "0123456789abcdef".to_owned(),
    }
}

fn entry(decky: &str, time: Timestamp) -> Entry<'_> {
    Entry {
        time,
        event: 7,
        worker: "edge-1",
        decky,
        service: "ssh",
        kind: "connect",
        address: Some("203.0.113.9".parse().unwrap()),
        detail: Some("root"),
        new_attacker: false,
        new_contact: true,
        new_credential: false,
    }
}

fn first_touch(decky: &str, time: Timestamp) -> Raised {
    judge(&entry(decky, time)).remove(0)
}

fn after(time: Timestamp, micros: i64) -> Timestamp {
    Timestamp(time.0 + micros)
}
