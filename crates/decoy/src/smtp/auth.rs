//! AUTH, as Postfix answers it with the Cyrus library behind.

use base64::{
    Engine as _,
    alphabet::STANDARD as ALPHABET,
    engine::{GeneralPurpose, GeneralPurposeConfig},
};
use decnet_event::Kind;

use super::{
    command::Words,
    session::{Next, Session},
};
use crate::conn::{End, Line};

/// Longest response that is taken.
const RESPONSE: usize = 12_288;

const STRICT: GeneralPurpose = GeneralPurpose::new(&ALPHABET, GeneralPurposeConfig::new());

/// How an exchange ended.
enum Outcome {
    /// With a name and a password.
    Credentials { user: Vec<u8>, password: Vec<u8> },
    /// The peer gave it up.
    Aborted,
    /// The library refuses, with this reason.
    Failed(&'static str),
    /// More came than is taken.
    TooLong,
}

const BAD_PROTOCOL: Outcome = Outcome::Failed("bad protocol / cancel");
const ANOTHER_STEP: Outcome = Outcome::Failed("another step is needed in authentication");

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
            Outcome::Credentials { user, password } => self.check(mechanism, user, password).await,
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
    ) -> Result<Next, End> {
        let accepted = self.smtp.settings.account(&user, &password);
        let empty = user.is_empty() && password.is_empty();
        self.conn.emit(Kind::AuthAttempt {
            mechanism,
            username: Some(user.clone()),
            password: Some(password),
            status: if accepted { "accepted" } else { "rejected" },
        });
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
        // An initial response that does not decode is as good as none, and none is too few.
        let (response, bad) = match initial {
            Some(response) if response == b"=" => return Ok(ANOTHER_STEP),
            Some(response) => (response, BAD_PROTOCOL),
            None => match self.challenge("334 ").await? {
                Ok(response) => (response, BAD_PROTOCOL),
                Err(outcome) => return Ok(outcome),
            },
        };
        let Ok(message) = STRICT.decode(&response) else { return Ok(bad) };
        let mut parts = message.splitn(3, |b| *b == 0).skip(1);
        Ok(match (parts.next(), parts.next()) {
            (Some(user), Some(password)) => {
                Outcome::Credentials { user: user.to_vec(), password: password.to_vec() }
            }
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
        let Ok(user) = STRICT.decode(&user) else { return Ok(ANOTHER_STEP) };
        let password = match self.challenge("334 UGFzc3dvcmQ6").await? {
            Ok(response) => response,
            Err(outcome) => return Ok(outcome),
        };
        let Ok(password) = STRICT.decode(&password) else { return Ok(ANOTHER_STEP) };
        Ok(Outcome::Credentials { user, password })
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
