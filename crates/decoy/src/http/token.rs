//! Random words of applications: nonces, session ids, and text as it stands in a URL.

/// `length` hexadecimal digits that nobody can foresee, at most 64.
pub(super) fn hex(length: usize) -> String {
    let mut bytes = [0; 32];
    // Without randomness all nonces are alike, which an attacker may notice and nothing else.
    let _ = getrandom::fill(&mut bytes);
    let mut text: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    text.truncate(length);
    text
}

/// Text as the value of a query (`urlencode` of PHP).
pub(super) fn percent(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'_' | b'.' => char::from(b).to_string(),
            b' ' => "+".to_owned(),
            other => format!("%{other:02X}"),
        })
        .collect()
}
