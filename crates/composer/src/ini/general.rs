//! `[general]`: the LAN and the layout.

use decnet_proto::plan::{Isolation, LinkDriver};

use super::{
    fields::Fields,
    value::{self, quoted},
};
use crate::{
    diagnostic::{Diagnostics, Located},
    fleet::NetworkSpec,
};

/// Keys of the section.
pub(super) const KEYS: &[&str] = &["net", "gw", "interface", "ipvlan", "isolation"];

/// Reads the section.
pub(super) fn read(fields: &Fields<'_>, found: &mut Diagnostics) -> (NetworkSpec, Option<Isolation>) {
    let gateway = fields.get("gw").map(|(_, place)| place);
    let network = NetworkSpec {
        interface: fields.parse("interface", found, value::interface),
        subnet: fields.parse("net", found, value::subnet),
        gateway: fields
            .parse("gw", found, value::address)
            .zip(gateway)
            .map(|(value, place)| Located { value, place }),
        driver: fields.parse("ipvlan", found, value::yes_no).map(driver),
        ip_start: None,
    };
    (network, fields.parse("isolation", found, isolation))
}

const fn driver(ipvlan: bool) -> LinkDriver {
    if ipvlan { LinkDriver::Ipvlan } else { LinkDriver::Macvlan }
}

fn isolation(value: &str) -> Result<Isolation, String> {
    match value {
        "decky" => Ok(Isolation::Decky),
        "service" => Ok(Isolation::Service),
        _ => Err(format!("{} is not allowed; allowed are decky, service", quoted(value))),
    }
}
