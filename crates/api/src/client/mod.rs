//! One request, one typed answer.

mod connect;
mod conversation;
mod outgoing;
#[cfg(test)]
mod tests;
mod upload;

use std::{error::Error, io, path::PathBuf, sync::Arc, time::Duration};

use decnet_proto::problem::Problem;
use http_body_util::{BodyExt as _, Limited};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header,
};
use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;
use tokio::sync::Mutex;

pub use self::upload::{Parcel, Reply, Waits};
use self::{conversation::Conversation, outgoing::Outgoing};

/// The way to a server.
#[derive(Clone, Debug)]
pub enum Way {
    /// A Unix socket.
    Unix(PathBuf),
    /// A port on loopback, `host:port`.
    Plain(String),
    /// A port with TLS, `host:port`; the configuration knows who must be there.
    Tls(String, Arc<rustls::ClientConfig>),
}

impl std::fmt::Display for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unix(path) => path.display().fmt(f),
            Self::Plain(address) | Self::Tls(address, _) => f.pad(address),
        }
    }
}

/// Why a request has no answer that helps.
#[derive(Debug, Error)]
pub enum CallError {
    /// Nobody listens.
    #[error("nobody answers on {way}")]
    Absent {
        /// Where somebody should.
        way: Way,
        /// Why.
        source: io::Error,
    },
    /// The socket is not for us.
    #[error("not permitted to speak on {way}")]
    Forbidden {
        /// The socket.
        way: Way,
    },
    /// Nothing came in time.
    #[error("no answer to {attempt} on {way} within {} s", patience.as_secs())]
    Late {
        /// What was being attempted.
        attempt: String,
        /// Where.
        way: Way,
        /// How long was waited.
        patience: Duration,
    },
    /// The conversation broke off.
    #[error("cannot {attempt} on {way}")]
    Broken {
        /// What was being attempted.
        attempt: String,
        /// Where.
        way: Way,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The server refused.
    #[error("{}: {}", .0.title, .0.detail)]
    Refused(Problem),
}

impl CallError {
    /// The refusal, if it is one.
    pub const fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Refused(problem) => Some(problem),
            _ => None,
        }
    }
}

/// Asks one server. A connection is kept for the next request; clones share it.
#[derive(Clone, Debug)]
pub struct Client {
    way: Way,
    bearer: Option<String>,
    patience: Duration,
    longest: usize,
    idle: Arc<Mutex<Option<Conversation>>>,
}

impl Client {
    /// Asks this way, waiting a minute, and reading answers of 4 MiB, a thousand deckies' worth.
    pub fn new(way: Way) -> Self {
        let (patience, longest) = (Duration::from_secs(60), 4 * 1024 * 1024);
        Self { way, bearer: None, patience, longest, idle: Arc::default() }
    }

    /// Shows a token with every request.
    #[must_use]
    pub fn with_bearer(self, token: String) -> Self {
        Self { bearer: Some(token), ..self }
    }

    /// Waits so long for answers.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The way to the server.
    pub const fn way(&self) -> &Way {
        &self.way
    }

    /// Asks without a body.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn get<T: DeserializeOwned>(&self, method: &str, path: &str) -> Result<T, CallError> {
        self.call(method, path, Bytes::new()).await
    }

    /// Asks with a body.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn send<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, CallError> {
        let body = serde_json::to_vec(body).map_err(|error| self.broken(path, error))?;
        self.call(method, path, body.into()).await
    }

    async fn call<T: DeserializeOwned>(&self, method: &str, path: &str, body: Bytes) -> Result<T, CallError> {
        let attempt = format!("{method} {path}");
        let answer = tokio::time::timeout(self.patience, self.exchange(method, path, body)).await;
        let late = |_| {
            let (attempt, way) = (attempt.clone(), self.way.clone());
            CallError::Late { attempt, way, patience: self.patience }
        };
        let (status, bytes) = answer.map_err(late)??;
        self.typed(&attempt, status, &bytes)
    }

    /// What an answer says, or the refusal that it is.
    fn typed<T: DeserializeOwned>(
        &self,
        attempt: &str,
        status: StatusCode,
        bytes: &Bytes,
    ) -> Result<T, CallError> {
        if status.is_success() {
            // What has no body says nothing.
            let text: &[u8] = if bytes.is_empty() { b"null" } else { bytes };
            return serde_json::from_slice(text).map_err(|error| self.broken(attempt, error));
        }
        let problem = serde_json::from_slice(bytes).unwrap_or_else(|_| Problem {
            status: status.as_u16(),
            title: status.canonical_reason().unwrap_or("refused").to_owned(),
            detail: format!("{} refused {attempt} without saying why", self.way),
        });
        Err(CallError::Refused(problem))
    }

    async fn exchange(
        &self,
        method: &str,
        path: &str,
        body: Bytes,
    ) -> Result<(StatusCode, Bytes), CallError> {
        let attempt = format!("{method} {path}");
        let kept = self.idle.lock().await.take().filter(Conversation::is_ready);
        let is_kept = kept.is_some();
        let mut conversation = match kept {
            Some(conversation) => conversation,
            None => self.connect().await?,
        };
        let json = [(header::CONTENT_TYPE, "application/json".to_owned())];
        let request = || {
            let request = self.request(method, path, Outgoing::from(body.clone()), &json);
            request.map_err(|error| self.broken(&attempt, error))
        };
        let sent = conversation.send(request()?).await;
        let response = match sent {
            // The server may have closed what was kept, before it heard of this.
            Err(error) if is_kept && error.is_unheard() => {
                conversation = self.connect().await?;
                conversation.send(request()?).await
            }
            sent => sent,
        };
        let response = response.map_err(|error| self.broken(&attempt, error))?;
        let answer = self.read(&attempt, response).await?;
        *self.idle.lock().await = Some(conversation);
        Ok(answer)
    }

    /// The whole of an answer.
    async fn read(
        &self,
        attempt: &str,
        response: Response<Incoming>,
    ) -> Result<(StatusCode, Bytes), CallError> {
        let status = response.status();
        let body = Limited::new(response.into_body(), self.longest).collect().await;
        Ok((status, body.map_err(|error| self.broken(attempt, error))?.to_bytes()))
    }

    fn request(
        &self,
        method: &str,
        path: &str,
        body: Outgoing,
        about: &[(header::HeaderName, String)],
    ) -> Result<Request<Outgoing>, Box<dyn Error + Send + Sync>> {
        let host = match &self.way {
            Way::Unix(_) => "agent",
            Way::Plain(address) | Way::Tls(address, _) => address,
        };
        let request = Request::builder()
            .method(Method::from_bytes(method.as_bytes())?)
            .uri(path)
            .header(header::HOST, host);
        let request = about.iter().fold(request, |request, (name, value)| request.header(name, value));
        let bearer = self.bearer.iter().map(|token| format!("Bearer {token}"));
        let request = bearer.fold(request, |request, bearer| request.header(header::AUTHORIZATION, bearer));
        Ok(request.body(body)?)
    }

    fn broken(&self, attempt: &str, source: impl Into<Box<dyn Error + Send + Sync>>) -> CallError {
        CallError::Broken { attempt: attempt.to_owned(), way: self.way.clone(), source: source.into() }
    }
}
