//! How a receiver knows that an alert comes from here.

use std::fmt::Write as _;

use ring::hmac;

/// The value of `X-DECNET-Signature`: `sha256=` and, in hexadecimal, the HMAC-SHA-256 under `secret` of the value of
/// `X-DECNET-Timestamp`, a full stop, and the body. Who checks it compares in constant time, and refuses timestamps
/// that are minutes old.
pub fn signature(secret: &[u8], timestamp: &str, body: &[u8]) -> String {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret));
    context.update(timestamp.as_bytes());
    context.update(b".");
    context.update(body);
    let mut text = "sha256=".to_owned();
    for byte in context.sign().as_ref() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_other_programs_reckon() {
        // printf '1764154033.{"a":1}' | openssl dgst -sha256 -hmac 0123456789abcdef
        let expect = "sha256=25f025409b30ed08d2648c17bf46be49248283f071a6db3b3252553a64deb0bc";
        assert_eq!(signature(b"0123456789abcdef", "1764154033", br#"{"a":1}"#), expect);
    }
}
