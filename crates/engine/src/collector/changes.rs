//! Hearing of the engine's events, in a task of its own: what the supervisor waits for must
//! not keep this stream from going on.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use tokio::{sync::mpsc, time::sleep};

use super::source::{Change, LogSource};
use crate::error::chain;

/// Longest time between two attempts.
const MAX_BACKOFF: Duration = Duration::from_secs(30);

/// Sends every change to `out`, and [`Change::Started`] whenever some may have been missed.
pub(super) async fn forward<S: LogSource>(source: Arc<S>, out: mpsc::Sender<Change>) {
    let mut backoff = Duration::from_secs(1);
    loop {
        let mut changes = source.changes();
        loop {
            let change = match changes.next().await {
                Some(Ok(change)) => change,
                Some(Err(error)) => {
                    tracing::warn!("{}", chain(&error));
                    break;
                }
                None => break,
            };
            backoff = Duration::from_secs(1);
            if out.send(change).await.is_err() {
                return;
            }
        }
        sleep(backoff).await;
        backoff = (backoff * 2).min(MAX_BACKOFF);
        if out.send(Change::Started).await.is_err() {
            return;
        }
    }
}
