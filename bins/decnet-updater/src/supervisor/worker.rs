//! Agent and forwarder, as the change machine needs them.

use std::{
    error::Error,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use decnet_proto::{problem::chain, swarm};
use decnet_release::change::{Chain, Program, Supervisor, Trouble, health::Seen};
use serde_json::Value;
use tokio::runtime::Handle;

use super::{Starter, bin};
use crate::ask::{Places, health};

/// Starts agent and forwarder, and asks them.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) starter: Starter,
    pub(crate) places: Places,
    /// The switch of the chain.
    pub(crate) current: PathBuf,
    /// Where questions are asked: the change itself is made on a thread that blocks.
    pub(crate) runtime: Handle,
    /// What the programs said that were started for a change that failed.
    pub(crate) words: Words,
    was_restarted: bool,
}

/// What programs said before they were replaced by the former ones. Clones have the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words(Arc<Mutex<String>>);

impl Words {
    /// Empty where no change failed.
    pub(crate) fn get(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, text: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }
}

impl Worker {
    /// Of a chain whose switch is `current`.
    pub(crate) fn new(starter: Starter, places: Places, current: PathBuf, runtime: Handle) -> Self {
        Self { starter, places, current, runtime, words: Words::default(), was_restarted: false }
    }

    fn look(&self, program: Program, seen: swarm::updater::Seen) -> Seen {
        let health = health(seen);
        // Who does not answer proves nothing, whoever its process is.
        let known = health.as_ref().ok().map(|_| self.starter.main_pid(program));
        match known.transpose() {
            Ok(main_pid) => Seen { program, health, main_pid: main_pid.flatten() },
            Err(error) => Seen { program, health: Err(chain(&error)), main_pid: None },
        }
    }
}

impl Supervisor for Worker {
    fn observe(&mut self) -> Vec<Seen> {
        let places = self.places.clone();
        let asked = self.runtime.block_on(async { tokio::join!(places.agent(), places.forwarder()) });
        vec![self.look(Program::Agent, asked.0), self.look(Program::Forwarder, asked.1)]
    }

    fn remember(&mut self) -> Result<Value, Trouble> {
        // It has a file of its own, which only we may read: an environment may hold secrets.
        self.starter.remember(Chain::Worker.programs()).map_err(|error| trouble(&error))?;
        Ok(Value::Null)
    }

    fn restart(&mut self, _: &Value) -> Result<(), Trouble> {
        if self.was_restarted {
            let said = Chain::Worker
                .programs()
                .iter()
                .map(|program| format!("{program}:\n{}\n", self.starter.said(*program)));
            self.words.set(said.collect());
        }
        self.was_restarted = true;
        let _within = self.runtime.enter();
        let done = self.starter.restart(Chain::Worker.programs(), &bin(&self.current));
        done.map_err(|error| trouble(&error))
    }
}

pub(super) fn trouble(error: &(dyn Error + 'static)) -> Trouble {
    Trouble(chain(error))
}
