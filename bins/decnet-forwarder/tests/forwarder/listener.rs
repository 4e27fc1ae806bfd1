//! A listener in this process: our protocol over the swarm's TLS, and a spool.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use decnet_event::Timestamp;
use decnet_logship::{
    receive::{Arrival, Session, Speaker},
    spool::{Content, Host, Place, Spool},
    wire::PROTOCOL,
};
use decnet_membership::testing::Controller;
use decnet_pki::tls::{self, ClientPolicy, Terms};
use decnet_proto::{
    frame::Limit,
    swarm::{operator::Profile, role::Role},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// How it treats who comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// As it should.
    Kind,
    /// It takes everything, and acknowledges nothing.
    Mute,
    /// It acknowledges after so long.
    Slow(Duration),
    /// It closes once the handshake is done.
    Rude,
}

/// A listener.
#[derive(Clone)]
pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    spool: Spool,
    host: Host,
    mood: Mood,
    connections: usize,
    heard: Vec<u8>,
}

impl Listener {
    /// The one of the controller's swarm, whom hosts that join from now on know.
    pub(crate) async fn start(controller: &Controller, spool: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (config, pins, worker) = {
            let mut swarm = controller.swarm();
            let shown = swarm.member(Profile::ListenerServer);
            let terms = swarm.terms(swarm.roster.admitting(&[Role::Agent]));
            let terms = Terms { alpn: vec![PROTOCOL.to_vec()], ..terms };
            let config = tls::server(&shown, ClientPolicy::Required, &terms).unwrap();
            (config, swarm.pins.clone(), swarm.hosts.worker)
        };
        controller.change_trust(|trust| trust.pins = pins);
        let inner = Inner {
            spool: Spool::open(spool, 1 << 20).unwrap(),
            host: Host { id: worker, name: "w1".parse().unwrap() },
            mood: Mood::Kind,
            connections: 0,
            heard: Vec::new(),
        };
        let address = listener.local_addr().unwrap();
        let started = Self { address, inner: Arc::new(Mutex::new(inner)) };
        let acceptor = TlsAcceptor::from(config);
        let own = started.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                own.inner().connections += 1;
                tokio::spawn(own.clone().welcome(acceptor.clone(), stream));
            }
        });
        started
    }

    async fn welcome(self, acceptor: TlsAcceptor, stream: TcpStream) {
        // Who is refused is told so by TLS; nothing else is to be done about it.
        let Ok(mut stream) = acceptor.accept(stream).await else { return };
        if self.mood() != Mood::Rude {
            // A forwarder that is gone ends it.
            let _ = self.speak(&mut stream).await;
        }
    }

    async fn speak(&self, stream: &mut TlsStream<TcpStream>) -> std::io::Result<()> {
        let (host, marks) = {
            let inner = self.inner();
            (inner.host.clone(), inner.spool.marks(inner.host.id))
        };
        let mut session = Session::new(Speaker::Host(host), Limit::DEFAULT, Duration::ZERO);
        let (mut out, mut heard) = (Vec::new(), vec![0; 64 << 10]);
        Session::greet(&marks, &mut out);
        loop {
            stream.write_all(&out).await?;
            out.clear();
            let count = stream.read(&mut heard).await?;
            if count == 0 {
                return Ok(());
            }
            self.inner().heard.extend_from_slice(&heard[..count]);
            session.receive(&heard[..count], Duration::ZERO).unwrap();
            let arrivals = session.arrivals();
            let mood = self.mood();
            if mood == Mood::Mute {
                continue;
            }
            if let Mood::Slow(wait) = mood {
                tokio::time::sleep(wait).await;
            }
            let entries: Vec<_> = arrivals.iter().map(Arrival::entry).collect();
            let durable = self.inner().spool.commit(&entries, Timestamp(0)).unwrap();
            let durable: Vec<_> = durable.into_iter().map(Result::unwrap).collect();
            session.acknowledge(&durable, &mut out);
        }
    }

    /// Everything that it has, in order; a gap as `<why>`.
    pub(crate) fn text(&self) -> String {
        let mut reader = self.inner().spool.reader(Place::START);
        let mut text = String::new();
        while let Some(record) = reader.advance().unwrap() {
            match record.content {
                Content::Lines { bytes, .. } => text += std::str::from_utf8(bytes).unwrap(),
                Content::Gap(gap) => text += &format!("<{}>", gap.why.word()),
            }
        }
        text
    }

    pub(crate) fn be(&self, mood: Mood) {
        self.inner().mood = mood;
    }

    fn mood(&self) -> Mood {
        self.inner().mood
    }

    /// How many connections were begun.
    pub(crate) fn connections(&self) -> usize {
        self.inner().connections
    }

    /// Whether this came, whatever became of it.
    pub(crate) fn heard(&self, text: &str) -> bool {
        self.inner().heard.windows(text.len()).any(|window| window == text.as_bytes())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
