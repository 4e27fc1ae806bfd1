//! Hands what came on to the listener of the master, from a listener on another host.

use std::{
    io,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, bail};
use decnet_daemon::signals::Shutdown;
use decnet_logship::{
    relay::{Relay, RelayError},
    ship::{Sender, Window},
    spool::Spool,
    wire::PROTOCOL,
};
use decnet_membership::{Membership, Pace, chance};
use decnet_pki::tls::server_name;
use decnet_shipping::{Epoch, Going, Onlooker, Pushed, Terms, carry};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep, timeout},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{committer::Passed, settings::Upstream, status};

/// How often the spool is asked for more.
const POLL: Duration = Duration::from_millis(100);

/// How long it may take until the other listener is known to be the one.
const PATIENCE: Duration = Duration::from_secs(10);

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
}

impl Work {
    /// It hands `spool` on from the place that the file in `folder` says, and tells by `passed` how far
    /// the spool is needed no more.
    pub(crate) fn open(
        spool: &Spool,
        folder: &Path,
        membership: Arc<Membership>,
        to: Upstream,
        passed: Passed,
    ) -> Result<Self, RelayError> {
        let mut relay = Relay::open(spool, &folder.join("relayed.json"))?;
        passed.set(relay.save()?);
        let relayed = Relayed::default();
        relayed.change(|standing| standing.to = to.to_string());
        Ok(Self { sender: Sender::new(relay, Window::default()), membership, to, passed, relayed })
    }

    /// How it goes.
    pub(crate) fn relayed(&self) -> Relayed {
        self.relayed.clone()
    }

    /// Hands on until the shutdown; what is on its way then has a moment to be acknowledged.
    pub(crate) async fn run(mut self, mut shutdown: Shutdown) {
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
        let connecting = connect(&self.membership, &self.to);
        let stream = tokio::select! {
            stream = connecting => stream?,
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

/// Connects to the master's listener, as the listener that we are.
async fn connect(membership: &Membership, to: &Upstream) -> anyhow::Result<TlsStream<TcpStream>> {
    let config = membership.to_listener(&[PROTOCOL]).context("cannot speak to another listener")?;
    let shaken = timeout(PATIENCE, async {
        let stream = TcpStream::connect((to.host.as_str(), to.port)).await?;
        stream.set_nodelay(true)?;
        TlsConnector::from(config).connect(server_name(), stream).await
    });
    let stream = shaken.await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))?;
    if stream.get_ref().1.alpn_protocol() != Some(PROTOCOL) {
        bail!("it does not speak {}", String::from_utf8_lossy(PROTOCOL));
    }
    Ok(stream)
}
