//! The services of this build: one line each, and the names of those that come later.
//!
//! Adding a service is one line in [`services!`] below, one folder in the `decoy` crate,
//! and its kinds in the `event` crate; the compiler asks for the rest.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

/// Transport protocol of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// A port that a service listens on, written `tcp/80`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Port {
    /// Its transport.
    pub transport: Transport,
    /// Its number.
    pub number: u16,
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let transport = match self.transport {
            Transport::Tcp => "tcp",
            Transport::Udp => "udp",
        };
        write!(f, "{transport}/{}", self.number)
    }
}

/// How the value of a key is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueRule {
    /// One line of printable text.
    Text,
    /// A number from the first to the last, inclusive.
    Number(u32, u32),
    /// Two or three numbers with dots between them, as `6.2.14`.
    Version,
    /// A host name without domain.
    HostName,
    /// One of the words.
    OneOf(&'static [&'static str]),
    /// A JSON object whose values are strings.
    JsonObject,
    /// A folder of the operator's whose files are read when the fleet is planned.
    Folder,
    /// A file of the operator's that is read when the fleet is planned.
    File,
}

/// A key of a service's persona section in the fleet INI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeySpec {
    /// Its name.
    pub name: &'static str,
    /// What it may be.
    pub rule: ValueRule,
    /// What it does, in one sentence.
    pub summary: &'static str,
}

/// What the product knows of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceInfo {
    /// Its name on the command line, in INI files and in events.
    pub slug: &'static str,
    /// Ports that it always listens on.
    pub ports: &'static [Port],
    /// What it plays.
    pub summary: &'static str,
    /// Keys of its persona section.
    pub keys: &'static [KeySpec],
}

/// Why a name names no service.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum UnknownService {
    /// A later build has it.
    #[error("service {0:?} is not in this build; this build has {list}", list = ServiceId::list())]
    NotInThisBuild(String),
    /// No build has it.
    #[error("unknown service {0:?}; this build has {list}", list = ServiceId::list())]
    Unknown(String),
}

macro_rules! services {
    ($( $variant:ident $slug:literal [$($transport:ident $port:literal),*] $keys:ident $summary:literal; )*) => {
        /// A service of this build.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ServiceId {
            $( #[doc = $summary] $variant, )*
        }

        impl ServiceId {
            /// Every service of this build, sorted by slug.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )* ];

            /// What the product knows of the service.
            pub const fn info(self) -> &'static ServiceInfo {
                match self {
                    $( Self::$variant => &ServiceInfo {
                        slug: $slug,
                        ports: &[ $( Port { transport: Transport::$transport, number: $port }, )* ],
                        summary: $summary,
                        keys: $keys,
                    }, )*
                }
            }
        }
    };
}

services! {
    Ftp   "ftp"   [Tcp 21]         FTP_KEYS   "File transfer: vsftpd or ProFTPD, with uploads kept";
    Http  "http"  [Tcp 80]         HTTP_KEYS  "Web server: Apache or nginx, with log-in pages";
    Https "https" [Tcp 443]        HTTPS_KEYS "Web server over TLS, with a certificate of its own";
    Mysql "mysql" [Tcp 3306]       MYSQL_KEYS "MySQL or MariaDB, with challenge and response of every log-in";
    Redis "redis" [Tcp 6379]       REDIS_KEYS "Redis in-memory database";
    Smtp  "smtp"  [Tcp 25, Tcp 587] SMTP_KEYS "Postfix mail server that takes log-ins and refuses to relay";
    Snmp  "snmp"  [Udp 161]        SNMP_KEYS  "SNMP agent: net-snmp, Windows, printer, controller, switch";
    Ssh   "ssh"   [Tcp 22]         SSH_KEYS   "OpenSSH with a shell, SFTP and scp behind it";
    Telnet "telnet" [Tcp 23]       TELNET_KEYS "Telnet: inetutils, netkit, BusyBox or IOS, with the log-in of the system";
}

/// Services of later builds. A name moves from here to [`services!`].
pub const LATER: &[&str] = &[
    "conpot",
    "docker_api",
    "elasticsearch",
    "imap",
    "k8s",
    "ldap",
    "llmnr",
    "mongodb",
    "mqtt",
    "mssql",
    "pop3",
    "postgres",
    "rdp",
    "sip",
    "smb",
    "smtp_relay",
    "sniffer",
    "tftp",
    "vnc",
];

/// Looks of the web server's pages.
pub const FAKE_APPS: &[&str] = &["apache_default", "nginx_default", "wordpress", "phpmyadmin", "iis_default"];

const fn key(name: &'static str, rule: ValueRule, summary: &'static str) -> KeySpec {
    KeySpec { name, rule, summary }
}

const YES_NO: ValueRule = ValueRule::OneOf(&["yes", "no"]);

const FTP_KEYS: &[KeySpec] = &[
    key("banner", ValueRule::Text, "Greeting after the code 220"),
    key("anonymous", YES_NO, "Whether visitors without an account may come; most machines let them"),
    key("tls", YES_NO, "Whether AUTH TLS is set up; half of the machines have it"),
];

const SERVER_HEADER: KeySpec =
    key("server_header", ValueRule::Text, "Server header; apache/… and nginx/… also choose the behaviour");
const RESPONSE_CODE: KeySpec =
    key("response_code", ValueRule::Number(200, 599), "Status of the answer to every path that has no page");
const FAKE_APP: KeySpec = key("fake_app", ValueRule::OneOf(FAKE_APPS), "Look of the pages");
const EXTRA_HEADERS: KeySpec =
    key("extra_headers", ValueRule::JsonObject, "Headers added to every answer, a JSON object");
const CUSTOM_BODY: KeySpec = key("custom_body", ValueRule::Text, "Body of the front page, HTML");
const FILES: KeySpec =
    key("files", ValueRule::Folder, "Folder whose files are served, at most 24 KiB in all");

const HTTP_KEYS: &[KeySpec] = &[SERVER_HEADER, RESPONSE_CODE, FAKE_APP, EXTRA_HEADERS, CUSTOM_BODY, FILES];
const HTTPS_KEYS: &[KeySpec] = &[
    SERVER_HEADER,
    RESPONSE_CODE,
    FAKE_APP,
    EXTRA_HEADERS,
    CUSTOM_BODY,
    FILES,
    key("tls_cn", ValueRule::Text, "Common name of the certificate that is made"),
    key("tls_cert", ValueRule::File, "Certificate chain of your own, PEM; needs tls_key"),
    key("tls_key", ValueRule::File, "Private key of your own, PEM; needs tls_cert"),
];
const MYSQL_KEYS: &[KeySpec] = &[
    key(
        "version",
        ValueRule::Text,
        "Version, as 8.0.40, 5.7.38-log or 10.11.6-MariaDB; picks the product too",
    ),
    key("login", YES_NO, "Whether the bait for databases and administration logs in; it does if left out"),
];
const REDIS_KEYS: &[KeySpec] = &[
    key("version", ValueRule::Version, "Version, as 6.2.14"),
    key("os_string", ValueRule::Text, "The os line of INFO"),
    key("password", ValueRule::Text, "Password that AUTH must give; without it none is needed"),
];
const SMTP_KEYS: &[KeySpec] = &[
    key("banner", ValueRule::Text, "Greeting, with or without the code 220"),
    key("mta", ValueRule::Text, "Host name in answers"),
];
const SSH_KEYS: &[KeySpec] = &[
    key(
        "password",
        ValueRule::Text,
        "Password that lets root in; without it one that is on this machine alone does",
    ),
    key("hostname", ValueRule::HostName, "Host name of the machine, for all of its services"),
];

const TELNET_KEYS: &[KeySpec] = &[
    key(
        "password",
        ValueRule::Text,
        "Password of root beside the bait; a switch takes it for admin and enable",
    ),
    key("hostname", ValueRule::HostName, "Host name of the machine, for all of its services"),
];

/// Kinds of machine that the SNMP agent can be, whatever the rest of the decky is.
pub const SNMP_ARCHETYPES: &[&str] = &["default", "water_plant", "factory", "substation", "hospital"];

const SNMP_KEYS: &[KeySpec] = &[
    key(
        "community",
        ValueRule::Text,
        "Community that reads everything, beside one that no other machine has",
    ),
    key("snmp_archetype", ValueRule::OneOf(SNMP_ARCHETYPES), "Kind of machine that the agent tells of"),
];

impl ServiceId {
    /// The slug.
    pub const fn slug(self) -> &'static str {
        self.info().slug
    }

    /// All slugs, comma separated, for messages.
    pub fn list() -> String {
        Self::ALL.iter().map(|s| s.slug()).collect::<Vec<_>>().join(", ")
    }

    /// What is allowed for a key of the service's persona section.
    pub fn key(self, name: &str) -> Option<&'static KeySpec> {
        self.info().keys.iter().find(|key| key.name == name)
    }
}

impl fmt::Display for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.slug())
    }
}

impl FromStr for ServiceId {
    type Err = UnknownService;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match Self::ALL.iter().find(|service| service.slug() == text) {
            Some(service) => Ok(*service),
            None if LATER.contains(&text) => Err(UnknownService::NotInThisBuild(text.to_owned())),
            None => Err(UnknownService::Unknown(text.to_owned())),
        }
    }
}

impl Serialize for ServiceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.slug())
    }
}

impl<'de> Deserialize<'de> for ServiceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// They stand in the decoy's program, which an intruder may read.
    #[test]
    fn summaries_do_not_name_the_product() {
        for info in ServiceId::ALL.iter().map(|service| service.info()) {
            let texts = info.keys.iter().map(|key| key.summary).chain([info.summary]);
            for text in texts.map(str::to_lowercase) {
                assert!(
                    !["decnet", "decky", "deckies", "honey"].iter().any(|word| text.contains(word)),
                    "{text}"
                );
            }
        }
    }
}
