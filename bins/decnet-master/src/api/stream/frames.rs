//! Server-sent events as bytes (WHATWG HTML, section 9.2.6).

use std::sync::Arc;

use bytes::{BufMut as _, Bytes, BytesMut};
use serde::Serialize;

use super::ring::Frame;

/// Says that the server is there; a client does not see it.
pub(super) const HEARTBEAT: Bytes = Bytes::from_static(b": heartbeat\n\n");

/// What a client hears first: when to come back after the connection broke, in milliseconds.
pub(super) const GREETING: Bytes = Bytes::from_static(b": keepalive\nretry: 2000\n\n");

/// Says that the server ends; a client comes back to the next one.
pub(super) const GOODBYE: Bytes = Bytes::from_static(b"event: end\ndata: {}\n\n");

/// A message about everything that is kept. It has no id: who comes back gets a new one anyway.
pub(super) fn message(kind: &str, data: &impl Serialize) -> Option<Bytes> {
    let data = serde_json::to_string(data).ok()?;
    Some(Bytes::from(format!("event: message\ndata: {{\"type\":\"{kind}\",\"data\":{data}}}\n\n")))
}

/// A message of events. Its id is that of the last of them, and so is the place from which a client that
/// comes back goes on.
pub(super) fn logs(frames: &[Arc<Frame>]) -> Option<Bytes> {
    let last = frames.last()?;
    let length: usize = frames.iter().map(|frame| frame.text.len() + 1).sum();
    let mut out = BytesMut::with_capacity(length + 96);
    out.put_slice(b"id: ");
    out.put_slice(last.row.id.to_string().as_bytes());
    out.put_slice(b"\nevent: message\ndata: {\"type\":\"logs\",\"data\":[");
    for (place, frame) in frames.iter().enumerate() {
        if place > 0 {
            out.put_u8(b',');
        }
        // No line feed is in it: JSON escapes them.
        out.put_slice(&frame.text);
    }
    out.put_slice(b"]}\n\n");
    Some(out.freeze())
}

/// A mark without an event, so that a client whose search finds little does not begin far behind.
pub(super) fn place(id: i64) -> Bytes {
    Bytes::from(format!("id: {id}\nevent: place\ndata: {{}}\n\n"))
}
