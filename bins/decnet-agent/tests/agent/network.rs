//! The agent on a real machine: its links, routes and surveys, in a network namespace.

use std::{num::NonZeroU16, process::Command, sync::Arc};

use decnet_agent::{Agent, Collection, LocalMachine, Places, Store};
use decnet_proto::agent::{Check, Route, TeardownRequest, Verdict};
use nix::sched::{CloneFlags, unshare};

use crate::{
    client::BREATH,
    fleet::{TWO, plan},
    twin::{Running, World},
};

/// Runs `ip` in the namespace of this thread.
fn ip(arguments: &str) -> String {
    let output = Command::new("ip").args(arguments.split(' ')).output().unwrap();
    assert!(output.status.success(), "ip {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A test on a thread that has a LAN of its own: `lan0`, as the host of the plans has it.
fn on_a_lan<Fut: Future<Output = ()>>(test: impl FnOnce() -> Fut + Send + 'static) {
    let thread = std::thread::spawn(move || {
        unshare(CloneFlags::CLONE_NEWNET).unwrap();
        ip("link set lo up");
        ip("link add lan0 type veth peer name far0");
        ip("addr add 10.78.0.1/24 dev lan0");
        ip("link set lan0 up");
        ip("link set far0 up");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(test());
    });
    thread.join().unwrap();
}

/// An agent over the twin of an engine and the machine itself.
fn start(world: &World) -> Running {
    let path = world.dir.path();
    let store = Store::open(path.join("agent")).unwrap();
    let places = Places { state: path.into(), artifacts: path.into() };
    let collection = Arc::new(Collection::none());
    let machine = LocalMachine::new(Arc::clone(&collection));
    let agent = Agent::new(world.clone(), machine, collection, store, places, NonZeroU16::MIN);
    Running::over(Arc::new(agent), &path.join("agent.sock"))
}

/// Addresses that are routed through the host's link.
fn routed() -> Vec<String> {
    let text = ip("-4 route show");
    let ours = text.lines().filter(|line| line.contains("dev decnet_macvlan0"));
    ours.filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn links_and_routes_follow_plans_and_come_back_after_a_reboot() {
    on_a_lan(|| async {
        let world = World::new();
        let agent = start(&world);
        let plan = plan(TWO, None);
        assert_eq!(agent.client.deploy(&plan).await.unwrap().failures, []);
        assert_eq!(routed(), ["10.78.0.21", "10.78.0.22"]);
        let neighbours = ip("neigh show dev decnet_macvlan0 nud permanent");
        for decky in &plan.deckies {
            let entry = format!("{} lladdr {}", decky.persona.ip, decky.persona.mac.unwrap());
            assert!(neighbours.contains(&entry), "{entry} in {neighbours}");
        }
        agent.stop().await;

        // Links do not survive a reboot.
        ip("link del decnet_macvlan0");
        let agent = start(&world);
        while ip("-o link show").matches("decnet_macvlan0").count() == 0 || routed().len() < 2 {
            tokio::time::sleep(BREATH).await;
        }

        let cache = TeardownRequest::Decky("cache".parse().unwrap());
        assert_eq!(agent.client.teardown(cache).await.unwrap().failures, []);
        assert_eq!(routed(), ["10.78.0.21"]);
        assert_eq!(agent.client.teardown(TeardownRequest::All).await.unwrap().failures, []);
        assert!(!ip("-o link show").contains("decnet_macvlan0"));
        agent.stop().await;
    });
}

#[test]
fn a_wrong_interface_is_told_with_those_that_there_are() {
    on_a_lan(|| async {
        let world = World::new();
        let agent = start(&world);
        let mut plan = plan(TWO, None);
        "lan9".clone_into(&mut plan.network.interface);
        let ended = agent.client.deploy(&plan).await.unwrap();
        assert_eq!(ended.failures.len(), 1);
        assert!(ended.failures[0].error.contains("there is no interface \"lan9\"; there are: "), "{ended:?}");
        agent.stop().await;
    });
}

#[test]
fn a_doctor_looks_at_the_very_lan() {
    on_a_lan(|| async {
        ip("route add default via 10.78.0.254 dev lan0");
        let world = World::new();
        let agent = start(&world);
        let checks: Vec<Check> = agent.client.ask(Route::Doctor, &()).await.unwrap();
        let check = |name, verdict, found: &str| {
            let check = checks.iter().find(|check| check.name == name).unwrap();
            assert_eq!((check.verdict, check.found.as_str()), (verdict, found), "{name}");
        };
        check("address", Verdict::Ok, "10.78.0.1 in 10.78.0.0/24");
        check("gateway", Verdict::Ok, "10.78.0.254");
        check("macvlan", Verdict::Ok, "works on lan0");
        check("address pool", Verdict::Ok, "253 of 254 addresses are free");
        agent.stop().await;
    });
}
