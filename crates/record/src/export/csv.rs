//! A table: RFC 4180, and safe to open in a spreadsheet.

use decnet_event::text::readable;

use super::seen::Seen;

/// Its columns.
pub(super) const COLUMNS: [(&str, &str); 16] = [
    ("id", "id of the event"),
    ("timestamp", "when, RFC 3339"),
    ("worker", "the worker from which it came"),
    ("decky", "the decky"),
    ("service", "the service"),
    ("event_type", "the kind"),
    ("severity", "severity of RFC 5424, a number"),
    ("attacker_ip", "address of the peer, as the socket says"),
    ("attacker_port", "its port"),
    ("decky_ip", "address that the peer reached"),
    ("decky_port", "its port"),
    ("session", "the conversation"),
    ("username", "the user name, where there is one"),
    ("fields", "all fields of the kind, a JSON object of texts"),
    ("msg", "what follows the structured data of the line"),
    ("ignored", "the entry of the ignore list that covers it"),
];

/// The line of names.
pub(super) fn head() -> String {
    COLUMNS.map(|(name, _)| name).join(",") + "\r\n"
}

pub(super) fn write(seen: &Seen<'_>, out: &mut Vec<u8>) {
    let record = &seen.record;
    let own = |name: &str| seen.field(name).unwrap_or_default().into_owned();
    let cells: [String; COLUMNS.len()] = [
        seen.id.to_string(),
        record.time.map(|time| time.to_string()).unwrap_or_default(),
        seen.worker.to_owned(),
        record.hostname.to_owned(),
        record.app_name.to_owned(),
        record.msg_id.to_owned(),
        (record.priority % 8).to_string(),
        own("src_ip"),
        own("src_port"),
        own("dst_ip"),
        own("dst_port"),
        own("session"),
        own("username"),
        seen.own_fields().map(|own| own.to_string()).unwrap_or_default(),
        readable(record.message).into_owned(),
        seen.ignored().unwrap_or_default(),
    ];
    out.extend(cells.map(|text| cell(&text)).join(",").bytes());
    out.extend(b"\r\n");
}

/// A text as a cell: quoted where it must be. One that a spreadsheet would take for a formula gets an apostrophe,
/// which spreadsheets do not show.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\r', '\n', '\'']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cells_are_quoted_and_are_no_formulas() {
        let check = |text: &str, expect: &str| assert_eq!(cell(text), expect);
        check("plain", "plain");
        check("", "");
        check("a,b", "\"a,b\"");
        check("a \"b\"", "\"a \"\"b\"\"\"");
        check("a\nb", "\"a\nb\"");
        check("=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\"");
        for first in ["=", "+", "-", "@", "\t", "\r"] {
            check(&format!("{first}1"), &format!("\"'{first}1\""));
        }
        check("1-2", "1-2");
    }

    proptest! {
        #[test]
        fn a_cell_is_read_as_it_was_written(text in "[=+@,\"'\\r\\na-c-]{0,12}") {
            let cell = cell(&text);
            let quoted = cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"'));
            let read = quoted.map_or_else(|| cell.clone(), |inner| inner.replace("\"\"", "\""));
            prop_assert!(quoted.is_some() || !cell.contains([',', '"', '\r', '\n']));
            prop_assert_eq!(read.strip_prefix('\'').filter(|_| text.starts_with(['=', '+', '-', '@', '\n', '\r'])).unwrap_or(&read), &text);
            prop_assert!(!read.starts_with(['=', '+', '-', '@', '\t', '\r']));
        }
    }
}
