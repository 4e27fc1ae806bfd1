//! From one connection to the next.

use std::{path::PathBuf, time::Duration};

use anyhow::Context as _;
use decnet_daemon::signals::Shutdown;
use decnet_logship::{
    ship::{PlainSender, Sender, Sent, Window},
    tail::Tail,
    wire::PROTOCOL,
};
use decnet_membership::{Pace, chance};
use decnet_shipping::{Epoch, Terms, carry, every_tick};
use tokio::{
    pin,
    time::{Instant, sleep, timeout},
};

use crate::{
    connect::{Standing, connect},
    link::{Watcher, keep},
    live::Live,
    plain,
    settings::{PlainWay, Receiver, Settings, Way},
};

/// How long a connection may last: certificates and trust are read anew for the next.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// A connection that lasted so long is no failure that the next attempt should wait longer for.
const STEADY: Duration = Duration::from_secs(60);

/// Sends a log, on one connection after another.
#[derive(Debug)]
pub(crate) struct Shipper {
    receiver: Receiver,
    speaker: Speaker,
    terms: Terms,
    live: Live,
}

/// Who speaks to the receiver.
#[derive(Debug)]
enum Speaker {
    /// To a listener of ours, as the host that this folder says we are.
    Member(PathBuf, Sender<Tail>),
    /// To anybody else.
    Plain(PlainWay, PlainSender<Tail>),
}

impl Shipper {
    pub(crate) fn new(settings: Settings, tail: Tail, live: Live) -> Self {
        let Settings { receiver, way, poll, .. } = settings;
        let speaker = match way {
            Way::Swarm(identity) => Speaker::Member(identity, Sender::new(tail, Window::default())),
            Way::Plain(way) => Speaker::Plain(way, plain::sender(tail)),
        };
        Self { receiver, speaker, terms: Terms { epoch: Epoch(Instant::now()), poll }, live }
    }

    /// Sends until the shutdown.
    pub(crate) async fn run(mut self, mut shutdown: Shutdown) -> anyhow::Result<()> {
        let live = self.live.clone();
        let mut pace = Pace::default();
        while !shutdown.is_requested() {
            let (begun, before) = (Instant::now(), self.speaker.progress().1);
            let attempted = self.attempt(&mut shutdown).await;
            self.speaker.disconnect();
            live.connected(false);
            let (sent, acknowledgements) = self.speaker.progress();
            live.progress(sent, acknowledgements);
            match attempted {
                Err(error) if live.failed(&error) => {
                    tracing::warn!("cannot ship to {}: {error:#}", self.receiver);
                }
                _ => {}
            }
            if acknowledgements > before || begun.elapsed() >= STEADY {
                pace = Pace::default();
            }
            let wait = sleep(pace.next(chance()));
            meanwhile(self.speaker.tail(), &live, &mut shutdown, wait).await;
        }
        self.speaker.tail().save().context("cannot write down what was acknowledged")
    }

    /// One connection.
    async fn attempt(&mut self, shutdown: &mut Shutdown) -> anyhow::Result<()> {
        let Self { receiver, speaker, terms, live } = self;
        let carried = match speaker {
            Speaker::Member(identity, sender) => {
                let standing = Standing::of(identity);
                let connecting = connect(receiver, identity, PROTOCOL);
                let stream = meanwhile(sender.source(), live, shutdown, connecting).await;
                let Some(stream) = stream.transpose()? else { return Ok(()) };
                let mut watcher = Watcher { live, standing: &standing };
                timeout(LONGEST, carry(stream, sender, *terms, &mut watcher, shutdown)).await
            }
            Speaker::Plain(way, sender) => {
                let connecting = plain::connect(receiver, way);
                let link = meanwhile(sender.source(), live, shutdown, connecting).await;
                let Some(link) = link.transpose()? else { return Ok(()) };
                timeout(LONGEST, plain::carry(link, sender, terms.poll, live, shutdown)).await
            }
        };
        Ok(carried.unwrap_or(Ok(()))?)
    }
}

/// Looks at the log every second while something else is waited for; nothing comes of that when we are
/// to end.
async fn meanwhile<T>(
    tail: &mut Tail,
    live: &Live,
    shutdown: &mut Shutdown,
    work: impl Future<Output = T>,
) -> Option<T> {
    pin!(work);
    let mut tick = every_tick();
    loop {
        tokio::select! {
            done = &mut work => return Some(done),
            () = shutdown.requested() => return None,
            _ = tick.tick() => keep(tail, live),
        }
    }
}

impl Speaker {
    fn tail(&mut self) -> &mut Tail {
        match self {
            Self::Member(_, sender) => sender.source(),
            Self::Plain(_, sender) => sender.source(),
        }
    }

    fn progress(&self) -> (Sent, u64) {
        match self {
            Self::Member(_, sender) => (sender.sent(), sender.acknowledgements()),
            Self::Plain(_, sender) => (sender.sent(), sender.acknowledgements()),
        }
    }

    fn disconnect(&mut self) {
        match self {
            Self::Member(_, sender) => sender.disconnect(),
            Self::Plain(_, sender) => sender.disconnect(),
        }
    }
}
