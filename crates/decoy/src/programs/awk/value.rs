//! Values of awk.

use super::lexer::number_length;

/// A number, a text, or a text that counts as a number if it looks like one.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Number(f64),
    Text(Vec<u8>),
    Input(Vec<u8>),
    Nothing,
}

impl Value {
    pub(super) fn number(&self) -> f64 {
        match self {
            Self::Number(number) => *number,
            Self::Text(text) | Self::Input(text) => leading(text).0,
            Self::Nothing => 0.0,
        }
    }

    pub(super) fn text(&self) -> Vec<u8> {
        match self {
            Self::Number(number) => shown(*number, "%.6g").into_bytes(),
            Self::Text(text) | Self::Input(text) => text.clone(),
            Self::Nothing => Vec::new(),
        }
    }

    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Number(number) => *number != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::Input(text) => numeric(text).map_or(!text.is_empty(), |number| number != 0.0),
            Self::Nothing => false,
        }
    }

    fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Input(text) => numeric(text),
            Self::Nothing => Some(0.0),
            Self::Text(_) => None,
        }
    }

    /// Compares as numbers when both look like numbers.
    pub(super) fn compare(&self, other: &Self) -> std::cmp::Ordering {
        match (self.as_number(), other.as_number()) {
            (Some(a), Some(b)) => a.partial_cmp(&b).unwrap_or(std::cmp::Ordering::Equal),
            _ => self.text().cmp(&other.text()),
        }
    }
}

/// The number at the beginning, and whether it is all there is.
fn leading(text: &[u8]) -> (f64, bool) {
    let text = text.trim_ascii();
    let sign = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    let length = number_length(text.get(sign..).unwrap_or_default());
    let part = std::str::from_utf8(text.get(..sign + length).unwrap_or_default()).unwrap_or_default();
    (part.parse().unwrap_or(0.0), length > 0 && sign + length == text.len())
}

fn numeric(text: &[u8]) -> Option<f64> {
    let (number, whole) = leading(text);
    whole.then_some(number)
}

/// A number as awk prints it: whole ones without a point, others by `format`.
pub(super) fn shown(number: f64, format: &str) -> String {
    if number.fract() == 0.0 && number.abs() < 1e16 {
        return format!("{number:.0}").replace("-0", if number == 0.0 { "0" } else { "-0" });
    }
    let _ = format;
    general(number, 6, false)
}

/// `%g` with so many digits.
pub(super) fn general(number: f64, digits: usize, alternate: bool) -> String {
    if !number.is_finite() {
        let sign = if number.is_sign_negative() { "-" } else { "" };
        return format!("{sign}{}", if number.is_nan() { "nan" } else { "inf" });
    }
    let digits = digits.clamp(1, 60);
    let scientific = format!("{number:.*e}", digits - 1);
    let exponent: i32 = scientific.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    let trim = |text: String| {
        if alternate || !text.contains('.') {
            text
        } else {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
    };
    if exponent < -4 || exponent >= i32::try_from(digits).unwrap_or(6) {
        let mantissa = scientific.split_once('e').map_or("0", |(m, _)| m).to_owned();
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", trim(mantissa), exponent.abs());
    }
    let places = usize::try_from(i32::try_from(digits).unwrap_or(6) - 1 - exponent).unwrap_or(0);
    trim(format!("{number:.places$}"))
}
