//! The updater, as whoever replaces it needs it.

use std::path::PathBuf;

use decnet_proto::problem::chain;
use decnet_release::{
    Layout,
    change::{self, Chain, Program, Supervisor, Trouble, health::Seen},
    medium::Disk,
};
use serde_json::Value;
use tokio::runtime::Handle;

use super::{Starter, bin, worker::trouble};

/// Starts the updater, and reads what it says of itself.
#[derive(Debug)]
pub(crate) struct Own {
    starter: Starter,
    layout: Layout,
    runtime: Handle,
}

impl Own {
    /// Of the updater's chain.
    pub(crate) const fn new(starter: Starter, layout: Layout, runtime: Handle) -> Self {
        Self { starter, layout, runtime }
    }

    fn current(&self) -> PathBuf {
        self.layout.current()
    }
}

impl Supervisor for Own {
    fn observe(&mut self) -> Vec<Seen> {
        let confirmed = change::confirmation(&Disk, &self.layout);
        let health = match confirmed {
            Ok(Some(health)) => Ok(health),
            Ok(None) => Err("it has confirmed nothing".to_owned()),
            Err(error) => Err(chain(&error)),
        };
        let seen = match self.starter.main_pid(Program::Updater) {
            Ok(main_pid) => Seen { program: Program::Updater, health, main_pid },
            Err(error) => Seen { program: Program::Updater, health: Err(chain(&error)), main_pid: None },
        };
        vec![seen]
    }

    fn remember(&mut self) -> Result<Value, Trouble> {
        self.starter.remember(Chain::Updater.programs()).map_err(|error| trouble(&error))?;
        Ok(Value::Null)
    }

    fn restart(&mut self, _: &Value) -> Result<(), Trouble> {
        let _within = self.runtime.enter();
        let done = self.starter.restart(Chain::Updater.programs(), &bin(&self.current()));
        done.map_err(|error| trouble(&error))
    }
}
