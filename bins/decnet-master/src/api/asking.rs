//! Questions to the record, which blocks, from handlers, which must not.

use std::sync::Arc;

use decnet_record::{Reader, RecordError};
use tokio::sync::Semaphore;

/// Questions that are answered at once; others wait.
const AT_ONCE: usize = 8;

/// A way to ask the record. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Asking {
    reader: Arc<Reader>,
    room: Arc<Semaphore>,
}

impl Asking {
    /// Asks by `reader`.
    pub(crate) fn new(reader: Reader) -> Self {
        Self { reader: Arc::new(reader), room: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Asks on a thread that may wait.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Reader) -> Result<T, RecordError> + Send + 'static,
    ) -> Result<T, RecordError> {
        let _room = self.room.acquire().await;
        let reader = Arc::clone(&self.reader);
        let answer = tokio::task::spawn_blocking(move || question(&reader)).await;
        answer.unwrap_or(Err(RecordError::Closed))
    }
}
