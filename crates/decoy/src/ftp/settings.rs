//! How the administrator of the played machine set the server up.

use decnet_proto::persona::{ProductName, ServiceSpec};
use openssl::ssl::SslVersion;

use crate::{
    census::Counted,
    host::Host,
    identity,
    service::ServiceError,
    tls::{NoProtocol, TlsProfile, TlsServer},
};

/// Which server is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flavour {
    /// vsftpd.
    Vsftpd,
    /// ProFTPD.
    Proftpd,
}

/// vsftpd's max_per_ip and max_clients, ProFTPD's MaxInstances.
const PER_SOURCE: usize = 50;
const CLIENTS: usize = 2_000;
const INSTANCES: usize = 30;

impl Flavour {
    /// What one who comes when there are too many is told before the server closes.
    pub(super) fn refusal(self, counted: &Counted<'_>) -> Option<&'static str> {
        match self {
            Self::Vsftpd if counted.total > CLIENTS => {
                Some("421 There are too many connected users, please try again later.\r\n")
            }
            Self::Vsftpd if counted.of_source > PER_SOURCE => {
                Some("421 There are too many connections from your internet address.\r\n")
            }
            Self::Proftpd if counted.total > INSTANCES => Some(""),
            Self::Vsftpd | Self::Proftpd => None,
        }
    }
}

/// The configuration of the played server.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) flavour: Flavour,
    /// Upstream version.
    pub(super) version: String,
    /// Text after the code of the greeting; `None` for the product's own.
    pub(super) banner: Option<String>,
    /// Whether visitors without an account may come.
    pub(super) anonymous: bool,
    /// TLS, where it is set up.
    pub(super) tls: Option<TlsServer>,
}

impl Settings {
    pub(super) fn new(spec: &ServiceSpec, host: &Host) -> Result<Self, ServiceError> {
        let key = &host.persona.key;
        let flavour = match spec.product.name {
            ProductName::Proftpd => Flavour::Proftpd,
            _ => Flavour::Vsftpd,
        };
        let anonymous = match spec.key("anonymous") {
            Some(word) => word == "yes",
            None => identity::number(key, "ftp anonymous", 3) > 0,
        };
        let has_tls = match spec.key("tls") {
            Some(word) => word == "yes",
            None => identity::number(key, "ftp tls", 2) == 0,
        };
        let tls = has_tls.then(|| tls(flavour, host)).transpose();
        Ok(Self {
            flavour,
            version: spec.product.version.clone(),
            banner: spec.key("banner").map(|b| b.strip_prefix("220 ").unwrap_or(b).to_owned()),
            anonymous,
            tls: tls.map_err(|source| ServiceError::Tls { service: spec.service, source })?,
        })
    }
}

fn tls(flavour: Flavour, host: &Host) -> Result<TlsServer, crate::tls::TlsError> {
    TlsServer::new(host.identity.get(&host.persona)?, profile(flavour))
}

/// What each server does with OpenSSL 3.0, as seen from outside.
fn profile(flavour: Flavour) -> &'static TlsProfile {
    match flavour {
        // It sets one curve, no parameters for plain Diffie-Hellman, and lets the client choose.
        Flavour::Vsftpd => &TlsProfile {
            oldest: SslVersion::TLS1_2,
            newest: None,
            ciphers: "HIGH:!DHE:!aNULL:!PSK:!SRP",
            groups: "P-256",
            server_order: false,
            alpn: b"",
            finite_field: false,
            tickets: true,
            no_protocol: NoProtocol::GoOn,
            acknowledges_name: false,
        },
        Flavour::Proftpd => &TlsProfile {
            oldest: SslVersion::TLS1_2,
            newest: None,
            ciphers: "DEFAULT:!ADH:!EXPORT:!DES",
            groups: TlsProfile::OPENSSL_3_0_GROUPS,
            server_order: true,
            alpn: b"",
            finite_field: true,
            tickets: true,
            no_protocol: NoProtocol::GoOn,
            acknowledges_name: false,
        },
    }
}
