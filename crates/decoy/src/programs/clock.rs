//! date, cal.

use super::{context::Done, options::Spec};
use crate::{
    machine::{Seconds, calendar},
    shell::{Exit, Process},
};

/// A date as people write it, as far as scripts use it.
pub(super) fn parse(text: &[u8], now: Seconds) -> Option<Seconds> {
    let text = std::str::from_utf8(text).ok()?.trim();
    if let Some(epoch) = text.strip_prefix('@') {
        return epoch.split('.').next()?.parse().ok();
    }
    let mut at = now;
    let mut dated = false;
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut place = 0;
    while let Some(word) = words.get(place).copied() {
        place += 1;
        match word.to_ascii_lowercase().as_str() {
            "now" | "today" | "utc" | "gmt" | "z" => continue,
            "yesterday" => at -= 86_400,
            "tomorrow" => at += 86_400,
            "midnight" => at -= at.rem_euclid(86_400),
            lower => {
                if let Some(value) = relative(lower, words.get(place).copied(), words.get(place + 1).copied())
                {
                    at += value.0;
                    place += value.1;
                } else if let Some(day) = date(word) {
                    at = day + if word.contains('T') { clock(word.split('T').nth(1)?)? } else { 0 };
                    dated = true;
                } else if let Some(seconds) = clock(word) {
                    at = at - at.rem_euclid(86_400) + seconds;
                } else {
                    return None;
                }
            }
        }
    }
    let _ = dated;
    Some(at)
}

/// `3 days ago`, `-2 hours`, `1 week`: seconds, and how many more words they took.
fn relative(first: &str, second: Option<&str>, third: Option<&str>) -> Option<(Seconds, usize)> {
    let split = first.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(first.len());
    let (digits, attached) = first.split_at(split);
    let amount: Seconds = match (digits, first) {
        ("", "last") => -1,
        ("", "next") => 1,
        (digits, _) => digits.parse().ok()?,
    };
    let (unit, mut taken) =
        if attached.is_empty() || digits.is_empty() { (second?, 1) } else { (attached, 0) };
    let unit = unit.to_ascii_lowercase();
    let unit = match unit.trim_end_matches('s') {
        "sec" | "second" => 1,
        "min" | "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        "week" => 604_800,
        "month" => 2_592_000,
        "year" => 31_536_000,
        _ => return None,
    };
    let next = if taken == 1 { third } else { second };
    let ago = next.is_some_and(|word| word.eq_ignore_ascii_case("ago"));
    taken += usize::from(ago);
    Some((if ago { -amount } else { amount }.checked_mul(unit)?, taken))
}

fn date(word: &str) -> Option<Seconds> {
    let day = word.split('T').next()?;
    let parts: Vec<&str> = if day.contains('-') {
        day.split('-').collect()
    } else if day.contains('/') {
        day.split('/').collect()
    } else {
        Vec::new()
    };
    let (year, month, day) = match parts.as_slice() {
        [year, month, day] if year.len() == 4 => (*year, *month, *day),
        [month, day, year] if year.len() == 4 => (*year, *month, *day),
        [] if day.len() == 8 && day.bytes().all(|b| b.is_ascii_digit()) => {
            (day.get(..4)?, day.get(4..6)?, day.get(6..)?)
        }
        _ => return None,
    };
    let month: u8 = month.parse().ok()?;
    let date =
        time::Date::from_calendar_date(year.parse().ok()?, month.try_into().ok()?, day.parse().ok()?).ok()?;
    Some(date.midnight().assume_utc().unix_timestamp())
}

fn clock(word: &str) -> Option<Seconds> {
    let word = word.trim_end_matches('Z');
    let parts: Vec<Seconds> = word
        .split(':')
        .map(|part| part.split('.').next().and_then(|p| p.parse().ok()))
        .collect::<Option<_>>()?;
    match parts.as_slice() {
        [hours, minutes] if *hours < 24 && *minutes < 60 => Some(hours * 3_600 + minutes * 60),
        [hours, minutes, seconds] if *hours < 24 && *minutes < 60 && *seconds < 61 => {
            Some(hours * 3_600 + minutes * 60 + seconds)
        }
        _ => None,
    }
}

pub(super) async fn date_program(process: &mut Process) -> Done {
    let spec = Spec {
        short: "d:f:I::r:Rs:u",
        long: &[
            ("date=", 'd'),
            ("iso-8601?", 'I'),
            ("reference=", 'r'),
            ("rfc-email", 'R'),
            ("rfc-2822", 'R'),
            ("set=", 's'),
            ("utc", 'u'),
            ("universal", 'u'),
            ("rfc-3339=", '3'),
        ],
    };
    let given = process.options(spec, 1).await?;
    let now = process.machine.now();
    let mut at = now.seconds;
    if let Some(text) = given.value('d').map(<[u8]>::to_vec) {
        match parse(&text, now.seconds) {
            Some(seconds) => at = seconds,
            None => return Ok(process.fail([b"invalid date ", &process.quote(&text)[..]].concat()).await),
        }
    }
    if let Some(name) = given.value('r').map(<[u8]>::to_vec) {
        match process.files.stat(&name) {
            Ok(metadata) => at = metadata.modified.seconds,
            Err(error) => {
                process.trouble(&name, error).await;
                return Ok(Exit::FAILURE);
            }
        }
    }
    let sets = given.has('s') || given.operands.first().is_some_and(|word| !word.starts_with(b"+"));
    if sets && !process.account.is_root() {
        process.complain("date: cannot set date: Operation not permitted\n").await;
    }
    let nanos = if given.has('d') || given.has('r') { 0 } else { now.nanos };
    let mut out = Vec::new();
    match (given.operands.first(), given.last_of("IR3")) {
        (Some(format), _) if format.starts_with(b"+") => {
            calendar::write(at, nanos, format.get(1..).unwrap_or_default(), &mut out)
        }
        (_, Some('R')) => calendar::write(at, nanos, b"%a, %d %b %Y %H:%M:%S %z", &mut out),
        (_, Some('3')) => calendar::write(at, nanos, b"%Y-%m-%d %H:%M:%S+00:00", &mut out),
        (_, Some(_)) => {
            let format: &[u8] = match given.value('I') {
                Some(b"seconds" | b"s") => b"%Y-%m-%dT%H:%M:%S+00:00",
                Some(b"minutes" | b"m") => b"%Y-%m-%dT%H:%M+00:00",
                Some(b"hours" | b"h") => b"%Y-%m-%dT%H+00:00",
                Some(b"ns") => b"%Y-%m-%dT%H:%M:%S,%N+00:00",
                _ => b"%Y-%m-%d",
            };
            calendar::write(at, nanos, format, &mut out);
        }
        _ => {
            let locale =
                ["LC_ALL", "LC_TIME", "LANG"].iter().find_map(|name| process.variable(name)).unwrap_or(b"C");
            let american = locale.starts_with(b"en_US") && !process.is_busybox();
            let format: &[u8] =
                if american { b"%a %b %e %I:%M:%S %p %Z %Y" } else { b"%a %b %e %H:%M:%S %Z %Y" };
            calendar::write(at, nanos, format, &mut out);
        }
    }
    out.push(b'\n');
    process.print(out).await?;
    Ok(if sets && !process.account.is_root() { Exit::FAILURE } else { Exit::SUCCESS })
}

pub(super) async fn cal(process: &mut Process) -> Done {
    let now = process.machine.now().seconds;
    let date = calendar::at(now).date();
    let first = date.replace_day(1).unwrap_or(date);
    let title = calendar::format(now, "%B %Y");
    let mut out = format!("{}\nSu Mo Tu We Th Fr Sa\n", format!("{title:^20}").trim_end());
    let mut column = usize::from(first.weekday().number_days_from_sunday());
    out.push_str(&"   ".repeat(column));
    for day in 1..=date.month().length(date.year()) {
        out.push_str(&format!("{day:>2}"));
        column += 1;
        out.push(if column.is_multiple_of(7) { '\n' } else { ' ' });
    }
    process.print(format!("{}\n", out.trim_end())).await?;
    Ok(Exit::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read() {
        let now = 1_795_692_333;
        let check = |text: &str, expect: Option<&str>| {
            let found = parse(text.as_bytes(), now).map(|at| calendar::format(at, "%F %T"));
            assert_eq!(found.as_deref(), expect, "{text}");
        };
        check("2024-01-02", Some("2024-01-02 00:00:00"));
        check("2024-01-02 03:04:05", Some("2024-01-02 03:04:05"));
        check("yesterday", Some("2026-11-25 11:25:33"));
        check("3 days ago", Some("2026-11-23 11:25:33"));
        check("-2 hours", Some("2026-11-26 09:25:33"));
        check("@0", Some("1970-01-01 00:00:00"));
        check("nonsense", None);
    }
}
