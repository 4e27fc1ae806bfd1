//! What a scanner finds, and what is seen of it.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, Result, ensure};
use decnet_proto::{
    persona::{Product, ProductName, ServiceSpec},
    service::Transport,
};

use crate::{attacker, fleet::Door, lan, log::Seen, stage::Stage};

/// nmap names the product, and the version where it names that of the real one.
pub(super) fn nmap_names_each_product(stage: &Stage) -> Result<String> {
    let mut arguments = vec![
        "-sV",
        "-n",
        "-Pn",
        "-p",
        "21,22,23,25,80,443,587,3306,6379",
        "-oG",
        "-",
        "--host-timeout",
        "120s",
    ];
    let addresses: Vec<_> = stage.addresses().iter().map(ToString::to_string).collect();
    arguments.extend(addresses.iter().map(String::as_str));
    let found = ports(&attacker::say("nmap", &arguments)?);
    let mut right = 0;
    for decky in &stage.plan.deckies {
        for spec in &decky.services {
            let ports = spec.service.info().ports.iter();
            for port in ports.filter(|port| port.transport == Transport::Tcp) {
                let at = format!("{}:{}", decky.persona.ip, port.number);
                let named = found.get(&at).with_context(|| format!("nmap found nothing at {at}"))?;
                let expected = as_nmap_says(spec);
                ensure!(
                    expected.iter().all(|part| named.contains(part.as_str())),
                    "nmap says {named:?} at {at} ({}), and should say {expected:?}",
                    spec.service
                );
                right += 1;
            }
        }
    }
    Ok(format!("{right} of {right} ports named as the product"))
}

/// `address:port` to what nmap says of it, from its greppable output.
fn ports(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for line in text.lines().filter(|line| line.contains("Ports: ")) {
        let ip = line.split_whitespace().nth(1).unwrap_or_default();
        let list = line.split("Ports: ").nth(1).unwrap_or_default().split('\t').next().unwrap_or_default();
        for entry in list.split(", ") {
            let parts: Vec<_> = entry.split('/').collect();
            if let [port, "open", _, _, _, _, version, ..] = parts.as_slice() {
                found.insert(format!("{ip}:{port}"), (*version).to_owned());
            }
        }
    }
    found
}

/// What nmap 7.93 says of the real product, taken from scans of the real daemons.
fn as_nmap_says(spec: &ServiceSpec) -> Vec<String> {
    let Product { name, version } = &spec.product;
    let name = match name {
        ProductName::Apache => "Apache httpd",
        ProductName::Nginx => "nginx",
        ProductName::Vsftpd => "vsftpd",
        ProductName::Proftpd => "ProFTPD",
        // MariaDB too goes by this name.
        ProductName::Mariadb | ProductName::Mysql => "MySQL",
        ProductName::Redis => "Redis key-value store",
        ProductName::Postfix => "Postfix smtpd",
        ProductName::Snmpd => "SNMP",
        ProductName::Openssh => "OpenSSH",
        // Of these daemons nmap knows no more than that they speak telnet.
        ProductName::Telnetd => "",
    };
    let mut says = vec![name.to_owned()];
    let tells_version = match spec.product.name {
        // Debian's ProFTPD and every Postfix keep it to themselves; Redis tells it only to
        // those whom it lets in.
        ProductName::Proftpd | ProductName::Postfix | ProductName::Snmpd | ProductName::Telnetd => false,
        ProductName::Redis => spec.key("password").is_none(),
        ProductName::Apache
        | ProductName::Mariadb
        | ProductName::Mysql
        | ProductName::Nginx
        | ProductName::Openssh
        | ProductName::Vsftpd => true,
    };
    if tells_version {
        says.push(version.clone());
    }
    says
}

/// Each connection to each port of each decky appears once, with the attacker's very port,
/// and ends once.
pub(super) fn every_contact_appears_once(stage: &Stage) -> Result<String> {
    let mut follower = stage.follow();
    let doors = stage.fleet.doors()?;
    let ports = attacker::inside(|| {
        doors
            .iter()
            .map(|door| attacker::touch(door.address).map(|(port, _)| port))
            .collect::<Result<Vec<_>>>()
    })?;
    let is_ours = |event: &Seen, port: u16, door: &Door| {
        event.field("src_port") == port.to_string()
            && event.field("dst_ip") == door.address.ip().to_string()
            && event.field("dst_port") == door.address.port().to_string()
    };
    let ended = |seen: &[Seen]| {
        let mut pairs = ports.iter().zip(&doors);
        pairs.all(|(port, door)| seen.iter().any(|e| e.kind == "disconnect" && is_ours(e, *port, door)))
    };
    let seen = follower.until("the end of every contact", Duration::from_secs(30), ended)?;
    for (port, door) in ports.iter().zip(&doors) {
        let of_kind = |kind: &str| {
            seen.iter().filter(|e| e.kind == kind && is_ours(e, *port, door)).collect::<Vec<_>>()
        };
        let (connects, ends) = (of_kind("connect"), of_kind("disconnect"));
        let counts = (connects.len(), ends.len());
        ensure!(counts == (1, 1), "{} from port {port}: {counts:?} connects and ends", door.address);
        for event in connects.into_iter().chain(ends) {
            let source = event.field("src_ip");
            ensure!(source == lan::ATTACKER_IP.to_string(), "{}: came from {source}", door.address);
            let place = (event.decky.as_str(), event.service.as_str());
            ensure!(
                place == (door.decky.as_str(), door.service.as_str()),
                "{}: seen at {place:?}",
                door.address
            );
        }
    }
    Ok(format!("{0} of {0} contacts", doors.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greppable_output_is_read() {
        let text = "Host: 10.77.0.21 ()\tPorts: 80/open/tcp//http//Apache httpd 2.4.62 ((Debian))/, \
                    443/closed/tcp//https///\tIgnored State: closed (4)\n";
        let found = ports(text);
        assert_eq!(found.len(), 1);
        assert_eq!(found.get("10.77.0.21:80").map(String::as_str), Some("Apache httpd 2.4.62 ((Debian))"));
    }
}
