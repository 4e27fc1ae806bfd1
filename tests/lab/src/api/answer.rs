//! What an API answered.

use anyhow::{Context, Result, ensure};
use serde::de::DeserializeOwned;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The head, in lower case.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads an answer after which the connection was closed.
    ///
    /// # Errors
    /// When it is none.
    pub(super) fn parse(whole: &[u8]) -> Result<Self> {
        let end = memchr::memmem::find(whole, b"\r\n\r\n").context("an answer without a head")?;
        let (head, body) = whole.split_at(end);
        let head = String::from_utf8_lossy(head).to_lowercase();
        let status = status(&head)?;
        let body = body.get(4..).unwrap_or_default();
        let is_chunked = head.contains("transfer-encoding: chunked");
        let body = if is_chunked { unchunked(body)? } else { body.to_vec() };
        Ok(Self { status, head, body })
    }

    /// The value of a field of the head.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.find(|(its, _)| *its == name).map(|(_, value)| value)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body, where it was answered well.
    ///
    /// # Errors
    /// When it was refused, or is something else.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        ensure!((200..300).contains(&self.status), "answered with {}: {}", self.status, self.text());
        serde_json::from_slice(&self.body).with_context(|| format!("reading {}", self.text()))
    }
}

/// The status in the first line of a head.
pub(super) fn status(head: &str) -> Result<u16> {
    let word = head.split(' ').nth(1).and_then(|word| word.parse().ok());
    word.with_context(|| format!("an answer without a status: {head:?}"))
}

/// What is inside of chunks.
fn unchunked(mut body: &[u8]) -> Result<Vec<u8>> {
    let mut inside = Vec::with_capacity(body.len());
    loop {
        let end = memchr::memmem::find(body, b"\r\n").context("a chunk without a size")?;
        let size = body.get(..end).and_then(|line| std::str::from_utf8(line).ok());
        let size =
            size.and_then(|size| usize::from_str_radix(size, 16).ok()).context("a chunk without a size")?;
        if size == 0 {
            return Ok(inside);
        }
        let begin = end + 2;
        inside.extend_from_slice(body.get(begin..begin + size).context("the answer breaks off")?);
        body = body.get(begin + size + 2..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_with_and_without_chunks() {
        let plain = Answer::parse(b"HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\n\r\nwait").unwrap();
        assert_eq!((plain.status, plain.field("retry-after"), &*plain.text()), (429, Some("7"), "wait"));
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let chunked = Answer::parse(format!("{head}2\r\n[1\r\n1\r\n]\r\n0\r\n\r\n").as_bytes()).unwrap();
        assert_eq!(chunked.json::<Vec<u8>>().unwrap(), [1]);
        assert!(Answer::parse(format!("{head}9\r\nshort").as_bytes()).is_err());
        assert!(plain.json::<Vec<u8>>().is_err());
    }
}
