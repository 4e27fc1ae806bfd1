//! Query strings.

use std::fmt::Write as _;

/// `?name=value&…` of the pairs that have a value, escaped; empty when none has one.
pub fn query(pairs: &[(&str, Option<String>)]) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        let Some(value) = value else { continue };
        out.push(if out.is_empty() { '?' } else { '&' });
        out.push_str(name);
        out.push('=');
        value.bytes().for_each(|byte| push(byte, &mut out));
    }
    out
}

fn push(byte: u8, out: &mut String) {
    // RFC 3986, section 2.3: the unreserved characters stand for themselves.
    if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
        out.push(char::from(byte));
    } else {
        let _ = write!(out, "%{byte:02X}");
    }
}

#[cfg(test)]
mod tests {
    use super::query;

    #[test]
    fn values_are_escaped_and_absent_ones_left_out() {
        assert_eq!(query(&[("a", None)]), "");
        let pairs = [("a", Some("10.0.0.0/24".to_owned())), ("b", None), ("c", Some("x&y=ä z".to_owned()))];
        assert_eq!(query(&pairs), "?a=10.0.0.0%2F24&c=x%26y%3D%C3%A4%20z");
    }
}
