//! A fleet on many hosts: who stands where, and what a later plan keeps.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

use decnet_composer::{
    diagnostic::Diagnostics,
    fleet::FleetSpec,
    ini,
    plan::{Host, plan_swarm},
};
use decnet_proto::{
    ids::{HostId, SecretKey},
    plan::{Decky, LinkDriver, SwarmPlan},
    site::{LinkKind, Site},
};
use proptest::prelude::*;

const NOW: i64 = 1_795_651_200;
const SEED: SecretKey = SecretKey([3; 32]);

fn id(number: u8) -> HostId {
    format!("00000000-0000-4000-8000-0000000000{number:02x}").parse().unwrap()
}

fn fleet(text: &str) -> FleetSpec {
    ini::parse("f.ini", text.as_bytes()).unwrap().value
}

fn many(count: usize) -> FleetSpec {
    fleet(&(0..count).map(|n| format!("[d{n:02}]\nservices = http\n")).collect::<String>())
}

/// The site of the host number `number` in the subnet `10.net.0.0/24`.
fn site(number: u8, net: u8) -> Site {
    let ip = |last| Ipv4Addr::new(10, net, 0, last);
    Site {
        interface: format!("eth{number}"),
        kind: LinkKind::Ethernet,
        mac: Some(format!("00:1b:21:00:00:{number:02x}").parse().unwrap()),
        host_ip: Some(ip(10 + number)),
        subnet: Some(format!("10.{net}.0.0/24").parse().unwrap()),
        gateway: Some(ip(1)),
        in_use: Some(BTreeSet::from([ip(1), ip(200)])),
    }
}

struct Swarm {
    sites: Vec<Site>,
    unreachable: BTreeSet<usize>,
    ipvlan: BTreeSet<usize>,
}

impl Swarm {
    /// A host for each number, in the subnet that it says.
    fn of(nets: &[u8]) -> Self {
        let sites = (1..).zip(nets).map(|(number, net)| site(number, *net)).collect();
        Self { sites, unreachable: BTreeSet::new(), ipvlan: BTreeSet::new() }
    }

    fn hosts(&self) -> Vec<Host<'_>> {
        const NAMES: [&str; 4] = ["a", "b", "c", "d"];
        let host = |(at, site)| Host {
            id: id(u8::try_from(at).unwrap()),
            name: NAMES[at],
            site,
            ipvlan: self.ipvlan.contains(&at),
            reachable: !self.unreachable.contains(&at),
        };
        self.sites.iter().enumerate().map(host).collect()
    }

    fn plan(&self, fleet: &FleetSpec, previous: Option<&SwarmPlan>) -> SwarmPlan {
        plan_swarm(fleet, &self.hosts(), &SEED, NOW, previous).unwrap().value
    }

    fn refused(&self, fleet: &FleetSpec) -> String {
        let planned = plan_swarm(fleet, &self.hosts(), &SEED, NOW, None);
        planned.map(|_| Diagnostics::default()).unwrap_or_else(|e| e).to_string()
    }
}

fn deckies(plan: &SwarmPlan) -> BTreeMap<&str, (HostId, &Decky)> {
    let of_host = |(id, plan): (&HostId, _)| (*id, plan);
    let hosts = plan.hosts.iter().map(|(id, plan)| of_host((id, plan)));
    hosts.flat_map(|(id, plan)| plan.deckies.iter().map(move |d| (d.name.as_str(), (id, d)))).collect()
}

fn hosts_of(plan: &SwarmPlan) -> Vec<HostId> {
    deckies(plan).into_values().map(|(host, _)| host).collect()
}

#[test]
fn new_deckies_go_to_the_hosts_in_turn() {
    let plan = Swarm::of(&[1, 2]).plan(&many(3), None);
    assert_eq!(hosts_of(&plan), [id(0), id(1), id(0)]);
    assert_eq!((plan.generation, plan.hosts[&id(0)].generation), (1, 1));
    assert_eq!(plan.hosts[&id(1)].network.interface, "eth2");
    for (host, decky) in deckies(&plan).values() {
        assert!(plan.hosts[host].network.subnet.contains(&decky.persona.ip));
    }
}

#[test]
fn who_stands_somewhere_stays_there() {
    let swarm = Swarm::of(&[1, 2, 3]);
    let before = swarm.plan(&many(6), None);
    let mut away = Swarm::of(&[1, 2, 3]);
    away.unreachable.insert(0);
    let after = away.plan(&many(8), Some(&before));
    let (old, new) = (deckies(&before), deckies(&after));
    assert!(old.iter().all(|(name, was)| new[name].0 == was.0 && new[name].1.persona == was.1.persona));
    assert_eq!((new["d06"].0, new["d07"].0), (id(1), id(2)), "new ones go where somebody answers");
    assert_eq!(after.generation, 2);
}

#[test]
fn deckies_of_a_host_that_left_go_to_the_others_and_stay_who_they_are() {
    let swarm = Swarm::of(&[1, 1, 1]);
    let before = swarm.plan(&many(6), None);
    let mut hosts = swarm.hosts();
    hosts.remove(1);
    let after = plan_swarm(&many(6), &hosts, &SEED, NOW, Some(&before)).unwrap().value;
    assert!(!after.hosts.contains_key(&id(1)));
    let (old, new) = (deckies(&before), deckies(&after));
    for (name, (_, was)) in old {
        let is = &new[name].1.persona;
        assert_eq!(
            (&is.hostname, is.mac, is.boot_time),
            (&was.persona.hostname, was.persona.mac, was.persona.boot_time)
        );
    }
    assert_eq!(after.hosts.values().map(|plan| plan.deckies.len()).collect::<Vec<_>>(), [3, 3]);
}

#[test]
fn a_host_that_gets_nothing_gets_a_plan_that_says_so() {
    let swarm = Swarm::of(&[1, 2]);
    let before = swarm.plan(&many(2), None);
    let after = swarm.plan(&many(1), Some(&before));
    assert_eq!(after.hosts[&id(1)].deckies, []);
    let mut odd = Swarm::of(&[1, 2]);
    odd.sites[1].kind = LinkKind::Other;
    assert_eq!(odd.plan(&many(1), None).hosts.len(), 2, "a LAN on which nothing stands need not suit");
}

#[test]
fn pinned_deckies_go_where_their_subnet_is() {
    let pinned = fleet("[web]\nip = 10.2.0.77\nservices = http\n[mail]\nservices = http\n");
    let swarm = Swarm::of(&[1, 2]);
    let plan = swarm.plan(&pinned, None);
    let placed = deckies(&plan);
    assert_eq!((placed["web"].0, placed["mail"].0), (id(1), id(0)));
    assert_eq!(placed["web"].1.persona.ip, Ipv4Addr::new(10, 2, 0, 77));
    let nowhere = fleet("[web]\nip = 10.9.0.7\nservices = http\n");
    let said = swarm.refused(&nowhere);
    assert!(said.contains("10.9.0.7 is in the subnet of no host that can be reached"), "{said}");
    let taken = fleet("[web]\nip = 10.2.0.200\nservices = http\n");
    assert!(swarm.refused(&taken).contains("in use"));
}

#[test]
fn hosts_on_one_lan_never_share_an_address() {
    let mut swarm = Swarm::of(&[1, 1, 1]);
    // So many addresses answer that there is hardly one left.
    let answering = (20..=230).map(|last| Ipv4Addr::new(10, 1, 0, last)).collect();
    swarm.sites[2].in_use = Some(answering);
    let plan = swarm.plan(&many(30), None);
    let ips: BTreeSet<_> = deckies(&plan).values().map(|(_, decky)| decky.persona.ip).collect();
    assert_eq!(ips.len(), 30);
    assert!(
        ips.iter()
            .all(|ip| !(20..=230).contains(&ip.octets()[3]) && ![1, 11, 12, 13].contains(&ip.octets()[3]))
    );
}

#[test]
fn links_are_those_of_the_host() {
    let mut swarm = Swarm::of(&[1, 2]);
    swarm.ipvlan.insert(1);
    let plan = swarm.plan(&many(2), None);
    assert_eq!(plan.hosts[&id(0)].network.driver, LinkDriver::Macvlan);
    assert_eq!(plan.hosts[&id(1)].network.driver, LinkDriver::Ipvlan);
    swarm.sites[0].kind = LinkKind::Wifi;
    assert!(swarm.refused(&many(2)).contains("eth1 is Wi-Fi"));
}

#[test]
fn without_hosts_there_is_no_plan() {
    let mut swarm = Swarm::of(&[1, 2]);
    swarm.unreachable.extend([0, 1]);
    let said = swarm.refused(&many(3));
    assert_eq!(said.matches("no host of the swarm can be reached").count(), 1, "{said}");
    assert!(Swarm::of(&[]).refused(&many(1)).contains("no host"));
}

#[test]
fn what_the_fleet_says_of_one_lan_says_nothing_of_others() {
    let text = "[general]\nnet = 10.1.0.0/24\ngw = 10.1.0.9\n[a1]\nservices = http\n[b1]\nservices = http\n";
    let planned = plan_swarm(&fleet(text), &Swarm::of(&[1, 2]).hosts(), &SEED, NOW, None).unwrap();
    assert_eq!(planned.value.hosts[&id(0)].network.gateway, Some(Ipv4Addr::new(10, 1, 0, 9)));
    assert_eq!(planned.value.hosts[&id(1)].network.gateway, Some(Ipv4Addr::new(10, 2, 0, 1)));
    assert!(planned.warnings.to_string().contains("is not that of b: they use their own"));
}

proptest! {
    #[test]
    fn nobody_is_lost_or_doubled(counts in prop::collection::vec(1_usize..40, 1..4), nets in prop::collection::vec(1_u8..4, 1..5)) {
        let swarm = Swarm::of(&nets);
        let mut previous = None;
        for count in counts {
            let plan = swarm.plan(&many(count), previous.as_ref());
            let placed = deckies(&plan);
            prop_assert_eq!(placed.len(), count);
            prop_assert_eq!(plan.hosts.values().map(|p| p.deckies.len()).sum::<usize>(), count);
            let unique = |what: BTreeSet<String>| what.len() == count;
            prop_assert!(unique(placed.values().map(|(_, d)| d.persona.ip.to_string()).collect()));
            prop_assert!(unique(placed.values().map(|(_, d)| d.persona.hostname.clone()).collect()));
            let macs = placed.values().map(|(_, d)| d.persona.mac.unwrap().to_string());
            prop_assert!(unique(macs.collect()));
            let text = serde_json::to_string(&plan).unwrap();
            prop_assert_eq!(&serde_json::from_str::<SwarmPlan>(&text).unwrap(), &plan);
            previous = Some(plan);
        }
    }
}
