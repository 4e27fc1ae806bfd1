//! A master and its hosts.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
};

use decnet_composer::{flags::FlagSpec, fleet::FleetSpec};
use decnet_proto::swarm::operator::{Accepted, DeployRequest, HostView, Route, ShardState, ShardView, Token};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    agent::Agent,
    master::{Master, Operator, eventually, settings},
    world::World,
};

/// A master and its hosts, `w1`, `w2`, …
pub(crate) struct Swarm {
    pub(crate) dir: TempDir,
    pub(crate) master: Master,
    pub(crate) agents: Vec<Agent>,
}

/// As many deckies as that, each with what its number asks for.
pub(crate) fn fleet(deckies: u32) -> FleetSpec {
    let flags =
        FlagSpec { deckies: Some(deckies), services: Some("ssh,http".to_owned()), ..FlagSpec::default() };
    flags.fleet().unwrap().value
}

/// A port of loopback that is free now. It is none that connections out are given: one of those to
/// a controller that is down would take its place.
pub(crate) fn free_port() -> SocketAddr {
    loop {
        let mut bytes = [0; 2];
        getrandom::fill(&mut bytes).unwrap();
        let port = 20_000 + u16::from_ne_bytes(bytes) % 12_000;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if std::net::TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

impl Swarm {
    /// A master with this many hosts that have joined: two on one LAN, the others on another.
    pub(crate) async fn of(hosts: u8) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let master = Master::with(settings(&dir.path().join("state"))).await;
        let mut swarm = Self { dir, master, agents: Vec::new() };
        for number in 1..=hosts {
            swarm.join(number).await;
        }
        swarm
    }

    pub(crate) async fn join(&mut self, number: u8) {
        let listen = free_port();
        let request = json!({
            "name": format!("w{number}"), "address": "127.0.0.1", "agent_port": listen.port(),
        });
        let token: Token = self.operator().send(Route::Token, &request).await;
        let world = World::new(number, if number < 3 { 1 } else { 2 });
        let dir = self.dir.path().join(format!("w{number}"));
        let controller = self.master.workers.to_string();
        let clock = &self.master.clock;
        self.agents.push(Agent::join(&controller, &token.token, dir, listen, world, clock).await);
    }

    pub(crate) fn operator(&self) -> Operator {
        self.master.operator()
    }

    pub(crate) async fn deploy(&self, fleet: FleetSpec) -> u64 {
        let request = DeployRequest { fleet, no_cache: false, dry_run: false };
        self.operator().send::<Accepted>(Route::Deploy, &request).await.operation
    }

    pub(crate) async fn hosts(&self) -> Vec<HostView> {
        self.operator().ask(Route::Hosts).await
    }

    pub(crate) async fn shards(&self) -> Vec<ShardView> {
        self.operator().ask(Route::Deckies).await
    }

    /// Names of what runs on each host.
    pub(crate) fn runs(&self) -> Vec<BTreeSet<String>> {
        self.agents.iter().map(|agent| agent.world.runs()).collect()
    }

    /// How many deckies run, on all hosts together.
    pub(crate) fn running(&self) -> usize {
        self.runs().iter().map(BTreeSet::len).sum()
    }

    /// Waits until what runs on each host is what is wanted there and nothing else, and the
    /// controller knows it.
    pub(crate) async fn converged(&self, deckies: usize) {
        eventually("what runs is what is wanted", async || {
            let shards = self.shards().await;
            let known = shards.iter().all(|shard| shard.state == ShardState::Running);
            let mut wanted = BTreeMap::<_, BTreeSet<_>>::new();
            for shard in &shards {
                wanted.entry(shard.host_uuid).or_default().insert(shard.decky_name.to_string());
            }
            let mut met = shards.len() == deckies && known;
            for agent in &self.agents {
                met &= agent.world.runs() == wanted.remove(&agent.id).unwrap_or_default();
            }
            met
        })
        .await;
    }
}
