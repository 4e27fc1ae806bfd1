//! The engine's own API, as bare as it gets: what a deploy is measured against must not pay
//! for a client.

use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

const SOCKET: &str = "/var/run/docker.sock";

/// Sends a request and gives back the body of the answer; a status of 400 or more is an error.
pub(super) fn request(method: &str, path: &str, body: &Value) -> Result<String> {
    let mut socket = UnixStream::connect(SOCKET).with_context(|| format!("connecting to {SOCKET}"))?;
    let body = body.to_string();
    let head = format!(
        "{method} /v1.41{path} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut answer = String::new();
    socket
        .write_all((head + &body).as_bytes())
        .and_then(|()| socket.read_to_string(&mut answer))
        .with_context(|| format!("asking the engine to {method} {path}"))?;
    let status: u16 = answer.get(9..12).and_then(|text| text.parse().ok()).unwrap_or(0);
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
    if !(200..400).contains(&status) {
        bail!("{method} {path}: status {status}: {}", body.trim());
    }
    Ok(body.to_owned())
}
