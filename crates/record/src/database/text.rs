//! Parts of a URL as texts.

/// What `%` and two digits stand for; nothing where that is no text.
pub(super) fn decode(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' { 16 * digit(rest.next()?)? + digit(rest.next()?)? } else { byte });
    }
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| digit.try_into().ok())
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_escaped_is_read() {
        let check = |part: &str, expect: Option<&str>| {
            assert_eq!(super::decode(part).as_deref(), expect, "{part}");
        };
        check("a%2Fb%40", Some("a/b@"));
        check("%C3%bc+", Some("ü+"));
        check("", Some(""));
        for wrong in ["%", "%2", "%zz", "%ff", "%00", "a%é1"] {
            check(wrong, None);
        }
    }
}
