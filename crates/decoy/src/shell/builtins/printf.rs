//! `printf`

use super::super::{
    dialect::Dialect,
    escape::{self, Flavour},
    expand::quote_word,
    interpreter::{Flow, Shell},
};
use crate::caps;

/// A conversion of a format.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Conversion {
    flags: Vec<u8>,
    width: Option<i64>,
    precision: Option<i64>,
    kind: u8,
    /// The form between the parentheses of `%(…)T`.
    time: Vec<u8>,
}

/// Arguments that a format uses up.
struct Arguments<'a> {
    all: &'a [Vec<u8>],
    at: usize,
    complaints: Vec<Vec<u8>>,
    failed: bool,
}

impl Arguments<'_> {
    fn next(&mut self) -> Option<&[u8]> {
        let next = self.all.get(self.at).map(Vec::as_slice);
        self.at += usize::from(next.is_some());
        next
    }
}

pub(super) async fn printf(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let mut words = arguments.get(1..).unwrap_or_default();
    let mut variable = None;
    if shell.dialect.is_dash()
        && let Some([b'-', letter, ..]) = words.first().map(Vec::as_slice)
        && *letter != b'-'
    {
        return shell.bad_letter("printf", *letter).await;
    }
    if shell.dialect.is_bash() && words.first().is_some_and(|word| word == b"-v") {
        variable = words.get(1).cloned();
        words = words.get(2..).unwrap_or_default();
    }
    if words.first().is_some_and(|word| word == b"--") {
        words = words.get(1..).unwrap_or_default();
    }
    let Some((format, rest)) = words.split_first() else { return no_format(shell).await };
    let mut out = Vec::new();
    let mut given = Arguments { all: rest, at: 0, complaints: Vec::new(), failed: false };
    loop {
        let before = given.at;
        let more = once(shell, format, &mut given, &mut out);
        if !more || given.at >= rest.len() || given.at == before || out.len() > caps::SHELL_EXPANSION {
            break;
        }
    }
    let complaints = std::mem::take(&mut given.complaints);
    let failed = given.failed;
    let flow = match variable {
        Some(name) => {
            let assigned = shell.variables.set(&name, out);
            shell.assigned(&name, assigned).await
        }
        None => {
            for complaint in &complaints {
                say(shell, complaint).await;
            }
            shell.print(out).await
        }
    };
    if failed {
        let misread = complaints.iter().any(|complaint| complaint.ends_with(b"invalid directive"));
        shell.status = if misread { 2 } else { 1 };
    }
    flow
}

async fn say(shell: &Shell, complaint: &[u8]) {
    if shell.dialect == Dialect::Ash {
        let line = [&shell.name[..], b": ", complaint, b"\n"].concat();
        shell.print_error(line).await;
    } else {
        shell.complain(Some("printf"), complaint).await;
    }
}

async fn no_format(shell: &mut Shell) -> Flow {
    match shell.dialect {
        Dialect::Bash => shell.usage("printf").await,
        Dialect::Dash => shell.complain(Some("printf"), "usage: printf format [arg ...]").await,
        Dialect::Ash => {
            let line = [&shell.name[..], b": usage: printf FORMAT [ARGUMENT...]\n"].concat();
            shell.print_error(line).await;
        }
    }
    shell.status = 2;
    Ok(())
}

/// Goes through the format once; whether it may be gone through again.
fn once(shell: &Shell, format: &[u8], given: &mut Arguments<'_>, out: &mut Vec<u8>) -> bool {
    let mut at = 0;
    while let Some(&byte) = format.get(at) {
        match byte {
            b'\\' => {
                let length = escape_length(format.get(at..).unwrap_or_default());
                let piece = format.get(at..at + length).unwrap_or_default();
                if piece == b"\\c" && !shell.dialect.is_bash() {
                    return false;
                }
                let quote = matches!(piece, [b'\\', b'"' | b'\'' | b'?']) && !shell.dialect.is_bash();
                out.extend(match (quote, shell.dialect.is_dash()) {
                    (true, _) => piece.to_vec(),
                    (false, true) => escape::decode_plain(piece, Flavour::Format).0,
                    (false, false) => escape::decode(piece, Flavour::Format).0,
                });
                at += length;
            }
            b'%' if format.get(at + 1) == Some(&b'%') => {
                out.push(b'%');
                at += 2;
            }
            b'%' => {
                let (conversion, length) = conversion(format.get(at + 1..).unwrap_or_default(), given);
                let piece = match (shell.dialect, conversion.kind) {
                    (Dialect::Ash, 0) => b"%".to_vec(),
                    (Dialect::Ash, _) => format.get(at..).unwrap_or_default().to_vec(),
                    _ => format.get(at..at + 1 + length).unwrap_or_default().to_vec(),
                };
                at += 1 + length;
                match convert(shell, &conversion, given, out) {
                    Some(true) => {}
                    Some(false) => return false,
                    None => {
                        given.failed = true;
                        given.complaints.push(bad_format(shell.dialect, &piece, conversion.kind));
                        return false;
                    }
                }
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    true
}

fn bad_format(dialect: Dialect, piece: &[u8], kind: u8) -> Vec<u8> {
    match dialect {
        Dialect::Bash if kind == 0 => [b"`", piece, b"': missing format character"].concat(),
        Dialect::Bash => [b"`", &[kind][..], b"': invalid format character"].concat(),
        Dialect::Dash => [piece, b": invalid directive"].concat(),
        Dialect::Ash => [piece, b": invalid format"].concat(),
    }
}

/// Bytes that an escape takes, the backslash among them.
fn escape_length(text: &[u8]) -> usize {
    let digits = |from: usize, most: usize, radix: u32| {
        let rest = text.get(from..).unwrap_or_default();
        rest.iter().take(most).take_while(|byte| char::from(**byte).is_digit(radix)).count()
    };
    match text.get(1) {
        None => 1,
        Some(b'0'..=b'7') => 1 + digits(1, 3, 8),
        Some(b'x') => 2 + digits(2, 2, 16),
        Some(b'u') => 2 + digits(2, 4, 16),
        Some(b'U') => 2 + digits(2, 8, 16),
        Some(_) => 2,
    }
}

/// Reads a conversion after its `%`, and how long it is.
fn conversion(text: &[u8], given: &mut Arguments<'_>) -> (Conversion, usize) {
    let mut conversion = Conversion::default();
    let mut at = 0;
    while let Some(flag) = text.get(at).filter(|byte| b"-+ #0'".contains(byte)) {
        conversion.flags.push(*flag);
        at += 1;
    }
    conversion.width = size(text, &mut at, given);
    if let Some(width) = conversion.width.filter(|width| *width < 0) {
        conversion.flags.push(b'-');
        conversion.width = Some(-width);
    }
    if text.get(at) == Some(&b'.') {
        at += 1;
        conversion.precision = Some(size(text, &mut at, given).unwrap_or(0));
    }
    while text.get(at).is_some_and(|byte| b"hlLjzt".contains(byte)) {
        at += 1;
    }
    if text.get(at) == Some(&b'(')
        && let Some(end) = text.iter().skip(at).position(|byte| *byte == b')')
        && text.get(at + end + 1) == Some(&b'T')
    {
        conversion.time = text.get(at + 1..at + end).unwrap_or_default().to_vec();
        conversion.kind = b'T';
        return (conversion, at + end + 2);
    }
    conversion.kind = text.get(at).copied().unwrap_or(0);
    (conversion, (at + 1).min(text.len()))
}

fn size(text: &[u8], at: &mut usize, given: &mut Arguments<'_>) -> Option<i64> {
    if text.get(*at) == Some(&b'*') {
        *at += 1;
        return given.next().and_then(super::number).map(|width| width.clamp(-4_096, 4_096)).or(Some(0));
    }
    let digits = text.get(*at..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = text.get(*at..*at + digits).and_then(super::number);
    *at += digits;
    number.map(|number| number.min(4_096))
}

/// Puts one converted argument out: nothing for a conversion that there is not, false for the end.
fn convert(
    shell: &Shell,
    conversion: &Conversion,
    given: &mut Arguments<'_>,
    out: &mut Vec<u8>,
) -> Option<bool> {
    let limit = conversion.precision.and_then(|precision| usize::try_from(precision).ok());
    match conversion.kind {
        b's' => {
            let text = given.next().unwrap_or_default().to_vec();
            let text = text.get(..limit.unwrap_or(text.len())).unwrap_or(&text);
            pad(text, conversion, out);
        }
        b'b' => {
            let argument = given.next().unwrap_or_default();
            let (text, ended) = if shell.dialect.is_dash() {
                escape::decode_plain(argument, Flavour::Argument)
            } else {
                escape::decode(argument, Flavour::Argument)
            };
            pad(&text, conversion, out);
            return Some(!ended);
        }
        b'q' if shell.dialect.is_bash() => {
            let text = quote_word(given.next().unwrap_or_default());
            pad(&text, conversion, out);
        }
        b'c' => {
            let first = given.next().and_then(|text| text.first()).copied();
            pad(&first.into_iter().collect::<Vec<_>>(), conversion, out);
        }
        b'd' | b'i' | b'u' | b'o' | b'x' | b'X' => {
            let value = integer(shell, given);
            let (negative, digits) = match conversion.kind {
                b'd' | b'i' => (value < 0, value.unsigned_abs().to_string()),
                b'u' => (false, value.cast_unsigned().to_string()),
                b'o' => (false, format!("{value:o}")),
                b'x' => (false, format!("{value:x}")),
                _ => (false, format!("{value:X}")),
            };
            put_number(negative, prefixed(&digits, conversion), conversion, out);
        }
        b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'a' | b'A' => {
            let value = float(shell, given);
            let text = float_text(value.abs(), conversion);
            put_number(
                value.is_sign_negative(),
                text,
                &Conversion { precision: None, ..conversion.clone() },
                out,
            );
        }
        b'T' if shell.dialect.is_bash() => {
            let now = shell.machine().now().seconds;
            let seconds = match given.next().and_then(super::number) {
                Some(-2) => shell.started.seconds,
                Some(-1) | None => now,
                Some(seconds) => seconds,
            };
            let form = String::from_utf8_lossy(&conversion.time).into_owned();
            let form = if form.is_empty() { "%X".replace("%X", "%H:%M:%S") } else { form };
            pad(crate::machine::calendar::format(seconds, &form).as_bytes(), conversion, out);
        }
        _ => return None,
    }
    Some(true)
}

fn prefixed(digits: &str, conversion: &Conversion) -> String {
    let wanted = usize::try_from(conversion.precision.unwrap_or(1)).unwrap_or(1);
    let digits = format!("{}{digits}", "0".repeat(wanted.saturating_sub(digits.len())));
    if !conversion.flags.contains(&b'#') {
        return digits;
    }
    match conversion.kind {
        b'o' => format!("0{digits}"),
        b'x' => format!("0x{digits}"),
        b'X' => format!("0X{digits}"),
        _ => digits,
    }
}

fn put_number(negative: bool, digits: String, conversion: &Conversion, out: &mut Vec<u8>) {
    let sign = if negative {
        "-"
    } else if conversion.flags.contains(&b'+') {
        "+"
    } else if conversion.flags.contains(&b' ') {
        " "
    } else {
        ""
    };
    let width = usize::try_from(conversion.width.unwrap_or(0)).unwrap_or(0);
    let zeros = conversion.flags.contains(&b'0')
        && !conversion.flags.contains(&b'-')
        && conversion.precision.is_none();
    let text = if zeros {
        let missing = width.saturating_sub(sign.len() + digits.len());
        format!("{sign}{}{digits}", "0".repeat(missing))
    } else {
        format!("{sign}{digits}")
    };
    pad(text.as_bytes(), conversion, out);
}

fn pad(text: &[u8], conversion: &Conversion, out: &mut Vec<u8>) {
    let width = usize::try_from(conversion.width.unwrap_or(0)).unwrap_or(0);
    let missing = width.saturating_sub(text.len());
    let left = conversion.flags.contains(&b'-');
    if !left {
        out.extend(std::iter::repeat_n(b' ', missing));
    }
    out.extend_from_slice(text);
    if left {
        out.extend(std::iter::repeat_n(b' ', missing));
    }
}

fn integer(shell: &Shell, given: &mut Arguments<'_>) -> i64 {
    let Some(text) = given.next().map(<[u8]>::to_vec) else { return 0 };
    if let [b'\'' | b'"', rest @ ..] = text.as_slice() {
        let first = std::str::from_utf8(rest).ok().and_then(|text| text.chars().next());
        return first.map_or_else(
            || rest.first().map_or(0, |byte| i64::from(*byte)),
            |letter| i64::from(u32::from(letter)),
        );
    }
    let trimmed = text.trim_ascii_start();
    let (negative, digits) = match trimmed {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let (radix, digits) = match digits {
        [b'0', b'x' | b'X', digits @ ..] => (16, digits),
        [b'0', digits @ ..] if !digits.is_empty() => (8, digits),
        digits => (10, digits),
    };
    let count = digits.iter().take_while(|byte| char::from(**byte).is_digit(radix)).count();
    let valid = digits.get(..count).and_then(|digits| std::str::from_utf8(digits).ok()).unwrap_or_default();
    let value = if valid.is_empty() { Ok(0) } else { u64::from_str_radix(valid, radix) };
    let whole = count == digits.len() && !trimmed.is_empty();
    let forgiven = text.is_empty() && shell.dialect.is_bash();
    if !whole && !forgiven {
        given.failed = true;
        given.complaints.push(bad_number(shell.dialect, &text, count > 0));
    }
    match value {
        Ok(value) if negative => value.cast_signed().wrapping_neg(),
        Ok(value) if i64::try_from(value).is_ok() => value.cast_signed(),
        _ => {
            given.failed = true;
            given.complaints.push([b"warning: ", &text[..], b": Numerical result out of range"].concat());
            if negative { i64::MIN } else { i64::MAX }
        }
    }
}

fn bad_number(dialect: Dialect, text: &[u8], some: bool) -> Vec<u8> {
    match dialect {
        Dialect::Bash => [text, b": invalid number"].concat(),
        Dialect::Dash if some => [text, b": not completely converted"].concat(),
        Dialect::Dash => [text, b": expected numeric value"].concat(),
        Dialect::Ash => [b"invalid number '", text, b"'"].concat(),
    }
}

fn float(shell: &Shell, given: &mut Arguments<'_>) -> f64 {
    let Some(text) = given.next().map(<[u8]>::to_vec) else { return 0.0 };
    if let [b'\'' | b'"', first, ..] = text.as_slice() {
        return f64::from(*first);
    }
    let parsed = std::str::from_utf8(text.trim_ascii()).ok().and_then(|text| text.parse::<f64>().ok());
    parsed.unwrap_or_else(|| {
        given.failed = true;
        given.complaints.push(bad_number(shell.dialect, &text, false));
        0.0
    })
}

fn float_text(value: f64, conversion: &Conversion) -> String {
    let digits = usize::try_from(conversion.precision.unwrap_or(6)).unwrap_or(6).min(64);
    match conversion.kind {
        b'e' | b'E' => exponential(value, digits, conversion.kind == b'E'),
        b'g' | b'G' => {
            let digits = digits.max(1);
            let exponent = if value == 0.0 { 0 } else { value.log10().floor() as i64 };
            let trim = |text: String| match text.split_once('.') {
                Some(_) => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
                None => text,
            };
            if exponent < -4 || exponent >= digits as i64 {
                let text = exponential(value, digits - 1, conversion.kind == b'G');
                match text.split_once(['e', 'E']) {
                    Some((mantissa, power)) => format!("{}e{power}", trim(mantissa.to_owned())),
                    None => text,
                }
            } else {
                let decimals = usize::try_from(digits as i64 - 1 - exponent).unwrap_or(0);
                trim(format!("{value:.decimals$}"))
            }
        }
        _ => format!("{value:.digits$}"),
    }
}

fn exponential(value: f64, digits: usize, upper: bool) -> String {
    let text = format!("{value:.digits$e}");
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    let letter = if upper { 'E' } else { 'e' };
    let sign = if power < 0 { '-' } else { '+' };
    format!("{mantissa}{letter}{sign}{:02}", power.abs())
}
