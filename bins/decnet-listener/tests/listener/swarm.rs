//! A swarm with a listener in this process, and workers that ship to it with the real sender.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use decnet_api::client::{Client, Way};
use decnet_daemon::signals::{Shutdown, Trigger};
use decnet_listener::{Limits, Listener, Report, Settings};
use decnet_logship::{
    ship::{Filled, Sender, Window},
    tail::{Options, Tail},
    wire,
};
use decnet_membership::{Part, testing::Controller};
use decnet_pki::{credentials::Presented, peer::Peer, tls};
use decnet_proto::{
    ids::HostId,
    swarm::{
        operator::Profile,
        role::{Identity, Role},
        worker::RosterEntry,
    },
};
use rustls::ClientConfig;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// How long anything may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A controller, and a place for a listener.
pub(crate) struct Swarm {
    pub(crate) controller: Controller,
    pub(crate) dir: TempDir,
}

/// A listener that runs.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    status: SocketAddr,
    pub(crate) end: Trigger,
    pub(crate) served: JoinHandle<anyhow::Result<()>>,
}

/// A worker with a certificate of its own.
#[derive(Clone)]
pub(crate) struct Worker {
    pub(crate) peer: Peer,
    pub(crate) config: Arc<ClientConfig>,
}

impl Swarm {
    pub(crate) async fn start() -> Self {
        let (controller, dir) = (Controller::start().await, tempfile::tempdir().unwrap());
        decnet_membership::join(&controller.join(Part::Listener, &dir.path().join("identity")))
            .await
            .unwrap();
        Self { controller, dir }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn settings(&self) -> Settings {
        Settings {
            identity: self.path("identity"),
            address: "127.0.0.1:0".parse().unwrap(),
            spool: self.path("spool"),
            log: self.path("log/master.log"),
            artifacts: self.path("artifacts"),
            artifacts_quota: 1 << 30,
            relay_to: None,
            status: Some("127.0.0.1:0".parse().unwrap()),
            limits: Limits::default(),
        }
    }

    pub(crate) async fn listen(&self) -> Running {
        self.listen_with(|_| {}).await
    }

    pub(crate) async fn listen_with(&self, change: impl FnOnce(&mut Settings)) -> Running {
        let mut settings = self.settings();
        change(&mut settings);
        let clock = self.controller.swarm().clock.clone();
        let listener = Listener::open(&settings, clock).await.unwrap();
        let (address, status) = (listener.address().unwrap(), listener.status_address().unwrap().unwrap());
        let (end, shutdown) = Shutdown::by_hand();
        let served = tokio::spawn(listener.serve(shutdown));
        Running { address, status, end, served }
    }

    /// A worker's certificate, which nobody knows.
    pub(crate) fn stranger(&self, role: Role, number: u128, protocols: &[&[u8]]) -> Worker {
        let host = HostId(uuid::Uuid::from_u128(number));
        let profile = Profile::of(role, decnet_proto::swarm::profile::Direction::Client).unwrap();
        let swarm = self.controller.swarm();
        let shown = Presented::new(swarm.credentials(Identity { role, host }, profile));
        let mut terms = swarm.terms(swarm.roster.admitting(&[Role::Listener]));
        terms.alpn = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let config = tls::client(Some(&shown), &[Role::Listener], &terms).unwrap();
        Worker { peer: shown.peer(), config }
    }

    /// A worker that may bring logs, as soon as the listener hears of it.
    pub(crate) fn worker(&self, number: u128) -> Worker {
        let worker = self.stranger(Role::Agent, number, &[wire::PROTOCOL]);
        self.enlist(&worker);
        worker
    }

    pub(crate) fn enlist(&self, worker: &Worker) {
        let entry = entry(worker);
        self.controller.change_roster(|roster| roster.clients.push(entry));
    }

    pub(crate) fn revoke(&self, worker: &Worker) {
        let fingerprint = worker.peer.fingerprint.to_string();
        self.controller
            .change_roster(|roster| roster.clients.retain(|client| client.fingerprint != fingerprint));
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.path("log/master.log")).unwrap_or_default()
    }

    /// Waits until the log has so many lines.
    pub(crate) async fn log_of(&self, lines: usize) -> String {
        until("the log has all lines", async || self.log().lines().count() >= lines).await;
        self.log()
    }
}

pub(crate) fn entry(worker: &Worker) -> RosterEntry {
    RosterEntry {
        role: worker.peer.identity.role,
        host: worker.peer.identity.host,
        name: format!("w{}", worker.peer.identity.host.0.as_u128()).parse().unwrap(),
        fingerprint: worker.peer.fingerprint.to_string(),
    }
}

impl Running {
    pub(crate) async fn report(&self) -> Report {
        report_of(self.status).await
    }

    /// Waits until what it tells is as expected.
    pub(crate) async fn tells(&self, what: &str, expect: impl Fn(&Report) -> bool) -> Report {
        until(what, async || expect(&self.report().await)).await;
        self.report().await
    }

    pub(crate) async fn metrics(&self) -> String {
        let mut stream = TcpStream::connect(self.status).await.unwrap();
        stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    }

    pub(crate) async fn stop(self) {
        self.end.request();
        timeout(PATIENCE, self.served).await.unwrap().unwrap().unwrap();
    }
}

pub(crate) async fn report_of(status: SocketAddr) -> Report {
    let client = Client::new(Way::Plain(status.to_string()));
    client.get("GET", decnet_api::status::STATUS_PATH).await.unwrap()
}

/// Waits until something is so.
pub(crate) async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let waiting = async {
        while !is_so().await {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("{what}: never"));
}

impl Worker {
    pub(crate) async fn connect(&self, address: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
        self.connect_from("127.0.0.1", address).await
    }

    pub(crate) async fn connect_from(
        &self,
        from: &str,
        address: SocketAddr,
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::new(from.parse().unwrap(), 0))?;
        let stream = socket.connect(address).await?;
        stream.set_nodelay(true)?;
        TlsConnector::from(Arc::clone(&self.config)).connect(tls::server_name(), stream).await
    }

    /// Connects, and is greeted: until then, it may have been refused.
    pub(crate) async fn greeted(&self, address: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
        let mut stream = self.connect(address).await?;
        greeting(&mut stream).await?;
        Ok(stream)
    }

    /// Whether it is refused before anything is said.
    pub(crate) async fn is_refused(&self, address: SocketAddr) -> bool {
        timeout(PATIENCE, self.greeted(address)).await.unwrap().is_err()
    }

    /// Ships a log to its end.
    pub(crate) async fn ship(&self, address: SocketAddr, shipper: &mut Shipper) -> anyhow::Result<()> {
        let mut stream = self.connect(address).await?;
        timeout(PATIENCE, shipper.carry(&mut stream)).await?
    }

    /// Ships until it is done, however often the connection breaks.
    pub(crate) async fn ship_on(&self, address: SocketAddr, shipper: &mut Shipper) {
        let begun = Instant::now();
        while let Err(error) = self.ship(address, shipper).await {
            assert!(begun.elapsed() < 3 * PATIENCE, "cannot ship: {error:#}");
            sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn greeting(stream: &mut TlsStream<TcpStream>) -> std::io::Result<()> {
    let mut heard = Vec::new();
    while !heard.ends_with(b"6 @ready") {
        if stream.read_buf(&mut heard).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}

/// A log and its sender.
pub(crate) struct Shipper {
    pub(crate) log: PathBuf,
    sender: Sender<Tail>,
    epoch: Instant,
}

impl Shipper {
    pub(crate) fn of(dir: &Path, name: &str) -> Self {
        let (log, ledger) = (dir.join(name).join("decnet.log"), dir.join(name).join("ledger"));
        std::fs::create_dir_all(dir.join(name)).unwrap();
        let tail = Tail::open(&log, &ledger, Options::default()).unwrap();
        Self { log, sender: Sender::new(tail, Window::default()), epoch: Instant::now() }
    }

    pub(crate) fn write(&self, lines: impl IntoIterator<Item = String>) {
        use std::io::Write as _;
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(&self.log).unwrap();
        let text: String = lines.into_iter().map(|line| line + "\n").collect();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// Sends until all is acknowledged.
    async fn carry(&mut self, stream: &mut TlsStream<TcpStream>) -> anyhow::Result<()> {
        let carried = self.try_carry(stream).await;
        self.sender.disconnect();
        carried
    }

    async fn try_carry(&mut self, stream: &mut TlsStream<TcpStream>) -> anyhow::Result<()> {
        let (mut heard, mut out) = (Vec::new(), Vec::new());
        self.sender.connect(self.epoch.elapsed());
        loop {
            let filled = self.sender.fill(&mut out)?;
            stream.write_all(&out).await?;
            stream.flush().await?;
            out.clear();
            match filled {
                Filled::More => continue,
                Filled::Idle if self.sender.on_way() == 0 => return Ok(()),
                Filled::Idle | Filled::Full | Filled::NotYet => {}
            }
            anyhow::ensure!(stream.read_buf(&mut heard).await? > 0, "the listener closed the connection");
            self.sender.receive(&mut heard, self.epoch.elapsed())?;
        }
    }
}
