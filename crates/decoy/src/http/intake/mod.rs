//! From bytes to the head of a request, as each product tolerates them.
//!
//! An [`Intake`] takes bytes as they come and remembers how far it has looked, so that a head
//! that arrives byte by byte costs no more than one that arrives whole. It does no I/O.

mod apache;
mod head;
mod nginx;
#[cfg(test)]
mod tests;

pub(super) use head::{Field, Head, Version};

use super::product::{Identity, Product};

/// Longest line that is looked at, whatever the product: beyond it no product waits on.
const LONGEST_LINE: usize = 32 * 1024;

/// Largest head that is kept. Apache would take 100 lines of 8 KiB; nothing but a test of limits
/// sends as much.
const LARGEST_HEAD: usize = 256 * 1024;

/// Why a product goes no further with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is no request, or one of its lines is wrong.
    Malformed,
    /// The version is one that the product does not speak.
    Version,
    /// The request line is too long.
    LineTooLong,
    /// A header line is too long, or all together are.
    FieldTooLarge,
    /// There are too many header lines.
    TooManyFields,
    /// The Host header is missing, wrong, or there twice.
    Host,
    /// The length of the body is not clear.
    Framing,
    /// A transfer coding that the product does not know.
    Coding,
    /// The body is larger than the product takes.
    BodyTooLarge,
    /// A method that the product refuses before it looks at anything else.
    Method,
    /// The path cannot be decoded, or leaves the root.
    Path,
    /// Plain HTTP came where TLS is spoken.
    PlainOnTls,
    /// The rest did not come in time.
    Timeout,
}

impl Refusal {
    /// The status code of the answer.
    pub(super) const fn status(self, product: Product) -> u16 {
        match self {
            Self::Version => 505,
            Self::LineTooLong => 414,
            Self::Coding if matches!(product, Product::Nginx) => 501,
            Self::BodyTooLarge => 413,
            Self::Method => 405,
            Self::Timeout => 408,
            _ => 400,
        }
    }

    /// The word in the `protocol_error` event.
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::Malformed => "malformed request",
            Self::Version => "unsupported version",
            Self::LineTooLong => "request line too long",
            Self::FieldTooLarge => "header too large",
            Self::TooManyFields => "too many headers",
            Self::Host => "bad host",
            Self::Framing => "ambiguous body length",
            Self::Coding => "unknown transfer coding",
            Self::BodyTooLarge => "body too large",
            Self::Method => "method not allowed",
            Self::Path => "bad path",
            Self::PlainOnTls => "plain HTTP on a TLS port",
            Self::Timeout => "request timeout",
        }
    }
}

/// How far a head has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// More bytes are needed.
    Incomplete,
    /// The head is whole; what follows belongs to the body or the next request.
    Complete,
    /// It will never be one.
    Refused(Refusal),
}

/// Collects one head.
#[derive(Debug)]
pub(super) struct Intake {
    head: Head,
    rules: Rules,
    /// Bytes of the unfinished line that were already looked at.
    looked_at: usize,
}

#[derive(Debug)]
enum Rules {
    Apache(apache::Rules),
    Nginx(nginx::Rules),
}

impl Intake {
    /// For the next request to the server.
    pub(super) fn new(identity: &Identity) -> Self {
        let rules = match identity.product {
            Product::Nginx => Rules::Nginx(nginx::Rules::new(identity.habits.is_lenient)),
            Product::Apache | Product::Iis => Rules::Apache(apache::Rules::default()),
        };
        Self { head: Head::default(), rules, looked_at: 0 }
    }

    /// Looks at what is there, beginning with the first byte that no earlier call used up, and
    /// says how many bytes are used up now.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> (usize, Progress) {
        let mut used = 0;
        loop {
            let rest = bytes.get(used..).unwrap_or_default();
            let fresh = rest.get(self.looked_at..).unwrap_or_default();
            let Some(at) = fresh.iter().position(|b| *b == b'\n') else {
                let progress = self.unfinished(rest);
                self.looked_at = rest.len();
                return (used, progress);
            };
            let length = self.looked_at + at + 1;
            let line = rest.get(..length).unwrap_or_default();
            let progress = match &mut self.rules {
                Rules::Apache(rules) => rules.line(line, &mut self.head),
                Rules::Nginx(rules) => rules.line(line, &mut self.head),
            };
            self.looked_at = 0;
            if let Progress::Refused(_) = progress {
                // What is wrong stays in front.
                return (used, progress);
            }
            used += length;
            if self.head.size() > LARGEST_HEAD {
                return (used, Progress::Refused(Refusal::FieldTooLarge));
            }
            if progress == Progress::Complete {
                return (used, progress);
            }
        }
    }

    fn unfinished(&mut self, line: &[u8]) -> Progress {
        match &mut self.rules {
            Rules::Apache(rules) => rules.unfinished(line.len()),
            Rules::Nginx(rules) => rules.unfinished(line, self.looked_at),
        }
    }

    /// Whether the request line has come whole.
    pub(super) fn has_request_line(&self) -> bool {
        !self.head.method().is_empty()
    }

    /// Memory that the head takes.
    pub(super) fn size(&self) -> usize {
        self.head.size()
    }

    /// The head, as far as it has come.
    pub(super) fn into_head(self) -> Head {
        self.head
    }
}
