//! What operators type, from the command line to what runs on the hosts.

use std::{collections::BTreeMap, ffi::OsString, path::Path};

use decnet_daemon::{Exit, environment::Environment};
use decnet_pki::folder::{HostFile, IdentityFolder};
use decnet_proto::swarm::operator::ShardState;

use crate::{
    agent::Agent,
    master::eventually,
    swarm::{Swarm, free_port},
    world::World,
};

const FLEET: &str =
    "[web]\nservices = http\namount = 4\n[cache]\nservices = redis\n[mail]\nservices = smtp\n";

impl Swarm {
    /// Types a command on the master's host, and waits for its end.
    async fn types(&self, arguments: &str) -> Exit {
        let path = |path: &Path| path.display().to_string();
        let variables = [
            ("DECNET_CONFIG", path(&self.dir.path().join("decnet.ini"))),
            ("DECNET_STATE_DIRECTORY", path(&self.master.state)),
            ("DECNET_AGENT_SOCKET", path(&self.dir.path().join("agent.sock"))),
            ("DECNET_DEPLOYMENT", "swarm".to_owned()),
            ("DECNET_SWARMCTL_URL", format!("http://{}", self.master.operators)),
        ];
        let variables: BTreeMap<_, _> =
            variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let environment = Environment { decnet: variables, ..Environment::default() };
        let fleet = self.dir.path().join("fleet.ini");
        std::fs::write(&fleet, FLEET).unwrap();
        let words = ["decnet-master"].into_iter().chain(arguments.split_whitespace());
        let words: Vec<OsString> = words
            .map(|word| match word {
                "FLEET" => fleet.clone().into(),
                word => word.replace("DIR", &path(self.dir.path())).into(),
            })
            .collect();
        // It has a runtime of its own.
        tokio::task::spawn_blocking(move || decnet_master::run(&words, &environment)).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_is_deployed_and_taken_down_by_commands() {
    let swarm = Swarm::of(3).await;
    assert_eq!(swarm.types("deploy -c FLEET --dry-run").await, Exit::Success);
    assert_eq!(swarm.running(), 0, "a dry run did something");
    assert_eq!(swarm.types("deploy -c FLEET").await, Exit::Success);
    swarm.converged(6).await;
    for listing in ["swarm list", "swarm check", "swarm deckies --json", "status", "swarm operations 1"] {
        assert_eq!(swarm.types(listing).await, Exit::Success, "{listing}");
    }
    let first = swarm.agents[0].world.runs();
    assert_eq!(swarm.types("teardown --host w1").await, Exit::Success);
    assert_eq!(swarm.running(), 6 - first.len());
    assert!(swarm.agents[0].world.runs().is_empty());
    assert_eq!(swarm.types("deploy -c FLEET").await, Exit::Success);
    swarm.converged(6).await;
    assert_eq!(swarm.types("teardown --id cache").await, Exit::Success);
    assert_eq!(swarm.running(), 5);
    assert_eq!(swarm.types("panic --yes").await, Exit::Success);
    assert_eq!(swarm.running(), 0);
    assert_eq!(swarm.types("deploy -c FLEET --no-wait").await, Exit::Success);
    swarm.converged(6).await;
    assert_eq!(swarm.types("swarm decommission --name w3 --yes").await, Exit::Success);
    assert!(swarm.agents[2].world.runs().is_empty());
    assert_eq!(swarm.types("teardown --all --yes").await, Exit::Success);
    assert_eq!(swarm.running(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_is_let_in_and_taken_out_by_commands() {
    let swarm = Swarm::of(0).await;
    for (command, expect) in [
        ("swarm token --listener --name far", Exit::Success),
        ("swarm token --listener --name far", Exit::Failure),
        ("swarm token --listener --name far --again --json", Exit::Success),
        ("swarm token --listener --name near --updater", Exit::Usage),
        ("swarm listener list", Exit::Success),
        ("swarm listener list --json", Exit::Success),
        ("swarm listener revoke far", Exit::Success),
        ("swarm listener revoke far", Exit::Failure),
        ("swarm listener revoke decnet-listener", Exit::Success),
    ] {
        assert_eq!(swarm.types(command).await, expect, "{command}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_fails_makes_the_command_fail() {
    let swarm = Swarm::of(2).await;
    swarm.agents.iter().for_each(|agent| {
        agent.world.state().broken.insert("cache".to_owned());
    });
    assert_eq!(swarm.types("deploy -c FLEET").await, Exit::Failure);
    let shards = swarm.shards().await;
    let failed: Vec<_> = shards.iter().filter(|shard| shard.state == ShardState::Failed).collect();
    assert_eq!(failed.iter().map(|shard| shard.decky_name.as_str()).collect::<Vec<_>>(), ["cache"]);
    swarm.agents.iter().for_each(|agent| agent.world.state().broken.clear());
    swarm.converged(6).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_without_an_answer_makes_the_command_fail_when_time_is_up() {
    let mut swarm = Swarm::of(2).await;
    assert_eq!(swarm.types("deploy -c FLEET").await, Exit::Success);
    swarm.agents[1].cut();
    assert_eq!(swarm.types("swarm check").await, Exit::Failure);
    assert_eq!(swarm.types("panic --yes --timeout 2").await, Exit::Failure);
    assert!(swarm.agents[0].world.runs().is_empty());
    swarm.agents[1].heal().await;
    eventually("it is silent as well", async || swarm.running() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_of_a_bundle_is_a_host_like_others() {
    let mut swarm = Swarm::of(1).await;
    let listen = free_port();
    let enroll = format!(
        "swarm enroll --name spare --address 127.0.0.1 --agent-port {} --controller-address {} --out-dir DIR/spare",
        listen.port(),
        swarm.master.workers
    );
    assert_eq!(swarm.types(&enroll).await, Exit::Success);
    let folder = IdentityFolder::at(swarm.dir.path().join("spare"));
    let host = folder.host().unwrap().unwrap();
    // A simulated agent wants it without the scheme.
    folder.set_host(&HostFile { controller: swarm.master.workers.to_string(), ..host }).unwrap();
    let clock = swarm.master.clock.clone();
    swarm.agents.push(Agent::start(folder, listen, World::new(2, 1), &clock).await);
    eventually("it is heard", async || {
        swarm.hosts().await.iter().any(|host| host.by_hand && host.last_heartbeat.is_some())
    })
    .await;
    assert_eq!(swarm.types("deploy -c FLEET").await, Exit::Success);
    swarm.converged(6).await;
    assert_eq!(swarm.runs().iter().map(std::collections::BTreeSet::len).collect::<Vec<_>>(), [3, 3]);
}
