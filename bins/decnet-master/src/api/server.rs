//! The API from its record to its end.

use std::{io, net::SocketAddr, sync::Arc};

use anyhow::Context as _;
use decnet_alerting::{Outlet, Trust};
use decnet_api::server::Limits;
use decnet_daemon::{descriptors, signals::Shutdown};
use decnet_record::{Options, Patience, Reader, Record};
use tokio::sync::watch;

use super::{
    accounts::Gatekeeper, alerts::Alerting, app::App, asking::Asking, cache::Cache, door::Door,
    fleet::Planning, metrics::Counters, operations::Begun, routes::routes, settings::Settings, stream::Hub,
    welcome,
};

/// Connections at once: everybody who listens has one.
const CONNECTIONS: usize = 2048;

/// An API that listens.
#[derive(Debug)]
pub(crate) struct Bound {
    door: Door,
    settings: Settings,
    record: Record,
    reader: Reader,
    outlet: Outlet,
}

impl Bound {
    /// Listens, opens the record and begins to keep it. Where nobody may ask yet, somebody may from now on.
    ///
    /// # Errors
    /// The address is taken or others could reach it without TLS; the authorities of receivers cannot be read; the
    /// record cannot be opened, or is kept by another process.
    pub(crate) async fn open(settings: Settings) -> anyhow::Result<Self> {
        descriptors::raise(CONNECTIONS as u64);
        let door = Door::open(settings.address, settings.certificate.as_ref()).await?;
        let trust = Trust::load(settings.authorities.as_deref());
        let outlet = Outlet::new(trust.context("cannot tell which receivers of alerts to believe")?);
        let database = settings.database.clone();
        let options =
            Options { database: database.clone(), log: settings.source.clone(), limits: settings.limits };
        let opened = tokio::task::spawn_blocking(move || {
            let record = Record::start(options)?;
            Ok::<_, decnet_record::RecordError>((record, Reader::open(database, Patience::default())?))
        });
        let (record, reader) = opened.await?.with_context(|| {
            format!("cannot keep the record {} of {}", settings.database, settings.source.display())
        })?;
        welcome::first_admin(&record, &settings).await?;
        Ok(Self { door, settings, record, reader, outlet })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// As `getsockname`.
    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.door.address()
    }

    /// Answers until the shutdown, then ends in good order.
    pub(crate) async fn serve(self, shutdown: Shutdown) {
        let Self { door, settings, record, reader, outlet } = self;
        let asking = Asking::new(reader);
        let hub = Hub::new(record.watch().newest());
        let (kept, news) = watch::channel(record.watch().newest());
        record.watch().on_change(move |newest| {
            kept.send_replace(newest);
        });
        let following = tokio::spawn(Arc::clone(&hub).follow(asking.clone(), news));
        let (alerting, mut tasks) = Alerting::begin(&record, &asking, outlet, (&settings, &shutdown));
        let app = Arc::new(App {
            gatekeeper: Gatekeeper::new(record.clone(), asking.clone()),
            alerting,
            settings,
            asking,
            hub,
            cache: Cache::default(),
            counters: Counters::default(),
            planning: Planning::default(),
            begun: Begun::default(),
            shutdown: shutdown.clone(),
            record: record.clone(),
        });
        let routes = routes(&app);
        let limits = Limits { connections: CONNECTIONS, ..Limits::default() };
        door.serve(routes, limits, ended(shutdown)).await;
        following.abort();
        // Deliveries that are under way have a few seconds, and are written down.
        while tasks.join_next().await.is_some() {}
        // The batch that is under way is kept first.
        if tokio::task::spawn_blocking(move || record.stop()).await.is_err() {
            tracing::warn!("the record was not closed in good order");
        }
    }
}

async fn ended(mut shutdown: Shutdown) {
    shutdown.requested().await;
}
