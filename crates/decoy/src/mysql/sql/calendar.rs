//! Functions of dates and times.

use super::{time, value::Value};

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
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
const DAY: i64 = 86_400;
/// Days from the year 0 to the Unix epoch.
const EPOCH: i64 = 719_528;

/// What the function of this name comes to; `None` if there is none of it.
pub(super) fn call(name: &str, values: &[Value]) -> Option<Value> {
    let known = [
        "time",
        "dayofweek",
        "weekday",
        "dayofyear",
        "dayname",
        "monthname",
        "quarter",
        "week",
        "last_day",
        "timestampdiff",
        "timestampadd",
        "timediff",
        "to_days",
        "from_days",
        "period_add",
        "makedate",
        "maketime",
        "sec_to_time",
        "time_to_sec",
        "str_to_date",
        "extract",
        "timestamp",
        "adddate",
        "subdate",
    ];
    if !known.contains(&name) {
        return None;
    }
    Some(of_dates(name, values).or_else(|| of_spans(name, values)).unwrap_or(Value::Null))
}

/// Functions of one date.
fn of_dates(name: &str, values: &[Value]) -> Option<Value> {
    let text = values.first()?.shown();
    let second = || values.get(1).map_or(0, Value::whole);
    let at = || time::parse(&text);
    let weekday = |at: i64| (at.div_euclid(DAY) + 3).rem_euclid(7);
    let word = |words: &[&'static str], at: i64| {
        usize::try_from(at).ok().and_then(|at| words.get(at)).map(|word| Value::text(*word))
    };
    let date = |at: i64| Value::text(time::datetime(at).get(..10).unwrap_or_default());
    match name {
        "dayofweek" => Some(Value::Int((weekday(at()?) + 1) % 7 + 1)),
        "weekday" => Some(Value::Int(weekday(at()?))),
        "dayname" => word(&DAYS, weekday(at()?)),
        "monthname" => word(&MONTHS, month(at()?) - 1),
        "quarter" => Some(Value::Int((month(at()?) + 2) / 3)),
        "dayofyear" => Some(Value::Int(day_of_year(at()?))),
        // Weeks begin with the first Sunday of the year.
        "week" => {
            let at = at()?;
            let sunday = (weekday(at) + 1) % 7;
            Some(Value::Int((day_of_year(at) - 1 - sunday + 7) / 7))
        }
        "last_day" => {
            let first = at()? - (day(at()?) - 1) * DAY;
            Some(date(time::later(first, 1, "month") - DAY))
        }
        "to_days" => Some(Value::Int(at()?.div_euclid(DAY) + EPOCH)),
        "from_days" => Some(date(values.first()?.whole().saturating_sub(EPOCH).saturating_mul(DAY))),
        "timestamp" => Some(Value::text(time::datetime(at()?))),
        "adddate" => Some(kept(&text, at()?.saturating_add(second().saturating_mul(DAY)))),
        "subdate" => Some(kept(&text, at()?.saturating_sub(second().saturating_mul(DAY)))),
        "extract" => part(&text, &values.get(1)?.shown()),
        "makedate" => {
            let first = time::parse(&format!("{:04}-01-01", values.first()?.whole()))?;
            (second() > 0).then(|| date(first.saturating_add((second() - 1).saturating_mul(DAY))))
        }
        "str_to_date" => read(&text, &values.get(1)?.shown()),
        _ => None,
    }
}

/// Functions of spans and of two points in time.
fn of_spans(name: &str, values: &[Value]) -> Option<Value> {
    let whole = |at: usize| values.get(at).map(Value::whole);
    match name {
        "time" => clock(&values.first()?.shown()).map(|seconds| Value::text(span(seconds))),
        "time_to_sec" => clock(&values.first()?.shown()).map(Value::Int),
        "sec_to_time" => Some(Value::text(span(whole(0)?))),
        "maketime" => {
            let minutes = whole(0)?.checked_mul(60)?.checked_add(whole(1)?)?;
            Some(Value::text(span(minutes.checked_mul(60)?.checked_add(whole(2)?)?)))
        }
        "timediff" => {
            let (one, two) = (values.first()?.shown(), values.get(1)?.shown());
            let between = match (time::parse(&one), time::parse(&two)) {
                (Some(one), Some(two)) => one - two,
                _ => clock(&one)? - clock(&two)?,
            };
            Some(Value::text(span(between)))
        }
        "timestampdiff" => {
            let from = time::parse(&values.get(1)?.shown())?;
            let to = time::parse(&values.get(2)?.shown())?;
            Some(Value::Int(between(&values.first()?.shown(), from, to)?))
        }
        "timestampadd" => {
            let text = values.get(2)?.shown();
            let unit = values.first()?.shown().to_lowercase();
            Some(shifted(&text, time::later(time::parse(&text)?, whole(1)?, &unit), &unit))
        }
        "period_add" => {
            let bounded = |at: usize| whole(at).map(|number| number.clamp(-99_999_999, 99_999_999));
            let (period, more) = (bounded(0)?, bounded(1)?);
            let months = (period / 100).checked_mul(12)?.checked_add(period % 100 - 1)?.checked_add(more)?;
            Some(Value::Int(months / 12 * 100 + months % 12 + 1))
        }
        _ => None,
    }
}

/// A point in time as text of the kind that another is: a date stays one.
fn kept(text: &str, at: i64) -> Value {
    let whole = time::datetime(at);
    let end = if text.trim().len() <= 10 { 10 } else { whole.len() };
    Value::text(whole.get(..end).unwrap_or_default())
}

/// The same after a span was added: one of hours makes a time out of a date.
pub(super) fn shifted(text: &str, at: i64, unit: &str) -> Value {
    if matches!(unit, "day" | "week" | "month" | "year" | "quarter") {
        kept(text, at)
    } else {
        Value::text(time::datetime(at))
    }
}

fn number(text: &str, from: usize, to: usize) -> i64 {
    text.get(from..to).and_then(|part| part.parse().ok()).unwrap_or(0)
}

fn month(at: i64) -> i64 {
    number(&time::datetime(at), 5, 7)
}

fn day(at: i64) -> i64 {
    number(&time::datetime(at), 8, 10)
}

fn day_of_year(at: i64) -> i64 {
    let year = number(&time::datetime(at), 0, 4);
    let first = time::parse(&format!("{year:04}-01-01")).unwrap_or(at);
    (at - first).div_euclid(DAY) + 1
}

/// Seconds of a time of day, or of the one in a point in time.
fn clock(text: &str) -> Option<i64> {
    let clock = text.trim().rsplit([' ', 'T']).next()?;
    let (sign, clock) = clock.strip_prefix('-').map_or((1, clock), |rest| (-1, rest));
    let mut parts = clock.split(':').map(|part| part.split('.').next().unwrap_or_default().parse::<i64>());
    let (hours, minutes, seconds) =
        (parts.next()?.ok()?, parts.next()?.ok()?, parts.next().unwrap_or(Ok(0)).ok()?);
    let fits = hours < 1_000 && (0..60).contains(&minutes) && (0..60).contains(&seconds);
    fits.then(|| sign * (hours * 3_600 + minutes * 60 + seconds))
}

/// Seconds as a time, at most as much as the type holds.
fn span(seconds: i64) -> String {
    const MOST: i64 = 838 * 3_600 + 59 * 60 + 59;
    let sign = if seconds < 0 { "-" } else { "" };
    let seconds = seconds.saturating_abs().min(MOST);
    format!("{sign}{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// Whole units between two points in time.
fn between(unit: &str, from: i64, to: i64) -> Option<i64> {
    let seconds = match unit.to_lowercase().as_str() {
        "second" => 1,
        "minute" => 60,
        "hour" => 3_600,
        "day" => DAY,
        "week" => 7 * DAY,
        unit @ ("month" | "quarter" | "year") => {
            let months = |at: i64| number(&time::datetime(at), 0, 4) * 12 + month(at);
            let rest = |at: i64| day(at) * DAY + at.rem_euclid(DAY);
            let mut count = months(to) - months(from);
            if count > 0 && rest(to) < rest(from) {
                count -= 1;
            } else if count < 0 && rest(to) > rest(from) {
                count += 1;
            }
            return Some(
                count
                    / if unit == "month" {
                        1
                    } else if unit == "quarter" {
                        3
                    } else {
                        12
                    },
            );
        }
        _ => return None,
    };
    Some((to - from) / seconds)
}

fn part(text: &str, unit: &str) -> Option<Value> {
    let whole = time::datetime(time::parse(text)?);
    let (from, to) = match unit.to_lowercase().as_str() {
        "year" => (0, 4),
        "month" => (5, 7),
        "day" => (8, 10),
        "hour" => (11, 13),
        "minute" => (14, 16),
        "second" => (17, 19),
        _ => return None,
    };
    Some(Value::Int(number(&whole, from, to)))
}

/// A text read by a format.
fn read(text: &str, format: &str) -> Option<Value> {
    let mut rest = text;
    let (mut year, mut month, mut day, mut clock) = (0, 0, 0, [0_i64; 3]);
    let mut letters = format.chars();
    let mut timed = false;
    while let Some(letter) = letters.next() {
        if letter != '%' {
            rest = rest.strip_prefix(letter)?;
            continue;
        }
        let letter = letters.next()?;
        let width = if letter == 'Y' { 4 } else { 2 };
        let end = rest.char_indices().take_while(|(at, c)| *at < width && c.is_ascii_digit()).count();
        let value: i64 = rest.get(..end)?.parse().ok()?;
        rest = rest.get(end..)?;
        match letter {
            'Y' => year = value,
            'y' => year = if value < 70 { 2_000 + value } else { 1_900 + value },
            'm' | 'c' => month = value,
            'd' | 'e' => day = value,
            'H' | 'h' | 'i' | 's' | 'S' => {
                timed = true;
                let place = ["Hh", "i", "sS"].iter().position(|letters| letters.contains(letter))?;
                *clock.get_mut(place)? = value;
            }
            _ => return None,
        }
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    let [hours, minutes, seconds] = clock;
    let whole = format!("{date} {hours:02}:{minutes:02}:{seconds:02}");
    time::parse(&whole)?;
    Some(Value::text(if timed { whole } else { date }))
}

/// Names of a day and its month, with its place in the year, for formats.
pub(super) fn names(text: &str) -> Option<(&'static str, &'static str, i64)> {
    let at = time::parse(text)?;
    let weekday = usize::try_from((at.div_euclid(DAY) + 3).rem_euclid(7)).ok()?;
    let month = usize::try_from(month(at) - 1).ok()?;
    Some((DAYS.get(weekday)?, MONTHS.get(month)?, day_of_year(at)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates_as_the_server_has_them() {
        let check = |name: &str, values: &[&str], expect: &str| {
            let values: Vec<_> = values.iter().map(|text| Value::text(*text)).collect();
            assert_eq!(call(name, &values).unwrap().shown(), expect, "{name}");
        };
        check("dayofweek", &["2026-01-02"], "6");
        check("dayname", &["2026-01-02"], "Friday");
        check("week", &["2026-01-20"], "3");
        check("last_day", &["2026-02-01"], "2026-02-28");
        check("to_days", &["2026-01-01"], "739982");
        check("from_days", &["739982"], "2026-01-01");
        check("timediff", &["10:00:00", "09:30:00"], "00:30:00");
        check("timestampdiff", &["day", "2026-01-01", "2026-02-01"], "31");
        check("period_add", &["202601", "2"], "202603");
        check("makedate", &["2026", "32"], "2026-02-01");
        check("str_to_date", &["02/01/2026", "%d/%m/%Y"], "2026-01-02");
        check("adddate", &["2026-01-01", "5"], "2026-01-06");
    }

    proptest! {
        #[test]
        fn any_values_come_to_something(name in "[a-z_]{4,13}", one: i64, two in ".{0,24}", three in ".{0,24}") {
            for name in [name.as_str(), "maketime", "period_add", "makedate", "from_days", "timestampadd", "timestampdiff", "str_to_date", "adddate", "week", "timediff"] {
                call(name, &[Value::Int(one), Value::text(two.as_str()), Value::text(three.as_str())]);
                call(name, &[Value::text(two.as_str()), Value::Int(one), Value::text("2026-01-31")]);
            }
        }
    }
}
