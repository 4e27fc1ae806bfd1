//! Addresses, what a later plan keeps, and what does not fit the LAN.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeSet, net::Ipv4Addr};

use decnet_composer::{compose::compose, diagnostic::Diagnostics, fleet::FleetSpec, ini, plan::plan};
use decnet_proto::{
    ids::SecretKey,
    plan::{FleetPlan, LinkDriver},
    site::{LinkKind, Site},
};

const NOW: i64 = 1_795_651_200;
const SEED: SecretKey = SecretKey([3; 32]);

fn fleet(text: &str) -> FleetSpec {
    ini::parse("f.ini", text.as_bytes()).unwrap().value
}

fn site(subnet: &str) -> Site {
    Site {
        interface: "eth0".to_owned(),
        kind: LinkKind::Ethernet,
        mac: Some("00:1b:21:00:00:01".parse().unwrap()),
        host_ip: Some("10.9.0.2".parse().unwrap()),
        subnet: Some(subnet.parse().unwrap()),
        gateway: Some("10.9.0.1".parse().unwrap()),
        in_use: None,
    }
}

fn planned(text: &str, site: &Site, previous: Option<&FleetPlan>) -> FleetPlan {
    plan(&fleet(text), site, &SEED, NOW, previous).unwrap().value
}

fn refused(text: &str, site: &Site) -> String {
    plan(&fleet(text), site, &SEED, NOW, None)
        .map(|_| Diagnostics::default())
        .unwrap_or_else(|e| e)
        .to_string()
}

fn addresses(plan: &FleetPlan) -> Vec<Ipv4Addr> {
    plan.deckies.iter().map(|d| d.persona.ip).collect()
}

#[test]
fn the_survey_fills_what_the_file_leaves_out() {
    let plan = planned("[web]\nservices = http\n", &site("10.9.0.0/24"), None);
    assert_eq!(plan.generation, 1);
    assert_eq!(plan.network.interface, "eth0");
    assert_eq!(plan.network.gateway, Some(Ipv4Addr::new(10, 9, 0, 1)));
    assert_eq!(plan.network.host_ip, Some(Ipv4Addr::new(10, 9, 0, 2)));
    assert_eq!(plan.network.driver, LinkDriver::Macvlan);
    let elsewhere =
        planned("[general]\nnet = 10.8.0.0/24\n[web]\nservices = http\n", &site("10.9.0.0/24"), None);
    assert_eq!(elsewhere.network.gateway, None, "a gateway outside of the subnet is none");
    assert_eq!(elsewhere.network.host_ip, None);
}

#[test]
fn addresses_are_free_and_scattered() {
    let mut site = site("10.9.0.0/24");
    let in_use: BTreeSet<Ipv4Addr> = (100..200).map(|n| Ipv4Addr::new(10, 9, 0, n)).collect();
    site.in_use = Some(in_use.clone());
    let plan =
        planned("[web]\nservices = http\namount = 40\n[pin]\nservices = http\nip = 10.9.0.77\n", &site, None);
    let given = addresses(&plan);
    let reserved = [0, 1, 2, 255].map(|n| Ipv4Addr::new(10, 9, 0, n));
    assert!(given.iter().all(|ip| !in_use.contains(ip) && !reserved.contains(ip)));
    assert_eq!(given.iter().collect::<BTreeSet<_>>().len(), 41);
    assert_eq!(given[40], Ipv4Addr::new(10, 9, 0, 77));
    let steps = given.windows(2).filter(|pair| u32::from(pair[1]) == u32::from(pair[0]) + 1).count();
    assert!(steps < 5, "{given:?} is a sequence");
}

#[test]
fn a_full_subnet_is_used_to_the_last_address() {
    let plan = planned("[web]\nservices = http\namount = 28\n", &site("10.9.0.0/27"), None);
    let given: BTreeSet<_> = addresses(&plan).into_iter().collect();
    assert_eq!(given, (3..31).map(|n| Ipv4Addr::new(10, 9, 0, n)).collect());
    assert_eq!(
        refused("[web]\nservices = http\namount = 29\n", &site("10.9.0.0/27")),
        "f.ini:1: [web]: error: no free address is left for web-29: of the 30 from 10.9.0.1 to 10.9.0.30, deckies have 28 and the others are in use or reserved"
    );
}

#[test]
fn pinned_addresses_that_nobody_can_have() {
    let mut site = site("10.9.0.0/24");
    site.in_use = Some(BTreeSet::from([Ipv4Addr::new(10, 9, 0, 66)]));
    let check = |ip: &str, reason: &str| {
        let said = refused(&format!("[web]\nservices = http\nip = {ip}\n"), &site);
        assert_eq!(said, format!("f.ini:3: [web] ip: error: {ip} is {reason} (subnet 10.9.0.0/24)"));
    };
    check("10.9.0.1", "the gateway");
    check("10.9.0.2", "this host");
    check("10.9.0.0", "the address of the subnet itself");
    check("10.9.0.255", "the broadcast address");
    check("10.9.1.5", "outside the subnet");
    check("10.9.0.66", "in use: another machine answers ARP for it");
    site.gateway = None;
    site.host_ip = None;
    let said = refused("[web]\nservices = http\nip = 10.9.0.1\n", &site);
    assert!(said.contains("kept for a gateway as long as none is known; name it with gw ="), "{said}");
}

#[test]
fn a_later_plan_keeps_who_stays() {
    let mut site = site("10.9.0.0/24");
    let before =
        planned("[aa]\nservices = http\n[bb]\narchetype = web-server\n[cc]\nservices = redis\n", &site, None);
    site.in_use = Some(addresses(&before).into_iter().collect());
    let text =
        "[new]\nservices = http\namount = 50\n[bb]\narchetype = web-server\n[cc]\nservices = redis, http\n";
    let after = plan(&fleet(text), &site, &SEED, NOW + 86_400, Some(&before)).unwrap().value;
    assert_eq!(after.generation, 2);
    let find =
        |plan: &FleetPlan, name: &str| plan.deckies.iter().find(|d| d.name.as_str() == name).unwrap().clone();
    assert_eq!(find(&before, "bb"), find(&after, "bb"), "the same machine is the same in every bit");
    let (old, new) = (find(&before, "cc").persona, find(&after, "cc").persona);
    assert_eq!(
        (old.ip, old.mac, old.boot_time, &old.hostname),
        (new.ip, new.mac, new.boot_time, &new.hostname)
    );
    let again = plan(&fleet(text), &site, &SEED, NOW + 90_000, Some(&after)).unwrap().value;
    assert_eq!(again.deckies, after.deckies, "planning again changes nothing");
    let (one, other) = (compose(&after).unwrap(), compose(&again).unwrap());
    assert_eq!(one.containers, other.containers);
}

#[test]
fn another_machine_under_an_old_name_has_another_face() {
    let site = site("10.9.0.0/24");
    let before = planned("[xx]\narchetype = printer\n", &site, None);
    let after = planned("[xx]\narchetype = web-server\n", &site, Some(&before));
    let (old, new) = (&before.deckies[0].persona, &after.deckies[0].persona);
    assert_eq!(old.ip, new.ip, "its address stays");
    assert_ne!(old.mac, new.mac);
    assert_ne!(old.hostname, new.hostname);
    let site = self::site("10.9.0.0/24");
    let before = planned("[xx]\nservices = http\ndistro = debian\n", &site, None);
    let after = planned("[xx]\nservices = http\ndistro = rocky9\n", &site, Some(&before));
    assert_ne!(before.deckies[0].persona.hostname, after.deckies[0].persona.hostname);
}

#[test]
fn a_pinned_address_outranks_a_kept_one() {
    let site = site("10.9.0.0/24");
    let before = planned("[aa]\nservices = http\n", &site, None);
    let ip = before.deckies[0].persona.ip;
    let after =
        planned(&format!("[aa]\nservices = http\n[bb]\nservices = http\nip = {ip}\n"), &site, Some(&before));
    assert_eq!(after.deckies[1].persona.ip, ip);
    assert_ne!(after.deckies[0].persona.ip, ip);
}

#[test]
fn what_does_not_fit_the_lan() {
    let mut wifi = site("10.9.0.0/24");
    wifi.kind = LinkKind::Wifi;
    let said = refused("[web]\nservices = http\n", &wifi);
    assert!(said.contains("use --ipvlan or ipvlan = yes"), "{said}");
    let mut unknown = site("10.9.0.0/24");
    unknown.subnet = None;
    assert_eq!(
        refused("[web]\nservices = http\n", &unknown),
        "fleet: error: the subnet is unknown: interface eth0 has no address; give --subnet or net = in [general]"
    );
    assert_eq!(
        refused("[general]\ngw = 10.8.0.1\n[web]\nservices = http\n", &site("10.9.0.0/24")),
        "f.ini:2: [general] gw: error: 10.8.0.1 is no host of 10.9.0.0/24"
    );
    assert_eq!(
        refused("[a]\nservices = http\n", &site("10.9.0.0/24")),
        "f.ini:1: [a]: error: \"a\" is too short: container names have two characters"
    );
    assert_eq!(
        refused("[web]\nservices = http\n[web.http]\nfiles = site\n", &site("10.9.0.0/24")),
        "f.ini:4: [web.http] files: error: \"site\" was not loaded"
    );
}

#[test]
fn container_names_that_are_there_twice() {
    let text = "[general]\nisolation = service\n[web]\nservices = http\n[web-http]\nservices = ftp\n";
    assert_eq!(
        refused(text, &site("10.9.0.0/24")),
        "f.ini:5: [web-http]: error: deckies web and web-http would each have a container named web-http; rename one"
    );
    let harmless = text.replace("= service", "= decky");
    assert_eq!(refused(&harmless, &site("10.9.0.0/24")), "");
}

#[test]
fn ipvlan_shares_the_address_of_the_parent() {
    let text = "[general]\nipvlan = yes\n[web]\nservices = http\n";
    let plan = planned(text, &site("10.9.0.0/24"), None);
    assert_eq!(plan.network.driver, LinkDriver::Ipvlan);
    assert_eq!(plan.deckies[0].persona.mac, None);
}

#[test]
fn an_image_that_stands_in_is_handed_what_the_service_would_get() {
    let text = "[gate]\nservices = sshd\namount = 3\n[custom-sshd]\nbinary = x:1\nplays = ssh\n\
                [gate-02.sshd]\npassword = Spring2025\nhostname = bastion\n";
    let plan = planned(text, &site("10.9.0.0/24"), None);
    let deployment = compose(&plan).unwrap();
    let environment = |name: &str, variable: &str| {
        let named = |c: &&decnet_composer::deployment::Container| c.name == format!("{name}-sshd");
        deployment.containers.iter().find(named).unwrap().environment.get(variable).cloned().unwrap()
    };
    assert_eq!(environment("gate-02", "SSH_ROOT_PASSWORD"), "Spring2025");
    assert_eq!(environment("gate-02", "SSH_HOSTNAME"), "bastion");
    let persona = &plan.deckies[0].persona;
    assert_eq!(environment("gate-01", "SSH_HOSTNAME"), persona.hostname);
    let (one, other) = ("gate-01", "gate-03");
    assert!(environment(one, "SSH_ROOT_PASSWORD").len() >= 12);
    assert_ne!(environment(one, "SSH_ROOT_PASSWORD"), environment(other, "SSH_ROOT_PASSWORD"));
}
