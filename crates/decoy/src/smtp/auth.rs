//! AUTH, as Postfix answers it with the Cyrus library behind.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    command::Words,
    session::{Next, Session},
};
use crate::{
    attempt::auth_attempt,
    conn::{End, Line},
};

/// Longest response that is taken.
const RESPONSE: usize = 12_288;

/// How an exchange ended.
enum Outcome {
    /// With a name and a password.
    Credentials { user: Vec<u8>, password: Vec<u8>, for_other: bool },
    /// The peer gave it up.
    Aborted,
    /// The library refuses, with this reason.
    Failed(&'static str),
    /// More came than is taken.
    TooLong,
}

const BAD_PROTOCOL: Outcome = Outcome::Failed("bad protocol / cancel");
const ANOTHER_STEP: Outcome = Outcome::Failed("another step is needed in authentication");

/// Decodes a response as the library does: four characters at a time; when fewer are left it
/// wants more.
fn decode(response: &[u8]) -> Result<Vec<u8>, Outcome> {
    let (whole, left) = response.split_at(response.len() / 4 * 4);
    match STANDARD.decode(whole) {
        Err(_) => Err(BAD_PROTOCOL),
        Ok(_) if !left.is_empty() => Err(ANOTHER_STEP),
        Ok(message) => Ok(message),
    }
}

impl Session<'_> {
    /// AUTH.
    pub(super) async fn authenticate(&mut self, words: &Words) -> Result<Next, End> {
        if self.submission && !self.conn.is_secure() {
            return self.refuse("530 5.7.0 Must issue a STARTTLS command first").await;
        }
        if self.envelope.is_some() {
            return self.refuse("503 5.5.1 Error: MAIL transaction in progress").await;
        }
        if self.user.is_some() {
            return self.refuse("503 5.5.1 Error: already authenticated").await;
        }
        if !(2..=3).contains(&words.count()) {
            return self.refuse("501 5.5.4 Syntax: AUTH mechanism").await;
        }
        let initial = (words.count() == 3).then(|| words.get(2).to_vec());
        let (mechanism, outcome) = match words.get(1).to_ascii_uppercase().as_slice() {
            b"PLAIN" => ("plain", self.plain(initial).await?),
            b"LOGIN" => ("login", self.log_in(initial).await?),
            _ => ("other", Outcome::Failed("no mechanism available")),
        };
        self.conclude(mechanism, outcome, words).await
    }

    async fn conclude(
        &mut self,
        mechanism: &'static str,
        outcome: Outcome,
        words: &Words,
    ) -> Result<Next, End> {
        match outcome {
            Outcome::Credentials { user, password, for_other } => {
                let accepted = !for_other && self.smtp.settings.account(&user, &password);
                self.check(mechanism, user, password, accepted).await
            }
            Outcome::Aborted => self.refuse("501 5.7.0 Authentication aborted").await,
            Outcome::TooLong => self.refuse("500 5.5.6 SASL response limit exceeded").await,
            Outcome::Failed(reason) => {
                self.conn.protocol_error("authentication exchange", &words.joined(1));
                self.refuse(format!("535 5.7.8 Error: authentication failed: {reason}")).await
            }
        }
    }

    async fn check(
        &mut self,
        mechanism: &'static str,
        user: Vec<u8>,
        password: Vec<u8>,
        accepted: bool,
    ) -> Result<Next, End> {
        let empty = user.is_empty() && password.is_empty();
        self.conn.emit(auth_attempt(mechanism, Some(user.clone()), Some(password), accepted));
        if accepted {
            self.user = Some(user);
            return self.accept("235 2.7.0 Authentication successful").await;
        }
        let text = if empty {
            "454 4.7.0 Temporary authentication failure: generic failure"
        } else {
            "535 5.7.8 Error: authentication failed: authentication failure"
        };
        self.refuse(text).await
    }

    /// PLAIN (RFC 4616): who to act as, who one is, and the password, with NUL between.
    async fn plain(&mut self, initial: Option<Vec<u8>>) -> Result<Outcome, End> {
        let response = match initial {
            Some(response) => response,
            None => match self.challenge("334 ").await? {
                Ok(response) => response,
                Err(outcome) => return Ok(outcome),
            },
        };
        let message = match decode(&response) {
            Ok(message) => message,
            Err(outcome) => return Ok(outcome),
        };
        let parts: Vec<&[u8]> = message.splitn(3, |b| *b == 0).collect();
        Ok(match parts[..] {
            [act_as, user, password] => Outcome::Credentials {
                user: user.to_vec(),
                password: password.to_vec(),
                // Nobody may act as somebody else.
                for_other: !act_as.is_empty() && act_as != user,
            },
            _ => BAD_PROTOCOL,
        })
    }

    /// LOGIN: two questions.
    async fn log_in(&mut self, initial: Option<Vec<u8>>) -> Result<Outcome, End> {
        let user = match initial {
            Some(response) => response,
            None => match self.challenge("334 VXNlcm5hbWU6").await? {
                Ok(response) => response,
                Err(outcome) => return Ok(outcome),
            },
        };
        let user = match decode(&user) {
            Ok(user) => user,
            Err(outcome) => return Ok(outcome),
        };
        let password = match self.challenge("334 UGFzc3dvcmQ6").await? {
            Ok(response) => response,
            Err(outcome) => return Ok(outcome),
        };
        Ok(match decode(&password) {
            Ok(password) => Outcome::Credentials { user, password, for_other: false },
            Err(outcome) => outcome,
        })
    }

    /// Sends a challenge and takes the response.
    async fn challenge(&mut self, challenge: &str) -> Result<Result<Vec<u8>, Outcome>, End> {
        self.reply(challenge).await?;
        self.flush().await?;
        let mut response = match self.conn.read_line(RESPONSE).await? {
            Line::Whole(line) => line,
            Line::TooLong(_) => {
                while let Line::TooLong(_) = self.conn.read_line(RESPONSE).await? {}
                return Ok(Err(Outcome::TooLong));
            }
        };
        let end = response.iter().rposition(|b| *b != b'\r').map_or(0, |at| at + 1);
        response.truncate(end);
        Ok(if response == b"*" { Err(Outcome::Aborted) } else { Ok(response) })
    }
}
