//! Sending a file, of which a few chunks are in memory at a time.

use std::{
    fs::File,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use hyper::{StatusCode, body::Bytes, header};
use serde::de::DeserializeOwned;

use super::{
    CallError, Client,
    outgoing::{Outgoing, Streamed},
};

/// A file to be sent.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// The file; several may send it at the same time.
    pub file: Arc<File>,
    /// How much of it, in bytes.
    pub length: u64,
    /// What it is.
    pub media_type: &'static str,
    /// Its digest, as RFC 9530 has it.
    pub digest: String,
    /// Bytes that went out so far.
    pub sent: Arc<AtomicU64>,
    /// How long is waited.
    pub waits: Waits,
}

/// How long is waited for who takes a file.
#[derive(Clone, Copy, Debug)]
pub struct Waits {
    /// For him to take any more of it.
    pub taking: Duration,
    /// For the answer once he has all of it.
    pub answer: Duration,
}

/// An answer as it came.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Bytes,
}

impl Client {
    /// Sends a file, on a connection of its own, and hands back the answer whatever it says.
    ///
    /// # Errors
    /// [`CallError`], never [`CallError::Refused`].
    pub async fn upload(&self, method: &str, path: &str, parcel: Parcel) -> Result<Reply, CallError> {
        let attempt = format!("{method} {path}");
        let (sent, length, waits) = (Arc::clone(&parcel.sent), parcel.length, parcel.waits);
        tokio::select! {
            reply = self.put(method, path, parcel) => {
                let (status, body) = reply?;
                Ok(Reply { status: status.as_u16(), body })
            }
            patience = silence(&sent, length, waits) => {
                Err(CallError::Late { attempt, way: self.way.clone(), patience })
            }
        }
    }

    /// Sends a file, and reads the answer as [`Client::send`] does.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn send_file<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        parcel: Parcel,
    ) -> Result<T, CallError> {
        let Reply { status, body } = self.upload(method, path, parcel).await?;
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        self.typed(&format!("{method} {path}"), status, &body)
    }

    /// Asks without a body, and hands back the answer whatever it says.
    ///
    /// # Errors
    /// [`CallError`], never [`CallError::Refused`].
    pub async fn ask(&self, method: &str, path: &str) -> Result<Reply, CallError> {
        let answer = tokio::time::timeout(self.patience, self.exchange(method, path, Bytes::new())).await;
        let late = |_| CallError::Late {
            attempt: format!("{method} {path}"),
            way: self.way.clone(),
            patience: self.patience,
        };
        let (status, body) = answer.map_err(late)??;
        Ok(Reply { status: status.as_u16(), body })
    }

    async fn put(&self, method: &str, path: &str, parcel: Parcel) -> Result<(StatusCode, Bytes), CallError> {
        let attempt = format!("{method} {path}");
        let about = [
            (header::CONTENT_TYPE, parcel.media_type.to_owned()),
            (header::HeaderName::from_static("content-digest"), parcel.digest),
        ];
        let mut conversation = self.connect().await?;
        let body = Outgoing::File(Streamed::new(parcel.file, parcel.length, parcel.sent));
        let request = self.request(method, path, body, &about);
        let request = request.map_err(|error| self.broken(&attempt, error))?;
        let response = conversation.send(request).await.map_err(|error| self.broken(&attempt, error))?;
        self.read(&attempt, response).await
    }
}

/// Comes when nothing more was taken for too long, or no answer came; says what was waited.
async fn silence(sent: &AtomicU64, length: u64, waits: Waits) -> Duration {
    loop {
        let before = sent.load(Ordering::Relaxed);
        let wait = if before < length { waits.taking } else { waits.answer };
        tokio::time::sleep(wait).await;
        if sent.load(Ordering::Relaxed) == before {
            return wait;
        }
    }
}
