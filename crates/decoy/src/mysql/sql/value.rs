//! Values, and how the servers compare, convert and print them.

use std::cmp::Ordering;

/// A value of a row or an expression. Points in time are text, as the servers print them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// NULL.
    Null,
    /// A whole number.
    Int(i64),
    /// A number with a fixed count of decimals.
    Decimal(i128, u32),
    /// A number of the machine.
    Real(f64),
    /// Text.
    Text(Vec<u8>),
    /// Bytes without a character set.
    Binary(Vec<u8>),
}

impl Value {
    /// Text from anything that is.
    pub(crate) fn text(text: impl Into<Vec<u8>>) -> Self {
        Self::Text(text.into())
    }

    /// What the servers make of a condition.
    pub(crate) fn truth(value: bool) -> Self {
        Self::Int(value.into())
    }

    /// Whether it is NULL.
    pub(crate) const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether a condition that came to this holds; `None` for NULL.
    pub(crate) fn holds(&self) -> Option<bool> {
        (!self.is_null()).then(|| self.number() != 0.0)
    }

    /// As a number of the machine: of a text, what it begins with.
    pub(crate) fn number(&self) -> f64 {
        match self {
            Self::Null => 0.0,
            Self::Int(number) => *number as f64,
            Self::Decimal(digits, scale) => *digits as f64 / 10_f64.powi(i32::try_from(*scale).unwrap_or(0)),
            Self::Real(number) => *number,
            Self::Text(text) => leading_number(text),
            // Hexadecimal literals are numbers where numbers are wanted.
            Self::Binary(bytes) => {
                bytes.iter().rev().take(8).rev().fold(0.0, |sum, byte| sum * 256.0 + f64::from(*byte))
            }
        }
    }

    /// As a whole number, rounded.
    pub(crate) fn whole(&self) -> i64 {
        match self {
            Self::Int(number) => *number,
            other => other.number().round() as i64,
        }
    }

    /// As it is printed; `None` for NULL.
    pub(crate) fn print(&self) -> Option<Vec<u8>> {
        match self {
            Self::Null => None,
            Self::Int(number) => Some(number.to_string().into_bytes()),
            Self::Decimal(digits, scale) => Some(decimal(*digits, *scale).into_bytes()),
            Self::Real(number) => Some(real(*number).into_bytes()),
            Self::Text(bytes) | Self::Binary(bytes) => Some(bytes.clone()),
        }
    }

    /// As it is printed, empty for NULL.
    pub(crate) fn printed(&self) -> Vec<u8> {
        self.print().unwrap_or_default()
    }

    /// The same as text with replacement characters.
    pub(crate) fn shown(&self) -> String {
        String::from_utf8_lossy(&self.printed()).into_owned()
    }

    /// Whether it is text or bytes.
    pub(crate) const fn is_string(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Binary(_))
    }

    /// Compares as the servers do: text without regard to case, else as numbers. `None` where
    /// either is NULL.
    pub(crate) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Null, _) | (_, Self::Null) => None,
            (Self::Int(one), Self::Int(two)) => Some(one.cmp(two)),
            (Self::Binary(_), Self::Text(_) | Self::Binary(_)) | (Self::Text(_), Self::Binary(_)) => {
                Some(self.printed().cmp(&other.printed()))
            }
            (one, two) if one.is_string() && two.is_string() => Some(one.sort_key().cmp(&two.sort_key())),
            (one, two) => one.number().partial_cmp(&two.number()),
        }
    }

    /// What text is sorted by.
    pub(crate) fn sort_key(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => {
                let end = text.iter().rposition(|byte| *byte != b' ').map_or(0, |at| at + 1);
                let text = text.get(..end).unwrap_or_default();
                String::from_utf8_lossy(text).to_uppercase().into_bytes()
            }
            other => other.printed(),
        }
    }

    /// How NULL and all else stand in an order: NULL first.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        self.compare(other).unwrap_or_else(|| other.is_null().cmp(&self.is_null()))
    }

    /// Bytes that it takes, about.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Text(bytes) | Self::Binary(bytes) => bytes.len() + 32,
            _ => 32,
        }
    }
}

/// The number that a text begins with, 0 if none.
fn leading_number(text: &[u8]) -> f64 {
    let text = String::from_utf8_lossy(text.trim_ascii_start().get(..64).unwrap_or(text.trim_ascii_start()));
    let mut best = 0.0;
    let mut seen_dot = false;
    for (at, character) in text.char_indices() {
        let fits = match character {
            '0'..='9' => true,
            '+' | '-' => at == 0,
            '.' => !std::mem::replace(&mut seen_dot, true),
            _ => false,
        };
        if !fits {
            break;
        }
        best = text.get(..at + 1).and_then(|head| head.parse().ok()).unwrap_or(best);
    }
    best
}

/// `digits` with the last `scale` of them after the point.
fn decimal(digits: i128, scale: u32) -> String {
    if scale == 0 {
        return digits.to_string();
    }
    let width = usize::try_from(scale).unwrap_or(0) + 1;
    let text = format!("{:0>width$}", digits.unsigned_abs());
    let (whole, rest) = text.split_at(text.len() + 1 - width);
    format!("{}{whole}.{rest}", if digits < 0 { "-" } else { "" })
}

fn real(number: f64) -> String {
    if number == number.trunc() && number.abs() < 1e15 { format!("{number:.0}") } else { number.to_string() }
}

/// A literal with a point in it.
pub(crate) fn parse_decimal(text: &str) -> Option<Value> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{rest}").parse::<i128>().ok()?;
    Some(Value::Decimal(digits, u32::try_from(rest.len()).ok().filter(|scale| *scale <= 30)?))
}

/// `digits` of `scale` with `wanted` decimals, rounded.
pub(crate) fn rescale(digits: i128, scale: u32, wanted: u32) -> Option<i128> {
    if wanted >= scale {
        return digits.checked_mul(10_i128.checked_pow(wanted - scale)?);
    }
    let unit = 10_i128.checked_pow(scale - wanted)?;
    let half = if digits < 0 { -unit / 2 } else { unit / 2 };
    digits.checked_add(half).map(|sum| sum / unit)
}

/// Whether `text` is like `pattern`, where `%` is anything and `_` one character.
pub(crate) fn is_like(text: &[u8], pattern: &[u8], escape: u8) -> bool {
    const MOST_STEPS: usize = 100_000;
    let text: Vec<char> = String::from_utf8_lossy(text).to_uppercase().chars().collect();
    let pattern = wildcards(&String::from_utf8_lossy(pattern).to_uppercase(), char::from(escape));
    let (mut at, mut place, mut star, mut mark, mut steps) = (0, 0, None, 0, 0);
    while at < text.len() {
        steps += 1;
        match pattern.get(place) {
            _ if steps > MOST_STEPS => return false,
            Some(Piece::Many) => {
                star = Some(place);
                mark = at;
                place += 1;
            }
            Some(Piece::One) => (at, place) = (at + 1, place + 1),
            Some(Piece::Exactly(wanted)) if text.get(at) == Some(wanted) => (at, place) = (at + 1, place + 1),
            _ => match star {
                Some(back) => {
                    mark += 1;
                    (at, place) = (mark, back + 1);
                }
                None => return false,
            },
        }
    }
    pattern.get(place..).unwrap_or_default().iter().all(|piece| *piece == Piece::Many)
}

#[derive(PartialEq)]
enum Piece {
    Many,
    One,
    Exactly(char),
}

fn wildcards(pattern: &str, escape: char) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        out.push(match character {
            '%' => Piece::Many,
            '_' => Piece::One,
            c if c == escape => Piece::Exactly(characters.next().unwrap_or(escape)),
            c => Piece::Exactly(c),
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_compare_as_the_servers_compare() {
        let check = |one: Value, two: Value, expect| assert_eq!(one.compare(&two), expect);
        check(Value::text("a"), Value::text("A "), Some(Ordering::Equal));
        check(Value::Int(1), Value::text("1abc"), Some(Ordering::Equal));
        check(Value::Int(0), Value::text("abc"), Some(Ordering::Equal));
        check(Value::Null, Value::Null, None);
        check(Value::Decimal(150, 2), Value::Real(1.5), Some(Ordering::Equal));
    }

    #[test]
    fn numbers_print_as_the_servers_print_them() {
        assert_eq!(Value::Decimal(5, 2).shown(), "0.05");
        assert_eq!(Value::Decimal(-1_250, 2).shown(), "-12.50");
        assert_eq!(Value::Real(3.0).shown(), "3");
        assert_eq!(rescale(12_345, 3, 2), Some(1_235));
    }

    #[test]
    fn patterns() {
        assert!(is_like(b"customers", b"cust%", b'\\') && is_like(b"a_b", b"A\\_b", b'\\'));
        assert!(!is_like(b"axb", b"a\\_b", b'\\') && is_like(b"", b"%", b'\\') && !is_like(b"", b"_", b'\\'));
    }

    proptest! {
        #[test]
        fn any_pattern_ends(text: Vec<u8>, pattern: Vec<u8>) {
            is_like(&text, &pattern, b'\\');
        }
    }
}
