//! Where it is written what is to be delivered, and what became of it.

use std::{error::Error, future::Future};

use decnet_record::alerts::{DeliveryId, Due, Failure};
use thiserror::Error;

/// What is written down cannot be read, or nothing can be written.
#[derive(Debug, Error)]
#[error("cannot ask the record about deliveries")]
pub struct LedgerError(#[source] pub Box<dyn Error + Send + Sync>);

/// The deliveries of a record, wherever it is.
pub trait Ledger: Send + Sync + 'static {
    /// Of each receiver the delivery that is due first, who waits longest first.
    fn due(&self) -> impl Future<Output = Result<Vec<Due>, LedgerError>> + Send;

    /// The receiver has it. When it returns, that is durable.
    fn delivered(&self, id: DeliveryId) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// The try failed; `jitter` is evenly drawn.
    fn failed(
        &self,
        id: DeliveryId,
        failure: &Failure,
        jitter: u32,
    ) -> impl Future<Output = Result<(), LedgerError>> + Send;
}
