//! The API from its record to its end.

use std::{io, net::SocketAddr, sync::Arc};

use anyhow::Context as _;
use decnet_api::server::{Limits, Plain, Secure, serve};
use decnet_daemon::signals::Shutdown;
use decnet_record::{Options, Patience, Reader, Record};
use tokio::sync::watch;

use super::{
    accounts::Gatekeeper, app::App, asking::Asking, cache::Cache, metrics::Counters, routes::routes,
    settings::Settings, stream::Hub, welcome,
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
}

#[derive(Debug)]
enum Door {
    Plain(Plain),
    Secure(Secure),
}

impl Bound {
    /// Listens, opens the record and begins to keep it. Where nobody may ask yet, somebody may from now on.
    ///
    /// # Errors
    /// The address is taken or others could reach it without TLS; the record cannot be opened, or is kept by
    /// another process.
    pub(crate) async fn open(settings: Settings) -> anyhow::Result<Self> {
        let door = door(&settings).await?;
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
        Ok(Self { door, settings, record, reader })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// As `getsockname`.
    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        match &self.door {
            Door::Plain(door) => door.address(),
            Door::Secure(door) => door.address(),
        }
    }

    /// Answers until the shutdown, then ends in good order.
    pub(crate) async fn serve(self, shutdown: Shutdown) {
        let Self { door, settings, record, reader } = self;
        let asking = Asking::new(reader);
        let hub = Hub::new(record.watch().newest());
        let (kept, news) = watch::channel(record.watch().newest());
        record.watch().on_change(move |newest| {
            kept.send_replace(newest);
        });
        let following = tokio::spawn(Arc::clone(&hub).follow(asking.clone(), news));
        let app = Arc::new(App {
            gatekeeper: Gatekeeper::new(record.clone(), asking.clone()),
            settings,
            asking,
            hub,
            cache: Cache::default(),
            counters: Counters::default(),
            shutdown: shutdown.clone(),
            record: record.clone(),
        });
        let routes = routes(&app);
        let limits = Limits { connections: CONNECTIONS, ..Limits::default() };
        let ending = ended(shutdown);
        match door {
            Door::Plain(door) => serve(door, routes, limits, ending).await,
            Door::Secure(door) => serve(door, routes, limits, ending).await,
        }
        following.abort();
        // The batch that is under way is kept first.
        if tokio::task::spawn_blocking(move || record.stop()).await.is_err() {
            tracing::warn!("the record was not closed in good order");
        }
    }
}

async fn ended(mut shutdown: Shutdown) {
    shutdown.requested().await;
}

async fn door(settings: &Settings) -> anyhow::Result<Door> {
    let busy = || format!("cannot listen on {}", settings.address);
    Ok(match &settings.certificate {
        None => Door::Plain(Plain::bind(settings.address).await.with_context(busy)?),
        Some(certificate) => {
            let config = certificate.configure()?;
            Door::Secure(Secure::bind(settings.address, config).await.with_context(busy)?)
        }
    })
}
