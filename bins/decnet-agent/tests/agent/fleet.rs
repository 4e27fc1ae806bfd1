//! Plans, as `decnet-master` makes them.

use decnet_composer::{ini, plan::plan as make};
use decnet_proto::{
    ids::SecretKey,
    plan::FleetPlan,
    site::{LinkKind, Site},
};

/// A site on which nothing is in use.
pub(crate) fn site() -> Site {
    Site {
        interface: "lan0".to_owned(),
        kind: LinkKind::Ethernet,
        mac: Some("02:00:00:00:00:01".parse().unwrap()),
        host_ip: Some([10, 78, 0, 1].into()),
        subnet: Some("10.78.0.0/24".parse().unwrap()),
        gateway: None,
        in_use: None,
    }
}

/// The plan of a fleet file's sections, the one after `previous`.
pub(crate) fn plan(sections: &str, previous: Option<&FleetPlan>) -> FleetPlan {
    let text = format!("[general]\nnet = 10.78.0.0/24\ninterface = lan0\n{sections}");
    let fleet = ini::parse("fleet.ini", text.as_bytes()).unwrap().value;
    make(&fleet, &site(), &SecretKey([7; 32]), 1_795_000_000, previous).unwrap().value
}

/// Two deckies.
pub(crate) const TWO: &str =
    "[web]\nservices = http, ftp\nip = 10.78.0.21\n[cache]\nservices = redis\nip = 10.78.0.22\n";
/// One of them.
pub(crate) const WEB: &str = "[web]\nservices = http, ftp\nip = 10.78.0.21\n";
