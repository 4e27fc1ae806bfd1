//! Alerts: whom they go to, what raises them, and whose doings raise none.

mod ignores;
mod ledger;
mod lookout;
mod receivers;
mod rules;

use std::sync::Arc;

use axum::{Json, extract::State};
use decnet_alerting::{Outlet, Sender};
use decnet_daemon::signals::Shutdown;
use decnet_proto::{
    alert::Alert,
    api::{Mode, PageQuery},
    record::Page,
};
use decnet_record::{
    Record,
    alerts::{AlertError, Alerts},
};
use tokio::{
    sync::{Notify, Semaphore},
    task::JoinSet,
};

use self::ledger::Book;
pub(super) use self::{
    ignores::{add_ignore, ignore, ignores, remove_ignore},
    receivers::{
        add_receiver, change_receiver, deliveries, receiver, receivers, remove_receiver, retry_deliveries,
        test_receiver,
    },
    rules::{rules, set_rule},
};
use super::{
    app::{Answer, Params, Shared},
    asking::Asking,
    paging::paging,
    refusal::Refusal,
    settings::Settings,
};

/// Tests of receivers at once.
const TRIALS: usize = 4;

/// All that the API has to do with alerts.
#[derive(Debug)]
pub(super) struct Alerting {
    record: Record,
    asking: Asking,
    outlet: Outlet,
    /// Who delivers is told here that there is something new.
    news: Arc<Notify>,
    trials: Semaphore,
}

impl Alerting {
    /// Begins to deliver, and to look for what no event tells of: tasks that end with the shutdown.
    pub(super) fn begin(
        record: &Record,
        asking: &Asking,
        outlet: Outlet,
        (settings, shutdown): (&Settings, &Shutdown),
    ) -> (Self, JoinSet<()>) {
        let book = Book::new(record.clone(), asking.clone());
        let sender = Sender::new(Arc::new(book), outlet.clone());
        let (news, told) = (sender.news(), sender.news());
        record.watch().on_alert(move || told.notify_one());
        let mut tasks = JoinSet::new();
        let mut ending = shutdown.clone();
        tasks.spawn(sender.run(async move { ending.requested().await }));
        if settings.mode == Mode::Swarm {
            let lookout = lookout::Lookout::new(settings.config.clone(), record.clone(), Arc::clone(&news));
            tasks.spawn(lookout.watch(shutdown.clone()));
        }
        let (record, asking, trials) = (record.clone(), asking.clone(), Semaphore::new(TRIALS));
        (Self { record, asking, outlet, news, trials }, tasks)
    }

    /// Looks at what belongs to alerts.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Alerts<'_>) -> Result<T, AlertError> + Send + 'static,
    ) -> Result<T, Refusal> {
        Ok(self.asking.ask(move |reader| Ok(reader.alerts(work))).await??)
    }

    /// Changes it, by the thread that writes.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Alerts<'_>) -> Result<T, AlertError> + Send + 'static,
    ) -> Result<T, Refusal> {
        let record = self.record.clone();
        let done = tokio::task::spawn_blocking(move || record.alerts(work)).await;
        Ok(done.map_err(|error| Refusal::Failed(error.into()))??)
    }
}

pub(super) async fn alerts(State(app): Shared, query: Params<PageQuery>) -> Answer<Page<Alert>> {
    let paging = paging(&query?.0)?;
    Ok(Json(app.alerting.read(move |alerts| Ok(alerts.alert_page(paging)?)).await?))
}
