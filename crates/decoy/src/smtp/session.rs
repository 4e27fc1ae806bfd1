//! One conversation: lines in, answers out, and what is remembered between them.

use std::time::Duration;

use decnet_event::Kind;

use super::{Smtp, address::Address, command::Words, message::Chunked, settings::Version};
use crate::conn::{Conn, End, Line};

/// `line_length_limit`.
pub(super) const LINE: usize = 2_048;
/// `smtpd_soft_error_limit`: after so many errors each answer waits.
const SOFT_ERRORS: u32 = 10;
/// `smtpd_hard_error_limit`: after so many the server leaves.
const HARD_ERRORS: u32 = 20;
/// `smtpd_error_sleep_time`.
const ERROR_SLEEP: Duration = Duration::from_secs(1);
/// `smtpd_junk_command_limit`: commands that move nothing, until the next message.
const JUNK: u32 = 100;
/// Answers gathered for commands that came together.
const GATHERED: usize = 4_096;
/// The port of mail submission (RFC 6409).
const SUBMISSION: u16 = 587;

/// What happens after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The next command is read.
    Command,
    /// The server closes.
    Close,
}

/// A message on its way in.
#[derive(Debug)]
pub(super) struct Envelope {
    pub(super) sender: Address,
    /// Recipients that were accepted.
    pub(super) recipients: Vec<Address>,
    /// Memory that they take.
    pub(super) claimed: usize,
}

/// One conversation.
pub(super) struct Session<'a> {
    pub(super) smtp: &'a Smtp,
    pub(super) conn: &'a mut Conn,
    /// Whether it is a port for users who log in.
    pub(super) submission: bool,
    /// Whether the peer said HELO or EHLO.
    pub(super) extended: bool,
    /// Who logged in.
    pub(super) user: Option<Vec<u8>>,
    pub(super) envelope: Option<Envelope>,
    /// What SIZE announced; like the real server it is kept until the next RSET.
    pub(super) announced: u64,
    pub(super) chunked: Option<Chunked>,
    errors: u32,
    junk: u32,
    out: Vec<u8>,
}

impl<'a> Session<'a> {
    pub(super) fn new(smtp: &'a Smtp, conn: &'a mut Conn) -> Self {
        // A trial may move all ports up by a round number.
        let submission = conn.local().port() % 1_000 == SUBMISSION;
        Self {
            smtp,
            conn,
            submission,
            extended: false,
            user: None,
            envelope: None,
            announced: 0,
            chunked: None,
            errors: 0,
            junk: 0,
            out: Vec::new(),
        }
    }

    /// Plays Postfix until it would close.
    pub(super) async fn run(mut self) -> Result<(), End> {
        let ended = self.converse().await;
        if ended == Err(End::Idle) {
            let text = format!("421 4.4.2 {} Error: timeout exceeded", self.smtp.settings.hostname);
            self.reply(&text).await?;
        }
        self.flush().await?;
        ended
    }

    async fn converse(&mut self) -> Result<(), End> {
        let greeting = format!("220 {}", self.smtp.settings.banner);
        self.reply(&greeting).await?;
        loop {
            if self.errors >= HARD_ERRORS {
                let text = format!("421 4.7.0 {} Error: too many errors", self.smtp.settings.hostname);
                return self.reply(&text).await;
            }
            let line = self.line().await?;
            if self.answer(&line).await? == Next::Close {
                return Ok(());
            }
        }
    }

    /// The next line without its end; what is beyond the limit is dropped.
    pub(super) async fn line(&mut self) -> Result<Vec<u8>, End> {
        if !self.conn.buffered().contains(&b'\n') || self.out.len() > GATHERED {
            self.flush().await?;
        }
        let mut line = match self.conn.read_line(LINE).await? {
            Line::Whole(line) => line,
            Line::TooLong(start) => {
                while let Line::TooLong(_) = self.conn.read_line(LINE).await? {}
                start
            }
        };
        let end = line.iter().rposition(|b| *b != b'\r').map_or(0, |at| at + 1);
        line.truncate(end);
        Ok(line)
    }

    /// Sends the answers that were gathered.
    pub(super) async fn flush(&mut self) -> Result<(), End> {
        if !self.out.is_empty() {
            let out = std::mem::take(&mut self.out);
            self.conn.write(&out).await?;
        }
        Ok(())
    }

    /// Answers; who made many errors waits for it.
    pub(super) async fn reply(&mut self, text: impl AsRef<[u8]>) -> Result<(), End> {
        if self.errors >= SOFT_ERRORS {
            self.flush().await?;
            self.conn.pause(ERROR_SLEEP).await?;
        }
        self.out.extend_from_slice(text.as_ref());
        self.out.extend_from_slice(b"\r\n");
        Ok(())
    }

    /// Answers, and goes on.
    pub(super) async fn accept(&mut self, text: impl AsRef<[u8]>) -> Result<Next, End> {
        self.reply(text).await?;
        Ok(Next::Command)
    }

    /// Answers an error, counts it, and goes on.
    pub(super) async fn refuse(&mut self, text: impl AsRef<[u8]>) -> Result<Next, End> {
        self.reply(text).await?;
        self.errors += 1;
        Ok(Next::Command)
    }

    /// Forgets the message that was on its way.
    pub(super) fn reset(&mut self) {
        if let Some(envelope) = self.envelope.take() {
            self.conn.release(envelope.claimed);
        }
        self.announced = 0;
        self.chunked = None;
    }

    /// A message went through: what moved nothing before it is forgiven.
    pub(super) fn forgive_junk(&mut self) {
        self.junk = 0;
    }

    fn count_junk(&mut self, verb: &[u8]) {
        const JUNK_COMMANDS: &[&[u8]] = &[b"HELO", b"EHLO", b"RSET", b"NOOP", b"VRFY", b"ETRN"];
        if JUNK_COMMANDS.contains(&verb) {
            self.junk += 1;
            self.errors += u32::from(self.junk > JUNK + 1);
        }
    }

    async fn answer(&mut self, line: &[u8]) -> Result<Next, End> {
        let modern = self.smtp.settings.version >= Version(3, 0);
        if modern && std::str::from_utf8(line.split(|b| *b == 0).next().unwrap_or_default()).is_err() {
            self.conn.protocol_error("not UTF-8", line);
            return self.refuse("500 5.5.2 Error: bad UTF-8 syntax").await;
        }
        let words = Words::parse(line);
        let verb = words.verb();
        if verb.is_empty() {
            return self.refuse("500 5.5.2 Error: bad syntax").await;
        }
        self.count_junk(&verb);
        if self.wants_tls_first(&verb) {
            return self.refuse("530 5.7.0 Must issue a STARTTLS command first").await;
        }
        match verb.as_slice() {
            b"HELO" | b"EHLO" => self.greet(&verb, &words).await,
            b"STARTTLS" => Box::pin(self.start_tls(&words)).await,
            b"AUTH" => Box::pin(self.authenticate(&words)).await,
            b"MAIL" => self.mail(&words).await,
            b"RCPT" => self.recipient(&words).await,
            b"DATA" => Box::pin(self.data(&words)).await,
            b"BDAT" if modern && self.smtp.settings.version >= Version(3, 4) => {
                Box::pin(self.chunk(&words)).await
            }
            b"VRFY" => self.verify(&words).await,
            b"ETRN" => self.start_queue(&words).await,
            _ => self.simple(&verb, &words, line).await,
        }
    }

    /// On a submission port nothing goes in the clear but what begins TLS.
    fn wants_tls_first(&self, verb: &[u8]) -> bool {
        const WITHOUT: &[&[u8]] =
            &[b"HELO", b"EHLO", b"STARTTLS", b"NOOP", b"QUIT", b"HELP", b"XCLIENT", b"XFORWARD"];
        const KNOWN: &[&[u8]] = &[b"MAIL", b"RCPT", b"DATA", b"BDAT", b"AUTH", b"RSET", b"VRFY", b"ETRN"];
        self.submission && !self.conn.is_secure() && !WITHOUT.contains(&verb) && KNOWN.contains(&verb)
    }

    /// Commands that need no more than an answer.
    async fn simple(&mut self, verb: &[u8], words: &Words, line: &[u8]) -> Result<Next, End> {
        match verb {
            b"NOOP" | b"QUIT" | b"RSET" | b"XCLIENT" | b"XFORWARD" => {
                self.conn.emit(Kind::Command { command: verb.to_vec(), args: words.joined(1) });
            }
            _ => self.conn.emit(Kind::UnknownCommand { command: line.to_vec() }),
        }
        match verb {
            b"NOOP" => self.accept("250 2.0.0 Ok").await,
            b"RSET" if words.count() != 1 => self.refuse("501 5.5.4 Syntax: RSET").await,
            b"RSET" => {
                self.reset();
                self.accept("250 2.0.0 Ok").await
            }
            b"QUIT" => {
                self.reply("221 2.0.0 Bye").await?;
                Ok(Next::Close)
            }
            b"XCLIENT" if self.envelope.is_some() => {
                self.refuse("503 5.5.1 Error: MAIL transaction in progress").await
            }
            b"XCLIENT" | b"XFORWARD" if words.count() < 2 => {
                let verb = String::from_utf8_lossy(verb);
                self.refuse(format!("501 5.5.4 Syntax: {verb} attribute=value...")).await
            }
            b"XCLIENT" | b"XFORWARD" => self.refuse("550 5.7.0 Error: insufficient authorization").await,
            _ if self.is_foreign(verb, line) => {
                self.conn.protocol_error("another protocol", line);
                self.reply("221 2.7.0 Error: I can break rules, too. Goodbye.").await?;
                Ok(Next::Close)
            }
            _ if self.smtp.settings.version >= Version(3, 7) => {
                self.refuse("500 5.5.2 Error: command not recognized").await
            }
            _ => self.refuse("502 5.5.2 Error: command not recognized").await,
        }
    }

    /// `smtpd_forbidden_commands`: what web browsers and proxies say, and since 3.7 whatever does
    /// not begin with a letter; header lines count too.
    fn is_foreign(&self, verb: &[u8], line: &[u8]) -> bool {
        let first = line.trim_ascii_start().first().copied().unwrap_or_default();
        matches!(verb, b"CONNECT" | b"GET" | b"POST")
            || is_header(line)
            || self.smtp.settings.version >= Version(3, 7) && !first.is_ascii_alphabetic()
    }
}

/// Whether a line looks like the header of a message: a name and a colon.
fn is_header(line: &[u8]) -> bool {
    let Some(colon) = line.iter().position(|b| *b == b':') else { return false };
    let name = line.get(..colon).unwrap_or_default().trim_ascii_end();
    !name.is_empty() && name.iter().all(u8::is_ascii_graphic)
}

#[cfg(test)]
mod tests {
    use super::is_header;

    #[test]
    fn headers_are_a_name_and_a_colon() {
        for (line, expect) in
            [("Host: x", true), ("Host : x", true), ("a b: x", false), (": x", false), ("x", false)]
        {
            assert_eq!(is_header(line.as_bytes()), expect, "{line}");
        }
    }
}
