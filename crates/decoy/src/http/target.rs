//! Where a request wants to go: the host it names and the path it asks for, as each product
//! reads them.

use super::{
    intake::{Head, Refusal, Version},
    product::{Identity, Product},
};

/// The host that a request names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Authority {
    /// Its name in lower case, without a dot at the end.
    pub host: Option<String>,
    /// Its port, where one is given.
    pub port: Option<u16>,
}

/// The parts of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    /// What stands before `://`.
    pub scheme: Option<&'a [u8]>,
    /// Host and port of the absolute or authority form.
    pub authority: Option<&'a [u8]>,
    /// The path, not decoded.
    pub path: &'a [u8],
    /// The query without its question mark.
    pub query: Option<&'a [u8]>,
}

/// Takes a target apart (RFC 9112, section 3.2).
pub(super) fn parts<'a>(method: &[u8], target: &'a [u8]) -> Parts<'a> {
    let (scheme, authority, rest) = match find(target, b"://") {
        Some(at) if !target.starts_with(b"/") && !target.starts_with(b"?") => {
            let rest = target.get(at + 3..).unwrap_or_default();
            let end = rest.iter().position(|b| matches!(b, b'/' | b'?')).unwrap_or(rest.len());
            (target.get(..at), rest.get(..end), rest.get(end..).unwrap_or_default())
        }
        _ if method == b"CONNECT" && !target.starts_with(b"/") => (None, Some(target), &b""[..]),
        _ => (None, None, target),
    };
    let mark = rest.iter().position(|b| *b == b'?');
    Parts {
        scheme,
        authority,
        path: rest.get(..mark.unwrap_or(rest.len())).unwrap_or_default(),
        query: mark.and_then(|at| rest.get(at + 1..)),
    }
}

/// The host that a request names, and whether the product accepts it.
pub(super) fn authority(identity: &Identity, head: &Head) -> (Authority, Result<(), Refusal>) {
    let product = identity.product;
    let refused = |authority| (authority, Err(Refusal::Host));
    let parts = parts(head.method(), head.target());
    let absolute = match parts.authority.filter(|a| !a.is_empty()).map(|a| read_authority(identity, a)) {
        Some(None) => return refused(Authority::default()),
        Some(Some(authority)) => Some(authority),
        None => None,
    };
    let mut hosts = head.all("Host");
    let (host, again) = (hosts.next(), hosts.next());
    if again.is_some() {
        return refused(Authority::default());
    }
    let named = match host {
        None if head.version() >= Version::HTTP_1_1 => return refused(absolute.unwrap_or_default()),
        None => Authority::default(),
        Some(value) => match read_authority(identity, value) {
            Some(authority) => authority,
            None => return refused(Authority::default()),
        },
    };
    let foreign = product == Product::Apache
        && parts
            .scheme
            .is_some_and(|s| !s.eq_ignore_ascii_case(b"http") && !s.eq_ignore_ascii_case(b"https"));
    if foreign {
        return (named, Err(Refusal::Path));
    }
    // Apache leaves targets of another scheme than its own to the Host header.
    let other_scheme =
        product == Product::Apache && parts.scheme.is_some_and(|s| s.eq_ignore_ascii_case(b"https"));
    (absolute.filter(|_| !other_scheme).unwrap_or(named), Ok(()))
}

fn read_authority(identity: &Identity, value: &[u8]) -> Option<Authority> {
    let end = match value.first() {
        Some(b'[') => value.iter().position(|b| *b == b']').map_or(value.len(), |at| at + 1),
        _ => value.iter().position(|b| *b == b':').unwrap_or(value.len()),
    };
    let (host, rest) = (value.get(..end)?, value.get(end..)?);
    let product = identity.product;
    let port = match product {
        Product::Nginx => rest.get(1..).and_then(number),
        _ if rest.is_empty() => None,
        _ => Some(rest.strip_prefix(b":").and_then(number)?),
    };
    let valid = match product {
        Product::Nginx => host_passes_nginx(host, identity.habits.is_lenient),
        _ => host_passes_strictly(host),
    };
    let text = std::str::from_utf8(host).ok().filter(|_| valid);
    // Bytes that are no text pass nginx, which prints the host nowhere but in redirects.
    let text =
        text.map(str::to_owned).or_else(|| valid.then(|| String::from_utf8_lossy(host).into_owned()))?;
    let text = text.to_ascii_lowercase();
    let text = text.strip_suffix('.').unwrap_or(&text);
    let text = match product {
        Product::Nginx => text,
        _ => text.trim_start_matches('[').trim_end_matches(']'),
    };
    Some(Authority { host: Some(text.to_owned()), port })
}

fn number(digits: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(digits).ok().filter(|t| t.bytes().all(|b| b.is_ascii_digit()))?;
    text.parse().ok().filter(|port| *port != 0)
}

fn host_passes_nginx(host: &[u8], lenient: bool) -> bool {
    let dots_apart = !host.windows(2).any(|pair| pair == b"..");
    !host.is_empty()
        && dots_apart
        && !host.iter().any(|b| matches!(b, 0 | b'/') || (!lenient && (*b <= b' ' || *b == 0x7f)))
}

fn host_passes_strictly(host: &[u8]) -> bool {
    if let Some(literal) = host.strip_prefix(b"[") {
        let inner = literal.strip_suffix(b"]").and_then(|l| std::str::from_utf8(l).ok());
        return inner.is_some_and(|text| text.parse::<std::net::Ipv6Addr>().is_ok());
    }
    let plain = host.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    let dots_apart = !host.windows(2).any(|pair| pair == b"..");
    let numeric = host.iter().all(|b| b.is_ascii_digit() || *b == b'.');
    let is_address = std::str::from_utf8(host).is_ok_and(|t| t.parse::<std::net::Ipv4Addr>().is_ok());
    !host.is_empty() && plain && dots_apart && (!numeric || is_address)
}

/// Why a path leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathError {
    /// It cannot be decoded or leaves the root.
    Malformed,
    /// It names what no file can be called.
    Missing,
}

/// The path decoded, without `.`, `..` and doubled slashes; it begins with a slash.
///
/// # Errors
/// As the product sees it: Apache judges dots before it decodes other characters, nginx after.
pub(super) fn resolve(product: Product, path: &[u8]) -> Result<Vec<u8>, PathError> {
    match product {
        Product::Nginx => {
            let path = path.split(|b| *b == b'#').next().unwrap_or_default();
            let decoded = decode(path, |_| true).ok_or(PathError::Malformed)?;
            if decoded.contains(&0) {
                return Err(PathError::Malformed);
            }
            remove_dots(&decoded)
        }
        Product::Apache | Product::Iis => {
            let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
            let bare = remove_dots(&decode(path, unreserved).ok_or(PathError::Malformed)?)?;
            let decoded = decode(&bare, |_| true).ok_or(PathError::Malformed)?;
            let hidden_slash =
                decoded.iter().filter(|b| **b == b'/').count() != bare.iter().filter(|b| **b == b'/').count();
            if hidden_slash || decoded.contains(&0) {
                return Err(PathError::Missing);
            }
            Ok(decoded)
        }
    }
}

/// Decodes `%XX` where `wanted` says so of the byte; `None` where a `%` is not followed by two
/// hexadecimal digits.
pub(super) fn decode(text: &[u8], wanted: impl Fn(u8) -> bool) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, tail)) = rest.split_first() {
        if *first != b'%' {
            out.push(*first);
            rest = tail;
            continue;
        }
        let digits = tail.get(..2)?;
        let byte = hex(*digits.first()?)? << 4 | hex(*digits.get(1)?)?;
        if wanted(byte) {
            out.push(byte);
        } else {
            out.push(b'%');
            out.extend_from_slice(digits);
        }
        rest = tail.get(2..)?;
    }
    Some(out)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

fn remove_dots(path: &[u8]) -> Result<Vec<u8>, PathError> {
    let mut segments: Vec<&[u8]> = Vec::new();
    let mut ends_in_folder = false;
    for segment in path.split(|b| *b == b'/') {
        ends_in_folder = matches!(segment, b"" | b"." | b"..");
        match segment {
            b"" | b"." => {}
            b".." => {
                segments.pop().ok_or(PathError::Malformed)?;
            }
            name => segments.push(name),
        }
    }
    let mut out = Vec::with_capacity(path.len() + 1);
    for segment in &segments {
        out.push(b'/');
        out.extend_from_slice(segment);
    }
    if ends_in_folder || out.is_empty() {
        out.push(b'/');
    }
    Ok(out)
}

/// Where `needle` begins in `hay`.
pub(super) fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len().max(1)).position(|window| window == needle)
}
