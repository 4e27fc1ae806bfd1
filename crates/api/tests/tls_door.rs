//! The door with TLS: who comes in, who is kept waiting, who is cut off.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use axum::{
    Extension, Json, Router,
    body::Bytes,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use decnet_api::{
    client::{CallError, Client, Way},
    server::{Caller, Limits, Tls, serve},
};
use decnet_pki::{
    credentials::Presented,
    sessions::Sessions,
    testing::{cast::nobody, swarm::Swarm},
    tls::{self, ClientPolicy},
};
use decnet_proto::swarm::{operator::Profile, role::Role};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::oneshot,
    task::{JoinHandle, JoinSet},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// Largest body of the route that takes one.
const BODY_MAX: usize = 1_000;

/// A controller's server, which knows an agent and an updater.
struct Served {
    swarm: Swarm,
    agent: Presented,
    updater: Presented,
    sessions: Sessions,
    address: SocketAddr,
    end: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Served {
    async fn new(policy: ClientPolicy, limits: Limits) -> Self {
        let mut swarm = Swarm::new();
        let [shown, agent, updater] =
            [Profile::ControllerServer, Profile::AgentClient, Profile::UpdaterClient]
                .map(|profile| swarm.member(profile));
        let terms = swarm.terms(swarm.roster.admitting(&[Role::Agent, Role::Updater]));
        let config = tls::server(&shown, policy, &terms).unwrap();
        let sessions = Sessions::default();
        let any = "127.0.0.1:0".parse().unwrap();
        let door = Tls::bind(any, config, sessions.clone(), terms.admission).await.unwrap();
        let address = door.address().unwrap();
        let (end, ended) = oneshot::channel();
        let serving = tokio::spawn(serve(door, routes(), limits, async {
            let _ = ended.await;
        }));
        Self { swarm, agent, updater, sessions, address, end, serving }
    }

    fn client(&self, shown: &Presented) -> Client {
        let terms = self.swarm.terms(self.swarm.roster.admitting(&[Role::Controller]));
        let config = tls::client(Some(shown), &[Role::Controller], &terms).unwrap();
        Client::new(Way::Tls(self.address.to_string(), config)).with_patience(Duration::from_secs(20))
    }

    /// A connection whose handshake is done, as bytes.
    async fn stream(&self, shown: &Presented) -> TlsStream<TcpStream> {
        let terms = self.swarm.terms(self.swarm.roster.admitting(&[Role::Controller]));
        let config = tls::client(Some(shown), &[Role::Controller], &terms).unwrap();
        let tcp = TcpStream::connect(self.address).await.unwrap();
        TlsConnector::from(config).connect(tls::server_name(), tcp).await.unwrap()
    }
}

fn routes() -> Router {
    let who = |Extension(caller): Extension<Caller>| async move {
        let peer = caller.peer.map(|peer| (peer.identity.to_string(), peer.profile.word()));
        Json((caller.address.ip().to_string(), peer))
    };
    Router::new()
        .route("/who", get(who))
        .route("/slow", get(|| async { tokio::time::sleep(Duration::from_secs(1)).await }))
        .route("/endless", get(|| async { tokio::time::sleep(Duration::from_secs(60)).await }))
        .route("/body", post(|body: Bytes| async move { Json(body.len()) }))
        .layer(DefaultBodyLimit::max(BODY_MAX))
}

type Who = (String, Option<(String, String)>);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handlers_know_who_asks() {
    let served = Served::new(ClientPolicy::Optional, Limits::default()).await;
    let mut asking = JoinSet::new();
    for turn in 0..20 {
        let shown = if turn % 2 == 0 { &served.agent } else { &served.updater };
        let (client, peer) = (served.client(shown), shown.peer());
        asking.spawn(async move {
            // The second and third go over the connection of the first.
            for _ in 0..3 {
                let who: Who = client.get("GET", "/who").await.unwrap();
                let expect = (peer.identity.to_string(), peer.profile.word().to_owned());
                assert_eq!(who, ("127.0.0.1".to_owned(), Some(expect)));
            }
        });
    }
    while let Some(asked) = asking.join_next().await {
        asked.unwrap();
    }
    let unknown = Client::new(Way::Tls(served.address.to_string(), nobody()));
    assert_eq!(unknown.get::<Who>("GET", "/who").await.unwrap(), ("127.0.0.1".to_owned(), None));

    let served = Served::new(ClientPolicy::Required, Limits::default()).await;
    let unknown = Client::new(Way::Tls(served.address.to_string(), nobody()));
    let refused = unknown.get::<Who>("GET", "/who").await.unwrap_err();
    assert!(matches!(refused, CallError::Broken { .. }), "{refused:?}");
    assert_eq!(served.sessions.count(|_| true), 0);
}

/// Waits for the end of a connection.
async fn cut(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> Duration {
    let begin = Instant::now();
    let mut rest = Vec::new();
    // However it ends: what counts is when.
    let _ = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut rest)).await.unwrap();
    begin.elapsed()
}

#[tokio::test]
async fn who_does_not_say_who_it_is_is_cut_off() {
    let handshake = Duration::from_millis(400);
    let served = Served::new(ClientPolicy::Optional, Limits { handshake, ..Limits::default() }).await;
    let mut silent = TcpStream::connect(served.address).await.unwrap();
    let took = cut(&mut silent).await;
    assert!((handshake * 9 / 10..handshake * 5).contains(&took), "{took:?}");

    // A byte now and then does not help: a handshake record of 512 bytes, of which few come.
    let (mut reading, mut writing) = TcpStream::connect(served.address).await.unwrap().into_split();
    let dribbling = tokio::spawn(async move {
        for byte in [0x16, 3, 1, 2, 0].into_iter().chain(std::iter::repeat(0)) {
            if writing.write_all(&[byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let took = cut(&mut reading).await;
    assert!((handshake * 9 / 10..handshake * 5).contains(&took), "{took:?}");
    dribbling.abort();

    let mut nonsense = TcpStream::connect(served.address).await.unwrap();
    nonsense.write_all(b"GET /who HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let took = cut(&mut nonsense).await;
    assert!(took < handshake, "at once: {took:?}");
    served.client(&served.agent).get::<Who>("GET", "/who").await.unwrap();
}

#[tokio::test]
async fn who_asks_nothing_is_cut_off() {
    let head = Duration::from_millis(400);
    let served = Served::new(ClientPolicy::Required, Limits { head, ..Limits::default() }).await;
    let mut silent = served.stream(&served.agent).await;
    let took = cut(&mut silent).await;
    assert!((head * 9 / 10..head * 5).contains(&took), "{took:?}");
    let mut half = served.stream(&served.agent).await;
    half.write_all(b"GET /who HTTP/1.1\r\nhost: ").await.unwrap();
    let took = cut(&mut half).await;
    assert!((head * 9 / 10..head * 5).contains(&took), "{took:?}");
    assert_eq!(served.sessions.count(|_| true), 0);
}

#[tokio::test]
async fn connections_have_a_number() {
    let handshake = Duration::from_millis(500);
    let served =
        Served::new(ClientPolicy::Required, Limits { connections: 2, handshake, ..Limits::default() }).await;
    let first = served.stream(&served.agent).await;
    let second = served.stream(&served.agent).await;
    let third = served.client(&served.updater);
    let waiting = tokio::spawn(async move { third.get::<Who>("GET", "/who").await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!((waiting.is_finished(), served.sessions.count(|_| true)), (false, 2));
    drop(first);
    let answered = tokio::time::timeout(Duration::from_secs(2), waiting).await.unwrap().unwrap();
    assert!(answered.is_ok(), "{answered:?}");
    drop(second);
    // Strangers who say nothing keep nobody out for longer than a handshake may take.
    let mut strangers = Vec::new();
    for _ in 0..4 {
        strangers.push(TcpStream::connect(served.address).await.unwrap());
    }
    let begin = Instant::now();
    served.client(&served.agent).get::<Who>("GET", "/who").await.unwrap();
    assert!(begin.elapsed() < handshake * 6, "{:?}", begin.elapsed());
}

#[tokio::test]
async fn bodies_have_a_size() {
    let served = Served::new(ClientPolicy::Required, Limits::default()).await;
    let client = served.client(&served.agent);
    // A JSON text of so many characters has two more.
    let text = |length: usize| "x".repeat(length - 2);
    assert_eq!(client.send::<usize>("POST", "/body", &text(BODY_MAX)).await.unwrap(), BODY_MAX);
    let refused = client.send::<usize>("POST", "/body", &text(BODY_MAX + 1)).await.unwrap_err();
    assert_eq!(refused.problem().map(|problem| problem.status), Some(413));
    // One that does not say how long it is, and has no end.
    let mut endless = served.stream(&served.agent).await;
    endless.write_all(b"POST /body HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n").await.unwrap();
    let mut chunk = b"1000\r\n".to_vec();
    chunk.extend([b'x'; 0x1000]);
    chunk.extend(b"\r\n");
    let mut answer = [0; 12];
    let (mut reading, mut writing) = tokio::io::split(endless);
    let sending = tokio::spawn(async move { while writing.write_all(&chunk).await.is_ok() {} });
    tokio::time::timeout(Duration::from_secs(5), reading.read_exact(&mut answer)).await.unwrap().unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
    sending.abort();
}

#[tokio::test]
async fn who_is_revoked_is_cut_off_in_the_middle() {
    let served = Served::new(ClientPolicy::Required, Limits::default()).await;
    let (agent, updater) = (served.client(&served.agent), served.client(&served.updater));
    let mut idle = served.stream(&served.agent).await;
    let asking = |client: &Client| {
        let client = client.clone();
        tokio::spawn(async move { client.get::<()>("GET", "/slow").await })
    };
    let endless = tokio::spawn({
        let client = served.client(&served.agent);
        async move { client.get::<()>("GET", "/endless").await }
    });
    let (cut_off, goes_on) = (asking(&agent), asking(&updater));
    tokio::time::sleep(Duration::from_millis(300)).await;

    let (begin, revoked) = (Instant::now(), served.agent.peer());
    served.swarm.roster.revoke(&revoked);
    assert_eq!(served.sessions.close(|peer| peer.identity == revoked.identity), 3);
    for request in [cut_off, endless] {
        let ended = request.await.unwrap();
        assert!(matches!(ended, Err(CallError::Broken { .. })), "{ended:?}");
    }
    cut(&mut idle).await;
    let again = agent.get::<Who>("GET", "/who").await;
    assert!(matches!(again, Err(CallError::Broken { .. })), "{again:?}");
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
    goes_on.await.unwrap().unwrap();
    assert_eq!(served.sessions.count(|_| true), 1);
}

#[tokio::test]
async fn a_server_that_ends_lets_requests_end() {
    let last_words = Duration::from_secs(3);
    let served = Served::new(ClientPolicy::Required, Limits { last_words, ..Limits::default() }).await;
    let client = served.client(&served.agent);
    let short = tokio::spawn(async move { client.get::<()>("GET", "/slow").await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let later = served.client(&served.updater);
    served.end.send(()).unwrap();
    short.await.unwrap().unwrap();
    tokio::time::timeout(last_words, served.serving).await.unwrap().unwrap();
    let gone = later.get::<Who>("GET", "/who").await.unwrap_err();
    assert!(matches!(gone, CallError::Absent { .. }), "{gone:?}");
}
