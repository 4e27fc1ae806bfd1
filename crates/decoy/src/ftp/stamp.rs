//! Points in time as FTP servers print them, always in UTC.

use time::OffsetDateTime;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Seconds since the Unix epoch.
pub(super) type Seconds = i64;

/// A day in seconds.
pub(super) const DAY: Seconds = 86_400;

fn civil(at: Seconds) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn month(date: OffsetDateTime) -> &'static str {
    MONTHS.get(usize::from(u8::from(date.month())) - 1).copied().unwrap_or_default()
}

/// `20261126112026`, the form of MDTM (RFC 3659, section 2.3).
pub(super) fn compact(at: Seconds) -> String {
    let d = civil(at);
    let (date, time) = (day(at), d.time());
    format!("{date}{:02}{:02}{:02}", time.hour(), time.minute(), time.second())
}

/// `20261126`.
pub(super) fn day(at: Seconds) -> String {
    let d = civil(at);
    format!("{:04}{:02}{:02}", d.year(), u8::from(d.month()), d.day())
}

/// `2026-11-26 11:20:26`.
pub(super) fn readable(at: Seconds) -> String {
    let d = civil(at);
    let (month, day) = (u8::from(d.month()), d.day());
    format!("{:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", d.year(), d.hour(), d.minute(), d.second())
}

/// The date column of vsftpd: the year instead of the time for what is old or to come.
pub(super) fn vsftpd_column(at: Seconds, now: Seconds) -> String {
    let d = civil(at);
    if at > now || now - at > 182 * DAY {
        format!("{} {:02}  {:04}", month(d), d.day(), d.year())
    } else {
        format!("{} {:02} {:02}:{:02}", month(d), d.day(), d.hour(), d.minute())
    }
}

/// The date column of ProFTPD: the year instead of the time for what is old.
pub(super) fn proftpd_column(at: Seconds, now: Seconds) -> String {
    let d = civil(at);
    if now - at > 180 * DAY {
        format!("{} {:2} {:5}", month(d), d.day(), d.year())
    } else {
        format!("{} {:2} {:02}:{:02}", month(d), d.day(), d.hour(), d.minute())
    }
}

/// Reads the form of [`compact`]; `None` when it is not fourteen digits of a real date.
pub(super) fn parse_compact(text: &[u8]) -> Option<Seconds> {
    let digits = std::str::from_utf8(text).ok().filter(|t| t.len() == 14)?;
    let part = |from: usize, to: usize| digits.get(from..to)?.parse::<u8>().ok();
    let month = time::Month::try_from(part(4, 6)?).ok()?;
    let date = time::Date::from_calendar_date(digits.get(..4)?.parse().ok()?, month, part(6, 8)?).ok()?;
    let time = time::Time::from_hms(part(8, 10)?, part(10, 12)?, part(12, 14)?).ok()?;
    Some(time::PrimitiveDateTime::new(date, time).assume_utc().unix_timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Seconds = 1_795_692_333; // 2026-11-26 11:25:33

    #[test]
    fn every_form_is_the_products() {
        assert_eq!(compact(NOW), "20261126112533");
        assert_eq!(readable(NOW), "2026-11-26 11:25:33");
        assert_eq!(vsftpd_column(NOW, NOW), "Nov 26 11:25");
        assert_eq!(vsftpd_column(1_778_186_000, NOW), "May 07  2026");
        assert_eq!(vsftpd_column(NOW + 1, NOW), "Nov 26  2026");
        assert_eq!(proftpd_column(1_778_186_000, NOW), "May  7  2026");
        assert_eq!(proftpd_column(NOW + 1, NOW), "Nov 26 11:25");
    }

    #[test]
    fn only_real_dates_are_read() {
        assert_eq!(parse_compact(b"20261126112533"), Some(NOW));
        for wrong in ["", "2026112611253", "20261326112533", "2026112611253x", "20260230000000"] {
            assert_eq!(parse_compact(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
