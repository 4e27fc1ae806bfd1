//! Points in time as text.

use time::OffsetDateTime;

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

/// A time in seconds since the epoch, in a form of `strftime`, in UTC and the C locale.
pub(crate) fn strftime(form: &str, seconds: i64) -> String {
    let Ok(time) = OffsetDateTime::from_unix_timestamp(seconds) else { return String::new() };
    let mut out = String::new();
    let mut letters = form.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            out.push(letter);
            continue;
        }
        match letters.next() {
            Some(letter) => field(&mut out, letter, time),
            None => out.push('%'),
        }
    }
    out
}

fn field(out: &mut String, letter: char, time: OffsetDateTime) {
    let day = DAYS.get(usize::from(time.weekday().number_days_from_monday())).copied().unwrap_or_default();
    let month =
        MONTHS.get(usize::from(u8::from(time.month())).saturating_sub(1)).copied().unwrap_or_default();
    let hour = match time.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    let number = u8::from(time.month());
    let text = match letter {
        'a' => day.get(..3).unwrap_or_default().to_owned(),
        'A' => day.to_owned(),
        'b' | 'h' => month.get(..3).unwrap_or_default().to_owned(),
        'B' => month.to_owned(),
        'd' => format!("{:02}", time.day()),
        'e' => format!("{:2}", time.day()),
        'm' => format!("{number:02}"),
        'y' => format!("{:02}", time.year() % 100),
        'Y' => time.year().to_string(),
        'j' => format!("{:03}", time.ordinal()),
        'H' => format!("{:02}", time.hour()),
        'I' => format!("{hour:02}"),
        'M' => format!("{:02}", time.minute()),
        'S' => format!("{:02}", time.second()),
        'p' => if time.hour() < 12 { "AM" } else { "PM" }.to_owned(),
        'Z' => "UTC".to_owned(),
        'z' => "+0000".to_owned(),
        's' => time.unix_timestamp().to_string(),
        'u' => time.weekday().number_from_monday().to_string(),
        'w' => time.weekday().number_days_from_sunday().to_string(),
        'F' => format!("{}-{number:02}-{:02}", time.year(), time.day()),
        'T' => format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second()),
        'R' => format!("{:02}:{:02}", time.hour(), time.minute()),
        'D' => format!("{number:02}/{:02}/{:02}", time.day(), time.year() % 100),
        'c' => strftime("%a %b %e %H:%M:%S %Y", time.unix_timestamp()),
        'n' => "\n".to_owned(),
        't' => "\t".to_owned(),
        '%' => "%".to_owned(),
        other => format!("%{other}"),
    };
    out.push_str(&text);
}

#[cfg(test)]
mod tests {
    use super::strftime;

    #[test]
    fn times_are_written_as_asked() {
        assert_eq!(
            strftime("%F %T %a %e %b %j %I%p %%", 1_764_000_000),
            "2025-11-24 16:00:00 Mon 24 Nov 328 04PM %"
        );
        assert_eq!(strftime("%c", 1_764_000_000), "Mon Nov 24 16:00:00 2025");
    }
}
