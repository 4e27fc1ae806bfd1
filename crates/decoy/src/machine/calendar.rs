//! Dates as `strftime` writes them, in UTC.

use time::OffsetDateTime;

use super::Seconds;

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A date by its parts.
pub(crate) fn at(seconds: Seconds) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// `seconds` as the format says.
pub(crate) fn format(seconds: Seconds, format: &str) -> String {
    let mut out = Vec::new();
    write(seconds, 0, format.as_bytes(), &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// What a date may be at most: widths make much of a short format.
const LONGEST: usize = 16 * 1_024;

/// Appends `seconds` and `nanos` as the format says; unknown conversions stay as they are.
pub(crate) fn write(seconds: Seconds, nanos: u32, format: &[u8], out: &mut Vec<u8>) {
    let mut rest = format.iter().copied().peekable();
    let most = out.len() + LONGEST.max(format.len());
    while let Some(byte) = rest.next().filter(|_| out.len() < most) {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let flag = rest.next_if(|b| matches!(b, b'-' | b'_' | b'0' | b'^' | b'#'));
        let mut width = 0_usize;
        while let Some(digit) = rest.next_if(u8::is_ascii_digit) {
            width = (width * 10 + usize::from(digit - b'0')).min(1_024);
        }
        let colons = std::iter::from_fn(|| rest.next_if(|b| *b == b':')).count();
        match rest.next() {
            Some(letter) => conversion(seconds, nanos, (letter, flag, width, colons), out),
            None => out.push(b'%'),
        }
    }
}

fn conversion(
    seconds: Seconds,
    nanos: u32,
    (letter, flag, width, colons): (u8, Option<u8>, usize, usize),
    out: &mut Vec<u8>,
) {
    let date = at(seconds);
    let day = usize::from(date.weekday().number_days_from_sunday());
    let month = usize::from(u8::from(date.month()));
    let name = |names: &[&'static str], at: usize| names.get(at).copied().unwrap_or_default();
    let hour12 = if date.hour().is_multiple_of(12) { 12 } else { date.hour() % 12 };
    let week = |start: usize| (usize::from(date.ordinal()) + 6 - (day + 7 - start) % 7) / 7;
    let number = |value: i64, digits: usize, pad: u8| {
        let pad = match flag {
            Some(b'-') => return value.to_string(),
            Some(b'_') => b' ',
            Some(b'0') => b'0',
            _ => pad,
        };
        let digits = digits.max(width);
        if pad == b'0' { format!("{value:0digits$}") } else { format!("{value:digits$}") }
    };
    let text = match letter {
        b'a' => name(&DAYS, day).get(..3).unwrap_or_default().to_owned(),
        b'A' => name(&DAYS, day).to_owned(),
        b'b' | b'h' => name(&MONTHS, month - 1).get(..3).unwrap_or_default().to_owned(),
        b'B' => name(&MONTHS, month - 1).to_owned(),
        b'c' => self::format(seconds, "%a %b %e %H:%M:%S %Y"),
        b'C' => number(i64::from(date.year() / 100), 2, b'0'),
        b'd' => number(date.day().into(), 2, b'0'),
        b'D' | b'x' => self::format(seconds, "%m/%d/%y"),
        b'e' => number(date.day().into(), 2, b' '),
        b'F' => self::format(seconds, "%Y-%m-%d"),
        b'g' => number(i64::from(date.to_iso_week_date().0 % 100), 2, b'0'),
        b'G' => number(date.to_iso_week_date().0.into(), 4, b'0'),
        b'H' => number(date.hour().into(), 2, b'0'),
        b'I' => number(hour12.into(), 2, b'0'),
        b'j' => number(date.ordinal().into(), 3, b'0'),
        b'k' => number(date.hour().into(), 2, b' '),
        b'l' => number(hour12.into(), 2, b' '),
        b'm' => number(month as i64, 2, b'0'),
        b'M' => number(date.minute().into(), 2, b'0'),
        b'n' => "\n".to_owned(),
        b'N' => format!("{nanos:09}")
            .get(..if width == 0 { 9 } else { width.min(9) })
            .unwrap_or_default()
            .to_owned(),
        b'p' => if date.hour() < 12 { "AM" } else { "PM" }.to_owned(),
        b'P' => if date.hour() < 12 { "am" } else { "pm" }.to_owned(),
        b'q' => number(((month - 1) / 3 + 1) as i64, 1, b'0'),
        b'r' => self::format(seconds, "%I:%M:%S %p"),
        b'R' => self::format(seconds, "%H:%M"),
        b's' => number(seconds, 1, b'0'),
        b'S' => number(date.second().into(), 2, b'0'),
        b't' => "\t".to_owned(),
        b'T' | b'X' => self::format(seconds, "%H:%M:%S"),
        b'u' => number(if day == 0 { 7 } else { day as i64 }, 1, b'0'),
        b'U' => number(week(0) as i64, 2, b'0'),
        b'V' => number(date.iso_week().into(), 2, b'0'),
        b'w' => number(day as i64, 1, b'0'),
        b'W' => number(week(1) as i64, 2, b'0'),
        b'y' => number(i64::from(date.year() % 100), 2, b'0'),
        b'Y' => number(date.year().into(), 4, b'0'),
        b'z' => if colons > 0 { "+00:00" } else { "+0000" }.to_owned(),
        b'Z' => "UTC".to_owned(),
        b'%' => "%".to_owned(),
        other => format!("%{}", char::from(other)),
    };
    match flag {
        Some(b'^' | b'#') => out.extend_from_slice(text.to_uppercase().as_bytes()),
        _ => out.extend_from_slice(text.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_strftime() {
        let at = 1_795_692_333; // 2026-11-26 11:25:33, a Thursday
        let check = |text: &str, expect: &str| assert_eq!(format(at, text), expect, "{text}");
        check("%a %b %e %T %Z %Y", "Thu Nov 26 11:25:33 UTC 2026");
        check("%F %H%M%S %j %s", "2026-11-26 112533 330 1795692333");
        check("%-d %_m %I %p %u %w %V %U %W %y", "26 11 11 AM 4 4 48 47 47 26");
        check("%D %R %%%n", "11/26/26 11:25 %\n");
        check("%T %a %e %b %j %I%p", "11:25:33 Thu 26 Nov 330 11AM");
        check("%c", "Thu Nov 26 11:25:33 2026");
    }

    #[test]
    fn a_wide_date_ends() {
        assert!(format(0, &"%1024Y".repeat(1_000)).len() < 2 * LONGEST);
    }
}
