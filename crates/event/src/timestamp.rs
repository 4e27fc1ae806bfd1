//! Points in time, and the one form in which DECNET writes them.

use std::fmt;

use time::{Date, Month, OffsetDateTime, UtcOffset};

/// Microseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// The last microsecond of the year 9999.
const LAST: i64 = 253_402_300_799_999_999;
const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400;

impl Timestamp {
    /// Appends `YYYY-MM-DDTHH:MM:SS.ffffff+00:00` (RFC 3339), always with six digits.
    ///
    /// A time outside the years 1970 to 9999 is written as the nearest bound, because
    /// RFC 5424 has no way to write it.
    pub fn write_rfc3339(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.rfc3339());
    }

    /// What [`Timestamp::write_rfc3339`] appends: ASCII.
    pub(crate) fn rfc3339(self) -> [u8; 32] {
        let micros = self.0.clamp(0, LAST);
        let at = OffsetDateTime::from_unix_timestamp(micros / SECOND).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let part = micros % SECOND;
        let [c1, c2] = pair(i64::from(at.year()) / 100);
        let [y1, y2] = pair(i64::from(at.year()) % 100);
        let [m1, m2] = pair(i64::from(u8::from(at.month())));
        let [d1, d2] = pair(i64::from(at.day()));
        let [h1, h2] = pair(i64::from(at.hour()));
        let [i1, i2] = pair(i64::from(at.minute()));
        let [s1, s2] = pair(i64::from(at.second()));
        let ([f1, f2], [f3, f4], [f5, f6]) = (pair(part / 10_000), pair(part / 100 % 100), pair(part % 100));
        [
            c1, c2, y1, y2, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', i1, i2, b':', s1, s2, b'.', f1,
            f2, f3, f4, f5, f6, b'+', b'0', b'0', b':', b'0', b'0',
        ]
    }

    /// Reads an RFC 3339 time with any offset; digits past the microsecond are dropped.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        parse_own(text.as_bytes()).or_else(|| parse_any(text))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.rfc3339()))
    }
}

/// The two digits of a number below 100.
fn pair(number: i64) -> [u8; 2] {
    [b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8]
}

/// Reads what [`Timestamp::write_rfc3339`] writes, which nearly every line has. What it does not
/// take, leap seconds among them, [`parse_any`] may.
fn parse_own(text: &[u8]) -> Option<Timestamp> {
    let (date, time, part) = match text {
        [
            date @ ..,
            b'T',
            h1,
            h2,
            b':',
            i1,
            i2,
            b':',
            s1,
            s2,
            b'.',
            f1,
            f2,
            f3,
            f4,
            f5,
            f6,
            b'+',
            b'0',
            b'0',
            b':',
            b'0',
            b'0',
        ] => (date, [*h1, *h2, *i1, *i2, *s1, *s2], [*f1, *f2, *f3, *f4, *f5, *f6]),
        _ => return None,
    };
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = date else { return None };
    let [h1, h2, i1, i2, s1, s2] = time;
    let (hour, minute, second) = (number(&[h1, h2])?, number(&[i1, i2])?, number(&[s1, s2])?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let month = Month::try_from(u8::try_from(number(&[*m1, *m2])?).ok()?).ok()?;
    let year = number(&[*y1, *y2, *y3, *y4])?;
    let date = Date::from_calendar_date(year, month, u8::try_from(number(&[*d1, *d2])?).ok()?).ok()?;
    let days = i64::from(date.to_julian_day()) - i64::from(OffsetDateTime::UNIX_EPOCH.to_julian_day());
    let seconds = days * DAY + i64::from((hour * 60 + minute) * 60 + second);
    Some(Timestamp(seconds * SECOND + i64::from(number(&part)?)))
}

/// Reads any form of RFC 3339.
fn parse_any(text: &str) -> Option<Timestamp> {
    let at = OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339).ok()?;
    let nanos = at.to_offset(UtcOffset::UTC).unix_timestamp_nanos();
    i64::try_from(nanos.div_euclid(1_000)).ok().map(Timestamp)
}

/// The number that a few digits are, and nothing but digits.
fn number(digits: &[u8]) -> Option<i32> {
    digits.iter().try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i32::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bounds_and_odd_days_are_written_and_read() {
        let cases = [
            (0, "1970-01-01T00:00:00.000000+00:00"),
            (951_827_696_000_001, "2000-02-29T12:34:56.000001+00:00"),
            (1_764_154_033_987_654, "2025-11-26T10:47:13.987654+00:00"),
            (LAST, "9999-12-31T23:59:59.999999+00:00"),
        ];
        for (micros, text) in cases {
            assert_eq!(Timestamp(micros).to_string(), text);
            assert_eq!(parse_own(text.as_bytes()), Some(Timestamp(micros)));
        }
        assert_eq!(Timestamp(-1).to_string(), cases[0].1);
        assert_eq!(Timestamp(i64::MAX).to_string(), cases[3].1);
    }

    #[test]
    fn other_forms_are_read_too() {
        for text in ["2025-11-26T10:47:13.5Z", "2025-11-26t11:47:13.500000999+01:00"] {
            assert_eq!(Timestamp::parse_rfc3339(text), Some(Timestamp(1_764_154_033_500_000)), "{text}");
        }
        // RFC 3339, section 5.7: a leap second; it is read as the moment before.
        let leap = Timestamp::parse_rfc3339("2016-12-31T23:59:60.000000+00:00");
        assert_eq!(leap, Some(Timestamp(1_483_228_799_999_999)));
    }

    proptest! {
        #[test]
        fn a_time_is_read_as_it_was_written(micros in 0..=LAST) {
            prop_assert_eq!(parse_own(Timestamp(micros).to_string().as_bytes()), Some(Timestamp(micros)));
        }

        #[test]
        fn what_is_read_in_our_form_is_what_any_reader_reads(
            text in "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]\\.[0-9]{6}[+][0-9]{2}:[0-9]{2}",
        ) {
            for text in [format!("{}+00:00", &text[..26]), text] {
                if let Some(time) = parse_own(text.as_bytes()) {
                    prop_assert_eq!(parse_any(&text), Some(time));
                }
            }
        }

        #[test]
        fn nothing_is_refused_that_was_read_before(
            text in "(19|20)[0-9]{2}-0[1-9]-[012][0-9]T[01][0-9]:[0-5][0-9]:[0-5][0-9]\\.[0-9]{6}[+]00:00",
        ) {
            prop_assert_eq!(parse_own(text.as_bytes()), parse_any(&text));
        }

        #[test]
        fn any_text_is_read(text in "\\PC{0,40}") {
            prop_assert_eq!(Timestamp::parse_rfc3339(&text), parse_any(&text));
        }
    }
}
