//! Everything about a decky that an attacker can see, as one value.
//!
//! `composer` derives it, the engine hands it to the container as one environment
//! variable ([`DecoyConfig`], [`ENV_NAME`]), and the decoy draws every byte from it.

use std::{collections::BTreeMap, net::Ipv4Addr};

use serde::{Deserialize, Serialize};

use crate::{
    ids::{DeckyName, SecretKey},
    mac::Mac,
    service::ServiceId,
};

/// Name of the environment variable that holds a [`DecoyConfig`] as compact JSON.
/// It says nothing of what the process is.
pub const ENV_NAME: &str = "APP_CONFIG";

/// Longest [`DecoyConfig`] as JSON, in bytes.
pub const MAX_CONFIG: usize = 64 * 1024;

/// Version of [`DecoyConfig`]; a decoy refuses another.
pub const CONFIG_VERSION: u32 = 1;

/// What a decoy process is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecoyConfig {
    /// [`CONFIG_VERSION`].
    pub version: u32,
    /// Who it is.
    pub persona: Persona,
    /// What it serves. Empty for the base container of `isolation = service`.
    pub services: Vec<ServiceSpec>,
}

/// Family of operating systems, as it shapes the TCP/IP stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum OsFamily {
    /// Linux.
    Linux,
    /// Windows.
    Windows,
    /// The BSDs.
    Bsd,
    /// Printers, controllers, appliances.
    Embedded,
    /// Switches and routers.
    Cisco,
}

/// One fake machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Persona {
    /// Its name in the fleet: in events only, never on the wire. The environment of a container
    /// can be read from inside, so there it is just a name.
    #[serde(rename = "name")]
    pub decky: DeckyName,
    /// Its host name without domain, as attackers see it.
    pub hostname: String,
    /// Its DNS domain, the same for the whole fleet.
    pub domain: String,
    /// Name of the organisation, for certificates and pages; the same for the whole fleet.
    pub organisation: String,
    /// Its address.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::openapi::Address))]
    pub ip: Ipv4Addr,
    /// Its Ethernet address; absent where the driver shares the parent's.
    pub mac: Option<Mac>,
    /// Family of its operating system.
    pub os: OsFamily,
    /// What the machine says of its operating system.
    pub system: System,
    /// When it booted, in seconds since the Unix epoch; moves on by itself.
    pub boot_time: i64,
    /// Log-in names of people and services on it; the first is the owner of its files.
    pub users: Vec<String>,
    /// Credentials that exist nowhere else in the world: where one is used, it leaked from here.
    pub bait: Vec<BaitCredential>,
    /// Secret of this decky alone, from which certificates, keys, salts and ids derive.
    pub key: SecretKey,
}

impl Persona {
    /// Host name with domain.
    pub fn fqdn(&self) -> String {
        format!("{}.{}", self.hostname, self.domain)
    }
}

/// An operating system as its own programs would print it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct System {
    /// Name and version, as `Debian GNU/Linux 12 (bookworm)`.
    pub pretty_name: String,
    /// Short name that products put into banners: `Debian`, `Ubuntu`, `Win64`, empty if none.
    pub banner_name: String,
    /// Kernel name and release, as `Linux 6.1.0-28-amd64`.
    pub kernel: String,
    /// Machine architecture, as `x86_64`.
    pub machine: String,
}

/// A credential placed for attackers to find.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BaitCredential {
    /// What it seems to be for, as `database`, `backup`, `mail`.
    pub purpose: String,
    /// User name.
    pub username: String,
    /// Password.
    pub password: String,
}

/// The product that a service plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ProductName {
    /// Apache httpd.
    Apache,
    /// nginx.
    Nginx,
    /// vsftpd.
    Vsftpd,
    /// ProFTPD.
    Proftpd,
    /// MariaDB.
    Mariadb,
    /// MySQL.
    Mysql,
    /// Redis.
    Redis,
    /// Postfix.
    Postfix,
    /// The telnet daemon of the system.
    Telnetd,
    /// The SNMP agent of the system: net-snmp, or the one of its maker.
    Snmpd,
    /// OpenSSH.
    Openssh,
}

/// A product and the build of it that the persona's system ships.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Which one.
    pub name: ProductName,
    /// Its upstream version, as `2.4.62`.
    pub version: String,
}

/// One service of a decky.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ServiceSpec {
    /// Which one.
    pub service: ServiceId,
    /// What it plays.
    pub product: Product,
    /// Keys of its persona section, checked against [`crate::service::ServiceInfo::keys`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub config: BTreeMap<String, String>,
    /// Files that its keys named: for a `files` folder the path below it with `/` in front,
    /// for a single file the name of its key; base64 of the content.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
}

impl ServiceSpec {
    /// The value of a key.
    pub fn key(&self, name: &str) -> Option<&str> {
        self.config.get(name).map(String::as_str)
    }
}
