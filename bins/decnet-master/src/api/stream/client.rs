//! One who listens: what is sent, in order, at the pace at which it is taken.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use decnet_daemon::signals::Shutdown;
use decnet_proto::record::LogRow;
use decnet_record::{Matcher, Period, RecordError, Search};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep_until, timeout},
};

use super::{
    frames,
    hub::{Hub, Listening, Summary},
    ring::{After, Frame},
};
use crate::api::{accounts::Standing, asking::Asking};

/// Events of one message.
const MOST: usize = 50;

/// Events that are looked through at once in the record.
const PIECE: u32 = 500;

/// How long it may be silent.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How long a client may take nothing before it is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Events that may go by unmatched before a client is told where it is.
const UNTOLD: i64 = 1000;

/// Why it ends.
#[derive(Debug)]
enum End {
    /// The client is gone, takes nothing, or may not listen any more.
    Client,
    /// The server ends.
    Server,
}

/// What a client asked for.
#[derive(Debug)]
pub(super) struct Wish {
    /// What it is to hear of.
    pub(super) search: Search,
    /// The last event that it has; only what comes from now on without one.
    pub(super) after: Option<i64>,
}

/// Sends to one client until one of them ends.
pub(super) struct Client {
    pub(super) hub: Arc<Hub>,
    pub(super) asking: Asking,
    pub(super) standing: Standing,
    pub(super) out: mpsc::Sender<Bytes>,
    pub(super) shutdown: Shutdown,
}

impl Client {
    /// Sends what `wish` asks for.
    pub(super) async fn run(self, wish: Wish) {
        let mut shutdown = self.shutdown.clone();
        let out = self.out.clone();
        let ended = tokio::select! {
            ended = self.tell(wish) => ended,
            () = shutdown.requested() => Err(End::Server),
            // Who goes makes room at once, and not when something is to be said.
            () = out.closed() => Err(End::Client),
        };
        if matches!(ended, Err(End::Server)) {
            // It may be gone: then nobody needs to be told.
            let _ = out.try_send(frames::GOODBYE);
        }
    }

    async fn tell(self, wish: Wish) -> Result<(), End> {
        let listening = self.hub.enter();
        let mut summaries = self.hub.summaries();
        let at = self.begin(&wish).await?;
        let matcher = Matcher::new(&wish.search);
        let mut teller = Teller { told: at, at, wish, matcher, client: &self, _listening: listening };
        let mut news = self.hub.news();
        loop {
            teller.catch_up().await?;
            let beat = sleep_until(Instant::now() + HEARTBEAT);
            tokio::select! {
                changed = news.changed() => changed.map_err(|_| End::Server)?,
                changed = summaries.changed() => {
                    changed.map_err(|_| End::Server)?;
                    self.sum_up(&mut summaries).await?;
                }
                () = beat => {
                    if !self.standing.holds().await {
                        return Err(End::Client);
                    }
                    self.send(frames::HEARTBEAT).await?;
                }
            }
        }
    }

    /// Greets, and says where the client begins.
    async fn begin(&self, wish: &Wish) -> Result<i64, End> {
        let newest = self.hub.newest();
        self.send(frames::GREETING).await?;
        let Summary { stats, histogram } = self.hub.greeting(&self.asking).await.map_err(|_| End::Server)?;
        for message in [stats, histogram].into_iter().flatten() {
            self.send(message).await?;
        }
        let at = wish.after.map_or(newest, |after| after.clamp(0, newest));
        self.send(frames::place(at)).await?;
        Ok(at)
    }

    async fn sum_up(&self, summaries: &mut watch::Receiver<Summary>) -> Result<(), End> {
        let Summary { stats, histogram } = summaries.borrow_and_update().clone();
        for message in [stats, histogram].into_iter().flatten() {
            self.send(message).await?;
        }
        Ok(())
    }

    async fn send(&self, bytes: Bytes) -> Result<(), End> {
        let sent = timeout(PATIENCE, self.out.send(bytes)).await;
        sent.map_err(|_| End::Client)?.map_err(|_| End::Client)
    }
}

/// How far a client is.
struct Teller<'c> {
    client: &'c Client,
    wish: Wish,
    matcher: Matcher,
    /// Everything up to here was looked at.
    at: i64,
    /// The last place that the client was told.
    told: i64,
    _listening: Listening,
}

impl Teller<'_> {
    /// Sends everything that is there and was asked for.
    async fn catch_up(&mut self) -> Result<(), End> {
        loop {
            let frames = match self.client.hub.after(self.at, MOST) {
                After::Frames(frames) if frames.is_empty() => return Ok(()),
                After::Frames(frames) => {
                    self.at = frames.last().map_or(self.at, |frame| frame.row.id);
                    frames.into_iter().filter(|frame| self.is_wanted(&frame.row)).collect()
                }
                After::Older => match self.read().await {
                    Ok(frames) => frames,
                    Err(error) => {
                        tracing::warn!("a live stream ends: {error}");
                        return Err(End::Server);
                    }
                },
            };
            self.send(frames).await?;
        }
    }

    fn is_wanted(&self, row: &LogRow) -> bool {
        self.matcher.finds(row)
    }

    /// The next events from the record.
    async fn read(&mut self) -> Result<Vec<Arc<Frame>>, RecordError> {
        let (at, search) = (self.at, self.wish.search.clone());
        let found = self
            .client
            .asking
            .ask(move |reader| reader.logs_after(at, &search, Period::default(), PIECE))
            .await?;
        self.at = found.seen.max(at);
        let frame = |row| {
            let text = serde_json::to_vec(&row).ok()?.into();
            Some(Arc::new(Frame { row, text }))
        };
        Ok(found.rows.into_iter().filter_map(frame).collect())
    }

    async fn send(&mut self, frames: Vec<Arc<Frame>>) -> Result<(), End> {
        for some in frames.chunks(MOST) {
            if let Some(message) = frames::logs(some) {
                self.client.send(message).await?;
                self.told = some.last().map_or(self.told, |frame| frame.row.id);
            }
        }
        if self.at - self.told >= UNTOLD {
            self.client.send(frames::place(self.at)).await?;
            self.told = self.at;
        }
        Ok(())
    }
}
