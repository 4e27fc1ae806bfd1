//! The controller with its two servers, from its folder to its end.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use decnet_api::server::{Limits, Plain, Tls, serve};
use decnet_daemon::signals::Shutdown;
use decnet_pki::tls::{self, ClientPolicy};
use decnet_proto::swarm::role::Role;

use super::{
    controller::Controller, gatehouse::Gatehouse, operators, own_listener::Look, settings::Settings, watch,
    workers,
};

/// Connections of workers at once: each has one, and reconnects before the old one is gone.
const WORKERS: usize = 2048;

/// How long a connection of a worker may be silent, and how many heartbeats at least.
const SILENCE: (Duration, u32) = (Duration::from_secs(30), 3);

/// A controller that listens, and answers once it serves.
#[derive(Debug)]
pub struct Bound {
    controller: Arc<Controller>,
    operators: Door,
    workers: Gatehouse,
}

#[derive(Debug)]
enum Door {
    Plain(Plain),
    Tls(Tls),
}

impl Bound {
    /// Opens the folder, listens, and takes up what was begun before.
    ///
    /// # Errors
    /// The folder cannot be used, an address is taken, or operators would speak without TLS on an
    /// address that others can reach.
    pub async fn open(settings: Settings) -> anyhow::Result<Self> {
        let (operators, workers, with_tls) = (settings.operators, settings.workers, settings.tls);
        if !with_tls && !operators.ip().is_loopback() {
            bail!(
                "{operators} can be reached from other machines: with --tls (swarmctl-tls) operators show certificates there, without it listen on 127.0.0.1"
            );
        }
        let controller = Controller::open(settings).await?;
        let busy = |address| move || format!("cannot listen on {address}");
        let operators = if with_tls {
            let door = door(&controller, operators, &[Role::Operator]).await;
            Door::Tls(door.with_context(busy(operators))?)
        } else {
            Door::Plain(Plain::bind(operators).await.with_context(busy(operators))?)
        };
        let door = door(&controller, workers, &[Role::Agent, Role::Updater, Role::Listener]).await;
        let workers = Gatehouse::before(door.with_context(busy(workers))?);
        let bound = Self { operators, workers, controller };
        bound.controller.listens_for_workers(bound.workers()?);
        bound.controller.equip_listener(Look::First).await?;
        bound.controller.resume().await?;
        Ok(bound)
    }

    /// Where operators are listened to.
    ///
    /// # Errors
    /// As `getsockname`.
    pub fn operators(&self) -> io::Result<SocketAddr> {
        match &self.operators {
            Door::Plain(door) => door.address(),
            Door::Tls(door) => door.address(),
        }
    }

    /// Where workers are listened to.
    ///
    /// # Errors
    /// As `getsockname`.
    pub fn workers(&self) -> io::Result<SocketAddr> {
        self.workers.address()
    }

    /// Answers until the shutdown, then ends in good order. What was begun on hosts goes on there,
    /// and is taken up when the controller is opened again.
    pub async fn serve(self, shutdown: Shutdown) {
        let Self { controller, operators, workers } = self;
        let watching = tokio::spawn(watch::watch_forever(Arc::clone(&controller)));
        let ending = || {
            let mut shutdown = shutdown.clone();
            async move { shutdown.requested().await }
        };
        let routes = operators::routes(&controller, shutdown.clone());
        let operators = async {
            match operators {
                Door::Plain(door) => serve(door, routes, Limits::default(), ending()).await,
                Door::Tls(door) => serve(door, routes, Limits::default(), ending()).await,
            }
        };
        let beats = Duration::from_secs(u64::from(SILENCE.1 * controller.settings.heartbeat.min(300)));
        let limits = Limits { connections: WORKERS, head: SILENCE.0.max(beats), ..Limits::default() };
        let workers = serve(workers, workers::routes(&controller, shutdown.clone()), limits, ending());
        tokio::select! {
            _ = async { tokio::join!(operators, workers) } => {}
            () = controller.write_turned_away() => {}
        }
        watching.abort();
        controller.loops.close();
        controller.rollouts.close();
        controller.store.close().await;
    }
}

async fn door(controller: &Controller, address: SocketAddr, roles: &[Role]) -> io::Result<Tls> {
    let terms = controller.terms(controller.admitting(roles));
    let config = tls::server(&controller.master.server, ClientPolicy::Optional, &terms);
    let config = config.map_err(io::Error::other)?;
    Tls::bind(address, config, controller.sessions.clone(), terms.admission).await
}
