//! The agent in a swarm, against a controller and a master in this process, over real TLS.

mod expiring;
mod forwarding;
mod hearing;
mod leaving;
mod matrix;

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use decnet_agent::{Agent, Collection, InSwarm};
use decnet_api::client::{CallError, Client as ApiClient};
use decnet_daemon::signals::{Shutdown, Trigger};
use decnet_membership::{Part, join, testing::Controller};
use decnet_proto::agent::{Accepted, DeployRequest, OperationStatus, Route};
use tokio::task::JoinHandle;

use crate::{
    client::BREATH,
    twin::{Running, World},
};

/// An agent that is in a swarm.
struct Member {
    world: World,
    controller: Controller,
    local: Running,
    address: SocketAddr,
    end: Trigger,
    served: JoinHandle<()>,
}

impl Member {
    /// Joins and starts.
    async fn new() -> Self {
        let (world, controller) = (World::new(), Controller::start().await);
        join(&controller.join(Part::Agent, &identity(&world))).await.unwrap();
        Self::start(world, controller, Collection::none()).await
    }

    /// Starts on a host that has joined.
    async fn start(world: World, controller: Controller, collection: Collection) -> Self {
        let agent = world.agent(collection);
        let (place, address) = opened(&agent, &world, &controller).await;
        let local = Running::over(Arc::clone(&agent), &world.socket());
        let (end, shutdown) = Shutdown::by_hand();
        let served = tokio::spawn(place.serve(agent, shutdown));
        Self { world, controller, local, address, end, served }
    }

    /// Ends it; what outlives it.
    async fn stop(self) -> (World, Controller) {
        self.end.request();
        self.served.await.unwrap();
        self.local.stop().await;
        (self.world, self.controller)
    }

    /// The master, as it speaks to this agent.
    fn master(&self) -> ApiClient {
        self.controller.master(Part::Agent, self.address)
    }
}

async fn opened(
    agent: &Agent<World, World>,
    world: &World,
    controller: &Controller,
) -> (InSwarm, SocketAddr) {
    let clock = controller.swarm().clock.clone();
    let any = "127.0.0.1:0".parse().unwrap();
    let place = InSwarm::open(agent, &identity(world), any, clock).await.unwrap();
    let address = place.address().unwrap();
    (place, address)
}

/// The folder of the host's identity.
fn identity(world: &World) -> PathBuf {
    world.dir.path().join("identity")
}

/// Deploys over TLS, and follows it to its end.
async fn deploy(master: &ApiClient, request: &DeployRequest) -> OperationStatus {
    let accepted: Accepted = master.send("POST", Route::Deploy.path(), request).await.unwrap();
    follow(master, accepted).await.unwrap()
}

async fn follow(master: &ApiClient, accepted: Accepted) -> Result<OperationStatus, CallError> {
    let path = Route::Operation.path().replace("{id}", &accepted.operation.to_string());
    let mut after = 0;
    loop {
        let news: OperationStatus = master.get("GET", &format!("{path}?after={after}")).await?;
        if news.finished {
            return Ok(news);
        }
        after = news.revision;
    }
}

/// Waits until something holds, for at most this long.
async fn within(limit: Duration, holds: impl Fn() -> bool) {
    let waited = tokio::time::timeout(limit, async {
        while !holds() {
            tokio::time::sleep(BREATH).await;
        }
    });
    waited.await.expect("it does not come about");
}
