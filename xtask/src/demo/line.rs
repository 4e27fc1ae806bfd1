//! An event as a line for people.

use lab::log::Seen;

use crate::tty;

/// Fields that tell which event it is, not what happened.
const IDENTITY: [&str; 7] = ["boot", "seq", "session", "src_ip", "src_port", "dst_ip", "dst_port"];
/// Longest text of what happened, in characters.
const LONGEST: usize = 90;

/// Time, decky, service, peer, kind, what happened.
pub(super) fn render(event: &Seen) -> String {
    let time = event.time.get(11..19).unwrap_or("--:--:--");
    let peer = match event.field("src_ip") {
        "" => String::new(),
        ip => format!("{ip}:{}", event.field("src_port")),
    };
    let kind = format!("{:<16}", event.kind);
    let kind = if is_hostile(&event.kind) { tty::red(&kind) } else { tty::green(&kind) };
    format!(
        "  {} {} {} {peer:<16} {kind} {}",
        tty::dim(time),
        tty::cyan(&format!("{:<12}", event.decky)),
        tty::yellow(&format!("{:<6}", event.service)),
        shortened(&what(event))
    )
}

/// Kinds that show intent; the rest is contact.
fn is_hostile(kind: &str) -> bool {
    matches!(
        kind,
        "auth_attempt"
            | "exploit_attempt"
            | "file_captured"
            | "message_accepted"
            | "download_attempt"
            | "rcpt_denied"
    )
}

fn what(event: &Seen) -> String {
    let field = |name| event.field(name);
    match event.kind.as_str() {
        "auth_attempt" => format!("{} / {} → {}", field("username"), field("password"), field("status")),
        "request" => format!("{} {} → {}", field("method"), field("path"), field("status")),
        "command" => format!("{} {}", field("command"), field("args")),
        "file_captured" => {
            format!("{} ({} bytes) kept as {}", field("orig_path"), field("size"), field("stored_as"))
        }
        "message_accepted" => {
            format!("{} → {}, {:?}", field("mail_from"), field("rcpt_to"), field("subject"))
        }
        "tls_session" => format!("{} {}", field("tls_version"), field("cipher")),
        _ => {
            let rest = event.fields.iter().filter(|(name, _)| !IDENTITY.contains(&name.as_str()));
            rest.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
        }
    }
}

/// One line of printable text: a peer's bytes must not reach the terminal as commands.
fn shortened(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { '·' } else { c }).take(LONGEST).collect();
    if text.chars().count() > LONGEST { clean + "…" } else { clean }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: &str, fields: &[(&str, &str)], expect: &str) {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let event = Seen {
            time: "2026-01-02T03:04:05.000000+00:00".to_owned(),
            decky: "web".to_owned(),
            service: "http".to_owned(),
            kind: kind.to_owned(),
            fields,
        };
        assert_eq!(shortened(&what(&event)), expect);
    }

    #[test]
    fn events_read_as_sentences() {
        check("request", &[("method", "GET"), ("path", "/a"), ("status", "404")], "GET /a → 404");
        check(
            "auth_attempt",
            &[("username", "u"), ("password", "p"), ("status", "rejected")],
            "u / p → rejected",
        );
        check("ehlo", &[("seq", "4"), ("domain", "x"), ("command", "EHLO")], "command=EHLO domain=x");
        check("command", &[("command", "SET"), ("args", "a\x1b[2J")], "SET a·[2J");
    }
}
