//! MAIL, RCPT, VRFY and ETRN.

use decnet_event::Kind;

use super::{
    address::{Address, is_domain},
    command::Words,
    greet::MESSAGE_SIZE,
    session::{Envelope, Next, Session},
    settings::{Destination, Version},
};
use crate::conn::End;

/// `smtpd_recipient_limit`.
const RECIPIENTS: usize = 1_000;

/// What a parameter makes the server say; `None` if it is fine.
type Complaint = Option<Vec<u8>>;

fn complaint(text: &str) -> Complaint {
    Some(text.as_bytes().to_vec())
}

fn unsupported(parameter: &[u8]) -> Complaint {
    Some([b"555 5.5.4 Unsupported option: ", parameter].concat())
}

/// A parameter's name in upper case, and its value.
fn split(parameter: &[u8]) -> (Vec<u8>, Option<&[u8]>) {
    match parameter.iter().position(|b| *b == b'=') {
        Some(at) => (parameter.get(..at).unwrap_or_default().to_ascii_uppercase(), parameter.get(at + 1..)),
        None => (parameter.to_ascii_uppercase(), None),
    }
}

/// Whether it is one or more characters in the coding of delivery notices (RFC 3461, section 4).
fn is_xtext(value: &[u8]) -> bool {
    let hex = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(b));
    let mut bytes = value.iter();
    while let Some(byte) = bytes.next() {
        if !byte.is_ascii_graphic() || *byte == b'+' && !(hex(bytes.next()) && hex(bytes.next())) {
            return false;
        }
    }
    !value.is_empty()
}

/// NOTIFY: NEVER alone, or any of the others.
fn is_notify(value: &[u8]) -> bool {
    let value = value.to_ascii_uppercase();
    let known = |word: &[u8]| matches!(word, b"SUCCESS" | b"FAILURE" | b"DELAY");
    let words = || value.split(|b| *b == b',');
    words().all(|word| word == b"NEVER") || words().all(known)
}

impl Session<'_> {
    /// MAIL.
    pub(super) async fn mail(&mut self, words: &Words) -> Result<Next, End> {
        if self.envelope.is_some() {
            return self.refuse("503 5.5.1 Error: nested MAIL command").await;
        }
        if self.chunked.is_some() {
            return self.refuse("503 5.5.1 Error: MAIL after BDAT").await;
        }
        if words.count() < 3 || !words.get(1).eq_ignore_ascii_case(b"FROM:") {
            return self.refuse("501 5.5.4 Syntax: MAIL FROM:<address>").await;
        }
        let Ok(sender) = Address::parse(words.get(2)) else {
            return self.refuse("501 5.1.7 Bad sender address syntax").await;
        };
        let parameters = words.joined(3);
        self.conn.emit(Kind::MailFrom {
            value: sender.text(),
            parameters: Some(parameters).filter(|p| !p.is_empty()),
        });
        if let Some(text) = self.sender_complaint(words.from(3)) {
            return self.refuse(text).await;
        }
        if self.announced > MESSAGE_SIZE {
            return self.refuse("552 5.3.4 Message size exceeds fixed limit").await;
        }
        self.envelope = Some(Envelope { sender, recipients: Vec::new(), claimed: 0 });
        self.accept("250 2.1.0 Ok").await
    }

    fn sender_complaint(&mut self, parameters: &[Vec<u8>]) -> Complaint {
        let mut authenticated = 0;
        for parameter in parameters {
            let (name, value) = split(parameter);
            let complaint = match (name.as_slice(), value) {
                (b"BODY", Some(body)) => {
                    let known = [&b"8BITMIME"[..], b"7BIT"].iter().any(|k| body.eq_ignore_ascii_case(k));
                    if known { None } else { unsupported(parameter) }
                }
                (b"SIZE", Some(size)) => self.announce(size),
                (b"SMTPUTF8", None) if self.smtp.settings.version >= Version(3, 0) => None,
                (b"AUTH", Some(_)) => {
                    authenticated += 1;
                    if authenticated > 1 {
                        complaint("503 5.5.4 Error: multiple AUTH= options")
                    } else {
                        None
                    }
                }
                (b"RET", Some(what)) if what.eq_ignore_ascii_case(b"FULL") => None,
                (b"RET", Some(what)) if what.eq_ignore_ascii_case(b"HDRS") => None,
                (b"RET", Some(_)) => complaint("501 5.5.4 Bad RET parameter syntax"),
                (b"ENVID", Some(id)) if is_xtext(id) => None,
                (b"ENVID", Some(_)) => complaint("501 5.5.4 Bad ENVID parameter syntax"),
                _ => unsupported(parameter),
            };
            if complaint.is_some() {
                return complaint;
            }
        }
        None
    }

    fn announce(&mut self, size: &[u8]) -> Complaint {
        if size.is_empty() || !size.iter().all(u8::is_ascii_digit) {
            return complaint("501 5.5.4 Bad message size syntax");
        }
        self.announced = std::str::from_utf8(size).ok().and_then(|s| s.parse().ok()).unwrap_or(u64::MAX);
        None
    }

    /// RCPT.
    pub(super) async fn recipient(&mut self, words: &Words) -> Result<Next, End> {
        let Some(envelope) = &self.envelope else {
            return self.refuse("503 5.5.1 Error: need MAIL command").await;
        };
        if self.chunked.is_some() {
            return self.refuse("503 5.5.1 Error: RCPT after BDAT").await;
        }
        if words.count() < 3 || !words.get(1).eq_ignore_ascii_case(b"TO:") {
            return self.refuse("501 5.5.4 Syntax: RCPT TO:<address>").await;
        }
        if envelope.recipients.len() >= RECIPIENTS {
            return self.refuse("452 4.5.3 Error: too many recipients").await;
        }
        let recipient = match Address::parse(words.get(2)) {
            Ok(address) if !address.is_null() => address,
            _ => return self.refuse("501 5.1.3 Bad recipient address syntax").await,
        };
        for parameter in words.from(3) {
            if let Some(text) = recipient_complaint(parameter) {
                return self.refuse(text).await;
            }
        }
        if let Some(text) = self.denial(&recipient) {
            self.conn.emit(Kind::RcptDenied { value: recipient.text() });
            return self.refuse(text).await;
        }
        self.take_recipient(recipient)?;
        self.accept("250 2.1.5 Ok").await
    }

    fn take_recipient(&mut self, recipient: Address) -> Result<(), End> {
        let text = recipient.text();
        let size = text.len() + size_of::<Address>();
        self.conn.claim(size)?;
        if let Some(envelope) = &mut self.envelope {
            envelope.claimed += size;
            envelope.recipients.push(recipient);
        }
        self.conn.emit(Kind::RcptTo { value: text });
        Ok(())
    }

    /// Why mail for the recipient is not taken.
    fn denial(&self, recipient: &Address) -> Complaint {
        let reason: (&[u8], &[u8]) = match (self.smtp.settings.destination(recipient), &self.user) {
            (_, None) if self.submission => (b"554 5.7.1 <", b">: Recipient address rejected: Access denied"),
            (Destination::User, _) | (Destination::Foreign, Some(_)) => return None,
            (Destination::Unknown, _) if self.submission => return None,
            (Destination::Foreign, None) => (b"454 4.7.1 <", b">: Relay access denied"),
            (Destination::Unknown, _) => {
                (b"550 5.1.1 <", b">: Recipient address rejected: User unknown in local recipient table")
            }
        };
        Some([reason.0, &recipient.text(), reason.1].concat())
    }

    /// VRFY.
    pub(super) async fn verify(&mut self, words: &Words) -> Result<Next, End> {
        let mut argument = words.joined(1);
        self.conn.emit(Kind::Vrfy { value: argument.clone() });
        if words.count() > 2 && words.get(words.count() - 1).eq_ignore_ascii_case(b"SMTPUTF8") {
            argument.truncate(argument.len() - b" SMTPUTF8".len());
        }
        if argument.is_empty() {
            let modern = self.smtp.settings.version >= Version(3, 0);
            let utf8 = if modern { " [SMTPUTF8]" } else { "" };
            return self.refuse(format!("501 5.5.4 Syntax: VRFY address{utf8}")).await;
        }
        let address = match Address::parse(&argument) {
            Ok(address) if !address.is_null() => address,
            _ => return self.refuse("501 5.1.3 Bad recipient address syntax").await,
        };
        match self.denial(&address) {
            Some(text) => self.refuse(text).await,
            None => self.accept([b"252 2.0.0 ", argument.as_slice()].concat()).await,
        }
    }

    /// ETRN: asks for a queue that nobody may ask for.
    pub(super) async fn start_queue(&mut self, words: &Words) -> Result<Next, End> {
        self.conn.emit(Kind::Command { command: b"ETRN".to_vec(), args: words.joined(1) });
        if self.envelope.is_some() {
            return self.refuse("503 Error: MAIL transaction in progress").await;
        }
        if words.count() != 2 {
            return self.refuse("500 Syntax: ETRN domain").await;
        }
        let domain = words.get(1);
        let domain = domain.strip_prefix(b"@").or(domain.strip_prefix(b"#")).unwrap_or(domain);
        if !is_domain(domain) {
            return self.refuse("501 Error: invalid parameter syntax").await;
        }
        let text = [b"459 <", domain, b">: service unavailable"].concat();
        self.refuse(text).await
    }
}

fn recipient_complaint(parameter: &[u8]) -> Complaint {
    match split(parameter) {
        (name, Some(value)) if name == b"NOTIFY" => {
            if is_notify(value) {
                None
            } else {
                complaint("501 5.5.4 Error: Bad NOTIFY parameter syntax")
            }
        }
        (name, Some(value)) if name == b"ORCPT" => {
            let typed = value.iter().position(|b| *b == b';').is_some_and(|at| at > 0);
            if typed { None } else { complaint("501 5.5.4 Error: Bad ORCPT parameter syntax") }
        }
        _ => unsupported(parameter),
    }
}
