//! One POST, and its answer.

use std::{io, time::Duration};

use decnet_event::text;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    Request, Response, StatusCode, Uri,
    body::{Bytes, Incoming},
    client::conn::http1,
    header::{self, HeaderName, HeaderValue},
};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use thiserror::Error;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    task::JoinSet,
};
use tokio_rustls::TlsConnector;

use crate::{
    LIMITS, Trust,
    address::{self, Unreachable},
};

/// Most bytes of a line and of the head of an answer.
const HEAD: usize = 16 * 1024;

/// Most bytes of a refusal's text that are told.
const TOLD: usize = 200;

/// A request that is to be made.
pub(crate) struct Post<'p> {
    pub(crate) url: &'p str,
    pub(crate) allow_http: bool,
    pub(crate) headers: Vec<(HeaderName, String)>,
    pub(crate) body: Vec<u8>,
}

/// It was not taken.
#[derive(Debug, Error)]
pub(crate) enum PostError {
    /// The address is none.
    #[error("the address cannot be used: {0}")]
    Url(&'static str),
    /// There is too much to say.
    #[error("the body is longer than {} bytes", LIMITS.body)]
    TooLong,
    /// Nobody can be reached.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// The receiver is not who it should be, or speaks no TLS.
    #[error("cannot agree on TLS")]
    Tls(#[source] io::Error),
    /// The conversation broke off.
    #[error("no answer came")]
    Http(#[from] hyper::Error),
    /// It said no.
    #[error("the receiver answered {status}{told}")]
    Refused {
        status: StatusCode,
        /// What it said, or nothing.
        told: String,
        /// How long it wants to be left alone.
        wait: Option<Duration>,
    },
}

impl Post<'_> {
    /// Sends it. It is taken when the head of an answer says so; what may follow the head is not waited for.
    pub(crate) async fn send(self, trust: &Trust) -> Result<(), PostError> {
        let uri: Uri = self.url.parse().map_err(|_| PostError::Url("it is malformed"))?;
        let host = uri.host().ok_or(PostError::Url("it has no host"))?.to_owned();
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if self.allow_http => false,
            Some("http") => return Err(PostError::Url("it is one without TLS")),
            _ => return Err(PostError::Url("it does not begin with https://")),
        };
        let request = self.request(&uri)?;
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let addresses = address::resolve(&host, port, address::may_receive).await?;
        let stream = address::connect(&addresses).await?;
        if secure {
            exchange(encrypted(stream, &host, trust).await?, request).await
        } else {
            exchange(stream, request).await
        }
    }

    fn request(self, uri: &Uri) -> Result<Request<Full<Bytes>>, PostError> {
        if self.body.len() > LIMITS.body {
            return Err(PostError::TooLong);
        }
        let authority = uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
        if authority.contains('@') {
            return Err(PostError::Url("it has a user name"));
        }
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request = Request::post(path)
            .header(header::HOST, authority)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, concat!("decnet/", env!("CARGO_PKG_VERSION")))
            .header(header::CONNECTION, "close");
        for (name, value) in self.headers {
            let value =
                HeaderValue::from_str(&value).map_err(|_| PostError::Url("a header cannot be written"))?;
            request = request.header(name, value);
        }
        request.body(Full::from(self.body)).map_err(|_| PostError::Url("its path cannot be written"))
    }
}

async fn encrypted(
    stream: TcpStream,
    host: &str,
    trust: &Trust,
) -> Result<tokio_rustls::client::TlsStream<TcpStream>, PostError> {
    let name = server_name(host).ok_or(PostError::Url("its host is no name"))?;
    TlsConnector::from(trust.config()).connect(name, stream).await.map_err(PostError::Tls)
}

/// The name that a certificate must be for.
pub(crate) fn server_name(host: &str) -> Option<ServerName<'static>> {
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    ServerName::try_from(host).ok()
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> Result<(), PostError> {
    let shaken = http1::Builder::new().max_buf_size(HEAD).handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = shaken?;
    // It ends with this exchange, however that ends.
    let mut carried = JoinSet::new();
    carried.spawn(connection);
    let answer = sender.send_request(request).await?;
    if answer.status().is_success() { Ok(()) } else { Err(refusal(answer).await) }
}

async fn refusal(answer: Response<Incoming>) -> PostError {
    let status = answer.status();
    let after = answer.headers().get(header::RETRY_AFTER);
    let wait = after.and_then(|text| text.to_str().ok()?.parse().ok()).map(Duration::from_secs);
    let body = Limited::new(answer.into_body(), LIMITS.answer).collect().await;
    let body = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let told =
        body.get(..body.len().min(TOLD)).map(|told| text::escape(told.trim_ascii())).unwrap_or_default();
    let told = if told.is_empty() { told } else { format!(": {told}") };
    PostError::Refused { status, told, wait }
}
