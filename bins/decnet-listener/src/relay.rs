//! Hands what came on to the listener of the master, from a listener on another host.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use decnet_daemon::signals::Shutdown;
use decnet_logship::{
    artifact,
    relay::{Relay, RelayError},
    ship::{Sender, Window},
    spool::Spool,
    wire::PROTOCOL,
};
use decnet_membership::{Membership, MembershipError, Pace, chance};
use decnet_shipping::{
    Artifacts, Carrier, ConnectError, Epoch, Going, Onlooker, Pushed, Terms, Way, carry, connect,
};
use thiserror::Error;
use tokio::{
    net::TcpStream,
    time::{Instant, sleep, timeout},
};
use tokio_rustls::client::TlsStream;

use crate::{
    committer::Passed,
    settings::{Settings, Upstream},
    status,
};

/// How often the spool is asked for more.
const POLL: Duration = Duration::from_millis(100);

/// How long a connection may last: a new one shows the newest certificate.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// How it goes, for those who ask. Copies share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Relayed(Arc<Mutex<status::Relayed>>);

impl Relayed {
    pub(crate) fn standing(&self) -> status::Relayed {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut status::Relayed)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The work of the thread.
#[derive(Debug)]
pub(crate) struct Work {
    sender: Sender<Relay>,
    membership: Arc<Membership>,
    to: Upstream,
    passed: Passed,
    relayed: Relayed,
    artifacts: Carrier<ToMaster>,
}

impl Work {
    /// It hands `spool` on from the place that a file beside it says, and tells by `passed` how far the
    /// spool is needed no more; and the files in `artifacts`.
    pub(crate) fn open(
        spool: &Spool,
        settings: &Settings,
        membership: &Arc<Membership>,
        to: &Upstream,
        passed: Passed,
    ) -> anyhow::Result<Self> {
        let mut relay = Relay::open(spool, &settings.spool.join("relayed.json"))?;
        passed.set(relay.save()?);
        let relayed = Relayed::default();
        relayed.change(|standing| standing.to = to.to_string());
        let way = ToMaster { membership: Arc::clone(membership), to: to.clone(), relayed: relayed.clone() };
        let ledger = settings.spool.join("relayed-artifacts");
        Ok(Self {
            sender: Sender::new(relay, Window::default()),
            membership: Arc::clone(membership),
            to: to.clone(),
            passed,
            relayed,
            artifacts: Carrier::open(&settings.artifacts, &ledger, way)?,
        })
    }

    /// How it goes.
    pub(crate) fn relayed(&self) -> Relayed {
        self.relayed.clone()
    }

    /// Hands on until the shutdown; what is on its way then has a moment to be acknowledged.
    pub(crate) async fn run(self, shutdown: Shutdown) {
        let Self { sender, membership, to, passed, relayed, artifacts } = self;
        let lines = Lines { sender, membership, to, passed, relayed };
        tokio::join!(lines.run(shutdown.clone()), artifacts.run(shutdown));
    }
}

/// The lines of it.
struct Lines {
    sender: Sender<Relay>,
    membership: Arc<Membership>,
    to: Upstream,
    passed: Passed,
    relayed: Relayed,
}

impl Lines {
    async fn run(mut self, mut shutdown: Shutdown) {
        let (epoch, mut pace) = (Epoch(Instant::now()), Pace::default());
        while !shutdown.is_requested() {
            let before = self.sender.acknowledgements();
            let ended = self.attempt(epoch, &mut shutdown).await;
            self.sender.disconnect();
            if self.sender.acknowledgements() > before {
                pace = Pace::default();
            }
            self.tell(ended);
            tokio::select! {
                () = sleep(pace.next(chance())) => {}
                () = shutdown.requested() => {}
            }
        }
        if let Err(error) = self.sender.source().save() {
            tracing::error!("cannot write down what was handed on: {error}");
        }
    }

    async fn attempt(&mut self, epoch: Epoch, shutdown: &mut Shutdown) -> anyhow::Result<()> {
        let stream = tokio::select! {
            stream = reach(&self.membership, &self.to, PROTOCOL) => stream?,
            () = shutdown.requested() => return Ok(()),
        };
        let mut onlooker = Tally { passed: &self.passed, relayed: &self.relayed };
        let terms = Terms { epoch, poll: POLL };
        let carried = carry(stream, &mut self.sender, terms, &mut onlooker, shutdown);
        Ok(timeout(LONGEST, carried).await.unwrap_or(Ok(()))?)
    }

    fn tell(&self, ended: anyhow::Result<()>) {
        let trouble = ended.err().map(|error| format!("{error:#}"));
        self.relayed.change(|standing| {
            standing.connected = false;
            if let Some(trouble) = trouble.filter(|trouble| standing.trouble.as_ref() != Some(trouble)) {
                tracing::warn!("cannot hand on to {}: {trouble}", self.to);
                standing.trouble = Some(trouble);
            }
        });
    }
}

/// The way of captured files.
#[derive(Debug)]
pub(crate) struct ToMaster {
    membership: Arc<Membership>,
    to: Upstream,
    relayed: Relayed,
}

/// There is no way.
#[derive(Debug, Error)]
pub(crate) enum NoWay {
    /// TLS cannot be set up.
    #[error("cannot speak to another listener")]
    Membership(#[from] MembershipError),
    /// Nobody is there who is the listener.
    #[error(transparent)]
    Connect(#[from] ConnectError),
}

impl Way for ToMaster {
    type Stream = TlsStream<TcpStream>;
    type Error = NoWay;

    fn receiver(&self) -> String {
        self.to.to_string()
    }

    async fn connect(&mut self) -> Result<Self::Stream, NoWay> {
        reach(&self.membership, &self.to, artifact::wire::PROTOCOL).await
    }

    // A renewed certificate is shown with the next connection, and one that rests is closed.
    fn going(&self) -> Going {
        Going::On
    }

    fn tell(&self, artifacts: Artifacts) {
        self.relayed.change(|standing| standing.artifacts = artifacts);
    }
}

async fn reach(
    membership: &Membership,
    to: &Upstream,
    protocol: &[u8],
) -> Result<TlsStream<TcpStream>, NoWay> {
    let config = membership.to_listener(&[protocol])?;
    Ok(connect((to.host.as_str(), to.port), config, protocol).await?)
}

/// Who looks on while it is handed on.
struct Tally<'a> {
    passed: &'a Passed,
    relayed: &'a Relayed,
}

impl Onlooker<Relay> for Tally<'_> {
    fn heard(&mut self, sender: &Sender<Relay>) {
        self.relayed.change(|standing| {
            if standing.trouble.take().is_some() {
                tracing::info!("handing on to {} again", standing.to);
            }
            (standing.connected, standing.acknowledgements) = (true, sender.acknowledgements());
        });
    }

    fn wrote(&mut self, _: Pushed) {}

    fn tick(&mut self, sender: &mut Sender<Relay>) -> Result<Going, RelayError> {
        self.passed.set(sender.source().save()?);
        Ok(Going::On)
    }
}
