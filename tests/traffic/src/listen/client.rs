//! One who listens.

use std::{net::SocketAddr, sync::Arc};

use anyhow::{Context as _, Result, ensure};
use decnet_event::Timestamp;
use memchr::memmem;
use serde::Deserialize;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::Semaphore,
};

use super::chunks::Chunks;
use crate::{pace::now, request};

/// The route.
const PATH: &str = "/api/v1/stream";

/// The message that says where the stream begins: what comes after it is told.
const PLACE: &[u8] = b"event: place";

/// What one heard.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard {
    /// Events.
    pub(super) events: u64,
    /// Events whose number is no greater than that of the one before: they are there again.
    pub(super) again: u64,
    /// How long each took from when it happened, in milliseconds.
    pub(super) times: Vec<f64>,
    last: i64,
}

/// What is read of a message.
#[derive(Deserialize)]
struct Message {
    data: Vec<Row>,
}

/// What is read of an event.
#[derive(Deserialize)]
struct Row {
    id: i64,
    timestamp: String,
}

/// Listens until `events` came; what was heard so far is in `heard`. Whoever hears the beginning adds one to
/// `began`.
pub(super) async fn listen(
    api: SocketAddr,
    token: &str,
    events: u64,
    began: &Semaphore,
    heard: Arc<std::sync::Mutex<Heard>>,
) -> Result<()> {
    let mut stream = TcpStream::connect(api).await.with_context(|| format!("connecting to {api}"))?;
    stream.write_all(&request::get(PATH, token)).await.context("asking")?;
    let mut came = head(&mut stream).await?;
    let (mut chunks, mut said, mut has_begun) = (Chunks::default(), Vec::new(), false);
    loop {
        chunks.take(&came, &mut said)?;
        while let Some(end) = memmem::find(&said, b"\n\n") {
            let message: Vec<u8> = said.drain(..end + 2).collect();
            if !has_begun && memmem::find(&message, PLACE).is_some() {
                has_begun = true;
                began.add_permits(1);
            }
            let mut heard = heard.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            heard.take(&message)?;
            if heard.events >= events {
                return Ok(());
            }
        }
        came.resize(64 << 10, 0);
        let count = stream.read(&mut came).await.context("listening")?;
        ensure!(count > 0, "the API closed the stream");
        came.truncate(count);
    }
}

/// Reads the head of the answer, and gives back what came behind it.
async fn head(stream: &mut TcpStream) -> Result<Vec<u8>> {
    let mut came = Vec::new();
    loop {
        ensure!(stream.read_buf(&mut came).await.context("listening")? > 0, "the API closed the stream");
        if let Some(end) = memmem::find(&came, b"\r\n\r\n") {
            ensure!(came.starts_with(b"HTTP/1.1 200 "), "refused: {}", String::from_utf8_lossy(&came));
            return Ok(came.split_off(end + 4));
        }
    }
}

impl Heard {
    /// Takes a message; one that is not of events is passed over.
    fn take(&mut self, message: &[u8]) -> Result<()> {
        let Some(at) = memmem::find(message, b"\ndata: {\"type\":\"logs\"") else { return Ok(()) };
        let data = message.get(at + b"\ndata: ".len()..).unwrap_or_default();
        let Message { data } = serde_json::from_slice(data).context("reading a message")?;
        let now = now()?;
        for Row { id, timestamp } in data {
            let time = Timestamp::parse_rfc3339(&timestamp).context("an event without a time")?;
            self.events += 1;
            self.again += u64::from(id <= self.last);
            self.last = self.last.max(id);
            self.times.push((now.0 - time.0) as f64 / 1e3);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_counted_and_those_that_are_there_again() {
        let mut heard = Heard::default();
        let row = |id| format!(r#"{{"id":{id},"timestamp":"2026-11-27T17:00:00.000000Z","x":[1]}}"#);
        let logs =
            |rows: &str| format!("id: 9\nevent: message\ndata: {{\"type\":\"logs\",\"data\":[{rows}]}}\n\n");
        heard.take(logs(&[row(3), row(4)].join(",")).as_bytes()).unwrap();
        heard.take(b"event: message\ndata: {\"type\":\"stats\",\"data\":{}}\n\n").unwrap();
        heard.take(logs(&[row(4), row(7)].join(",")).as_bytes()).unwrap();
        assert_eq!((heard.events, heard.again, heard.times.len()), (4, 1, 4));
        assert!(heard.take(logs("{").as_bytes()).is_err());
    }
}
