//! Who a decky is: one value from which every byte that an attacker sees is drawn.
//!
//! Each module draws one trait. What must differ between two deckies (Ethernet address, host
//! name, boot time) is drawn again until nobody has it; keys and passwords have so many
//! possibilities that this cannot be needed.

mod bait;
mod boot;
mod hostname;
mod mac;
mod people;
mod product;
mod system;

use std::{collections::BTreeSet, net::Ipv4Addr};

use decnet_proto::{
    ids::DeckyName,
    mac::Mac,
    persona::{OsFamily, Persona, ServiceSpec},
    plan::LinkDriver,
};

pub(crate) use self::people::Organisation;
use crate::{
    archetypes::{Archetype, Profile, profile_of},
    derive::Source,
    distros::Distro,
    fleet::ServiceRequest,
};

/// What a decky is before it has a face.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Machine<'a> {
    pub(crate) name: &'a DeckyName,
    pub(crate) archetype: Option<&'static Archetype>,
    pub(crate) family: OsFamily,
    pub(crate) distro: &'static Distro,
}

impl Machine<'_> {
    fn profile(&self) -> &'static Profile {
        profile_of(self.archetype, self.family)
    }
}

/// What the deckies of a fleet have in common.
pub(crate) struct Setting<'a> {
    pub(crate) source: &'a Source,
    pub(crate) organisation: &'a Organisation,
    pub(crate) driver: LinkDriver,
    /// Seconds since the Unix epoch.
    pub(crate) now: i64,
}

/// What no second decky may have.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) macs: BTreeSet<Mac>,
    pub(crate) hostnames: BTreeSet<String>,
    pub(crate) boot_times: BTreeSet<i64>,
}

impl Taken {
    /// Keeps what a machine has that stays.
    pub(crate) fn keep(&mut self, persona: &Persona) {
        self.macs.extend(persona.mac);
        self.hostnames.insert(persona.hostname.to_lowercase());
        self.boot_times.insert(persona.boot_time);
    }
}

/// Root's password on a machine where one may log in; its own on every machine.
pub(crate) fn root_password(source: &Source, name: &str) -> String {
    bait::root_password(source, name)
}

/// What the services that give a shell say of the machine.
struct LogIn<'a> {
    /// Whether there is one.
    shell: bool,
    /// Root's password, where the operator chose it.
    password: Option<&'a str>,
    /// The host name, where the operator chose it.
    hostname: Option<&'a str>,
}

impl<'a> LogIn<'a> {
    fn of(requests: &'a [ServiceRequest]) -> Self {
        let shells = || requests.iter().filter(|request| matches!(request.service.slug(), "ssh" | "telnet"));
        let key = |name| shells().find_map(|request| request.config.get(name)).map(String::as_str);
        Self { shell: shells().next().is_some(), password: key("password"), hostname: key("hostname") }
    }
}

/// Gives a machine its face and its services. `kept` is the face that it had in the plan that
/// runs, if it is the same machine.
pub(crate) fn derive(
    machine: &Machine<'_>,
    ip: Ipv4Addr,
    requests: &[ServiceRequest],
    setting: &Setting<'_>,
    taken: &mut Taken,
    kept: Option<&Persona>,
) -> (Persona, Vec<ServiceSpec>) {
    let name = machine.name.as_str();
    let source = setting.source;
    let (vendor, mac) = mac::draw(machine, source, kept, &mut taken.macs);
    let log_in = LogIn::of(requests);
    let hostname = match (log_in.hostname, kept) {
        (Some(wanted), _) => wanted.to_owned(),
        (None, Some(kept)) => kept.hostname.clone(),
        (None, None) => hostname::draw(machine, vendor, mac, source, &mut taken.hostnames),
    };
    let boot_time = match kept {
        Some(kept) => kept.boot_time,
        None => boot::draw(machine, source, setting.now, &mut taken.boot_times),
    };
    let platform = system::draw(machine, vendor, source);
    let services = product::choose(machine, &platform.versions, requests, source);
    let persona = Persona {
        decky: machine.name.clone(),
        hostname,
        domain: setting.organisation.domain.clone(),
        organisation: setting.organisation.name.clone(),
        ip,
        mac: (setting.driver == LinkDriver::Macvlan).then_some(mac),
        os: machine.family,
        system: platform.system,
        boot_time,
        users: people::users(machine, setting.organisation, source),
        bait: bait::draw(source, name, requests, &log_in),
        key: source.stream("key", name).key(),
    };
    (persona, services)
}

#[cfg(test)]
mod tests {
    use decnet_proto::ids::SecretKey;

    use super::*;
    use crate::distros::DEBIAN;

    /// Draws would meet so rarely that only the same machine twice shows what happens then.
    #[test]
    fn what_is_taken_is_drawn_again() {
        let source = Source::new(&SecretKey([1; 32]));
        let organisation = Organisation::draw(&source);
        let setting = Setting {
            source: &source,
            organisation: &organisation,
            driver: LinkDriver::Macvlan,
            now: 1 << 30,
        };
        let name: DeckyName = "web".parse().expect("a name");
        let mut taken = Taken::default();
        for family in [OsFamily::Linux, OsFamily::Windows, OsFamily::Embedded] {
            let machine = Machine { name: &name, archetype: None, family, distro: &DEBIAN };
            let mut faces = || derive(&machine, Ipv4Addr::LOCALHOST, &[], &setting, &mut taken, None).0;
            let (one, other) = (faces(), faces());
            assert_ne!(one.mac, other.mac);
            assert_ne!(one.hostname, other.hostname);
            assert_ne!(one.boot_time, other.boot_time);
        }
        assert_eq!((taken.macs.len(), taken.hostnames.len(), taken.boot_times.len()), (6, 6, 6));
    }
}
