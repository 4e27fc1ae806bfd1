//! The agent: the only process of a host that touches Docker and the network.
//!
//! Why it exists: whoever plans a fleet needs no rights; whoever carries a plan out needs all.
//! They are two processes, and between them is one API ([`decnet_proto::agent`]).
//!
//! ```text
//! request ─ server ─► agent ─ accept ─► store
//!                       └─ work: observe ─ composer::diff ─ engine::execute ─► Docker, netlink
//! container output ─ collector ─► log, JSON, artifacts
//! ```
//!
//! Invariants:
//! - One change of the host at a time; a plan is on disk before anything is changed for it.
//! - An older plan than the accepted one is refused.
//! - A crash at any moment is followed by the end of what was begun.
//! - On the socket only root, the agent's own user and the group `decnet` are listened to, and the
//!   updater's user when it asks how the agent is; over TLS only the master of the swarm, in whose handshake chain, role and key are checked.
//!
//! Limits: plans of 32 MiB.

mod agent;
mod args;
mod collection;
mod doctor;
mod functions;
mod gate;
mod machine;
mod operations;
mod refusal;
mod server;
mod settings;
mod status;
mod store;
mod swarm;
mod work;

use std::{path::Path, sync::Arc};

use anyhow::Context as _;
use decnet_daemon::signals::Shutdown;
use decnet_engine::{
    Engine,
    collector::{ArtifactLimits, Collector, Config, Rotation},
    docker::Docker,
};
use decnet_pki::clock::Clock;
use tokio::net::UnixListener;

pub use crate::{
    agent::{Agent, Places},
    args::{Args, Verb, command},
    collection::Collection,
    machine::{LocalMachine, Machine},
    settings::{Settings, Surroundings},
    store::Store,
    swarm::{Forwarding, InSwarm},
};

/// Runs the agent of this host until the shutdown: then the step that is being taken ends, the
/// collector writes its checkpoint, and a later start goes on from there.
///
/// # Errors
/// The state, the log or the socket cannot be used.
pub async fn run(settings: Settings, shutdown: Shutdown) -> anyhow::Result<()> {
    let store = Store::open(settings.state.clone())?;
    let collector = open_collector(&settings, &store).await?;
    let collection = Arc::new(Collection::of(collector.clone()));
    let places = Places { state: settings.state.clone(), artifacts: settings.artifacts.clone() };
    let docker = Docker::new(settings.docker.clone());
    let machine = LocalMachine::new(Arc::clone(&collection));
    let agent = Arc::new(Agent::new(docker, machine, collection, store, places, settings.parallel));
    let listener = bind(&settings.socket)?;
    tracing::info!("listening on {}", settings.socket.display());

    let (end_of_work, collecting) = Shutdown::by_hand();
    let collected = tokio::spawn(collect(collector, settings.docker, collecting));
    let place = InSwarm::open(&agent, &settings.identity, settings.address, Clock::system()).await;
    let place = place.map(|place| place.with_forwarder(settings.forwarding, settings.log_file));
    let swarm = async {
        if let Some(place) = place {
            place.serve(Arc::clone(&agent), shutdown.clone()).await;
        }
    };
    tokio::join!(serve(Arc::clone(&agent), listener, shutdown.clone()), swarm);
    // One that stays is replaced by the next start.
    let _ = std::fs::remove_file(&settings.socket);
    end_of_work.request();
    collected.await.context("the collector broke off")?.context("cannot end collecting")?;
    tracing::info!("ended");
    Ok(())
}

/// Serves the API over any engine and machine, and mends what runs, until the shutdown.
pub async fn serve<E: Engine + 'static, M: Machine>(
    agent: Arc<Agent<E, M>>,
    listener: UnixListener,
    shutdown: Shutdown,
) {
    agent.spawn(work::mend_forever(Arc::clone(&agent)));
    agent.spawn(work::give_way_forever(Arc::clone(&agent)));
    let mut ending = shutdown.clone();
    let rest = async {
        ending.requested().await;
        tracing::info!("ending after the step that is being taken");
        agent.rest().await;
    };
    tokio::join!(server::serve(Arc::clone(&agent), listener, shutdown), rest);
}

/// Binds the agent's socket.
///
/// # Errors
/// The socket cannot be made.
pub fn bind(socket: &Path) -> anyhow::Result<UnixListener> {
    server::bind(socket).with_context(|| format!("cannot listen on {}", socket.display()))
}

async fn open_collector(settings: &Settings, store: &Store) -> anyhow::Result<Collector> {
    let log_file = store.log_file().map_or_else(|| settings.log_file.clone(), ToOwned::to_owned);
    let usual = Config::new(settings.state.join("collector"), log_file, settings.artifacts.clone());
    let config = Config {
        rotation: Some(Rotation { bytes: settings.rotate_size, keep: settings.rotate_keep }),
        artifacts: ArtifactLimits { daily_bytes: settings.artifacts_quota, ..usual.artifacts },
        ..usual
    };
    let opened = tokio::task::spawn_blocking(|| Collector::open(config)).await;
    opened.context("the collector broke off")?.context("cannot collect")
}

async fn collect(
    collector: Collector,
    docker: decnet_engine::docker::Settings,
    mut ending: Shutdown,
) -> Result<(), decnet_engine::collector::Stopped> {
    collector.run(Arc::new(Docker::new(docker)), async move { ending.requested().await }).await
}
