//! Points in time, always in UTC, as the servers print them.

use time::{Duration, OffsetDateTime, PrimitiveDateTime};

/// `2026-11-26 14:30:00`.
pub(super) fn datetime(seconds: i64) -> String {
    let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (date, time) = (at.date(), at.time());
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

/// Seconds since the Unix epoch of a text as above, or of its beginning.
pub(super) fn parse(text: &str) -> Option<i64> {
    let mut numbers =
        text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).map(str::parse::<i64>);
    let mut next = || numbers.next().and_then(Result::ok);
    let (year, month, day) = (next()?, next()?, next()?);
    let month = time::Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date =
        time::Date::from_calendar_date(i32::try_from(year).ok()?, month, u8::try_from(day).ok()?).ok()?;
    let part = |number: Option<i64>| u8::try_from(number.unwrap_or(0)).unwrap_or(0);
    let time = time::Time::from_hms(part(next()), part(next()), part(next())).ok()?;
    Some(PrimitiveDateTime::new(date, time).assume_utc().unix_timestamp())
}

/// A point in time so many units later: months are as long as they are.
pub(super) fn later(from: i64, count: i64, unit: &str) -> i64 {
    let months = match unit {
        "month" => count,
        "quarter" => count.saturating_mul(3),
        "year" => count.saturating_mul(12),
        _ => return from.saturating_add(span(count, unit)),
    };
    let text = datetime(from);
    let number = |from: usize, to: usize| text.get(from..to).and_then(|part| part.parse::<i64>().ok());
    let (Some(year), Some(month), Some(day)) = (number(0, 4), number(5, 7), number(8, 10)) else {
        return from;
    };
    let all = (year * 12 + month - 1).saturating_add(months);
    let (year, month) = (all.div_euclid(12), all.rem_euclid(12) + 1);
    // A day that the month has not is its last.
    let rest = text.get(10..).unwrap_or_default();
    (1..=day)
        .rev()
        .take(4)
        .find_map(|day| parse(&format!("{year:04}-{month:02}-{day:02}{rest}")))
        .unwrap_or(from)
}

/// Seconds of a span in a unit of SQL.
fn span(count: i64, unit: &str) -> i64 {
    let unit = match unit {
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        "week" => 604_800,
        _ => 1,
    };
    Duration::seconds(count).whole_seconds().saturating_mul(unit)
}

/// What a format writes by names and by the day's halves.
fn named(text: &str, letter: char, out: &mut String) {
    let Some((day, month, of_year)) = super::calendar::names(text) else { return };
    let number =
        |from: usize, to: usize| text.get(from..to).and_then(|part| part.parse::<u32>().ok()).unwrap_or(0);
    let hour = number(11, 13);
    match letter {
        'W' => out.push_str(day),
        'M' => out.push_str(month),
        'j' => out.push_str(&format!("{of_year:03}")),
        'a' => out.push_str(day.get(..3).unwrap_or(day)),
        'b' => out.push_str(month.get(..3).unwrap_or(month)),
        'p' => out.push_str(if hour < 12 { "AM" } else { "PM" }),
        'c' => out.push_str(&number(5, 7).to_string()),
        'e' => out.push_str(&number(8, 10).to_string()),
        _ => out.push_str(&format!("{:02}", (hour + 11) % 12 + 1)),
    }
}

/// A point in time as a format of SQL wants it.
pub(super) fn format(text: &str, format: &str) -> String {
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or("00");
    let mut out = String::new();
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        match (letter, (letter == '%').then(|| letters.next()).flatten()) {
            (_, Some('Y')) => out.push_str(part(0, 4)),
            (_, Some('y')) => out.push_str(part(2, 4)),
            (_, Some('m')) => out.push_str(part(5, 7)),
            (_, Some('d')) => out.push_str(part(8, 10)),
            (_, Some('H')) => out.push_str(part(11, 13)),
            (_, Some(letter @ ('W' | 'M' | 'j' | 'a' | 'b' | 'p' | 'h' | 'c' | 'e'))) => {
                named(text, letter, &mut out)
            }
            (_, Some('i')) => out.push_str(part(14, 16)),
            (_, Some('s' | 'S')) => out.push_str(part(17, 19)),
            (_, Some('T')) => out.push_str(part(11, 19)),
            (_, Some(other)) => out.push(other),
            (letter, None) => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_back() {
        assert_eq!(datetime(parse("2026-11-26 14:30:05").unwrap()), "2026-11-26 14:30:05");
        assert_eq!(datetime(parse("2026-11-26").unwrap()), "2026-11-26 00:00:00");
        assert_eq!(parse("nonsense"), None);
        assert_eq!(format("2026-11-26 14:30:05", "%d.%m.%Y %H:%i%%"), "26.11.2026 14:30%");
    }
}
