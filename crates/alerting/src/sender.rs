//! Takes what is due and delivers it, for as long as the process lives.

use std::{collections::HashMap, future::Future, pin::pin, sync::Arc, time::Duration};

use decnet_proto::{alert::ReceiverId, problem::chain};
use decnet_record::alerts::{Due, Failure};
use tokio::{
    sync::Notify,
    task::{Id, JoinSet},
    time::{sleep, timeout},
};

use crate::{LIMITS, Ledger, LedgerError, Outlet};

/// How often the ledger is asked when nothing happens.
const TICK: Duration = Duration::from_secs(1);

/// How long is waited before the ledger is told again what it could not write down: so long at first, so long at last.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(10);

/// Delivers what a ledger says.
#[derive(Debug)]
pub struct Sender<L> {
    ledger: Arc<L>,
    outlet: Outlet,
    news: Arc<Notify>,
    tick: Duration,
}

/// Deliveries that are under way, and to whom.
#[derive(Debug, Default)]
struct UnderWay {
    tasks: JoinSet<()>,
    receivers: HashMap<Id, ReceiverId>,
}

impl<L: Ledger> Sender<L> {
    /// Delivers through this outlet.
    pub fn new(ledger: Arc<L>, outlet: Outlet) -> Self {
        Self { ledger, outlet, news: Arc::default(), tick: TICK }
    }

    /// Asks the ledger so often when nothing happens.
    #[must_use]
    pub fn with_tick(self, tick: Duration) -> Self {
        Self { tick, ..self }
    }

    /// Who knows of a new alert says so here; without that it waits for a second at most.
    pub fn news(&self) -> Arc<Notify> {
        Arc::clone(&self.news)
    }

    /// Delivers until `shutdown`, and then for a few seconds what is under way. What is not done by then is sent
    /// again another time, with the same id.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send) {
        let mut shutdown = pin!(shutdown);
        let mut under_way = UnderWay::default();
        loop {
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                () = self.begin(&mut under_way) => {}
            }
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                () = under_way.one_ends(), if !under_way.tasks.is_empty() => {}
                () = self.news.notified() => {}
                () = sleep(self.tick) => {}
            }
        }
        let drained = timeout(LIMITS.drain, async { while under_way.tasks.join_next().await.is_some() {} });
        if drained.await.is_err() {
            tracing::warn!(
                deliveries = under_way.tasks.len(),
                "some alerts were under way and will be sent again"
            );
        }
    }

    /// Begins to deliver what is due and nobody is delivering, as far as there is room.
    async fn begin(&self, under_way: &mut UnderWay) {
        if under_way.tasks.len() >= LIMITS.at_once {
            return;
        }
        let due = match self.ledger.due().await {
            Ok(due) => due,
            Err(error) => {
                tracing::error!("{}", chain(&error));
                return;
            }
        };
        // No await from here on: who is under way stays who it is.
        for due in due {
            let busy = under_way.receivers.values().any(|receiver| *receiver == due.id.receiver);
            if !busy && under_way.tasks.len() < LIMITS.at_once {
                let receiver = due.id.receiver;
                let task = under_way.tasks.spawn(deliver(Arc::clone(&self.ledger), self.outlet.clone(), due));
                under_way.receivers.insert(task.id(), receiver);
            }
        }
    }
}

impl UnderWay {
    /// Returns when a delivery has ended.
    async fn one_ends(&mut self) {
        let id = match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => id,
            Some(Err(error)) => error.id(),
            None => return,
        };
        self.receivers.remove(&id);
    }
}

/// Delivers once, and does not end before what became of it is written down.
async fn deliver<L: Ledger>(ledger: Arc<L>, outlet: Outlet, due: Due) {
    let outcome = outlet.deliver(&due.target, &due.alert).await;
    if let Err(Failure { error, .. }) = &outcome {
        tracing::warn!(receiver = %due.id.receiver, alert = %due.alert.id, "cannot deliver an alert: {error}");
    }
    let jitter = getrandom::u32().unwrap_or_default();
    let mut pause = FIRST_PAUSE;
    while let Err(error) = write_down(&*ledger, &due, &outcome, jitter).await {
        tracing::error!(receiver = %due.id.receiver, alert = %due.alert.id, "{}", chain(&error));
        sleep(pause).await;
        pause = (pause * 2).min(LAST_PAUSE);
    }
}

async fn write_down<L: Ledger>(
    ledger: &L,
    due: &Due,
    outcome: &Result<(), Failure>,
    jitter: u32,
) -> Result<(), LedgerError> {
    match outcome {
        Ok(()) => ledger.delivered(due.id).await,
        Err(failure) => ledger.failed(due.id, failure, jitter).await,
    }
}
