//! Constants of arithmetic.

use super::super::dialect::Dialect;

/// Why digits are no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadNumber {
    /// A digit is too large for the base.
    Digit,
    /// There is no such base.
    Base,
    /// It is no number at all.
    Form,
}

/// The value of digits, with `0x`, a leading zero, or `base#` before them; too large ones wrap.
pub(super) fn parse(text: &[u8], dialect: Dialect) -> Result<i64, BadNumber> {
    if let Some(at) = text.iter().position(|byte| *byte == b'#').filter(|_| !dialect.is_dash()) {
        let base = decimal(text.get(..at).unwrap_or_default()).ok_or(BadNumber::Form)?;
        if !(2..=64).contains(&base) {
            return Err(BadNumber::Base);
        }
        return digits(text.get(at + 1..).unwrap_or_default(), base.unsigned_abs());
    }
    match text {
        [b'0', b'x' | b'X', rest @ ..] => digits(rest, 16),
        [b'0', rest @ ..] if !rest.is_empty() => digits(rest, 8),
        _ => digits(text, 10),
    }
}

fn decimal(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn digits(text: &[u8], base: u64) -> Result<i64, BadNumber> {
    let mut value = 0_u64;
    for byte in text {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'z' => byte - b'a' + 10,
            b'A'..=b'Z' if base <= 36 => byte - b'A' + 10,
            b'A'..=b'Z' => byte - b'A' + 36,
            b'@' => 62,
            b'_' => 63,
            _ => return Err(BadNumber::Form),
        };
        if u64::from(digit) >= base {
            return Err(BadNumber::Digit);
        }
        value = value.wrapping_mul(base).wrapping_add(digit.into());
    }
    Ok(value.cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_have_bases() {
        let check = |text: &str, expect| assert_eq!(parse(text.as_bytes(), Dialect::Bash), expect, "{text}");
        check("12", Ok(12));
        check("0x1F", Ok(31));
        check("017", Ok(15));
        check("2#101", Ok(5));
        check("64#_", Ok(63));
        check("36#Z", Ok(35));
        check("08", Err(BadNumber::Digit));
        check("99#1", Err(BadNumber::Base));
        check("9223372036854775808", Ok(i64::MIN));
    }
}
