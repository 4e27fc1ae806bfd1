//! A controller that answers what a test says, and remembers what it was asked.

use std::{
    future::Future,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::JoinHandle,
};

use axum::{
    Router,
    body::to_bytes,
    extract::Request,
    http::{StatusCode, header::AUTHORIZATION},
    response::{IntoResponse as _, Response},
};
use decnet_api::server::{Door, Limits, Plain, Tls, serve};
use decnet_pki::{admission::Admission, sessions::Sessions};
use serde_json::Value;
use tokio::sync::oneshot;

/// Takes method, path and body, and gives status and body; `null` is none.
type Answers = dyn Fn(&str, &str, &Value) -> (u16, Value) + Send + Sync;

/// Largest body that it takes.
const BODY: usize = 32 * 1024 * 1024;

/// What it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Method and path.
    pub line: String,
    /// Whether the operator's token was shown.
    pub bearer: bool,
    /// The body, `null` if none.
    pub body: Value,
}

/// A running controller. It ends with the value.
#[derive(Debug)]
pub struct FakeController {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Asked>>>,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl FakeController {
    /// Listens on a port of loopback.
    pub fn start(answers: impl Fn(&str, &str, &Value) -> (u16, Value) + Send + Sync + 'static) -> Self {
        Self::at(SocketAddr::from(([127, 0, 0, 1], 0)), answers)
    }

    /// Listens there.
    pub fn at(
        address: SocketAddr,
        answers: impl Fn(&str, &str, &Value) -> (u16, Value) + Send + Sync + 'static,
    ) -> Self {
        Self::behind(Box::new(answers), move || async move {
            let door = Plain::bind(address).await.expect("a free port");
            let address = door.address().expect("an address");
            (door, address)
        })
    }

    /// Listens by TLS.
    pub fn secure(
        config: Arc<rustls::ServerConfig>,
        admission: Arc<dyn Admission>,
        answers: impl Fn(&str, &str, &Value) -> (u16, Value) + Send + Sync + 'static,
    ) -> Self {
        Self::behind(Box::new(answers), move || async move {
            let address = SocketAddr::from(([127, 0, 0, 1], 0));
            let door = Tls::bind(address, config, Sessions::default(), admission).await.expect("a free port");
            let address = door.address().expect("an address");
            (door, address)
        })
    }

    fn behind<D: Door, F: Future<Output = (D, SocketAddr)>>(
        answers: Box<Answers>,
        open: impl FnOnce() -> F + Send + 'static,
    ) -> Self {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (end, ended) = oneshot::channel::<()>();
        let (told, tell) = (mpsc::channel(), Arc::clone(&requests));
        let (tell_address, address) = told;
        let answers: Arc<Answers> = answers.into();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async move {
                let (door, address) = open().await;
                tell_address.send(address).expect("somebody waits");
                let routes = Router::new()
                    .fallback(move |request| exchange(request, Arc::clone(&answers), Arc::clone(&tell)));
                let limits = Limits { last_words: std::time::Duration::ZERO, ..Limits::default() };
                serve(door, routes, limits, async {
                    let _ = ended.await;
                })
                .await;
            });
        });
        let address = address.recv().expect("it listens");
        Self { address, requests, end: Some(end), thread: Some(thread) }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was asked since the last call, but for its health.
    pub fn take_requests(&self) -> Vec<Asked> {
        let mut all = std::mem::take(&mut *self.requests.lock().unwrap_or_else(PoisonError::into_inner));
        all.retain(|asked| asked.line != "GET /health" || asked.bearer);
        all
    }
}

impl Drop for FakeController {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn exchange(request: Request, answers: Arc<Answers>, told: Arc<Mutex<Vec<Asked>>>) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, BODY).await.expect("a body");
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let path = head.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let expected = format!("Bearer {}", crate::swarm::TOKEN);
    let bearer = head.headers.get(AUTHORIZATION).is_some_and(|shown| shown == expected.as_str());
    let (status, answer) = answers(head.method.as_str(), &path, &body);
    let asked = Asked { line: format!("{} {path}", head.method), bearer, body };
    told.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
    let status = StatusCode::from_u16(status).expect("a status");
    match answer {
        Value::Null => status.into_response(),
        answer => (status, answer.to_string()).into_response(),
    }
}
