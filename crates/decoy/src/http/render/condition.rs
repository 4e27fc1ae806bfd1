//! Whether a file is sent at all (RFC 9110, section 13), as each product decides it.

use super::super::{date, intake::Head, product::Product};

/// What becomes of a request with conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The file is sent.
    Send,
    /// The peer has it already: 304.
    NotModified,
    /// A condition failed: 412.
    Failed,
}

/// What conditions are held against.
#[derive(Clone, Copy, Debug)]
pub(super) struct State<'a> {
    /// The entity tag with its quotes.
    pub tag: &'a str,
    /// Last modification, in seconds since the Unix epoch.
    pub modified: i64,
    /// The time of the request.
    pub now: i64,
}

/// Judges the conditions of `head`.
pub(super) fn judge(product: Product, head: &Head, state: State<'_>) -> Verdict {
    let safe = matches!(head.method(), b"GET" | b"HEAD");
    let unmodified_since = head.get("If-Unmodified-Since").and_then(date::parse);
    let failed = match head.get("If-Match") {
        Some(_) => !any_tag(head, "If-Match", state.tag, false),
        None => unmodified_since.is_some_and(|since| state.modified > since),
    };
    if failed {
        return Verdict::Failed;
    }
    let none_match = head.get("If-None-Match").is_some();
    // Apache compares strongly where a part of the file, or a change to it, is asked for.
    let weakly = product == Product::Nginx || (safe && head.get("Range").is_none());
    let has_tag = none_match && any_tag(head, "If-None-Match", state.tag, weakly);
    if has_tag && !safe {
        return Verdict::Failed;
    }
    let since = head.get("If-Modified-Since").map(|value| unchanged_since(product, value, state));
    match (none_match.then_some(has_tag), since.flatten()) {
        (Some(false), _) | (_, Some(false)) | (None, None) => Verdict::Send,
        _ if safe => Verdict::NotModified,
        _ => Verdict::Send,
    }
}

/// Whether the file is as it was at the given date: nginx wants the very same date, Apache any
/// from it up to now.
fn unchanged_since(product: Product, value: &[u8], state: State<'_>) -> Option<bool> {
    let Some(since) = date::parse(value) else {
        return (product == Product::Nginx).then_some(false);
    };
    Some(match product {
        Product::Nginx => since == state.modified,
        _ => (state.modified..=state.now).contains(&since),
    })
}

fn any_tag(head: &Head, name: &str, tag: &str, weakly: bool) -> bool {
    head.all(name).flat_map(|value| value.split(|b| *b == b',')).any(|candidate| {
        let candidate = candidate.trim_ascii();
        let bare = if weakly { candidate.strip_prefix(b"W/").unwrap_or(candidate) } else { candidate };
        candidate == b"*" || bare == tag.as_bytes()
    })
}

/// Whether a Range header counts (RFC 9110, section 13.1.5).
pub(super) fn range_counts(product: Product, head: &Head, state: State<'_>) -> bool {
    match head.get("If-Range") {
        None => true,
        Some(tag) if tag.first() == Some(&b'"') => tag == state.tag.as_bytes(),
        Some(weak) if weak.starts_with(b"W/") => false,
        Some(date) => {
            let same = date::parse(date) == Some(state.modified);
            // Apache takes a date for a validator only a minute after the change.
            same && (product == Product::Nginx || state.now - state.modified >= 60)
        }
    }
}
