//! The syntax of a table of jobs, as cron checks it.

/// What is wrong, and where; lines count from 0 until their end is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bad {
    pub(super) line: usize,
    pub(super) what: &'static str,
}

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// Fields: what is said of a bad one, least, most, and names with the number of the first.
type Rule = (&'static str, u32, u32, &'static [&'static str], u32);
const FIELDS: &[Rule] = &[
    ("bad minute", 0, 59, &[], 0),
    ("bad hour", 0, 23, &[], 0),
    ("bad day-of-month", 1, 31, &[], 0),
    ("bad month", 1, 12, MONTHS, 1),
    ("bad day-of-week", 0, 7, DAYS, 0),
];
const WORDS: &[&[u8]] =
    &[b"reboot", b"yearly", b"annually", b"monthly", b"weekly", b"daily", b"midnight", b"hourly"];

/// The first thing that is wrong in a table.
pub(super) fn check(table: &[u8]) -> Option<Bad> {
    let lines = table.split(|byte| *byte == b'\n').enumerate();
    lines.into_iter().find_map(|(number, line)| {
        entry(line).map(|(past, what)| Bad { line: number + usize::from(past), what })
    })
}

/// What is wrong with a line, and whether it was read to its end.
fn entry(line: &[u8]) -> Option<(bool, &'static str)> {
    let line = line.trim_ascii_start();
    if line.is_empty() || line.starts_with(b"#") || is_assignment(line) {
        return None;
    }
    if let Some(word) = line.strip_prefix(b"@") {
        let end = word.iter().position(u8::is_ascii_whitespace).unwrap_or(word.len());
        let known = word.get(..end).is_some_and(|word| WORDS.contains(&word));
        return (!known).then_some((end == word.len(), "bad time specifier"));
    }
    let mut rest = line;
    for rule in FIELDS {
        let end = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
        let field = rest.get(..end).unwrap_or_default();
        if !is_list(field, *rule) || rest.len() == end && rule.0 != "bad day-of-week" {
            return Some((rest.len() == end, rule.0));
        }
        rest = rest.get(end..).unwrap_or_default().trim_ascii_start();
    }
    None
}

/// `NAME=value`, with blanks around the sign if one likes.
fn is_assignment(line: &[u8]) -> bool {
    let Some(sign) = line.iter().position(|byte| *byte == b'=') else { return false };
    let name = line.get(..sign).unwrap_or_default().trim_ascii_end();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let quoted = name.len() > 2 && (name.starts_with(b"\"") || name.starts_with(b"'"));
    quoted || !name.is_empty() && name.iter().all(plain) && !name.first().is_some_and(u8::is_ascii_digit)
}

fn is_list(field: &[u8], rule: Rule) -> bool {
    !field.is_empty() && field.split(|byte| *byte == b',').all(|range| is_range(range, rule))
}

/// `*`, `n`, `n-m`, each with `/step`.
fn is_range(range: &[u8], rule: Rule) -> bool {
    let mut halves = range.splitn(2, |byte| *byte == b'/');
    let (span, step) = (halves.next().unwrap_or_default(), halves.next());
    let steps = step.is_none_or(|step| number(step).is_some_and(|step| step > 0));
    if span == b"*" {
        return steps;
    }
    let mut ends = span.splitn(2, |byte| *byte == b'-');
    let first = ends.next().and_then(|text| value(text, rule));
    let last = ends.next().map(|text| value(text, rule));
    let ordered = match (first, last) {
        (Some(first), Some(Some(last))) => first <= last,
        (Some(_), None) => step.is_none(),
        _ => false,
    };
    ordered && steps
}

fn number(text: &[u8]) -> Option<u32> {
    std::str::from_utf8(text).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()
}

fn value(text: &[u8], (_, least, most, names, first): Rule) -> Option<u32> {
    let lower = text.to_ascii_lowercase();
    let named = names.iter().position(|name| name.as_bytes() == lower).and_then(|at| u32::try_from(at).ok());
    let value = named.map(|at| at + first).or_else(|| number(text))?;
    (least..=most).contains(&value).then_some(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tables_are_judged_as_cron_judges_them() {
        let check = |text: &str| check(text.as_bytes()).map(|bad| (bad.line, bad.what));
        assert_eq!(check("* * * * * x\n"), None);
        assert_eq!(check("* * * * *\n"), None);
        assert_eq!(check("\n# c\nA=b\n*/5 * * * mon x\n1-5,7 1,2 * jan 0 root y\n"), None);
        assert_eq!(check("@reboot x\n"), None);
        assert_eq!(check("61 * * * * x\n"), Some((0, "bad minute")));
        assert_eq!(check("* 25 * * * x\n"), Some((0, "bad hour")));
        assert_eq!(check("* * 40 * * x\n"), Some((0, "bad day-of-month")));
        assert_eq!(check("* * * 13 * x\n"), Some((0, "bad month")));
        assert_eq!(check("* * * * 9 x\n"), Some((0, "bad day-of-week")));
        assert_eq!(check("hello\n"), Some((1, "bad minute")));
        assert_eq!(check("@never x\n"), Some((0, "bad time specifier")));
    }

    proptest! {
        #[test]
        fn any_table_is_judged(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
            let _ = super::check(&bytes);
        }
    }
}
