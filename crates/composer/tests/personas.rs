//! No constant is shared by two deckies, and each is the same when it is derived again.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::{collections::BTreeSet, fmt::Debug};

use decnet_composer::{
    archetypes, compose::compose, distros, fleet::FleetSpec, hardware::Vendor, ini, os, plan::plan,
};
use decnet_proto::{
    ids::SecretKey,
    persona::{OsFamily, ProductName},
    plan::{Decky, FleetPlan},
    service::ServiceId,
};
use proptest::prelude::*;

const NOW: i64 = 1_795_651_200;

fn fleet(text: &str) -> FleetSpec {
    let text = format!("[general]\nnet = 10.9.0.0/22\ngw = 10.9.0.1\ninterface = eth0\n{text}");
    ini::parse("f.ini", text.as_bytes()).unwrap().value
}

fn planned(fleet: &FleetSpec, seed: u8) -> FleetPlan {
    plan(fleet, &fleet.site().unwrap(), &SecretKey([seed; 32]), NOW, None).unwrap().value
}

/// 255 deckies of every archetype and family.
fn large() -> FleetSpec {
    let archetypes = archetypes::ALL
        .iter()
        .map(|a| format!("[{0}]\narchetype = {0}\nservices = http, redis\namount = 13\n", a.slug));
    let families = os::ALL.iter().map(|(name, _)| format!("[{name}]\nnmap_os = {name}\namount = 12\n"));
    fleet(&archetypes.chain(families).collect::<String>())
}

fn all_differ<T: Ord + Debug>(plan: &FleetPlan, what: &str, of: impl Fn(&Decky) -> Vec<T>) {
    let mut seen = BTreeSet::new();
    for value in plan.deckies.iter().flat_map(of) {
        assert!(!seen.contains(&value), "{what} {value:?} is there twice");
        seen.insert(value);
    }
}

#[test]
fn nothing_is_shared_over_255_deckies() {
    let fleet = large();
    for seed in 0..8 {
        let plan = planned(&fleet, seed);
        assert_eq!(plan.deckies.len(), 255);
        all_differ(&plan, "key", |d| vec![d.persona.key.0]);
        all_differ(&plan, "mac", |d| vec![d.persona.mac.unwrap()]);
        all_differ(&plan, "address", |d| vec![d.persona.ip]);
        all_differ(&plan, "hostname", |d| vec![d.persona.hostname.to_lowercase()]);
        all_differ(&plan, "boot time", |d| vec![d.persona.boot_time]);
        all_differ(&plan, "password", |d| d.persona.bait.iter().map(|b| b.password.clone()).collect());
        assert_eq!(plan, planned(&fleet, seed), "the same arguments give the same plan");
    }
}

#[test]
fn two_fleets_have_nothing_in_common() {
    let (one, other) = (planned(&large(), 1), planned(&large(), 2));
    let keys = |plan: &FleetPlan| plan.deckies.iter().map(|d| d.persona.key.0).collect::<BTreeSet<_>>();
    let macs = |plan: &FleetPlan| plan.deckies.iter().map(|d| d.persona.mac).collect::<BTreeSet<_>>();
    assert!(keys(&one).is_disjoint(&keys(&other)));
    assert!(macs(&one).intersection(&macs(&other)).count() < 3);
}

#[test]
fn every_trait_is_plausible() {
    for decky in planned(&large(), 3).deckies {
        let persona = &decky.persona;
        let name = &persona.hostname;
        assert!((1..=63).contains(&name.len()), "{name}");
        assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'), "{name}");
        assert!(!name.starts_with('-') && !name.ends_with('-'), "{name}");
        if decky.os == OsFamily::Windows {
            assert!(name.len() <= 15, "{name} is longer than NetBIOS allows");
            assert_eq!(persona.system.banner_name, "Win64");
        }
        let mac = persona.mac.unwrap().0;
        assert_eq!(mac[0] & 0b11, 0, "{mac:x?} is locally administered or multicast");
        assert!(persona.boot_time < NOW - 1000);
        assert!(!persona.users.is_empty() && persona.users.iter().all(|user| !user.is_empty()));
        // Root's comes on top where there is a shell.
        let shell = decky.services.iter().any(|s| matches!(s.service.slug(), "ssh" | "telnet"));
        assert_eq!(persona.bait.len(), 3 + usize::from(shell));
        assert!(!persona.system.pretty_name.is_empty() && !persona.system.kernel.is_empty());
        assert!(decky.services.iter().all(|s| !s.product.version.is_empty()));
    }
}

#[test]
fn an_address_has_the_prefix_of_a_maker_of_such_machines() {
    for decky in planned(&large(), 4).deckies {
        let archetype = decky.archetype.as_deref().and_then(archetypes::Archetype::find);
        let vendors = archetypes::profile_of(archetype, decky.os).vendors;
        let mac = decky.persona.mac.unwrap().0;
        let matches = |vendor: &Vendor| {
            vendor.prefixes().iter().any(|p| p.oui == mac[..3] && (p.fourth.0..=p.fourth.1).contains(&mac[3]))
        };
        assert!(vendors.iter().any(matches), "{} {mac:x?}", decky.name);
    }
}

#[test]
fn nothing_inside_a_container_says_what_it_is() {
    let plan = planned(&large(), 5);
    for container in compose(&plan).unwrap().containers {
        let inside = format!("{:?} {:?} {:?}", container.environment, container.hostname, container.command);
        let inside = inside.to_lowercase();
        for word in ["decky", "decnet", "honeypot"] {
            assert!(!inside.contains(word), "{word} in {inside}");
        }
    }
}

fn product(text: &str, service: ServiceId) -> (ProductName, String) {
    let plan = planned(&fleet(text), 6);
    let spec = plan.deckies[0].services.iter().find(|s| s.service == service).unwrap();
    (spec.product.name, spec.product.version.clone())
}

#[test]
fn products_follow_the_distribution() {
    use ProductName::{Nginx, Postfix, Proftpd, Redis, Vsftpd};
    for distro in distros::ALL {
        let on = |service: &str| format!("[x1]\nservices = {service}\ndistro = {}\n", distro.slug);
        let redis = distro.versions.redis.to_owned();
        assert_eq!(product(&on("redis"), ServiceId::Redis), (Redis, redis));
        let postfix = distro.versions.postfix.to_owned();
        assert_eq!(product(&on("smtp"), ServiceId::Smtp), (Postfix, postfix));
        let nginx = format!("{}[x1.http]\nserver_header = nginx\n", on("http"));
        assert_eq!(product(&nginx, ServiceId::Http), (Nginx, distro.versions.nginx.to_owned()));
        let (ftp, version) = product(&on("ftp"), ServiceId::Ftp);
        assert!([Vsftpd, Proftpd].contains(&ftp));
        assert_eq!(version, distro.versions.of(ftp));
    }
}

#[test]
fn keys_choose_the_product() {
    use ProductName::{Apache, Nginx, Proftpd, Redis, Vsftpd};
    let check = |section: &str, service: ServiceId, name, version: &str| {
        let text = format!("[x1]\nservices = http, https, ftp, redis\ndistro = debian\n{section}");
        assert_eq!(product(&text, service), (name, version.to_owned()), "{section}");
    };
    let header = |value: &str| format!("[x1.http]\nserver_header = {value}\n");
    check(&header("nginx/1.24.0"), ServiceId::Http, Nginx, "1.24.0");
    check(&header("nginx/1.24.0"), ServiceId::Https, Nginx, "1.22.1");
    check(&header("Apache/2.4.54 (Debian)"), ServiceId::Http, Apache, "2.4.54");
    check(&header("Apache"), ServiceId::Https, Apache, "2.4.62");
    check("[x1.https]\nfake_app = nginx_default\n", ServiceId::Http, Nginx, "1.22.1");
    check("[x1.redis]\nversion = 6.2.14\n", ServiceId::Redis, Redis, "6.2.14");
    check("[x1.ftp]\nbanner = (vsFTPd 3.0.5)\n", ServiceId::Ftp, Vsftpd, "3.0.5");
    check("[x1.ftp]\nbanner = ProFTPD Server (shop)\n", ServiceId::Ftp, Proftpd, "1.3.8");
}

#[test]
fn one_machine_runs_one_web_server() {
    let plan = planned(&fleet("[x1]\nservices = http, https\namount = 60\n"), 7);
    let mut products = BTreeSet::new();
    for decky in &plan.deckies {
        let [one, other] = decky.services.as_slice() else { continue };
        assert_eq!(one.product, other.product);
        products.insert(one.product.name);
    }
    assert_eq!(products.len(), 2, "a fleet has both");
}

#[test]
fn random_services_suit_the_machine() {
    let mut sizes = BTreeSet::new();
    for decky in planned(&large(), 8).deckies.iter().filter(|d| d.archetype.is_none()) {
        let plausible = os::profile(decky.os).plausible;
        assert!(decky.services.iter().all(|s| plausible.contains(&s.service)), "{}", decky.name);
        sizes.insert(decky.services.len());
    }
    assert_eq!(sizes, BTreeSet::from([1, 2, 3]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Who stays is not touched by who comes and goes.
    #[test]
    fn a_decky_does_not_depend_on_its_neighbours(seed in any::<u8>(), others in prop::collection::btree_set("[a-z]{2,6}", 0..6)) {
        let alone = planned(&fleet("[zz-target]\nnmap_os = linux\nip = 10.9.1.1\n"), seed);
        let sections: String = others.iter().map(|name| format!("[{name}]\nservices = http\n")).collect();
        let among = planned(&fleet(&format!("{sections}[zz-target]\nnmap_os = linux\nip = 10.9.1.1\n")), seed);
        let (one, other) = (&alone.deckies[0], among.deckies.last().unwrap());
        prop_assert_eq!(one.persona.key.0, other.persona.key.0);
        prop_assert_eq!(&one.persona.bait, &other.persona.bait);
        prop_assert_eq!(&one.persona.system, &other.persona.system);
        prop_assert_eq!(&one.services, &other.services);
        prop_assert_eq!(&one.distro, &other.distro);
    }
}
