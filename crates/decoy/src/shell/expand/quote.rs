//! Quoting for output.

/// A word quoted as `${x@Q}`, `declare -p` and `set -x` show it.
pub(crate) fn quote(bytes: &[u8]) -> Vec<u8> {
    let special = bytes.iter().any(|byte| *byte < b' ' || *byte == 0x7f);
    let mut out = Vec::with_capacity(bytes.len() + 2);
    if !special {
        out.push(b'\'');
        for byte in bytes {
            if *byte == b'\'' {
                out.extend_from_slice(b"'\\''");
            } else {
                out.push(*byte);
            }
        }
        out.push(b'\'');
        return out;
    }
    out.extend_from_slice(b"$'");
    for byte in bytes {
        match byte {
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\r' => out.extend_from_slice(b"\\r"),
            0x1b => out.extend_from_slice(b"\\E"),
            7 => out.extend_from_slice(b"\\a"),
            b'\'' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            0..=0x1f | 0x7f => out.extend_from_slice(format!("\\{byte:03o}").as_bytes()),
            _ => out.push(*byte),
        }
    }
    out.push(b'\'');
    out
}

/// A word in single quotes if it needs them, as `set` lists values.
pub(crate) fn quote_if_needed(bytes: &[u8]) -> Vec<u8> {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-./:=,%@+#".contains(byte) || *byte >= 0x80;
    if bytes.iter().all(plain) { bytes.to_vec() } else { quote(bytes) }
}

/// A value in double quotes, as `declare -p` shows it.
pub(crate) fn quote_value(bytes: &[u8]) -> Vec<u8> {
    if bytes.iter().any(|byte| *byte < b' ' || *byte == 0x7f) {
        return quote(bytes);
    }
    let mut out = vec![b'"'];
    for byte in bytes {
        if b"\"\\$`".contains(byte) {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out.push(b'"');
    out
}

/// A word with backslashes, as `printf %q` shows it.
pub(crate) fn quote_word(bytes: &[u8]) -> Vec<u8> {
    if bytes.is_empty() {
        return b"''".to_vec();
    }
    if bytes.iter().any(|byte| *byte < b' ' || *byte == 0x7f) {
        return quote(bytes);
    }
    let mut out = Vec::new();
    for (at, byte) in bytes.iter().enumerate() {
        let special = b" !\"$&'()*,;<>?[\\]^`{|}".contains(byte) || at == 0 && matches!(byte, b'~' | b'#');
        if special {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out
}
