//! One who asks.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::Path,
    time::Duration,
};

use anyhow::{Context, Result, anyhow, ensure};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::answer::{Answer, status};
use crate::attacker;

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(60);

/// The password of every user of the lab, once it has been changed.
pub const PASSWORD: &str = "seven purple kettles";

/// One who asks an API, each time over another connection.
#[derive(Clone, Debug)]
pub struct Client {
    address: SocketAddr,
    /// The network that it is in; our own without one.
    namespace: Option<String>,
    token: Option<String>,
    /// Further fields of the head, each with its line end.
    fields: String,
}

impl Client {
    /// One whom nobody knows.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, namespace: None, token: None, fields: String::new() }
    }

    /// The same in a network of its own.
    #[must_use]
    pub fn inside(self, namespace: &str) -> Self {
        Self { namespace: Some(namespace.to_owned()), ..self }
    }

    /// The same with a token.
    #[must_use]
    pub fn with(self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self }
    }

    /// The same with one more field in the head.
    #[must_use]
    pub fn field(mut self, name: &str, value: &str) -> Self {
        self.fields.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    /// The token, if there is one.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Asks.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer> {
        let mut stream = self.send(method, path, body)?;
        let mut whole = Vec::new();
        stream.read_to_end(&mut whole).with_context(|| format!("{method} {path}: reading the answer"))?;
        Answer::parse(&whole).with_context(|| format!("{method} {path}"))
    }

    /// Asks, and reads no more of the answer than its status.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn status(&self, method: &str, path: &str) -> Result<u16> {
        let mut line = String::new();
        BufReader::new(self.send(method, path, None)?)
            .read_line(&mut line)
            .with_context(|| format!("{method} {path}: reading the answer"))?;
        status(&line).with_context(|| format!("{method} {path}"))
    }

    /// What is at a path.
    ///
    /// # Errors
    /// When it is not told.
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.ask("GET", path, None)?.json().with_context(|| format!("GET {path}"))
    }

    /// A measurement.
    ///
    /// # Errors
    /// When it is not told.
    pub fn metric(&self, name: &str) -> Result<f64> {
        let text = self.ask("GET", "/api/v1/metrics", None)?.text();
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
        value.with_context(|| format!("no {name} among the measurements"))
    }

    /// Logs a user in.
    ///
    /// # Errors
    /// When that is refused.
    pub fn log_in(&self, username: &str, password: &str) -> Result<Self> {
        let body = json!({"username": username, "password": password});
        let answer: Value = self.ask("POST", "/api/v1/auth/login", Some(&body))?.json()?;
        let token = answer.get("access_token").and_then(Value::as_str).context("a log-in without a token")?;
        Ok(self.clone().with(token))
    }

    /// Changes the user's password to [`PASSWORD`].
    ///
    /// # Errors
    /// When that is refused.
    pub fn change_password(&self, old: &str) -> Result<()> {
        let body = json!({"old_password": old, "new_password": PASSWORD});
        let answer = self.ask("POST", "/api/v1/auth/change-password", Some(&body))?;
        ensure!(answer.status == 200, "changing a password: {}", answer.text());
        Ok(())
    }

    /// Logs the administrator in, whose first password is in this file if nobody has changed it.
    ///
    /// # Errors
    /// When that is refused.
    pub fn admin(&self, first_password: &Path) -> Result<Self> {
        let Ok(text) = fs::read_to_string(first_password) else { return self.log_in("admin", PASSWORD) };
        let (name, password) = text.trim().split_once(' ').context("a first password without a name")?;
        let admin = self.log_in(name, password)?;
        admin.change_password(password)?;
        Ok(admin)
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<TcpStream> {
        let mut stream = self.connect().with_context(|| format!("connecting to {}", self.address))?;
        stream.set_read_timeout(Some(LIMIT)).context("setting a limit")?;
        let body = body.map(Value::to_string).unwrap_or_default();
        let token = self.token.as_ref().map(|token| format!("Authorization: Bearer {token}\r\n"));
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n{}{}Connection: close\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.address,
            token.unwrap_or_default(),
            self.fields,
            body.len()
        );
        stream.write_all(request.as_bytes()).with_context(|| format!("asking {method} {path}"))?;
        Ok(stream)
    }

    /// A connection belongs to the network in which it is made, whoever has it then.
    fn connect(&self) -> Result<TcpStream> {
        let Some(namespace) = &self.namespace else { return Ok(TcpStream::connect(self.address)?) };
        let connect = || {
            attacker::enter(namespace)?;
            Ok(TcpStream::connect(self.address)?)
        };
        std::thread::scope(|scope| scope.spawn(connect).join().map_err(|_| anyhow!("a thread broke down"))?)
    }
}

/// A text as a value of a query.
pub fn escaped(text: &str) -> String {
    let byte = |byte: u8| {
        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_queries_are_escaped() {
        assert_eq!(escaped("a:b \"ü\""), "a%3Ab%20%22%C3%BC%22");
    }
}
