//! The loops of the hosts: one each, for as long as the host is in the swarm.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use decnet_proto::ids::HostId;
use tokio::{sync::Notify, task::AbortHandle};

use super::{controller::Controller, reconcile};

/// The loops that run.
#[derive(Debug, Default)]
pub(super) struct Loops(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    closed: bool,
    running: HashMap<HostId, Loop>,
}

#[derive(Debug)]
struct Loop {
    poke: Arc<Notify>,
    task: AbortHandle,
}

impl Loops {
    /// Has the loop of a host look again; it is begun if there is none.
    pub(super) fn poke(&self, controller: &Arc<Controller>, host: HostId) {
        let mut state = self.state();
        if state.closed {
            return;
        }
        let running = state.running.entry(host).or_insert_with(|| {
            let poke = Arc::new(Notify::new());
            let work = reconcile::run(Arc::clone(controller), host, Arc::clone(&poke));
            Loop { poke, task: tokio::spawn(work).abort_handle() }
        });
        running.poke.notify_one();
    }

    /// The loop of a host has come to its end.
    pub(super) fn ended(&self, host: HostId) {
        self.state().running.remove(&host);
    }

    /// Breaks all of them off: what was begun is journaled, and goes on when the controller is
    /// opened again.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.running.drain().for_each(|(_, running)| running.task.abort());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
