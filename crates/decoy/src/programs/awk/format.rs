//! `printf` of awk, and of `/usr/bin/printf`.

use super::value::{Value, general};

/// Formats values; missing ones count as nothing.
pub(in crate::programs) fn printf(format: &[u8], values: &[Vec<u8>]) -> Vec<u8> {
    let values: Vec<Value> = values.iter().map(|v| Value::Input(v.clone())).collect();
    apply(format, &values)
}

pub(super) fn apply(format: &[u8], values: &[Value]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = format.iter().copied().peekable();
    let mut values = values.iter();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut flags = Vec::new();
        while let Some(flag) = rest.next_if(|b| b"-+ #0'".contains(b)) {
            flags.push(flag);
        }
        let mut amount = |rest: &mut std::iter::Peekable<std::iter::Copied<std::slice::Iter<'_, u8>>>| {
            if rest.next_if_eq(&b'*').is_some() {
                return values.next().map_or(0, |v| v.number() as i64);
            }
            let mut value = 0_i64;
            while let Some(digit) = rest.next_if(u8::is_ascii_digit) {
                value = (value * 10 + i64::from(digit - b'0')).min(4_096);
            }
            value
        };
        let mut width = amount(&mut rest);
        let precision = if rest.next_if_eq(&b'.').is_some() { Some(amount(&mut rest).max(0)) } else { None };
        if width < 0 {
            flags.push(b'-');
            width = -width;
        }
        while rest.next_if(|b| b"lhqLjzt".contains(b)).is_some() {}
        let Some(letter) = rest.next() else {
            out.push(b'%');
            break;
        };
        if letter == b'%' {
            out.push(b'%');
            continue;
        }
        let nothing = Value::Nothing;
        let value = values.next().unwrap_or(&nothing);
        let precision = precision.and_then(|p| usize::try_from(p).ok()).map(|p| p.min(4_096));
        let text = one(letter, value, precision, &flags);
        pad(&text, usize::try_from(width).unwrap_or(0).min(4_096), &flags, letter, &mut out);
    }
    out
}

fn one(letter: u8, value: &Value, precision: Option<usize>, flags: &[u8]) -> Vec<u8> {
    let number = value.number();
    let signed = |text: String, negative: bool| {
        let sign = if negative {
            "-"
        } else if flags.contains(&b'+') {
            "+"
        } else if flags.contains(&b' ') {
            " "
        } else {
            ""
        };
        format!("{sign}{text}").into_bytes()
    };
    let digits = precision.unwrap_or(1);
    let whole = number.trunc();
    match letter {
        b'd' | b'i' => signed(format!("{:0>digits$}", format!("{:.0}", whole.abs())), whole < 0.0),
        b'u' => format!("{:0>digits$}", format!("{:.0}", whole.abs())).into_bytes(),
        b'x' => format!("{:0>digits$}", format!("{:x}", whole as i64)).into_bytes(),
        b'X' => format!("{:0>digits$}", format!("{:X}", whole as i64)).into_bytes(),
        b'o' => format!("{:0>digits$}", format!("{:o}", whole as i64)).into_bytes(),
        b'c' => match value {
            Value::Number(number) => vec![(*number as i64).to_le_bytes()[0]],
            other => other.text().first().copied().into_iter().collect(),
        },
        b'f' | b'F' => signed(format!("{:.*}", precision.unwrap_or(6).min(300), number.abs()), number < 0.0),
        b'e' | b'E' => {
            let text = format!("{:.*e}", precision.unwrap_or(6).min(300), number.abs());
            let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
            let exponent: i32 = exponent.parse().unwrap_or(0);
            let sign = if exponent < 0 { '-' } else { '+' };
            let text = format!("{mantissa}{}{sign}{:02}", char::from(letter), exponent.abs());
            signed(text, number < 0.0)
        }
        b'g' | b'G' => {
            signed(general(number.abs(), precision.unwrap_or(6).max(1), flags.contains(&b'#')), number < 0.0)
        }
        b's' => {
            let text = value.text();
            text.get(..precision.unwrap_or(usize::MAX)).map_or(text.clone(), <[u8]>::to_vec)
        }
        other => vec![b'%', other],
    }
}

fn pad(text: &[u8], width: usize, flags: &[u8], letter: u8, out: &mut Vec<u8>) {
    let missing = width.saturating_sub(text.len());
    if flags.contains(&b'-') {
        out.extend_from_slice(text);
        out.extend(std::iter::repeat_n(b' ', missing));
    } else if flags.contains(&b'0') && letter != b's' && letter != b'c' {
        let sign = usize::from(matches!(text.first(), Some(b'-' | b'+' | b' ')));
        out.extend_from_slice(text.get(..sign).unwrap_or_default());
        out.extend(std::iter::repeat_n(b'0', missing));
        out.extend_from_slice(text.get(sign..).unwrap_or_default());
    } else {
        out.extend(std::iter::repeat_n(b' ', missing));
        out.extend_from_slice(text);
    }
}
