//! What the flags of `deploy` mean, alone and with a fleet file.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use decnet_composer::{
    flags::FlagSpec,
    fleet::{DeckySpec, DistroChoice, FleetSpec, ServiceChoice},
    ini,
};
use decnet_proto::{
    plan::{Isolation, LinkDriver},
    service::ServiceId,
};

fn flags(deckies: u32) -> FlagSpec {
    FlagSpec { deckies: Some(deckies), services: Some("http".to_owned()), ..FlagSpec::default() }
}

/// A message without the list of services, which each build makes longer.
fn without_list(said: &str) -> String {
    said.replace(&ServiceId::list(), "[services]")
}

fn check_refused(flags: &FlagSpec, expect: &[&str]) {
    let found = flags.fleet().unwrap_err();
    let got: Vec<_> = found.0.iter().map(|said| without_list(&said.to_string())).collect();
    assert_eq!(got, expect);
}

fn services(decky: &DeckySpec) -> Vec<&str> {
    match &decky.services {
        ServiceChoice::Listed(requests) => requests.iter().map(|r| r.service.slug()).collect(),
        ServiceChoice::Random => vec!["random"],
    }
}

#[test]
fn flags_alone_describe_a_fleet() {
    let flags = FlagSpec {
        services: Some("http, redis".to_owned()),
        distro: Some("debian,rocky9".to_owned()),
        interface: Some("eth1".to_owned()),
        subnet: Some("10.9.0.0/24".parse().unwrap()),
        ip_start: Some("10.9.0.50".parse().unwrap()),
        ipvlan: true,
        isolation: Some(Isolation::Service),
        ..flags(3)
    };
    let fleet = flags.fleet().unwrap().value;
    let names: Vec<_> = fleet.deckies.iter().map(|d| d.name.as_str()).collect();
    assert_eq!(names, ["decky-01", "decky-02", "decky-03"]);
    let slug = |decky: &DeckySpec| match decky.distro {
        DistroChoice::Named(distro) => distro.slug,
        DistroChoice::Preferred | DistroChoice::Random => "",
    };
    assert_eq!(fleet.deckies.iter().map(slug).collect::<Vec<_>>(), ["debian", "rocky9", "debian"]);
    assert_eq!(services(fleet.deckies.first().unwrap()), ["http", "redis"]);
    assert_eq!(fleet.network.interface.as_deref(), Some("eth1"));
    assert_eq!(fleet.network.driver, Some(LinkDriver::Ipvlan));
    assert_eq!(fleet.network.ip_start.unwrap().value.to_string(), "10.9.0.50");
    assert_eq!(fleet.isolation, Some(Isolation::Service));
}

#[test]
fn services_outrank_the_archetype_which_outranks_chance() {
    let first = |flags: FlagSpec| {
        let fleet = flags.fleet().unwrap().value;
        services(fleet.deckies.first().unwrap()).join(" ")
    };
    let archetype = Some("web-server".to_owned());
    assert_eq!(first(FlagSpec { archetype: archetype.clone(), ..flags(1) }), "http");
    assert_eq!(first(FlagSpec { archetype: archetype.clone(), services: None, ..flags(1) }), "http ftp");
    assert_eq!(first(FlagSpec { archetype, services: None, randomize_services: true, ..flags(1) }), "random");
}

#[test]
fn wrong_flags() {
    check_refused(
        &FlagSpec::default(),
        &[
            "--services: error: the deckies have no services: give --services, --archetype or --randomize-services",
            "--deckies: error: missing: say how many deckies, or give a fleet file with --config",
        ],
    );
    check_refused(&flags(0), &["--deckies: error: 0 is no number of deckies from 1 to 4096"]);
    check_refused(
        &FlagSpec { services: Some("http,rdp,web,http".to_owned()), ..flags(1) },
        &[
            "--services: error: \"http\" is there twice",
            "--services: error: service \"rdp\" is not in this build; this build has [services]",
            "--services: error: unknown service \"web\"; this build has [services]",
        ],
    );
    check_refused(
        &FlagSpec { services: Some(" ,".to_owned()), ..flags(1) },
        &["--services: error: the list is empty; allowed are [services]"],
    );
    check_refused(
        &FlagSpec {
            randomize_services: true,
            randomize_distros: true,
            distro: Some("arch".to_owned()),
            ..flags(1)
        },
        &[
            "--randomize-services: error: contradicts --services: give one of them",
            "--randomize-distros: error: contradicts --distro: give one of them",
        ],
    );
    check_refused(
        &FlagSpec {
            archetype: Some("mainframe".to_owned()),
            distro: Some("slackware".to_owned()),
            ..flags(1)
        },
        &[
            "--archetype: error: unknown archetype \"mainframe\"; allowed are database-server, deaddeck, devops-host, domain-controller, file-server, industrial-control, iot-device, linux-server, mail-server, monitoring-node, printer, voip-server, web-server, windows-server, windows-workstation",
            "--distro: error: unknown distro \"slackware\"; allowed are debian, ubuntu22, ubuntu20, rocky9, centos7, alpine, fedora, kali, arch",
        ],
    );
    check_refused(
        &FlagSpec { services: None, archetype: Some("voip-server".to_owned()), ..flags(1) },
        &[
            "--archetype: error: archetype voip-server wants sip: not in this build; name its services yourself, some of [services]",
        ],
    );
}

const FILE: &str = "[general]\nnet = 10.9.0.0/24\ninterface = eth0\n[web]\nservices = http, ftp\n\
                    [mail]\nservices = smtp, badge\n[custom-badge]\nbinary = x:1\n[db]\nservices = redis\n";

fn file() -> FleetSpec {
    ini::parse("f.ini", FILE.as_bytes()).unwrap().value
}

fn with_services(list: &str) -> FlagSpec {
    FlagSpec { services: Some(list.to_owned()), ..FlagSpec::default() }
}

#[test]
fn services_filter_a_fleet_file() {
    let fleet = with_services("ftp,badge,redis").apply(file()).unwrap().value;
    let lists: Vec<_> = fleet.deckies.iter().map(|d| services(d).join(" ")).collect();
    assert_eq!(lists, ["ftp", "", "redis"]);
    assert_eq!(fleet.deckies.iter().map(|d| d.custom.len()).collect::<Vec<_>>(), [0, 1, 0]);
    assert_eq!(
        without_list(&with_services("http,smtp,nonsense").apply(file()).unwrap_err().to_string()),
        "--services: error: unknown service \"nonsense\"; this build has [services]\n\
         --services: error: leaves db without a service; it has redis"
    );
}

#[test]
fn network_flags_outrank_a_fleet_file() {
    let flags = FlagSpec {
        interface: Some("eth7".to_owned()),
        subnet: Some("10.8.0.0/24".parse().unwrap()),
        ipvlan: true,
        isolation: Some(Isolation::Service),
        ..FlagSpec::default()
    };
    let fleet = flags.apply(file()).unwrap().value;
    assert_eq!(fleet.network.interface.as_deref(), Some("eth7"));
    assert_eq!(fleet.network.subnet.unwrap().to_string(), "10.8.0.0/24");
    assert_eq!(fleet.network.driver, Some(LinkDriver::Ipvlan));
    assert_eq!(fleet.isolation, Some(Isolation::Service));
}

#[test]
fn flags_of_another_fleet_are_refused_with_a_file() {
    let flags = FlagSpec {
        deckies: Some(3),
        randomize_services: true,
        distro: Some("arch".to_owned()),
        randomize_distros: true,
        archetype: Some("printer".to_owned()),
        ip_start: Some("10.9.0.9".parse().unwrap()),
        ..FlagSpec::default()
    };
    let found = flags.apply(file()).unwrap_err();
    let refused: Vec<_> = found.0.iter().map(|d| d.place.to_string()).collect();
    let all =
        ["--deckies", "--randomize-services", "--distro", "--randomize-distros", "--archetype", "--ip-start"];
    assert_eq!(refused, all);
    assert!(found.0.iter().all(|d| d.message.starts_with("has no meaning with --config: ")));
}
