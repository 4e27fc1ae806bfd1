//! The drivers of the deckies' links: what each needs, and how the kernel is asked for one.

mod ipvlan;
mod macvlan;

use std::{
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use decnet_proto::{plan::LinkDriver, site::LinkKind};
use rtnetlink::{Handle, packet_route::link::LinkMessage};

use crate::{
    error::NetError,
    interface::{self, Interface},
    netlink,
};

/// Error numbers of Linux; netlink hands them out as numbers.
const EBUSY: i32 = 16;
const EOPNOTSUPP: i32 = 95;

/// Checks that links of this driver can be built on the interface: it exists, is up, suits the
/// driver, and the kernel has the driver and lets us use it.
///
/// The last two are tried: a link with a name of its own is made, never brought up, and removed.
///
/// # Errors
/// The first of these that does not hold.
pub async fn validate(driver: LinkDriver, parent: &str) -> Result<(), NetError> {
    let netlink = netlink::open()?;
    let all = interface::list(&netlink).await?;
    let parent = interface::named(&all, parent)?;
    suits(driver, parent, &all)?;
    probe(&netlink, driver, parent).await
}

/// Makes a link of a driver on a parent, down and without addresses.
pub(crate) async fn create(
    netlink: &Handle,
    driver: LinkDriver,
    name: &str,
    parent: &Interface,
) -> Result<(), NetError> {
    let attempt = || format!("create the {} link {name} on {}", driver.name(), parent.name);
    match netlink.link().add(message(driver, name, parent.index)).execute().await {
        Ok(()) => Ok(()),
        Err(e) => match netlink::reason(e) {
            e if e.raw_os_error() == Some(EOPNOTSUPP) => Err(NetError::DriverMissing { driver }),
            e => Err(NetError::of(attempt(), e, crate::error::NEEDS_NET_ADMIN)),
        },
    }
}

/// Removes a link if there is one of this name.
pub(crate) async fn delete(netlink: &Handle, name: &str) -> Result<(), NetError> {
    let all = interface::list(netlink).await?;
    let Some(link) = all.iter().find(|i| i.name == name) else { return Ok(()) };
    netlink.link().del(link.index).execute().await.map_err(netlink::failed(format!("remove the link {name}")))
}

fn message(driver: LinkDriver, name: &str, parent: u32) -> LinkMessage {
    match driver {
        LinkDriver::Macvlan => macvlan::message(name, parent),
        LinkDriver::Ipvlan => ipvlan::message(name, parent),
    }
}

fn suits(driver: LinkDriver, parent: &Interface, all: &[Interface]) -> Result<(), NetError> {
    let name = || parent.name.clone();
    if let Some(controller) = all.iter().find(|i| Some(i.index) == parent.controller) {
        return Err(NetError::EnslavedParent { name: name(), controller: controller.name.clone() });
    }
    match (driver, parent.kind) {
        (_, LinkKind::Other) => return Err(NetError::UnsuitableParent { name: name() }),
        (LinkDriver::Macvlan, LinkKind::Wifi) => return Err(NetError::WifiParent { name: name() }),
        (LinkDriver::Ipvlan, LinkKind::Wifi) | (_, LinkKind::Ethernet) => {}
    }
    match parent.up {
        true => Ok(()),
        false => Err(NetError::InterfaceDown { name: name() }),
    }
}

/// Tries the driver. A parent that is busy with links of the other driver shows that this
/// one is there, too: they go when a deployment changes drivers.
async fn probe(netlink: &Handle, driver: LinkDriver, parent: &Interface) -> Result<(), NetError> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed) & 0xff;
    let name = format!("try{:x}.{count:x}", process::id());
    match create(netlink, driver, &name, parent).await {
        Ok(()) => delete(netlink, &name).await,
        Err(NetError::Refused { source, .. }) if source.raw_os_error() == Some(EBUSY) => Ok(()),
        Err(e) => Err(e),
    }
}

#[cfg(test)]
mod tests {
    use LinkDriver::{Ipvlan, Macvlan};
    use LinkKind::{Ethernet, Other, Wifi};

    use super::*;

    fn interface(index: u32, kind: LinkKind) -> Interface {
        let name = format!("if{index}");
        Interface { index, name, kind, up: true, mac: None, controller: None, parent: None, driver: None }
    }

    #[track_caller]
    fn check(driver: LinkDriver, parent: &Interface, expect: Result<(), &str>) {
        let all = [interface(9, Ethernet)];
        let found = suits(driver, parent, &all).map_err(|e| e.to_string());
        assert_eq!(found, expect.map_err(str::to_owned));
    }

    #[test]
    fn a_parent_suits_its_driver_or_the_error_says_what_does() {
        check(Macvlan, &interface(1, Ethernet), Ok(()));
        check(Ipvlan, &interface(1, Wifi), Ok(()));
        let wifi = "if1 is a Wi-Fi interface, whose access point drops frames from other MAC addresses: \
                    use --ipvlan";
        check(Macvlan, &interface(1, Wifi), Err(wifi));
        let other = "if1 is no Ethernet interface: no link of a decky can be built on it";
        check(Ipvlan, &interface(1, Other), Err(other));
        let port = Interface { controller: Some(9), ..interface(1, Ethernet) };
        check(Macvlan, &port, Err("if1 is a port of if9, which takes all its frames: use if9"));
        let down = Interface { up: false, ..interface(1, Ethernet) };
        check(Macvlan, &down, Err("interface if1 is down: `ip link set if1 up`"));
    }
}
