//! What the agent is able to do now: what an update must leave as able as it was.

use std::time::Duration;

use decnet_engine::{Engine, chain};
use decnet_proto::agent::Function;

use crate::{agent::Agent, machine::Machine, store::Store};

/// How long Docker may take to say what it is.
const PATIENCE: Duration = Duration::from_secs(5);

impl<E: Engine + 'static, M: Machine> Agent<E, M> {
    /// Each of its functions, with what was found.
    pub(crate) async fn functions(&self) -> Vec<Function> {
        let (docker, state) = tokio::join!(self.docker(), self.state());
        vec![named("door", self.door()), named("state", state), named("docker", docker)]
    }

    /// Whether the master finds it.
    fn door(&self) -> Result<String, String> {
        match self.place() {
            Some(Ok(membership)) => Ok(format!("open for the master of {}", membership.name())),
            Some(Err(why)) => Err(why.to_owned()),
            None => Err("this host is in no swarm".to_owned()),
        }
    }

    /// Whether what it keeps on disk can be read.
    async fn state(&self) -> Result<String, String> {
        let dir = self.places.state.clone();
        let opened = tokio::task::spawn_blocking(|| Store::open(dir)).await;
        let store = opened.map_err(|error| error.to_string())?.map_err(|error| chain(&error))?;
        Ok(match store.accepted() {
            Some(accepted) => format!("plan {}", accepted.plan.generation),
            None => "no plan".to_owned(),
        })
    }

    /// Whether Docker answers.
    async fn docker(&self) -> Result<String, String> {
        match tokio::time::timeout(PATIENCE, self.engine.about()).await {
            Ok(Ok(about)) => Ok(format!("version {}", about.version)),
            Ok(Err(error)) => Err(chain(&error)),
            Err(_) => Err(format!("it does not answer within {} s", PATIENCE.as_secs())),
        }
    }
}

fn named(name: &str, found: Result<String, String>) -> Function {
    let (able, found) = match found {
        Ok(found) => (true, found),
        Err(why) => (false, why),
    };
    Function { name: name.to_owned(), able, found }
}
