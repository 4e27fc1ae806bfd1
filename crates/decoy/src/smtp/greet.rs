//! HELO, EHLO and STARTTLS.

use decnet_event::Kind;

use super::{
    command::Words,
    session::{Next, Session},
    settings::Version,
};
use crate::conn::End;

/// `message_size_limit`.
pub(super) const MESSAGE_SIZE: u64 = 10_240_000;

impl Session<'_> {
    /// HELO and EHLO.
    pub(super) async fn greet(&mut self, verb: &[u8], words: &Words) -> Result<Next, End> {
        let (command, extended) = if verb == b"EHLO" { ("EHLO", true) } else { ("HELO", false) };
        self.conn.emit(Kind::Ehlo { command, domain: words.joined(1) });
        if words.count() < 2 {
            return self.refuse(format!("501 Syntax: {command} hostname")).await;
        }
        self.reset();
        self.extended = extended;
        let hostname = &self.smtp.settings.hostname;
        let text = if extended { self.extensions() } else { format!("250 {hostname}") };
        self.accept(text).await
    }

    /// The answer to EHLO.
    fn extensions(&self) -> String {
        let (settings, secure) = (&self.smtp.settings, self.conn.is_secure());
        let version = settings.version;
        let size = format!("SIZE {MESSAGE_SIZE}");
        let lines = [
            (true, settings.hostname.as_str()),
            (true, "PIPELINING"),
            (true, &size),
            (true, "VRFY"),
            (true, "ETRN"),
            (!secure, "STARTTLS"),
            (!self.submission || secure, "AUTH PLAIN LOGIN"),
            (true, "ENHANCEDSTATUSCODES"),
            (true, "8BITMIME"),
            (true, "DSN"),
            (version >= Version(3, 0), "SMTPUTF8"),
            (version >= Version(3, 4), "CHUNKING"),
        ];
        let lines: Vec<&str> = lines.into_iter().filter(|(there, _)| *there).map(|(_, text)| text).collect();
        let (last, first) = lines.split_last().map_or(("", &[][..]), |(last, first)| (*last, first));
        first.iter().map(|line| format!("250-{line}\r\n")).collect::<String>() + "250 " + last
    }

    /// STARTTLS. What the peer sent after it in the clear is dropped.
    pub(super) async fn start_tls(&mut self, words: &Words) -> Result<Next, End> {
        self.conn.emit(Kind::Command { command: b"STARTTLS".to_vec(), args: words.joined(1) });
        if words.count() != 1 {
            return self.refuse("501 5.5.4 Syntax: STARTTLS").await;
        }
        if self.conn.is_secure() {
            return self.refuse("554 5.5.1 Error: TLS already active").await;
        }
        self.reply("220 2.0.0 Ready to start TLS").await?;
        self.flush().await?;
        let smtp = self.smtp;
        if !self.conn.buffered().is_empty() {
            let injected = self.conn.buffered().to_vec();
            self.conn.emit(Kind::ExploitAttempt { technique: "starttls_injection", detail: injected });
        }
        self.conn.upgrade_tls(&smtp.settings.tls, false).await?;
        self.reset();
        self.extended = false;
        Ok(Next::Command)
    }
}
