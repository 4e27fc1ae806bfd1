//! An alert as a mail (RFC 5322). Everything that is not of ASCII or not ours is in base64, so that no text can end a
//! line, a header or the message.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use decnet_proto::alert::{Alert, Mail};
use time::{
    OffsetDateTime,
    format_description::well_known::{Rfc2822, Rfc3339},
};

use super::facts;

/// Most bytes of text in one encoded word (RFC 2047 allows 75 characters with its marks), and in one line.
const WORD: usize = 42;
const LINE: usize = 57;

/// The message, with lines that end as those of SMTP do, and without the full stop behind it.
pub(crate) fn body(mail: &Mail, alert: &Alert) -> String {
    let domain = mail.from.rsplit('@').next().unwrap_or_default();
    let text = facts(alert).into_iter().fold(format!("{}\r\n\r\n", alert.title), |text, (name, value)| {
        text + &format!("{name}: {value}\r\n")
    });
    let lines: Vec<_> = text.as_bytes().chunks(LINE).map(|chunk| STANDARD.encode(chunk)).collect();
    format!(
        "Date: {date}\r\nFrom: <{from}>\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <{id}@{domain}>\r\n\
         Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{lines}\r\n",
        date = date(&alert.time),
        from = mail.from,
        to = mail.to.iter().map(|to| format!("<{to}>")).collect::<Vec<_>>().join(",\r\n "),
        subject = encoded(&format!("[DECNET] {}", alert.title)),
        id = alert.id,
        lines = lines.join("\r\n"),
    )
}

/// A time in the form of mails; the beginning of time for what is none.
fn date(time: &str) -> String {
    let time = OffsetDateTime::parse(time, &Rfc3339).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    time.format(&Rfc2822).unwrap_or_default()
}

/// A text as encoded words, each on its own line.
fn encoded(text: &str) -> String {
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (word, behind) = rest.split_at(rest.floor_char_boundary(WORD));
        words.push(format!("=?utf-8?B?{}?=", STANDARD.encode(word)));
        rest = behind;
    }
    words.join("\r\n ")
}

#[cfg(test)]
mod tests {
    use decnet_proto::alert::MailSecurity;
    use proptest::prelude::*;

    use super::super::tests::hostile;
    use super::*;

    fn mail() -> Mail {
        Mail {
            host: "mail.example".to_owned(),
            port: 587,
            security: MailSecurity::Tls,
            username: None,
            password: None,
            from: "decnet@example.org".to_owned(),
            to: vec!["a@example.org".to_owned(), "b@example.org".to_owned()],
        }
    }

    /// The text of encoded words, and that of a body.
    fn decoded(message: &str) -> (String, String) {
        let (head, body) = message.split_once("\r\n\r\n").unwrap();
        let subject = head.split_once("Subject: ").unwrap().1.split("\r\nMessage-ID").next().unwrap();
        let word = |word: &str| {
            let inner = word.strip_prefix("=?utf-8?B?").unwrap().strip_suffix("?=").unwrap();
            assert!(word.len() <= 75);
            String::from_utf8(STANDARD.decode(inner).unwrap()).unwrap()
        };
        let subject = subject.split("\r\n ").map(word).collect();
        let body = STANDARD.decode(body.replace("\r\n", "")).unwrap();
        (subject, String::from_utf8(body).unwrap())
    }

    #[test]
    fn a_mail_has_its_headers() {
        let message = body(&mail(), &hostile());
        let expect = "Date: Wed, 26 Nov 2025 10:47:13 +0000\r\nFrom: <decnet@example.org>\r\n\
                      To: <a@example.org>,\r\n <b@example.org>\r\nSubject: =?utf-8?B?";
        assert!(message.starts_with(expect), "{message}");
        assert!(message.contains("\r\nMessage-ID: <00000000-0000-0000-0000-000000000007@example.org>\r\n"));
        let (subject, text) = decoded(&message);
        assert_eq!(subject, format!("[DECNET] {}", hostile().title));
        assert!(text.contains("\r\ndecky: <!channel>\r\n"));
    }

    proptest! {
        #[test]
        fn no_text_breaks_out(title in "\\PC{0,200}|[\\r\\n.]{0,9}") {
            let message = body(&mail(), &Alert { title: title.clone(), ..hostile() });
            prop_assert!(message.is_ascii());
            prop_assert!(message.split("\r\n").all(|line| line.len() < 100 && !line.starts_with('.')));
            prop_assert!(message.replace("\r\n", "").bytes().all(|byte| byte >= b' '));
            let (subject, text) = decoded(&message);
            prop_assert_eq!(subject, format!("[DECNET] {title}"));
            prop_assert!(text.starts_with(&title));
        }
    }
}
