//! A webhook receiver on loopback that can misbehave.

use std::{
    collections::VecDeque,
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response, body::Bytes, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinSet,
};

/// What becomes of a connection.
#[derive(Clone, Debug)]
pub(crate) enum Mood {
    /// The request is answered so; what follows the status is headers.
    Answer(u16, &'static str),
    /// The request is heard and never answered.
    Hang,
    /// The request is heard, and the connection ends in the middle of these bytes.
    BreakOff(&'static [u8]),
    /// The connection is closed before anything is heard.
    Slam,
}

/// What was heard.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    /// In which mood.
    pub(crate) mood: Mood,
    /// Names and values of its headers.
    pub(crate) headers: hyper::HeaderMap,
    /// The path and the query.
    pub(crate) path: String,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Heard {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// Whether who sent it was told that it arrived.
    pub(crate) fn is_answered(&self) -> bool {
        match self.mood {
            Mood::Answer(status, _) => (200..300).contains(&status),
            Mood::BreakOff(bytes) => bytes.starts_with(b"HTTP/1.1 200 OK\r\n\r\n"),
            Mood::Hang | Mood::Slam => false,
        }
    }
}

#[derive(Default)]
struct State {
    /// Moods of the next connections.
    moods: VecDeque<Mood>,
    heard: Vec<Heard>,
}

/// The receiver: as long as it lives it listens.
pub(crate) struct Receiver {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    news: mpsc::UnboundedSender<()>,
    serving: JoinSet<()>,
}

impl Receiver {
    /// Listens; `news` is told of each request.
    pub(crate) async fn new(news: mpsc::UnboundedSender<()>) -> Self {
        let mut receiver = Self {
            address: "127.0.0.1:0".parse().unwrap(),
            state: Arc::default(),
            news,
            serving: JoinSet::new(),
        };
        receiver.listen().await;
        receiver
    }

    /// Listens again, on the same port as before.
    pub(crate) async fn listen(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.address = listener.local_addr().unwrap();
        let (state, news) = (Arc::clone(&self.state), self.news.clone());
        self.serving.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connections.spawn(serve(stream, Arc::clone(&state), news.clone()));
            }
        });
    }

    /// Is gone, and every connection with it.
    pub(crate) async fn stop(&mut self) {
        self.serving.shutdown().await;
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook?a=b", self.address)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The moods of the next connections; those after them are answered with 204.
    pub(crate) fn moods(&self, moods: impl IntoIterator<Item = Mood>) {
        self.state.lock().unwrap().moods.extend(moods);
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.state.lock().unwrap().heard.clone()
    }
}

async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>, news: mpsc::UnboundedSender<()>) {
    let mood = state.lock().unwrap().moods.pop_front().unwrap_or(Mood::Answer(204, ""));
    if let Mood::Slam = mood {
        return;
    }
    if let Mood::BreakOff(bytes) = mood {
        let heard = read_raw(&mut stream, mood).await;
        state.lock().unwrap().heard.extend(heard);
        let _ = news.send(());
        let _ = stream.write_all(bytes).await;
        return;
    }
    let answer = service_fn(move |request: Request<hyper::body::Incoming>| {
        let (state, news, mood) = (Arc::clone(&state), news.clone(), mood.clone());
        async move {
            let (headers, path) = (request.headers().clone(), request.uri().to_string());
            let body = request.into_body().collect().await.unwrap().to_bytes().to_vec();
            state.lock().unwrap().heard.push(Heard { mood: mood.clone(), headers, path, body });
            let _ = news.send(());
            Ok::<_, Infallible>(answer(mood).await)
        }
    });
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
}

async fn answer(mood: Mood) -> Response<Full<Bytes>> {
    let Mood::Answer(status, header) = mood else { return std::future::pending().await };
    let mut response = Response::builder().status(status);
    if let Some((name, value)) = header.split_once(": ") {
        response = response.header(name, value);
    }
    response.body(Full::from("it is so")).unwrap()
}

/// A request, read without the help of a library: its head, and a body of its length.
async fn read_raw(stream: &mut TcpStream, mood: Mood) -> Option<Heard> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        stream.read_buf(&mut bytes).await.ok().filter(|read| *read > 0)?;
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut headers = hyper::HeaderMap::new();
    for (name, value) in head.lines().skip(1).filter_map(|line| line.split_once(": ")) {
        let name = hyper::header::HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.insert(name, value.parse().unwrap());
    }
    let length: usize = headers["content-length"].to_str().unwrap().parse().unwrap();
    while bytes.len() < end + 4 + length {
        stream.read_buf(&mut bytes).await.ok().filter(|read| *read > 0)?;
    }
    let path = head.split(' ').nth(1).unwrap().to_owned();
    Some(Heard { mood, headers, path, body: bytes[end + 4..].to_vec() })
}
