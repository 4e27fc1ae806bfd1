//! Redis, the in-memory database.

pub mod request;

use std::time::Duration;

use decnet_event::Kind;
use decnet_proto::persona::ServiceSpec;

use crate::{Conn, ConnectionService, End, Host, ServiceError};
use request::{Parser, Progress};

/// Redis of one decky.
#[derive(Debug)]
pub struct Redis {
    password: Option<Vec<u8>>,
}

impl ConnectionService for Redis {
    fn build(spec: &ServiceSpec, _: &Host) -> Result<Self, ServiceError> {
        Ok(Self { password: spec.key("password").map(|p| p.as_bytes().to_vec()) })
    }

    async fn serve(&self, conn: &mut Conn) -> Result<(), End> {
        // Redis' own default is to wait for ever.
        conn.set_idle_timeout(Duration::from_secs(3_600));
        let mut parser = Parser::default();
        let mut known = self.password.is_none();
        let mut answers = Vec::new();
        loop {
            let before = parser.held();
            let step = parser.advance(conn.buffered(), !known);
            let (used, progress) = match step {
                Ok(step) => step,
                Err(error) => {
                    conn.protocol_error("malformed request", conn.buffered());
                    answers.extend_from_slice(format!("-ERR Protocol error: {error}\r\n").as_bytes());
                    return conn.write(&answers).await;
                }
            };
            conn.consume(used);
            conn.release(before);
            conn.claim(parser.held())?;
            match progress {
                Progress::Request(request) => {
                    if self.answer(conn, &request, &mut known, &mut answers) {
                        return conn.write(&answers).await;
                    }
                }
                Progress::More => {
                    if !answers.is_empty() {
                        conn.write(&answers).await?;
                        answers = Vec::new();
                    }
                    conn.fill().await?;
                }
            }
        }
    }
}

impl Redis {
    /// Answers one request; whether the connection ends with it.
    fn answer(&self, conn: &Conn, request: &[Vec<u8>], known: &mut bool, out: &mut Vec<u8>) -> bool {
        let Some((name, args)) = request.split_first() else { return false };
        let name = name.to_ascii_lowercase();
        match (name.as_slice(), args) {
            (b"quit", _) => {
                out.extend_from_slice(b"+OK\r\n");
                return true;
            }
            (b"auth", [password]) => self.auth(conn, password, known, out),
            _ if !*known => out.extend_from_slice(b"-NOAUTH Authentication required.\r\n"),
            (b"ping", []) => out.extend_from_slice(b"+PONG\r\n"),
            (b"ping" | b"echo", [text]) => {
                out.extend_from_slice(format!("${}\r\n", text.len()).as_bytes());
                out.extend_from_slice(text);
                out.extend_from_slice(b"\r\n");
            }
            _ => {
                let command = String::from_utf8_lossy(&name).into_owned();
                let text = format!("-ERR unknown command '{command}', with args beginning with: \r\n");
                out.extend_from_slice(text.as_bytes());
            }
        }
        conn.emit(Kind::Command { command: name, args: args.join(&b' ') });
        false
    }

    fn auth(&self, conn: &Conn, password: &[u8], known: &mut bool, out: &mut Vec<u8>) {
        let answer: &[u8] = match &self.password {
            None => b"-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?\r\n",
            Some(right) if right == password => {
                *known = true;
                b"+OK\r\n"
            }
            Some(_) => b"-WRONGPASS invalid username-password pair or user is disabled.\r\n",
        };
        out.extend_from_slice(answer);
        let status = if answer.starts_with(b"+") { "accepted" } else { "rejected" };
        let password = Some(password.to_vec());
        conn.emit(Kind::AuthAttempt { mechanism: "requirepass", username: None, password, status });
    }
}
