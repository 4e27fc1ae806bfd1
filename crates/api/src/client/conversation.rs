//! A connection on which requests are sent and answered.

use std::time::Duration;

use hyper::{Request, Response, body::Incoming, client::conn::http1::SendRequest};
use thiserror::Error;
use tokio::{task::JoinHandle, time::timeout};

use super::outgoing::Outgoing;

/// How long an answer that came with the end of its connection may take to be seen.
const LAST_LOOK: Duration = Duration::from_millis(200);

/// A connection, and whether it has ended.
#[derive(Debug)]
pub(super) struct Conversation {
    pub(super) sender: SendRequest<Outgoing>,
    /// The task that carries it.
    pub(super) carried: JoinHandle<()>,
}

/// A request has no answer.
#[derive(Debug, Error)]
pub(super) enum Unanswered {
    /// The conversation failed.
    #[error(transparent)]
    Http(#[from] hyper::Error),
    /// The connection ended just when the request was handed to it.
    #[error("the connection has ended")]
    Ended,
}

impl Unanswered {
    /// Whether the server has not heard the request.
    pub(super) fn is_unheard(&self) -> bool {
        match self {
            Self::Http(error) => error.is_canceled() || error.is_closed(),
            Self::Ended => true,
        }
    }
}

impl Conversation {
    /// Whether another request may be sent on it.
    pub(super) fn is_ready(&self) -> bool {
        self.sender.is_ready()
    }

    /// Sends a request. One that is handed over in the moment in which the connection ends is lost without a
    /// word: who waited for its answer would wait for ever.
    pub(super) async fn send(
        &mut self,
        request: Request<Outgoing>,
    ) -> Result<Response<Incoming>, Unanswered> {
        let Self { sender, carried } = self;
        let mut answer = std::pin::pin!(sender.send_request(request));
        let ended = async {
            if !carried.is_finished() {
                // However it ended.
                let _ = carried.await;
            }
        };
        tokio::select! {
            biased;
            answer = &mut answer => return Ok(answer?),
            () = ended => {}
        }
        Ok(timeout(LAST_LOOK, answer).await.map_err(|_| Unanswered::Ended)??)
    }
}
