//! The machine that the decoy plays while it is measured.

use std::{collections::BTreeMap, net::Ipv4Addr};

use anyhow::{Context, Result};
use decnet_proto::{
    ids::SecretKey,
    persona::{CONFIG_VERSION, DecoyConfig, OsFamily, Persona, Product, ProductName, ServiceSpec, System},
    service::ServiceId,
};

/// A service and the product that it plays.
pub(super) type Played = (ServiceId, ProductName, &'static str);

/// The services of the targets: five, with the products that they are measured beside.
pub(super) const SERVICES: [Played; 5] = [
    (ServiceId::Ftp, ProductName::Vsftpd, "3.0.3"),
    (ServiceId::Http, ProductName::Nginx, "1.22.1"),
    (ServiceId::Https, ProductName::Nginx, "1.22.1"),
    (ServiceId::Redis, ProductName::Redis, "7.0.15"),
    (ServiceId::Smtp, ProductName::Postfix, "3.7.11"),
];

/// Password of what asks for one.
pub(super) const SECRET: &str = "a-long-secret";

/// All services.
pub(super) const EVERY: [Played; 9] = [
    (ServiceId::Ftp, ProductName::Vsftpd, "3.0.3"),
    (ServiceId::Http, ProductName::Nginx, "1.22.1"),
    (ServiceId::Https, ProductName::Nginx, "1.22.1"),
    (ServiceId::Mysql, ProductName::Mariadb, "10.11.6-MariaDB-0+deb12u1"),
    (ServiceId::Redis, ProductName::Redis, "7.0.15"),
    (ServiceId::Smtp, ProductName::Postfix, "3.7.11"),
    (ServiceId::Snmp, ProductName::Snmpd, "5.9.3"),
    (ServiceId::Ssh, ProductName::Openssh, "9.2p1"),
    (ServiceId::Telnet, ProductName::Telnetd, "2.4"),
];

/// Services that read what a client says in clear, each on a port of its own.
pub(super) const TALKATIVE: &[Played] = &[
    (ServiceId::Ftp, ProductName::Vsftpd, "3.0.3"),
    (ServiceId::Http, ProductName::Apache, "2.4.62"),
    (ServiceId::Mysql, ProductName::Mariadb, "10.11.6"),
    (ServiceId::Redis, ProductName::Redis, "7.0.15"),
    (ServiceId::Smtp, ProductName::Postfix, "3.7.11"),
    (ServiceId::Ssh, ProductName::Openssh, "9.2p1"),
    (ServiceId::Telnet, ProductName::Telnetd, "2.4"),
];

/// What a decoy with these services is given.
pub(super) fn configuration(services: &[Played]) -> Result<String> {
    let spec = |(service, name, version): &Played| ServiceSpec {
        service: *service,
        product: Product { name: *name, version: (*version).to_owned() },
        config: match service {
            ServiceId::Redis | ServiceId::Ssh | ServiceId::Telnet => {
                BTreeMap::from([("password".to_owned(), SECRET.to_owned())])
            }
            _ => BTreeMap::new(),
        },
        files: BTreeMap::new(),
    };
    let persona = Persona {
        decky: "bench".parse().context("naming the decky")?,
        hostname: "srv-files-02".to_owned(),
        domain: "corp.example".to_owned(),
        organisation: "Example Works".to_owned(),
        ip: Ipv4Addr::LOCALHOST,
        mac: None,
        os: OsFamily::Linux,
        system: System {
            pretty_name: "Debian GNU/Linux 12 (bookworm)".to_owned(),
            banner_name: "Debian".to_owned(),
            kernel: "Linux 6.1.0-28-amd64".to_owned(),
            machine: "x86_64".to_owned(),
        },
        boot_time: 1_700_000_000,
        users: vec!["mkeller".to_owned(), "backup".to_owned()],
        bait: Vec::new(),
        key: SecretKey([7; 32]),
    };
    let services = services.iter().map(spec).collect();
    let config = DecoyConfig { version: CONFIG_VERSION, persona, services };
    serde_json::to_string(&config).context("encoding the decoy's configuration")
}
