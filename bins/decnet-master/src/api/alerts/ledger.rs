//! The deliveries of the record, for who delivers.

use decnet_alerting::{Ledger, LedgerError};
use decnet_proto::alert::RECEIVERS_MAX;
use decnet_record::{
    Record, RecordError,
    alerts::{Alerts, DeliveryId, Due, Failure},
};

use crate::api::{accounts::now, asking::Asking};

/// Reads what is due, and has what became of it written by the thread that writes.
#[derive(Debug)]
pub(super) struct Book {
    record: Record,
    asking: Asking,
}

impl Book {
    pub(super) const fn new(record: Record, asking: Asking) -> Self {
        Self { record, asking }
    }

    async fn write(
        &self,
        work: impl FnOnce(&mut Alerts<'_>) -> Result<(), RecordError> + Send + 'static,
    ) -> Result<(), LedgerError> {
        let record = self.record.clone();
        let done = tokio::task::spawn_blocking(move || record.alerts(work)).await;
        done.unwrap_or(Err(RecordError::Closed)).map_err(|error| LedgerError(error.into()))
    }
}

impl Ledger for Book {
    async fn due(&self) -> Result<Vec<Due>, LedgerError> {
        // Of every receiver: those that are busy must not hide the others.
        let look = |alerts: &mut Alerts<'_>| Ok(alerts.delivery_due(now(), RECEIVERS_MAX)?);
        match self.asking.ask(move |reader| Ok(reader.alerts(look))).await {
            Ok(found) => found.map_err(|error| LedgerError(error.into())),
            Err(error) => Err(LedgerError(error.into())),
        }
    }

    async fn delivered(&self, id: DeliveryId) -> Result<(), LedgerError> {
        self.write(move |alerts| alerts.delivery_done(id, now())).await
    }

    async fn failed(&self, id: DeliveryId, failure: &Failure, jitter: u32) -> Result<(), LedgerError> {
        let failure = failure.clone();
        self.write(move |alerts| alerts.delivery_failed(id, &failure, jitter, now())).await
    }
}
