//! Which product each service plays: what its keys ask for, else what the system would run.

use decnet_proto::{
    persona::{
        OsFamily, Product,
        ProductName::{
            self, Apache, Mariadb, Mysql, Nginx, Openssh, Postfix, Proftpd, Redis, Snmpd, Telnetd, Vsftpd,
        },
        ServiceSpec,
    },
    service::ServiceId,
};

use super::Machine;
use crate::{
    derive::{Source, Stream},
    distros::Versions,
    fleet::ServiceRequest,
};

/// The services of a machine with their products.
pub(super) fn choose(
    machine: &Machine<'_>,
    versions: &Versions,
    requests: &[ServiceRequest],
    source: &Source,
) -> Vec<ServiceSpec> {
    let mut stream = source.stream("product", machine.name.as_str());
    let usual = Usual {
        web: web(machine, requests, &mut stream),
        ftp: ftp(machine, &mut stream),
        database: database(machine),
    };
    requests
        .iter()
        .map(|request| ServiceSpec {
            service: request.service,
            product: product(request, &usual, versions),
            config: request.config.clone(),
            files: request.files.clone(),
        })
        .collect()
}

/// What a machine runs when the service's own keys do not say.
struct Usual {
    web: ProductName,
    ftp: ProductName,
    database: ProductName,
}

/// One machine runs one web server: what either service asks for, both have.
fn web(machine: &Machine<'_>, requests: &[ServiceRequest], stream: &mut Stream<'_>) -> ProductName {
    let drawn = match machine.family {
        OsFamily::Linux | OsFamily::Bsd => stream.pick(&[Apache, Nginx]).copied().unwrap_or(Apache),
        OsFamily::Windows => Apache,
        OsFamily::Embedded | OsFamily::Cisco => Nginx,
    };
    requests.iter().find_map(wanted_web).map_or(drawn, |(name, _)| name)
}

fn ftp(machine: &Machine<'_>, stream: &mut Stream<'_>) -> ProductName {
    match machine.family {
        // The distributions of Red Hat's line and Alpine document vsftpd; the others have both.
        OsFamily::Linux => match machine.distro.banner_name {
            "Debian" | "Ubuntu" => stream.pick(&[Vsftpd, Proftpd]).copied().unwrap_or(Vsftpd),
            _ => Vsftpd,
        },
        OsFamily::Embedded | OsFamily::Cisco => Vsftpd,
        OsFamily::Windows | OsFamily::Bsd => Proftpd,
    }
}

/// What `mysql-server` or its like installs.
fn database(machine: &Machine<'_>) -> ProductName {
    match machine.family {
        OsFamily::Linux => match machine.distro.banner_name {
            "Ubuntu" | "CentOS" => Mysql,
            _ => Mariadb,
        },
        OsFamily::Embedded | OsFamily::Cisco => Mariadb,
        OsFamily::Windows | OsFamily::Bsd => Mysql,
    }
}

fn product(request: &ServiceRequest, usual: &Usual, versions: &Versions) -> Product {
    let (name, version) = match request.service {
        ServiceId::Http | ServiceId::Https => wanted_web(request).unwrap_or((usual.web, None)),
        ServiceId::Ftp => wanted_ftp(request).unwrap_or((usual.ftp, None)),
        ServiceId::Mysql => wanted_database(request).unwrap_or((usual.database, None)),
        ServiceId::Redis => (Redis, request.config.get("version").cloned()),
        ServiceId::Smtp => (Postfix, None),
        ServiceId::Snmp => (Snmpd, None),
        ServiceId::Ssh => (Openssh, None),
        ServiceId::Telnet => (Telnetd, None),
    };
    Product { name, version: version.unwrap_or_else(|| versions.of(name).to_owned()) }
}

/// The web server that a service's keys ask for, with its version if they name one.
fn wanted_web(request: &ServiceRequest) -> Option<(ProductName, Option<String>)> {
    if let Some(header) = request.config.get("server_header") {
        let product = header.split_whitespace().next().unwrap_or_default();
        let (name, version) = product.split_once('/').unwrap_or((product, ""));
        return match name.to_lowercase().as_str() {
            "apache" => Some((Apache, version_in(version))),
            "nginx" => Some((Nginx, version_in(version))),
            _ => None,
        };
    }
    match request.config.get("fake_app").map(String::as_str) {
        Some("nginx_default") => Some((Nginx, None)),
        Some("apache_default" | "wordpress" | "phpmyadmin") => Some((Apache, None)),
        _ => None,
    }
}

/// The FTP server that a greeting names, with its version if it names one.
fn wanted_ftp(request: &ServiceRequest) -> Option<(ProductName, Option<String>)> {
    let banner = request.config.get("banner")?.to_lowercase();
    let (name, after) = [(Vsftpd, "vsftpd"), (Proftpd, "proftpd")]
        .into_iter()
        .find_map(|(name, word)| Some((name, banner.split_once(word)?.1.to_owned())))?;
    Some((name, after.split_whitespace().next().and_then(version_in)))
}

/// The database server that a version belongs to.
fn wanted_database(request: &ServiceRequest) -> Option<(ProductName, Option<String>)> {
    let version = request.config.get("version")?;
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    let maria = version.to_lowercase().contains("mariadb") || major.is_some_and(|major| major >= 10);
    Some((if maria { Mariadb } else { Mysql }, Some(version.clone())))
}

/// A version at the beginning of a word: digits, dots and letters, a digit first.
fn version_in(word: &str) -> Option<String> {
    let version: String = word.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '.').collect();
    version.starts_with(|c: char| c.is_ascii_digit()).then_some(version)
}
