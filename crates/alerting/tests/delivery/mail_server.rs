//! A mail server on loopback, as small as can be.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

/// What a client said: its lines, and its message in one.
type Said = Arc<Mutex<Vec<String>>>;

/// Its replies.
#[derive(Clone, Copy)]
pub(crate) struct Replies {
    /// What it offers, a line each.
    pub(crate) offers: &'static [&'static str],
    /// To a recipient.
    pub(crate) recipient: fn(&str) -> &'static str,
    /// To a message; nothing for a server that ends there.
    pub(crate) message: Option<&'static str>,
}

/// How it speaks TLS.
#[derive(Clone)]
pub(crate) enum Security {
    None,
    Starttls(TlsAcceptor),
    Tls(TlsAcceptor),
}

pub(crate) struct MailServer {
    pub(crate) address: SocketAddr,
    said: Said,
    serving: JoinHandle<()>,
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl MailServer {
    pub(crate) async fn new(replies: Replies) -> Self {
        Self::with_tls(replies, Security::None).await
    }

    pub(crate) async fn with_tls(replies: Replies, security: Security) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let said = Said::default();
        let theirs = Arc::clone(&said);
        let serving = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let _ = secure(stream, replies, &security, &theirs).await;
            }
        });
        Self { address, said, serving }
    }

    pub(crate) fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }
}

async fn secure(
    mut stream: TcpStream,
    replies: Replies,
    security: &Security,
    said: &Said,
) -> std::io::Result<()> {
    match security {
        Security::None => {
            stream.write_all(GREETING).await?;
            serve(stream, replies, said).await
        }
        Security::Tls(acceptor) => {
            let mut stream = acceptor.accept(stream).await?;
            stream.write_all(GREETING).await?;
            serve(stream, replies, said).await
        }
        Security::Starttls(acceptor) => {
            stream.write_all(GREETING).await?;
            let mut plain = BufReader::new(stream);
            let greeting = line(&mut plain).await?;
            said.lock().unwrap().push(greeting);
            plain.write_all(b"250-mail.example\r\n250 STARTTLS\r\n").await?;
            let wish = line(&mut plain).await?;
            said.lock().unwrap().push(wish);
            plain.write_all(b"220 go on\r\n").await?;
            serve(acceptor.accept(plain.into_inner()).await?, replies, said).await
        }
    }
}

const GREETING: &[u8] = b"220-mail.example\r\n220 ready\r\n";

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    replies: Replies,
    said: &Said,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let line = line(&mut stream).await?;
        said.lock().unwrap().push(line.clone());
        let verb = line.split(' ').next().unwrap_or_default().to_owned();
        let reply = match verb.as_str() {
            "EHLO" => {
                let lines: String = replies.offers.iter().map(|offer| format!("250-{offer}\r\n")).collect();
                format!("250-mail.example\r\n{lines}250 SIZE 1000000")
            }
            "AUTH" if line == "AUTH LOGIN" => "334 VXNlcm5hbWU6".to_owned(),
            "AUTH" => "235 welcome".to_owned(),
            "RCPT" => (replies.recipient)(&line).to_owned(),
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                message(&mut stream, said).await?;
                match replies.message {
                    Some(reply) => reply.to_owned(),
                    None => return Ok(()),
                }
            }
            "MAIL" => "250 ok".to_owned(),
            "QUIT" => return Ok(()),
            // A name and a password, of which a log-in by LOGIN is made.
            _ if said.lock().unwrap().iter().rev().nth(1).is_some_and(|before| before == "AUTH LOGIN") => {
                "334 UGFzc3dvcmQ6".to_owned()
            }
            _ => "235 welcome".to_owned(),
        };
        stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
    }
}

async fn line(stream: &mut BufReader<impl AsyncRead + AsyncWrite + Unpin>) -> std::io::Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.strip_suffix("\r\n").unwrap_or("no end of line").to_owned())
}

async fn message(
    stream: &mut BufReader<impl AsyncRead + AsyncWrite + Unpin>,
    said: &Said,
) -> std::io::Result<()> {
    let mut lines = Vec::new();
    loop {
        let line = line(stream).await?;
        if line == "." {
            said.lock().unwrap().push(lines.join("\n"));
            return Ok(());
        }
        lines.push(line);
    }
}
