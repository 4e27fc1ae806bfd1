//! Whatever runs, the steps lead to what should run, and then nothing is left to do.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod host;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

use decnet_composer::{
    deployment::{Container, Deployment, Image, Limits, Namespace, Network, Observed, Role, Step},
    diff::{diff, teardown_all, teardown_one},
};
use decnet_proto::plan::LinkDriver;
use proptest::prelude::*;

use host::{Host, address};

/// A decky in few words.
#[derive(Clone, Debug)]
struct Sketch {
    /// Its last address byte.
    ip: u8,
    /// How many containers join its first.
    joined: u8,
    /// Makes another digest, through the sketch's own text.
    #[expect(dead_code, reason = "read by Debug alone")]
    version: u8,
}

fn network(choice: u8) -> Network {
    Network {
        driver: if choice & 1 == 0 { LinkDriver::Macvlan } else { LinkDriver::Ipvlan },
        parent: if choice & 2 == 0 { "eth0" } else { "eth1" }.to_owned(),
        subnet: "10.9.0.0/24".parse().unwrap(),
        gateway: (choice & 4 == 0).then_some(Ipv4Addr::new(10, 9, 0, 1)),
        host_ip: (choice & 8 == 0).then_some(Ipv4Addr::new(10, 9, 0, 2)),
        routes: Vec::new(),
    }
}

fn container(decky: &str, name: &str, role: Role, namespace: Namespace, spec: &str) -> Container {
    Container {
        name: name.to_owned(),
        decky: decky.parse().unwrap(),
        role,
        service: None,
        image: if role == Role::Custom { Image::Named("own:1".to_owned()) } else { Image::Decoy },
        command: Vec::new(),
        environment: BTreeMap::new(),
        hostname: None,
        namespace,
        sysctls: BTreeMap::new(),
        limits: Limits { memory_mib: 16, pids: 16, milli_cpus: 100, files: 100 },
        spec: spec.to_owned(),
    }
}

fn containers(decky: &str, sketch: &Sketch) -> Vec<Container> {
    let spec = format!("{sketch:?}");
    let role = if sketch.joined == 0 { Role::Decoy } else { Role::Base };
    let lan = Namespace::Lan { ip: Ipv4Addr::new(10, 9, 0, 10 + sketch.ip), mac: None };
    let joined = (0..sketch.joined).map(|number| {
        let role = if number == 2 { Role::Custom } else { Role::Service };
        container(decky, &format!("{decky}-{number}"), role, Namespace::Of(decky.to_owned()), &spec)
    });
    std::iter::once(container(decky, decky, role, lan, &spec)).chain(joined).collect()
}

fn deployment(choice: u8, sketches: &BTreeMap<u8, Sketch>) -> Deployment {
    let containers: Vec<_> =
        sketches.iter().flat_map(|(number, sketch)| containers(&format!("web-{number}"), sketch)).collect();
    let routes = containers.iter().filter_map(address).collect();
    Deployment { generation: 1, network: Network { routes, ..network(choice) }, containers }
}

/// Up to five deckies with different addresses, so that two deployments swap them.
fn deployments() -> impl Strategy<Value = Deployment> {
    let addresses = Just((0..5_u8).collect::<Vec<_>>()).prop_shuffle();
    let rest = prop::collection::vec((0..4_u8, 0..2_u8, any::<bool>()), 5);
    (prop::sample::select(vec![0, 0, 0, 1, 2, 4, 8]), addresses, rest).prop_map(
        |(choice, addresses, rest)| {
            let sketches = addresses.into_iter().zip(rest).enumerate();
            let sketches = sketches.filter(|(_, (_, (.., there)))| *there).map(
                |(number, (ip, (joined, version, _)))| {
                    (u8::try_from(number).unwrap(), Sketch { ip, joined, version })
                },
            );
            deployment(choice, &sketches.collect())
        },
    )
}

/// What happens to a host between two deployments.
#[derive(Clone, Debug)]
enum Accident {
    Stop(usize),
    Remove(usize),
    Restart(usize),
    LoseImage,
    LoseLink,
}

fn accidents() -> impl Strategy<Value = Vec<Accident>> {
    let accident = prop_oneof![
        any::<usize>().prop_map(Accident::Stop),
        any::<usize>().prop_map(Accident::Remove),
        any::<usize>().prop_map(Accident::Restart),
        Just(Accident::LoseImage),
        Just(Accident::LoseLink),
    ];
    prop::collection::vec(accident, 0..4)
}

fn suffer(host: &mut Host, accident: &Accident) {
    let name = |at: usize| host.containers.keys().nth(at % host.containers.len().max(1)).cloned();
    match accident {
        Accident::Stop(at) => {
            if let Some(there) = name(*at).and_then(|name| host.containers.get_mut(&name)) {
                there.running = false;
            }
        }
        Accident::Remove(at) => {
            if let Some(name) = name(*at) {
                host.containers.remove(&name);
            }
        }
        Accident::Restart(at) => {
            // The engine itself starts only what has a namespace to start in.
            if let Some(name) = name(*at).filter(|name| host.containers[name].container.role == Role::Base) {
                host.restart(&name);
            }
        }
        Accident::LoseImage => {
            host.image = false;
            host.containers.values_mut().for_each(|there| there.image = there.image.replace("new", "old"));
        }
        Accident::LoseLink => host.link = None,
    }
}

fn deployed(deployment: &Deployment, tells_addresses: bool) -> Host {
    let mut host = Host::default();
    host.tells_addresses = tells_addresses;
    host.apply(&diff(deployment, &Observed::default()), 0);
    host
}

fn set(routes: &[Ipv4Addr]) -> BTreeSet<Ipv4Addr> {
    routes.iter().copied().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_steps_arrive(
        before in deployments(),
        accidents in accidents(),
        after in deployments(),
        tells_addresses in any::<bool>(),
        first in any::<u8>(),
    ) {
        let mut host = deployed(&before, tells_addresses);
        host.runs(&before.containers);
        accidents.iter().for_each(|accident| suffer(&mut host, accident));
        let steps = diff(&after, &host.observe());
        host.apply(&steps, first.into());
        host.runs(&after.containers);
        prop_assert_eq!(host.network.is_some(), true);
        let link = after.network.host_ip.map(|_| (after.network.driver, set(&after.network.routes)));
        prop_assert_eq!(host.link.as_ref().map(|(driver, routes)| (*driver, set(routes))), link);
        let left = diff(&after, &host.observe());
        prop_assert!(left.is_empty(), "still to do: {}", left);
    }

    #[test]
    fn who_is_the_same_is_left_alone(before in deployments(), after in deployments()) {
        let host = deployed(&before, true);
        let steps = diff(&after, &host.observe());
        let network = |d: &Deployment| Network { routes: Vec::new(), host_ip: None, ..d.network.clone() };
        if network(&before) == network(&after) {
            for container in after.containers.iter().filter(|container| before.containers.contains(container)) {
                let touched = steps.iter().any(|step| match step {
                    Step::RemoveContainer(name) | Step::RestartContainer(name) => *name == container.name,
                    Step::CreateContainer(created) => created.name == container.name,
                    _ => false,
                });
                prop_assert!(!touched, "{} is touched by {steps}", container.name);
            }
        }
    }

    #[test]
    fn teardown_leaves_nothing(before in deployments(), accidents in accidents(), first in any::<u8>()) {
        let mut host = deployed(&before, true);
        accidents.iter().for_each(|accident| suffer(&mut host, accident));
        host.apply(&teardown_all(&host.observe()), first.into());
        prop_assert!(host.containers.is_empty() && host.network.is_none() && host.link.is_none());
        prop_assert!(teardown_all(&host.observe()).is_empty());
    }

    #[test]
    fn teardown_of_one_leaves_the_others(before in deployments(), number in 0..5_u8) {
        let mut host = deployed(&before, true);
        let name = format!("web-{number}");
        host.apply(&teardown_one(&name, &host.observe(), Some(&before)), 0);
        let (gone, rest): (Vec<_>, Vec<_>) = before.containers.iter().cloned().partition(|c| c.decky.as_str() == name);
        host.runs(&rest);
        let routes = host.link.map(|(_, routes)| routes).unwrap_or_default();
        prop_assert!(gone.iter().filter_map(address).all(|ip| !routes.contains(&ip)));
    }
}

#[test]
fn a_second_deploy_has_nothing_to_do() {
    let sketch = Sketch { ip: 1, joined: 3, version: 0 };
    let deployment = deployment(0, &BTreeMap::from([(1, sketch)]));
    let host = deployed(&deployment, true);
    assert_eq!(diff(&deployment, &host.observe()).len(), 0);
}

#[test]
fn joiners_follow_a_base_that_was_restarted() {
    let sketch = Sketch { ip: 1, joined: 2, version: 0 };
    let deployment = deployment(0, &BTreeMap::from([(1, sketch)]));
    let mut host = deployed(&deployment, true);
    host.restart("web-1");
    let steps = diff(&deployment, &host.observe());
    assert_eq!(steps.to_string(), "restart container web-1-0\nrestart container web-1-1\n");
}

#[test]
fn another_driver_rebuilds_everything_in_order() {
    let sketch = |ip| Sketch { ip, joined: 0, version: 0 };
    let before = deployment(0, &BTreeMap::from([(1, sketch(1))]));
    let after = deployment(1, &BTreeMap::from([(1, sketch(1))]));
    let host = deployed(&before, true);
    assert_eq!(
        diff(&after, &host.observe()).to_string(),
        "remove container web-1\n\
         remove host link decnet_macvlan0\n\
         remove network decnet_lan\n\
         create network decnet_lan: ipvlan on eth0, 10.9.0.0/24, gateway 10.9.0.1\n\
         link the host through decnet_ipvlan0 on eth0, routes to 1 deckies\n\
         create container web-1 (decoy): 10.9.0.11\n"
    );
}

#[test]
fn an_address_is_free_before_another_takes_it() {
    let sketch = |ip| Sketch { ip, joined: 0, version: 0 };
    let before = deployment(0, &BTreeMap::from([(1, sketch(1)), (2, sketch(2)), (3, sketch(3))]));
    let after = deployment(0, &BTreeMap::from([(1, sketch(2)), (2, sketch(1))]));
    let steps = diff(&after, &deployed(&before, true).observe());
    let before: Vec<_> = steps.before.iter().map(ToString::to_string).collect();
    assert_eq!(
        before,
        [
            "remove container web-1",
            "remove container web-2",
            "link the host through decnet_macvlan0 on eth0, routes to 2 deckies"
        ]
    );
    let orphan = steps.deckies.iter().find(|decky| decky.decky == "web-3").unwrap();
    assert_eq!(orphan.to_string(), "remove container web-3\n");
}

#[test]
fn a_name_is_free_before_another_takes_it() {
    let joined = |decky: &str, ip| {
        let sketch = Sketch { ip, joined: 1, version: 0 };
        Deployment { containers: containers(decky, &sketch), ..deployment(0, &BTreeMap::new()) }
    };
    let before = joined("web", 1);
    let after = joined("web-0", 2);
    let steps = diff(&after, &deployed(&before, true).observe());
    let first: Vec<_> = steps.before.iter().map(ToString::to_string).collect();
    assert_eq!(first, ["remove container web-0", "remove container web"]);
}
