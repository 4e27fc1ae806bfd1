//! From an answer to bytes, in the form of each product: status line, order and case of the
//! headers, and the pages that products make by themselves.

mod apache;
mod apache_pages;
mod condition;
mod gzip;
mod iis;
mod nginx;
mod range;
#[cfg(test)]
mod tests;

pub(super) use apache_pages::{escape, signature};

use super::{
    answer::Answer,
    product::{Identity, Product},
    request::Request,
    site::Resource,
};

/// What of an answer the connection decides, not the request.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Connection {
    /// Requests answered on it before this one.
    pub served: u32,
    /// Whether it must close after this answer.
    pub must_close: bool,
}

/// An answer as it goes out.
#[derive(Debug)]
pub(super) struct Rendered {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The status in them.
    pub status: u16,
    /// Whether the connection closes after them.
    pub close: bool,
}

/// Gives `answer` the form that the product gives it.
pub(super) fn render(
    identity: &Identity,
    request: &Request,
    answer: Answer<'_>,
    connection: Connection,
) -> Rendered {
    match identity.product {
        Product::Apache => apache::render(identity, request, answer, connection),
        Product::Nginx => nginx::render(identity, request, answer, connection),
        Product::Iis => iis::render(identity, request, answer, connection),
    }
}

/// What is sent of a file.
enum Selection<'a> {
    /// All of it.
    Whole(&'a [u8]),
    /// One part of it.
    Part((u64, u64), &'a [u8]),
    /// More than one part.
    Parts(Vec<(u64, u64)>),
    /// None of it: 304.
    NotModified,
    /// None of it: 412.
    ConditionFailed,
    /// None of it: 416.
    Unsatisfiable,
}

/// Selects what a request wants of `body`, which is the file in the coding that is sent.
fn select<'a>(
    product: Product,
    request: &Request,
    resource: &Resource,
    tag: &str,
    body: &'a [u8],
    ranges: bool,
) -> Selection<'a> {
    let modified = resource.modified.div_euclid(1_000_000);
    let state = condition::State { tag, modified, now: request.now };
    match condition::judge(product, &request.head, state) {
        condition::Verdict::NotModified => return Selection::NotModified,
        condition::Verdict::Failed => return Selection::ConditionFailed,
        condition::Verdict::Send => {}
    }
    let counts = ranges && condition::range_counts(product, &request.head, state);
    let header = request.head.get("Range").filter(|_| counts);
    match range::wanted(product, header, body.len() as u64) {
        range::Wanted::Whole => Selection::Whole(body),
        range::Wanted::Unsatisfiable => Selection::Unsatisfiable,
        range::Wanted::Parts(parts) => match parts.as_slice() {
            [only] => Selection::Part(*only, slice(body, *only)),
            _ => Selection::Parts(parts),
        },
    }
}

fn slice(body: &[u8], (first, last): (u64, u64)) -> &[u8] {
    let range =
        usize::try_from(first).unwrap_or(usize::MAX)..=usize::try_from(last).unwrap_or(usize::MAX - 1);
    body.get(range).unwrap_or_default()
}

/// The parts of a file as `multipart/byteranges`; products differ in the case of the headers.
fn multipart(
    body: &[u8],
    parts: &[(u64, u64)],
    boundary: &str,
    media: Option<&str>,
    names: [&str; 2],
) -> Vec<u8> {
    let [type_name, range_name] = names;
    let mut out = Vec::new();
    for part in parts {
        let media = media.map(|media| format!("{type_name}: {media}\r\n")).unwrap_or_default();
        let (first, last) = part;
        out.extend_from_slice(
            format!("\r\n--{boundary}\r\n{media}{range_name}: bytes {first}-{last}/{}\r\n\r\n", body.len())
                .as_bytes(),
        );
        out.extend_from_slice(slice(body, *part));
    }
    out.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    out
}

/// The head of an answer, line by line.
struct Lines(String);

impl Lines {
    fn new(status: u16, phrase: &str) -> Self {
        let mut text = String::with_capacity(512);
        text.push_str("HTTP/1.1 ");
        text.push_str(&status.to_string());
        text.push(' ');
        text.push_str(phrase);
        text.push_str("\r\n");
        Self(text)
    }

    fn add(&mut self, name: &str, value: &str) {
        self.0.push_str(name);
        self.0.push_str(": ");
        // A value of the operator's or of a request must not begin another line.
        self.0.extend(value.chars().filter(|c| !matches!(c, '\r' | '\n')));
        self.0.push_str("\r\n");
    }

    fn all(&mut self, headers: &[(impl AsRef<str>, impl AsRef<str>)]) {
        for (name, value) in headers {
            self.add(name.as_ref(), value.as_ref());
        }
    }

    /// The head with `body` behind it, or only what the request lets through of them.
    fn with(mut self, request: &Request, body: &[u8]) -> Vec<u8> {
        self.0.push_str("\r\n");
        let mut bytes = if request.is_headless() { Vec::new() } else { self.0.into_bytes() };
        if !request.is_head() {
            bytes.extend_from_slice(body);
        }
        bytes
    }
}

/// One chunk and the last one (RFC 9112, section 7.1).
fn chunked(body: &[u8]) -> Vec<u8> {
    let mut out = format!("{:x}\r\n", body.len()).into_bytes();
    out.extend_from_slice(body);
    out.extend_from_slice(b"\r\n0\r\n\r\n");
    out
}
