//! The driver: owns sockets, time and limits, so that services own only their protocol.
//!
//! [`Driver::apply`] makes the set of running services what it is told, without touching
//! sessions of services that stay. Each service is made apart from all sessions, and its
//! ports open when it is ready.

mod control;
mod datagram;
mod limits;
mod listen;
mod output;
mod session;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    io,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use decnet_event::{Kind, Origin};
use decnet_proto::{
    agent::ApplyReport,
    persona::ServiceSpec,
    service::{Port, ServiceId, Transport},
};
use tokio::{sync::watch, task::JoinSet};

pub use control::{ControlError, request, serve as serve_control};
pub use output::standard_output;

use crate::{Host, registry::Service};
use limits::Limits;

/// Slug under which a decoy speaks of itself rather than of one service.
pub const COMPONENT: &str = "system";

/// Where services listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bind {
    /// The address; unspecified in a namespace of one's own.
    pub address: IpAddr,
    /// Added to every port, for trials outside a namespace.
    pub offset: u16,
}

impl Bind {
    /// All addresses, the services' own ports.
    pub const EVERYWHERE: Self = Self { address: IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), offset: 0 };
}

/// All services of one decoy.
#[derive(Debug)]
pub struct Driver {
    host: Arc<Host>,
    bind: Bind,
    origin: Arc<Origin>,
    limits: Arc<Limits>,
    sessions: AtomicU64,
    running: Mutex<BTreeMap<ServiceId, Running>>,
    /// Makes one `apply` wait for the other.
    applying: tokio::sync::Mutex<()>,
}

/// What a listener and a session need of their service.
#[derive(Debug)]
struct Shared {
    service: Service,
    origin: Arc<Origin>,
    limits: Arc<Limits>,
    /// Turns true when the service is taken away; the same for all that it was made into.
    gone: Arc<watch::Sender<bool>>,
}

#[derive(Debug)]
struct Running {
    spec: ServiceSpec,
    shared: Arc<Shared>,
    /// The listeners; they end when it is dropped.
    listeners: JoinSet<()>,
}

impl Driver {
    /// A driver without services.
    pub fn new(host: Arc<Host>, bind: Bind) -> Arc<Self> {
        let origin = host.emitter.origin(COMPONENT);
        Arc::new(Self {
            host,
            bind,
            origin,
            limits: Arc::new(Limits::of_decoy()),
            sessions: AtomicU64::new(0),
            running: Mutex::default(),
            applying: tokio::sync::Mutex::default(),
        })
    }

    /// Makes the running services exactly `wanted`.
    ///
    /// A service that stays as it is keeps its listeners and sessions; one whose keys change
    /// keeps its sessions; one that goes ends them. What cannot be opened is reported, and said
    /// in an event, and does not stop the others.
    pub async fn apply(self: &Arc<Self>, mut wanted: Vec<ServiceSpec>) -> ApplyReport {
        let _one_at_a_time = self.applying.lock().await;
        let mut report = ApplyReport { added: Vec::new(), removed: Vec::new(), failed: Vec::new() };
        report.removed = self.remove_all_but(&wanted).await;
        wanted.sort_by_key(Service::needs_key);
        for spec in wanted {
            let known = self.running().get(&spec.service).map(|running| running.spec == spec);
            if known == Some(true) {
                continue;
            }
            let service = spec.service;
            match self.open(spec).await {
                Ok(()) if known.is_none() => report.added.push(service),
                Ok(()) => {}
                Err(error) => report.failed.push((service, error)),
            }
        }
        self.host.set_serving(self.running().values().map(|running| running.spec.clone()));
        report
    }

    /// Ends every listener and every session.
    pub fn stop(&self) {
        for (_, running) in std::mem::take(&mut *self.running()) {
            running.shared.gone.send_replace(true);
        }
    }

    /// Slugs of the running services, comma separated.
    pub fn services(&self) -> String {
        self.running().keys().map(|id| id.slug()).collect::<Vec<_>>().join(",")
    }

    /// Connections that came so far.
    pub fn visits(&self) -> u64 {
        self.sessions.load(Ordering::Relaxed)
    }

    /// Whether nobody is connected.
    pub fn is_quiet(&self) -> bool {
        self.limits.is_empty()
    }

    /// Says which services there are now.
    pub fn announce(&self, report: &ApplyReport) {
        let slugs = |ids: &[ServiceId]| ids.iter().map(|id| id.slug()).collect::<Vec<_>>().join(",");
        let kind = Kind::ServicesChanged {
            services: self.services(),
            added: slugs(&report.added),
            removed: slugs(&report.removed),
        };
        self.say(kind);
    }

    /// Says something of the decoy as a whole.
    pub fn say(&self, kind: Kind) {
        self.host.emitter.emit(&self.origin, None, kind);
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<ServiceId, Running>> {
        // The map is changed by single insertions and removals, so it is whole even after a panic.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn remove_all_but(&self, wanted: &[ServiceSpec]) -> Vec<ServiceId> {
        let is_wanted = |id: &ServiceId| wanted.iter().any(|spec| spec.service == *id);
        let gone: Vec<_> = self.running().keys().copied().filter(|id| !is_wanted(id)).collect();
        for id in &gone {
            if let Some(shared) = self.close(*id).await {
                shared.gone.send_replace(true);
            }
        }
        gone
    }

    /// Ends the listeners of a service, so that its ports are free; its sessions go on.
    async fn close(&self, id: ServiceId) -> Option<Arc<Shared>> {
        let mut running = self.running().remove(&id)?;
        running.listeners.shutdown().await;
        Some(running.shared)
    }

    async fn open(self: &Arc<Self>, spec: ServiceSpec) -> Result<(), String> {
        let (host, making) = (Arc::clone(&self.host), spec.clone());
        let made = tokio::task::spawn_blocking(move || Service::build(&making, &host)).await;
        let service = made.map_err(|error| error.to_string())?.map_err(|error| chain(&error))?;
        let old = self.close(spec.service).await;
        let shared = Arc::new(Shared {
            service,
            origin: self.host.emitter.origin(spec.service.slug()),
            limits: old
                .as_ref()
                .map_or_else(|| Arc::new(Limits::of_service()), |old| Arc::clone(&old.limits)),
            gone: old.map(|old| Arc::clone(&old.gone)).unwrap_or_default(),
        });
        let mut listeners = JoinSet::new();
        for port in spec.service.info().ports {
            self.listen(*port, &shared, &mut listeners).map_err(|error| {
                let port = port.to_string();
                let text = format!("{port}: {error}");
                self.host.emitter.emit(
                    &shared.origin,
                    None,
                    Kind::BindFailed { port, error: error.to_string() },
                );
                text
            })?;
        }
        self.running().insert(spec.service, Running { spec, shared, listeners });
        Ok(())
    }

    fn listen(
        self: &Arc<Self>,
        port: Port,
        shared: &Arc<Shared>,
        listeners: &mut JoinSet<()>,
    ) -> io::Result<()> {
        let address = (self.bind.address, port.number.wrapping_add(self.bind.offset)).into();
        let (driver, shared) = (Arc::clone(self), Arc::clone(shared));
        match port.transport {
            Transport::Tcp => listeners.spawn(listen::accept(driver, shared, listen::tcp(address)?)),
            Transport::Udp => listeners.spawn(datagram::answer(driver, shared, datagram::bind(address)?)),
        };
        Ok(())
    }
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
