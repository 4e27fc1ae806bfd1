//! The header by which a master tells what it is about to send (RFC 9530).

use axum::http::HeaderMap;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use decnet_proto::swarm::updater::CONTENT_DIGEST;
use decnet_release::Digest;

/// Longest header that is looked at, in bytes.
const LONGEST: usize = 1024;

/// The SHA-256 that the headers announce, if they do. Other algorithms are passed over.
pub(super) fn announced(headers: &HeaderMap) -> Option<Digest> {
    let mut values = headers.get_all(CONTENT_DIGEST).into_iter();
    let text = values.next()?.to_str().ok().filter(|text| text.len() <= LONGEST)?;
    if values.next().is_some() {
        return None;
    }
    let mut all = text.split(',').filter_map(|member| member.trim().strip_prefix("sha-256="));
    let value = all.next()?.strip_prefix(':')?.strip_suffix(':')?;
    let bytes = STANDARD.decode(value).ok()?;
    bytes.try_into().ok().map(Digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9530's own example, of `{"hello": "world"}` and a line feed.
    const HELLO: &str = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";

    fn found(values: &[&str]) -> Option<Digest> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(CONTENT_DIGEST, value.parse().unwrap());
        }
        announced(&headers)
    }

    #[test]
    fn a_sha_256_is_found_among_others() {
        let hello = Digest::of(b"{\"hello\": \"world\"}\n");
        assert_eq!(found(&[HELLO]), Some(hello));
        assert_eq!(found(&[&format!("sha-512=:AAAA:, {HELLO}")]), Some(hello));
        let long = format!("{HELLO}{}", " ".repeat(LONGEST));
        let bare = HELLO.replace(':', "");
        let short = "sha-256=:AAAA:";
        for wrong in ["", "x", "sha-256=", "sha-256=::", "sha-256=:?:", short, &bare, &long] {
            assert_eq!(found(&[wrong]), None, "{wrong}");
        }
        assert_eq!(found(&[]), None);
        assert_eq!(found(&[HELLO, HELLO]), None, "which one?");
    }
}
