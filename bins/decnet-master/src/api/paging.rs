//! What queries say of lists, searches and times, as the record takes it.

use decnet_event::Timestamp;
use decnet_proto::api::PageQuery;
use decnet_record::{Paging, Period, Search};

use super::refusal::Refusal;

/// Most rows of a page.
const MOST: u32 = 1000;

/// Rows of a page, where nobody says.
const USUAL: u32 = 50;

/// Most rows that may be left out: to leave out is to look at each of them. A cursor has no such bound.
const FURTHEST: u64 = 1_000_000;

/// Where in a list a page is.
pub(super) fn paging(query: &PageQuery) -> Result<Paging, Refusal> {
    let limit = query.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(Refusal::Value(format!("limit: from 1 to {MOST}")));
    }
    let offset = query.offset.unwrap_or(0);
    if offset > FURTHEST {
        return Err(Refusal::Value(format!("offset: at most {FURTHEST}; `cursor` goes further")));
    }
    let cursor = query.cursor.as_deref().filter(|text| !text.is_empty()).map(str::parse).transpose();
    let after = cursor.map_err(|error| Refusal::Value(format!("cursor: {error}")))?;
    Ok(Paging { limit, offset, after })
}

/// What events must say.
pub(super) fn search(text: Option<&str>) -> Result<Search, Refusal> {
    Ok(Search::parse(text.unwrap_or_default())?)
}

/// A text of a query, where it says something.
pub(super) fn said(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// When events happened.
pub(super) fn period(from: Option<&str>, until: Option<&str>) -> Result<Period, Refusal> {
    Ok(Period { from: time("start_time", from)?, until: time("end_time", until)? })
}

fn time(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, Refusal> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    // In a query a plus is a blank: an offset that was not escaped is meant all the same.
    let meant = match text.rsplit_once(' ') {
        Some((time, offset)) if time.contains('T') => format!("{time}+{offset}"),
        Some((day, time)) => format!("{day}T{time}Z"),
        None => text.to_owned(),
    };
    let time = Timestamp::parse_rfc3339(&meant);
    let wrong = || Refusal::Value(format!("{name}: a time, as 2026-11-27T17:00:00Z or 2026-11-27 17:00:00"));
    time.ok_or_else(wrong).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_both_forms() {
        let expect = Some(Timestamp(1_764_154_033_000_000));
        for text in [
            "2025-11-26T10:47:13Z",
            "2025-11-26 10:47:13",
            "2025-11-26T11:47:13+01:00",
            "2025-11-26T11:47:13 01:00",
            "2025-11-26T10:47:13.000000+00:00",
        ] {
            assert_eq!(time("x", Some(text)).unwrap(), expect, "{text}");
        }
        assert_eq!(time("x", Some("")).unwrap(), None);
        let error = time("start_time", Some("yesterday")).unwrap_err().to_string();
        assert!(error.starts_with("start_time: "), "{error}");
    }

    #[test]
    fn pages_have_bounds() {
        let page = |limit, offset, cursor: Option<&str>| {
            paging(&PageQuery { limit, offset, cursor: cursor.map(str::to_owned) })
        };
        assert_eq!(page(None, None, None).unwrap(), Paging { limit: 50, offset: 0, after: None });
        for bad in
            [page(Some(0), None, None), page(Some(1001), None, None), page(None, Some(1_000_001), None)]
        {
            assert!(matches!(bad, Err(Refusal::Value(_))));
        }
        assert!(matches!(page(None, None, Some("x")), Err(Refusal::Value(_))));
    }
}
