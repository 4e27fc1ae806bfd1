//! HTTP as far as a client of ours needs it: requests by GET over connections that are kept.

use std::{
    io::{Read, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(30);

/// A request for a path, with a token.
pub(crate) fn get(path: &str, token: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n").into_bytes()
}

/// A connection that is kept.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) fn open(api: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(api).with_context(|| format!("connecting to {api}"))?;
        stream.set_nodelay(true).context("having nothing wait")?;
        stream.set_read_timeout(Some(LIMIT)).context("setting a limit")?;
        Ok(Self { stream, buffer: vec![0; 256 << 10] })
    }

    /// Sends a request and takes its answer: the status, and how long the body is.
    pub(crate) fn ask(&mut self, request: &[u8]) -> Result<(u16, u64)> {
        self.stream.write_all(request).context("asking")?;
        let mut have = 0;
        let head = loop {
            have += self.read(have)?;
            let front = self.buffer.get(..have).unwrap_or_default();
            if let Some(head) = Head::parse(front) {
                break head;
            }
            if have == self.buffer.len() {
                bail!("an answer with a head without end");
            }
        };
        let mut left = (head.size + head.length).saturating_sub(have as u64);
        while left > 0 {
            left = left.saturating_sub(self.read(0)? as u64);
        }
        Ok((head.status, head.length))
    }

    /// Reads into the buffer from `at` on.
    fn read(&mut self, at: usize) -> Result<usize> {
        let room = self.buffer.get_mut(at..).unwrap_or_default();
        match self.stream.read(room).context("reading an answer")? {
            0 => bail!("the API closed the connection"),
            count => Ok(count),
        }
    }
}

/// The head of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    /// Its own bytes.
    size: u64,
    /// The bytes of the body.
    length: u64,
}

impl Head {
    /// Reads it from the front of an answer; nothing where it is not whole or does not say how long the body is.
    fn parse(front: &[u8]) -> Option<Self> {
        let size = memchr::memmem::find(front, b"\r\n\r\n")? + 4;
        let text = std::str::from_utf8(front.get(..size)?).ok()?;
        let status = text.split(' ').nth(1)?.parse().ok()?;
        let length = text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
        })?;
        Some(Self { status, size: size as u64, length })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_when_they_are_whole() {
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nx: y\r\n\r\nbody";
        assert_eq!(Head::parse(head), Some(Head { status: 200, size: 45, length: 12 }));
        assert_eq!(Head::parse(head.get(..44).unwrap()), None);
        assert_eq!(Head::parse(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"), None);
    }
}
