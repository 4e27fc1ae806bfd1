//! Requests handed on to another server of this host, and its answers handed back as they come.

use std::{io, net::SocketAddr, time::Duration};

use axum::{
    body::Body,
    extract::Request,
    http::{
        HeaderMap, HeaderName, HeaderValue, Uri,
        header::{
            CONNECTION, HOST, InvalidHeaderValue, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
            TRANSFER_ENCODING, UPGRADE,
        },
        uri::InvalidUri,
    },
    response::Response,
};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::{net::TcpStream, time::timeout};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// How long it may take until an answer begins. How long it then lasts is not limited: a stream of
/// events has no end.
const ANSWER: Duration = Duration::from_secs(120);

/// What is said from one connection to the next only (RFC 9110, section 7.6.1).
const HOP_BY_HOP: [HeaderName; 7] =
    [CONNECTION, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];

/// Who the request came from.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum ForwardError {
    /// Nobody listens there.
    #[error("cannot reach {server}")]
    Connect {
        /// Where.
        server: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// It did not answer in time.
    #[error("{server} did not answer in time")]
    Late {
        /// Who.
        server: SocketAddr,
    },
    /// The conversation broke off.
    #[error("the conversation with {server} broke off")]
    Broken {
        /// With whom.
        server: SocketAddr,
        /// Why.
        source: hyper::Error,
    },
    /// The address of the request cannot be handed on.
    #[error("the address cannot be handed on")]
    Address(#[from] InvalidUri),
    /// An address is no header.
    #[error("an address cannot be told")]
    Header(#[from] InvalidHeaderValue),
}

/// Hands a request that came from `peer` on to `server`.
///
/// # Errors
/// [`ForwardError`] when no answer begins.
pub async fn forward(
    mut request: Request,
    peer: SocketAddr,
    server: SocketAddr,
) -> Result<Response, ForwardError> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = path.parse::<Uri>()?;
    cross(request.headers_mut());
    request.headers_mut().insert(HOST, HeaderValue::from_str(&server.to_string())?);
    request.headers_mut().insert(FORWARDED_FOR, HeaderValue::from_str(&peer.ip().to_string())?);
    let late = || ForwardError::Late { server };
    let stream = timeout(CONNECT, TcpStream::connect(server)).await.map_err(|_| late())?;
    let stream = stream.map_err(|source| ForwardError::Connect { server, source })?;
    let broken = |source| ForwardError::Broken { server, source };
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!("a connection that was handed on broke: {error}");
        }
    });
    let answer = timeout(ANSWER, sender.send_request(request)).await.map_err(|_| late())?;
    let mut answer = answer.map_err(broken)?;
    cross(answer.headers_mut());
    Ok(answer.map(Body::new))
}

/// Takes out what is not for the other side.
fn cross(headers: &mut HeaderMap) {
    let named = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let named: Vec<HeaderName> =
        named.flat_map(|list| list.split(',')).filter_map(|name| name.trim().parse().ok()).collect();
    HOP_BY_HOP.iter().chain(&named).for_each(|name| {
        headers.remove(name);
    });
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use axum::{Router, extract::State, routing::any};
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    use super::*;
    use crate::server::{Limits, Plain, serve};

    async fn before(server: SocketAddr) -> SocketAddr {
        let door = Plain::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = door.address().unwrap();
        let peer = "192.0.2.7:1".parse().unwrap();
        let hand_on = move |State(server): State<SocketAddr>, request: Request| async move {
            forward(request, peer, server)
                .await
                .map_err(|error| (axum::http::StatusCode::BAD_GATEWAY, error.to_string()))
        };
        let routes = Router::new().fallback(any(hand_on)).with_state(server);
        tokio::spawn(serve(door, routes, Limits::default(), pending()));
        address
    }

    async fn ask(address: SocketAddr, head: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    }

    #[tokio::test]
    async fn what_comes_is_handed_back_before_the_answer_ends() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = before(listener.local_addr().unwrap()).await;
        let mut client = ask(
            address,
            "GET /api/x?y=1 HTTP/1.1\r\nHost: a\r\nConnection: X-Secret\r\nX-Secret: 1\r\nX-Kept: 2\r\n\r\n",
        )
        .await;
        let (mut server, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(server.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        assert!(head.starts_with("get /api/x?y=1 http/1.1\r\n"), "{head}");
        assert!(head.contains("x-forwarded-for: 192.0.2.7\r\n") && head.contains("x-kept: 2"), "{head}");
        assert!(!head.contains("x-secret"), "{head}");
        server
            .write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
            .await
            .unwrap();
        let mut seen = Vec::new();
        while !String::from_utf8_lossy(&seen).contains("first") {
            seen.push(client.read_u8().await.unwrap());
        }
        server.write_all(b"0\r\n\r\n").await.unwrap();
        while !seen.ends_with(b"0\r\n\r\n") {
            seen.push(client.read_u8().await.unwrap());
        }
    }

    #[tokio::test]
    async fn nobody_there_is_told() {
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = free.local_addr().unwrap();
        drop(free);
        let request = Request::builder().uri("/").body(Body::empty()).unwrap();
        let error = forward(request, server, server).await.unwrap_err();
        assert!(matches!(error, ForwardError::Connect { .. }), "{error}");
        let address = before(server).await;
        let mut client = ask(address, "GET / HTTP/1.0\r\n\r\n").await;
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.0 502"), "{answer}");
    }
}
