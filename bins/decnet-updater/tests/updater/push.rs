//! A master that pushes, byte by byte if it must be.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::body::{Body, Bytes};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use decnet_api::client::Way;
use decnet_membership::{Part, testing::Controller};
use decnet_pki::tls::server_name;
use decnet_proto::swarm::updater::{CONTENT_DIGEST, Done, Failure, Route};
use decnet_release::Digest;
use http_body_util::BodyExt as _;
use hyper::{Request, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, sync::mpsc::Sender};
use tokio_rustls::TlsConnector;

/// Asks an updater as the master.
#[derive(Clone)]
pub(crate) struct Master {
    address: SocketAddr,
    config: Arc<rustls::ClientConfig>,
}

/// What an updater answered.
pub(crate) type Answer = (u16, Result<Done, Failure>);

/// The header of what has this digest.
pub(crate) fn header_of(digest: Digest) -> String {
    format!("sha-256=:{}:", STANDARD.encode(digest.0))
}

impl Master {
    pub(crate) fn new(controller: &Controller, address: SocketAddr) -> Self {
        let client = controller.master(Part::Updater, address);
        let Way::Tls(_, config) = client.way() else { panic!("the master speaks TLS") };
        Self { address, config: Arc::clone(config) }
    }

    /// Pushes an archive as it should be.
    pub(crate) async fn push(&self, archive: &[u8]) -> Answer {
        self.push_to(Route::Update.path(), archive).await
    }

    pub(crate) async fn push_to(&self, path: &str, archive: &[u8]) -> Answer {
        self.send(path, Some(&header_of(Digest::of(archive))), archive.to_vec().into()).await
    }

    /// Sends any body, with or without any header.
    pub(crate) async fn send(&self, path: &str, digest: Option<&str>, body: Body) -> Answer {
        let mut request = Request::post(path).header(header::HOST, "updater");
        if let Some(digest) = digest {
            request = request.header(CONTENT_DIGEST, digest);
        }
        let (status, bytes) = self.ask(request.body(body).unwrap()).await;
        let done = if status == 200 {
            Ok(serde_json::from_slice(&bytes).unwrap())
        } else {
            Err(serde_json::from_slice(&bytes).unwrap_or_else(|_| panic!("{status} {bytes:?}")))
        };
        (status, done)
    }

    async fn ask(&self, request: Request<Body>) -> (u16, Bytes) {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let stream =
            TlsConnector::from(Arc::clone(&self.config)).connect(server_name(), stream).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let answer = tokio::time::timeout(Duration::from_secs(60), sender.send_request(request));
        let answer = answer.await.unwrap().unwrap();
        (answer.status().as_u16(), answer.into_body().collect().await.unwrap().to_bytes())
    }

    /// Begins to push something that comes in pieces.
    pub(crate) fn begin(&self) -> (Sender<Bytes>, tokio::task::JoinHandle<Answer>) {
        let (sender, mut receiver) = tokio::sync::mpsc::channel::<Bytes>(4);
        let pieces = futures_util::stream::poll_fn(move |context| receiver.poll_recv(context));
        let frames = futures_util::StreamExt::map(pieces, |piece| {
            Ok::<_, std::io::Error>(hyper::body::Frame::data(piece))
        });
        let body = Body::new(http_body_util::StreamBody::new(frames));
        let (master, digest) = (self.clone(), header_of(Digest::of(b"what comes")));
        let pushed =
            tokio::spawn(async move { master.send(Route::Update.path(), Some(&digest), body).await });
        (sender, pushed)
    }
}
