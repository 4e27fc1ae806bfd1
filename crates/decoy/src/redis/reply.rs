//! Answers of the Redis protocol, in its second and third version.

use std::fmt::Write as _;

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// A short word, as `OK`.
    Simple(&'static str),
    /// A refusal, without the dash in front.
    Error(String),
    /// A number.
    Number(i64),
    /// A value.
    Bulk(Vec<u8>),
    /// No value.
    Nil,
    /// No list.
    NilList,
    /// Several.
    List(Vec<Reply>),
    /// Names with values: a flat list in the second version.
    Map(Vec<(Reply, Reply)>),
    /// Members without order: a list in the second version.
    Set(Vec<Reply>),
    /// A long text for people, verbatim in the third version.
    Text(String),
    /// What was not asked for, as a published message.
    Push(Vec<Reply>),
    /// Bytes that are no answer, as a snapshot for a replica.
    Raw(Vec<u8>),
}

/// Version of the protocol that a client chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// RESP2.
    Two,
    /// RESP3.
    Three,
}

impl Reply {
    /// `OK`.
    pub const OK: Self = Self::Simple("OK");

    /// A refusal.
    pub fn error(text: impl Into<String>) -> Self {
        Self::Error(text.into())
    }

    /// A value.
    pub fn bulk(bytes: impl AsRef<[u8]>) -> Self {
        Self::Bulk(bytes.as_ref().to_vec())
    }

    /// Values.
    pub fn bulks<T: AsRef<[u8]>>(values: impl IntoIterator<Item = T>) -> Self {
        Self::List(values.into_iter().map(Self::bulk).collect())
    }

    /// Appends the bytes of the answer.
    pub fn write(&self, version: Version, out: &mut Vec<u8>) {
        match self {
            Self::Simple(word) => line(out, '+', word),
            Self::Error(text) => line(out, '-', &text.replace(['\r', '\n'], " ")),
            Self::Number(number) => line(out, ':', &number.to_string()),
            Self::Bulk(bytes) => bulk(out, '$', &[bytes]),
            Self::Text(text) if version == Version::Three => bulk(out, '=', &[b"txt:", text.as_bytes()]),
            Self::Text(text) => bulk(out, '$', &[text.as_bytes()]),
            Self::Nil | Self::NilList if version == Version::Three => line(out, '_', ""),
            Self::Nil => line(out, '$', "-1"),
            Self::NilList => line(out, '*', "-1"),
            Self::List(items) => many(out, '*', items, version),
            Self::Set(items) => many(out, if version == Version::Three { '~' } else { '*' }, items, version),
            Self::Push(items) => many(out, if version == Version::Three { '>' } else { '*' }, items, version),
            Self::Map(pairs) => {
                let (mark, count) =
                    if version == Version::Three { ('%', pairs.len()) } else { ('*', 2 * pairs.len()) };
                line(out, mark, &count.to_string());
                for (name, value) in pairs {
                    name.write(version, out);
                    value.write(version, out);
                }
            }
            Self::Raw(bytes) => out.extend_from_slice(bytes),
        }
    }
}

fn line(out: &mut Vec<u8>, mark: char, text: &str) {
    let mut head = String::with_capacity(text.len() + 3);
    let _ = write!(head, "{mark}{text}\r\n");
    out.extend_from_slice(head.as_bytes());
}

fn bulk(out: &mut Vec<u8>, mark: char, parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|p| p.len()).sum();
    line(out, mark, &length.to_string());
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out.extend_from_slice(b"\r\n");
}

fn many(out: &mut Vec<u8>, mark: char, items: &[Reply], version: Version) {
    line(out, mark, &items.len().to_string());
    items.iter().for_each(|item| item.write(version, out));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(reply: &Reply, two: &str, three: &str) {
        for (version, expect) in [(Version::Two, two), (Version::Three, three)] {
            let mut out = Vec::new();
            reply.write(version, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expect);
        }
    }

    #[test]
    fn both_versions() {
        check(&Reply::OK, "+OK\r\n", "+OK\r\n");
        check(&Reply::Nil, "$-1\r\n", "_\r\n");
        check(&Reply::NilList, "*-1\r\n", "_\r\n");
        check(&Reply::error("ERR a\r\nb"), "-ERR a  b\r\n", "-ERR a  b\r\n");
        check(&Reply::Text("hi".into()), "$2\r\nhi\r\n", "=6\r\ntxt:hi\r\n");
        let map = Reply::Map(vec![(Reply::bulk("a"), Reply::Number(1))]);
        check(&map, "*2\r\n$1\r\na\r\n:1\r\n", "%1\r\n$1\r\na\r\n:1\r\n");
        check(&Reply::Set(vec![]), "*0\r\n", "~0\r\n");
    }
}
