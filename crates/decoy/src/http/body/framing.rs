//! Where the body of a request ends, as each product sees it.

use super::super::{
    intake::{Head, Refusal, Version},
    product::{Identity, Product},
};

/// Largest body that nginx takes as shipped (`client_max_body_size`).
const NGINX_BODY: u64 = 1024 * 1024;

/// How the end of a body is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// There is no body.
    None,
    /// It has so many bytes.
    Length(u64),
    /// It comes in chunks (RFC 9112, section 7.1).
    Chunked,
}

/// How the body of `head` is framed, and whether the connection must close after it.
///
/// # Errors
/// The reason for which the product refuses the request.
pub(crate) fn framing(identity: &Identity, head: &Head) -> Result<(Framing, bool), Refusal> {
    let mut lengths = head.all("Content-Length");
    let (length, again) = (lengths.next(), lengths.next());
    let length = match (length, again) {
        (Some(_), Some(_)) => return Err(Refusal::Framing),
        (Some(text), None) => Some(number(text).ok_or(Refusal::Framing)?),
        (None, _) => None,
    };
    if identity.product == Product::Nginx {
        return nginx(head, length, identity.habits.is_lenient);
    }
    let Some(coding) = head.get("Transfer-Encoding") else {
        return Ok((length.map_or(Framing::None, of_length), false));
    };
    let last = coding.rsplit(|b| *b == b',').next().unwrap_or_default().trim_ascii();
    if !last.eq_ignore_ascii_case(b"chunked") {
        return Err(Refusal::Framing);
    }
    // A length beside chunks is ignored, and the connection is not trusted any further.
    Ok((Framing::Chunked, length.is_some() || head.version() < Version::HTTP_1_1))
}

fn nginx(head: &Head, length: Option<u64>, lenient: bool) -> Result<(Framing, bool), Refusal> {
    match (head.get("Transfer-Encoding"), length) {
        (Some(coding), _) if !coding.eq_ignore_ascii_case(b"chunked") => Err(Refusal::Coding),
        // Before it was strict, chunks counted and everything else was ignored.
        (Some(_), _) if lenient => Ok((Framing::Chunked, false)),
        (Some(_), _) if head.version() < Version::HTTP_1_1 => Err(Refusal::Framing),
        (Some(_), Some(_)) => Err(Refusal::Framing),
        (Some(_), None) => Ok((Framing::Chunked, false)),
        (None, Some(length)) if length > NGINX_BODY => Err(Refusal::BodyTooLarge),
        (None, Some(length)) => Ok((of_length(length), false)),
        (None, None) => Ok((Framing::None, false)),
    }
}

fn of_length(length: u64) -> Framing {
    if length == 0 { Framing::None } else { Framing::Length(length) }
}

/// Digits and nothing else, within 63 bits.
fn number(text: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(text).ok().filter(|t| t.bytes().all(|b| b.is_ascii_digit()))?;
    digits.parse().ok().filter(|n| i64::try_from(*n).is_ok())
}
