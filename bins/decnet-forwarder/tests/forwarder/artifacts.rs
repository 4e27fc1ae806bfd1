//! Captured files: over the swarm's TLS, whole, and only as often as they must.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use decnet_event::Timestamp;
use decnet_logship::{
    artifact::{Digest, Now, Session, wire::PROTOCOL},
    keep::{Keep, Limits},
};
use decnet_membership::testing::Controller;
use decnet_pki::tls::{self, ClientPolicy, Terms};
use decnet_proto::swarm::{operator::Profile, role::Role};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::{
    home::{Home, Running, until},
    listener::Listener,
};

/// A listener of artifacts.
#[derive(Clone)]
struct Store {
    address: SocketAddr,
    keep: Keep,
    /// How many connections there were.
    connections: Arc<AtomicUsize>,
    /// Bytes after which each of the first connections is cut.
    cuts: &'static [usize],
    /// Bytes that came.
    heard: Arc<AtomicUsize>,
}

impl Store {
    async fn start(controller: &Controller, folder: &Path, cuts: &'static [usize]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (config, pins) = {
            let mut swarm = controller.swarm();
            let shown = swarm.member(Profile::ListenerServer);
            let terms = swarm.terms(swarm.roster.admitting(&[Role::Agent]));
            let terms = Terms { alpn: vec![PROTOCOL.to_vec()], ..terms };
            (tls::server(&shown, ClientPolicy::Required, &terms).unwrap(), swarm.pins.clone())
        };
        controller.change_trust(|trust| trust.pins = pins);
        let limits = Limits { size: 10 << 20, daily_bytes: 1 << 30, reserve: 0 };
        let started = Self {
            address: listener.local_addr().unwrap(),
            keep: Keep::open(folder, limits).unwrap(),
            connections: Arc::default(),
            cuts,
            heard: Arc::default(),
        };
        let (own, acceptor) = (started.clone(), TlsAcceptor::from(config));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(own.clone().welcome(acceptor.clone(), stream));
            }
        });
        started
    }

    async fn welcome(self, acceptor: TlsAcceptor, stream: TcpStream) {
        let Ok(mut stream) = acceptor.accept(stream).await else { return };
        let number = self.connections.fetch_add(1, Ordering::Relaxed);
        let cut = self.cuts.get(number).copied().unwrap_or(usize::MAX);
        // A forwarder that is gone ends it.
        let _ = self.speak(&mut stream, cut).await;
    }

    async fn speak(&self, stream: &mut TlsStream<TcpStream>, cut: usize) -> std::io::Result<()> {
        let host = "0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b".parse().unwrap();
        let mut session = Session::new(host, Duration::ZERO);
        let (mut out, mut heard, mut all) = (Vec::new(), vec![0; 64 << 10], 0);
        Session::greet(&mut out);
        while all < cut {
            stream.write_all(&out).await?;
            out.clear();
            let count = stream.read(&mut heard).await?;
            if count == 0 {
                return Ok(());
            }
            all += count;
            self.heard.fetch_add(count, Ordering::Relaxed);
            let now = Now { date: Timestamp(0), time: Duration::ZERO };
            session.receive(&heard[..count], &self.keep, now, &mut out).unwrap();
        }
        Ok(())
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

fn capture(home: &Home, content: &[u8]) -> String {
    let name = Digest::of(content).to_string();
    fs::create_dir_all(home.path("artifacts/.partial")).unwrap();
    fs::write(home.path("artifacts/.partial/new"), content).unwrap();
    fs::rename(home.path("artifacts/.partial/new"), home.path("artifacts").join(&name)).unwrap();
    name
}

#[tokio::test(flavor = "multi_thread")]
async fn captured_files_arrive_through_breaks_and_restarts() {
    let controller = Controller::start().await;
    let there = tempfile::tempdir().unwrap();
    let store = Store::start(&controller, there.path(), &[500_000, 50, 1_200_000]).await;
    let home = Home::joined(&controller).await;
    let contents: Vec<Vec<u8>> =
        (0..40_usize).map(|number| vec![number as u8; number * number * 2_000]).collect();
    let names: Vec<_> = contents.iter().map(|content| capture(&home, content)).collect();
    fs::write(home.path("artifacts/.partial/web-01_1_1"), b"half").unwrap();
    let size: usize = contents.iter().map(Vec::len).sum();

    let running = Running::start(home.settings(store.address)).await;
    let report =
        running.reports(|report| report.artifacts.is_some_and(|artifacts| artifacts.kept == 40)).await;
    assert_eq!(report.artifacts.unwrap().waiting, 0);
    for (name, content) in names.iter().zip(&contents) {
        assert!(fs::read(there.path().join(name)).unwrap() == *content, "{name}");
    }
    // What came before a break is not sent again, but for what was on its way.
    assert_eq!(store.connections(), 4);
    let heard = store.heard.load(Ordering::Relaxed);
    assert!(heard < size + 3 * (1 << 20) + 100_000, "{heard} bytes for {size}");
    running.stop().await;

    // The next forwarder knows, and sends what is new.
    let before = store.heard.load(Ordering::Relaxed);
    let running = Running::start(home.settings(store.address)).await;
    let name = capture(&home, b"new");
    until(|| there.path().join(&name).exists()).await;
    running.reports(|report| report.artifacts.is_some_and(|artifacts| artifacts.kept == 1)).await;
    assert!(store.heard.load(Ordering::Relaxed) - before < 200);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_nothing_to_send_does_not_connect() {
    let controller = Controller::start().await;
    let there = tempfile::tempdir().unwrap();
    let store = Store::start(&controller, there.path(), &[]).await;
    let home = Home::joined(&controller).await;
    let running = Running::start(home.settings(store.address)).await;
    running.reports(|report| report.artifacts.is_some()).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(store.connections(), 0);
    capture(&home, b"something");
    until(|| store.connections() == 1).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_takes_no_artifacts_takes_the_log() {
    let controller = Controller::start().await;
    let there = tempfile::tempdir().unwrap();
    let listener = Listener::start(&controller, there.path()).await;
    let home = Home::joined(&controller).await;
    capture(&home, b"something");
    home.append("one\n");
    let running = Running::start(home.settings(listener.address)).await;
    until(|| listener.text() == "one\n").await;
    home.append("two\n");
    until(|| listener.text() == "one\ntwo\n").await;
    let report =
        running.reports(|report| report.artifacts.is_some_and(|artifacts| artifacts.waiting == 1)).await;
    assert!(report.healthy);
    running.stop().await;
}
