//! One mail, in one conversation with a mail server (RFC 5321).
//!
//! Our own, because what is to be held here no client library held together: the address that is connected to is one
//! that was looked at, lines and replies of the server have bounds, nothing that came before TLS counts as said in it,
//! and the reply to the message is the end, whatever the server does after it.

mod reply;
#[cfg(test)]
mod tests;

use std::io;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use decnet_event::text;
use decnet_proto::alert::{Alert, Mail, MailSecurity};
use thiserror::Error;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use self::reply::Reply;
use crate::{
    Trust,
    address::{self, Unreachable},
    body, exchange,
};

/// Most bytes of a reply that are told.
const TOLD: usize = 200;

/// The mail was not taken.
#[derive(Debug, Error)]
pub(crate) enum SmtpError {
    /// What is to be said would break the conversation.
    #[error("{0} cannot be written in a mail")]
    Unwritable(&'static str),
    /// Nobody can be reached.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// The server is not who it should be, or speaks no TLS.
    #[error("cannot agree on TLS with the mail server")]
    Tls(#[source] io::Error),
    /// The conversation broke off.
    #[error("the conversation with the mail server broke off")]
    Io(#[from] io::Error),
    /// It speaks something else, or too much.
    #[error("the mail server does not speak SMTP")]
    Malformed,
    /// It said something before TLS was agreed on that would count as said in it.
    #[error("the mail server spoke out of turn")]
    OutOfTurn,
    /// It cannot do what it would have to.
    #[error("the mail server offers no {0}")]
    Lacks(&'static str),
    /// It said no.
    #[error("the mail server refused {attempt}: {code} {told}")]
    Refused { attempt: &'static str, code: u16, told: String },
}

/// Sends an alert as a mail to those of the recipients whom the server takes.
pub(crate) async fn send(mail: &Mail, alert: &Alert, trust: &Trust) -> Result<(), SmtpError> {
    check(mail)?;
    let may = if mail.security == MailSecurity::None { address::is_own } else { address::may_receive };
    let addresses = address::resolve(&mail.host, mail.port, may).await?;
    let stream = address::connect(&addresses).await?;
    match mail.security {
        MailSecurity::None => Talk::new(stream).greeted().await?.deliver(mail, alert).await,
        MailSecurity::Tls => {
            Talk::new(encrypted(stream, mail, trust).await?).greeted().await?.deliver(mail, alert).await
        }
        MailSecurity::Starttls => {
            let stream = Talk::new(stream).greeted().await?.leave_for_tls(mail).await?;
            Talk::new(encrypted(stream, mail, trust).await?).deliver(mail, alert).await
        }
    }
}

/// Whether the texts of the configuration can stand in lines of the conversation.
fn check(mail: &Mail) -> Result<(), SmtpError> {
    let plain =
        |text: &String| text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>'));
    if !plain(&mail.from) || !mail.from.contains('@') {
        return Err(SmtpError::Unwritable("the sender"));
    }
    if mail.to.is_empty() || !mail.to.iter().all(plain) {
        return Err(SmtpError::Unwritable("a recipient"));
    }
    Ok(())
}

async fn encrypted(stream: TcpStream, mail: &Mail, trust: &Trust) -> Result<TlsStream<TcpStream>, SmtpError> {
    let name = exchange::server_name(&mail.host).ok_or(SmtpError::Unwritable("the server's name"))?;
    TlsConnector::from(trust.config()).connect(name, stream).await.map_err(SmtpError::Tls)
}

/// A conversation.
struct Talk<S> {
    stream: BufReader<S>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Talk<S> {
    fn new(stream: S) -> Self {
        Self { stream: BufReader::new(stream) }
    }

    /// The same, when the server has said that it is one.
    async fn greeted(mut self) -> Result<Self, SmtpError> {
        self.expect(220, "to talk").await?;
        Ok(self)
    }

    /// The connection, on which TLS is spoken from now on.
    async fn leave_for_tls(mut self, mail: &Mail) -> Result<S, SmtpError> {
        if !self.greet(mail).await?.offers("STARTTLS") {
            return Err(SmtpError::Lacks("STARTTLS"));
        }
        self.ask("STARTTLS", 220, "STARTTLS").await?;
        if !self.stream.buffer().is_empty() {
            return Err(SmtpError::OutOfTurn);
        }
        Ok(self.stream.into_inner())
    }

    async fn deliver(mut self, mail: &Mail, alert: &Alert) -> Result<(), SmtpError> {
        let offers = self.greet(mail).await?;
        if let Some((username, password)) = mail.username.as_deref().zip(mail.password.as_deref()) {
            self.log_in(&offers, username, password).await?;
        }
        self.ask(&format!("MAIL FROM:<{}>", mail.from), 250, "the sender").await?;
        self.name_recipients(mail).await?;
        self.ask("DATA", 354, "a message").await?;
        // No line of it begins with a full stop.
        let message = body::mail::body(mail, alert);
        self.ask(&format!("{message}."), 250, "the message").await?;
        // Politeness; nothing depends on it.
        let _ = self.say("QUIT").await;
        Ok(())
    }

    async fn greet(&mut self, mail: &Mail) -> Result<Reply, SmtpError> {
        let domain = mail.from.rsplit('@').next().unwrap_or_default();
        self.ask(&format!("EHLO {domain}"), 250, "EHLO").await
    }

    async fn log_in(&mut self, offers: &Reply, username: &str, password: &str) -> Result<(), SmtpError> {
        const ATTEMPT: &str = "to log in";
        if offers.offers_login("PLAIN") {
            let secret = STANDARD.encode(format!("\0{username}\0{password}"));
            self.ask(&format!("AUTH PLAIN {secret}"), 235, ATTEMPT).await?;
        } else if offers.offers_login("LOGIN") {
            self.ask("AUTH LOGIN", 334, ATTEMPT).await?;
            self.ask(&STANDARD.encode(username), 334, ATTEMPT).await?;
            self.ask(&STANDARD.encode(password), 235, ATTEMPT).await?;
        } else {
            return Err(SmtpError::Lacks("log-in by PLAIN or LOGIN"));
        }
        Ok(())
    }

    /// Names all recipients. One that is refused does not keep the others from being told.
    async fn name_recipients(&mut self, mail: &Mail) -> Result<(), SmtpError> {
        let mut refused = None;
        let mut taken = false;
        for to in &mail.to {
            match self.ask(&format!("RCPT TO:<{to}>"), 250, "a recipient").await {
                Ok(_) => taken = true,
                Err(error @ SmtpError::Refused { .. }) => {
                    tracing::warn!(recipient = %to, "{error}");
                    refused = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        if taken { Ok(()) } else { Err(refused.unwrap_or(SmtpError::Unwritable("a recipient"))) }
    }

    async fn ask(&mut self, line: &str, code: u16, attempt: &'static str) -> Result<Reply, SmtpError> {
        self.say(line).await?;
        self.expect(code, attempt).await
    }

    async fn say(&mut self, line: &str) -> Result<(), SmtpError> {
        self.stream.write_all(format!("{line}\r\n").as_bytes()).await?;
        Ok(self.stream.flush().await?)
    }

    async fn expect(&mut self, code: u16, attempt: &'static str) -> Result<Reply, SmtpError> {
        let reply = reply::read(&mut self.stream).await?;
        // 251: the mail will be forwarded.
        if reply.code == code || (code == 250 && reply.code == 251) {
            return Ok(reply);
        }
        let told = reply.lines.join(" ");
        let told = told.get(..told.floor_char_boundary(TOLD)).unwrap_or_default();
        Err(SmtpError::Refused { attempt, code: reply.code, told: text::escape(told.as_bytes()) })
    }
}
