//! Backslash escapes of `$'…'`, `echo -e`, `printf` and `%b`.

/// Whose rules count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// `$'…'`
    Dollar,
    /// `echo -e` of bash and `echo` of dash: octal needs a zero, `\c` ends the output.
    Echo,
    /// The format of `printf`: octal without a zero.
    Format,
    /// The argument of `%b`: both.
    Argument,
}

/// The bytes that `text` stands for, and whether `\c` ended it.
pub(crate) fn decode(text: &[u8], flavour: Flavour) -> (Vec<u8>, bool) {
    decode_known(text, flavour, |_| true)
}

/// The same for dash, which knows only what POSIX names.
pub(crate) fn decode_plain(text: &[u8], flavour: Flavour) -> (Vec<u8>, bool) {
    decode_known(text, flavour, |escaped| b"abcfnrtv\\01234567".contains(&escaped))
}

fn decode_known(text: &[u8], flavour: Flavour, known: fn(u8) -> bool) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let Some(&escaped) = text.get(at) else {
            out.push(b'\\');
            break;
        };
        at += 1;
        if !known(escaped) {
            out.extend_from_slice(&[b'\\', escaped]);
            continue;
        }
        let rest = text.get(at..).unwrap_or_default();
        if escaped == b'c' && matches!(flavour, Flavour::Echo | Flavour::Argument) {
            return (out, true);
        }
        match simple(escaped, flavour) {
            Some(byte) => out.push(byte),
            None => at += numeric(escaped, rest, flavour, &mut out),
        }
    }
    (out, false)
}

const fn simple(escaped: u8, flavour: Flavour) -> Option<u8> {
    Some(match escaped {
        b'a' => 7,
        b'b' => 8,
        b'e' | b'E' => 27,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b'\\' => b'\\',
        b'\'' if !matches!(flavour, Flavour::Echo) => b'\'',
        b'"' if !matches!(flavour, Flavour::Echo) => b'"',
        b'?' if !matches!(flavour, Flavour::Echo) => b'?',
        _ => return None,
    })
}

/// Octal, hexadecimal and control escapes; returns how many bytes of `rest` they took.
fn numeric(escaped: u8, rest: &[u8], flavour: Flavour, out: &mut Vec<u8>) -> usize {
    let digits = |most: usize, radix: u32| {
        let is_digit = |byte: &&u8| char::from(**byte).is_digit(radix);
        let count = rest.iter().take(most).take_while(is_digit).count();
        let text = std::str::from_utf8(rest.get(..count).unwrap_or_default()).unwrap_or_default();
        (count, u32::from_str_radix(text, radix).ok())
    };
    match escaped {
        b'0' if matches!(flavour, Flavour::Echo | Flavour::Argument) => {
            let (count, value) = digits(3, 8);
            out.push(value.unwrap_or(0).to_le_bytes()[0]);
            count
        }
        b'0'..=b'7' if flavour != Flavour::Echo => {
            let (count, value) = digits(2, 8);
            let first = u32::from(escaped - b'0') << (3 * count);
            out.push((first | value.unwrap_or(0)).to_le_bytes()[0]);
            count
        }
        b'x' => match digits(2, 16) {
            (count, Some(value)) => {
                out.push(value.to_le_bytes()[0]);
                count
            }
            _ => {
                out.extend_from_slice(b"\\x");
                0
            }
        },
        b'u' | b'U' => match digits(if escaped == b'u' { 4 } else { 8 }, 16) {
            (count, Some(value)) => {
                let shown = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
                out.extend_from_slice(shown.encode_utf8(&mut [0; 4]).as_bytes());
                count
            }
            _ => {
                out.extend_from_slice(&[b'\\', escaped]);
                0
            }
        },
        b'c' if flavour == Flavour::Dollar => {
            let Some(&letter) = rest.first() else { return 0 };
            out.push(letter.to_ascii_uppercase() & 0x1f);
            1
        }
        _ => {
            out.extend_from_slice(&[b'\\', escaped]);
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_mean_what_each_place_says() {
        let check = |text: &str, flavour, expect: &[u8]| {
            assert_eq!(decode(text.as_bytes(), flavour).0, expect, "{text} {flavour:?}");
        };
        check(r"a\tb\x41\101\q", Flavour::Dollar, b"a\tbAA\\q");
        check(r"\0101\101", Flavour::Echo, b"A\\101");
        check(r"\0101\101", Flavour::Format, b"\x081A");
        check(r"\0101\101", Flavour::Argument, b"AA");
        check(r"\u20ac\cA", Flavour::Dollar, "€\u{1}".as_bytes());
        check(r"\'\x\", Flavour::Echo, b"\\'\\x\\");
        assert_eq!(decode(br"a\cb", Flavour::Echo), (b"a".to_vec(), true));
    }
}
