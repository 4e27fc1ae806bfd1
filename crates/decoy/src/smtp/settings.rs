//! How the administrator of the played machine set Postfix up.

use decnet_proto::persona::{BaitCredential, Persona, ServiceSpec};
use openssl::ssl::SslVersion;

use crate::{
    host::Host,
    service::ServiceError,
    tls::{NoProtocol, TlsProfile, TlsServer},
};

use super::address::Address;

/// Users that every Linux system has, for whom mail is accepted.
const SYSTEM_USERS: &[&str] = &[
    "root",
    "postmaster",
    "daemon",
    "bin",
    "sys",
    "sync",
    "games",
    "man",
    "lp",
    "mail",
    "news",
    "uucp",
    "proxy",
    "www-data",
    "backup",
    "list",
    "irc",
    "nobody",
    "postfix",
    "mailer-daemon",
];

/// Where a recipient's mail would go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// A user of this machine.
    User,
    /// Nobody on this machine.
    Unknown,
    /// Elsewhere.
    Foreign,
}

/// The configuration of the played server.
pub(super) struct Settings {
    /// `myhostname`.
    pub(super) hostname: String,
    /// The greeting without its code.
    pub(super) banner: String,
    pub(super) version: Version,
    pub(super) tls: TlsServer,
    domain: String,
    address: String,
    users: Vec<String>,
    accounts: Vec<BaitCredential>,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("hostname", &self.hostname).finish_non_exhaustive()
    }
}

/// Major and minor number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(pub(super) u32, pub(super) u32);

impl Version {
    pub(super) fn parse(text: &str) -> Self {
        let mut numbers = text.split('.').map(|n| n.parse().unwrap_or_default());
        Self(numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default())
    }
}

impl Settings {
    pub(super) fn new(spec: &ServiceSpec, host: &Host) -> Result<Self, ServiceError> {
        let persona = &host.persona;
        let hostname = spec.key("mta").map_or_else(|| persona.fqdn(), str::to_owned);
        let banner = match spec.key("banner") {
            Some(banner) => banner.strip_prefix("220 ").unwrap_or(banner).to_owned(),
            None => format!("{hostname} ESMTP Postfix{}", banner_suffix(persona)),
        };
        let tls = host.identity.get(persona).and_then(|pair| TlsServer::new(pair, PROFILE));
        Ok(Self {
            hostname,
            banner,
            version: Version::parse(&spec.product.version),
            tls: tls.map_err(|source| ServiceError::Tls { service: spec.service, source })?,
            domain: persona.domain.clone(),
            address: persona.ip.to_string(),
            users: persona.users.clone(),
            accounts: persona.bait.clone(),
        })
    }

    /// Whether these are name and password of an account; the name may have the domain.
    pub(super) fn account(&self, user: &[u8], password: &[u8]) -> bool {
        let name = user.split(|b| *b == b'@').next().unwrap_or_default();
        let domain = user.get(name.len() + 1..);
        domain.is_none_or(|d| self.is_local_domain(d))
            && self
                .accounts
                .iter()
                .any(|a| a.username.as_bytes() == name && a.password.as_bytes() == password)
    }

    fn is_local_domain(&self, domain: &[u8]) -> bool {
        let domain = domain.strip_suffix(b".").unwrap_or(domain);
        let literal = domain.strip_prefix(b"[").and_then(|d| d.strip_suffix(b"]"));
        if let Some(address) = literal {
            return address == self.address.as_bytes() || address == b"127.0.0.1" || address == b"IPv6:::1";
        }
        let within = format!("localhost.{}", self.domain);
        let local = [self.hostname.as_str(), &self.domain, &within, "localhost.localdomain", "localhost"];
        local.iter().any(|known| domain.eq_ignore_ascii_case(known.as_bytes()))
    }

    /// Where mail for the address would go.
    pub(super) fn destination(&self, address: &Address) -> Destination {
        let routed = address.local.iter().any(|b| matches!(b, b'%' | b'!' | b'@'));
        let local = address.domain.as_ref().is_none_or(|d| self.is_local_domain(d));
        if routed || !local {
            return Destination::Foreign;
        }
        // What follows a plus is the user's own business (recipient_delimiter).
        let name = address.local.split(|b| *b == b'+').next().unwrap_or_default();
        let named = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        let known = address.local.is_empty()
            || SYSTEM_USERS.iter().any(|known| named(known))
            || self.users.iter().any(|known| named(known))
            || self.accounts.iter().any(|account| named(&account.username));
        if known { Destination::User } else { Destination::Unknown }
    }
}

/// What the distribution's configuration adds to the name of the product.
fn banner_suffix(persona: &Persona) -> &'static str {
    match persona.system.banner_name.as_str() {
        "Debian" => " (Debian/GNU)",
        "Ubuntu" => " (Ubuntu)",
        _ if persona.system.pretty_name.starts_with("Raspbian") => " (Raspbian)",
        _ => "",
    }
}

/// What Postfix does with OpenSSL 3.0, as seen from outside.
const PROFILE: &TlsProfile = &TlsProfile {
    oldest: SslVersion::TLS1,
    newest: None,
    ciphers: "aNULL:-aNULL:HIGH:MEDIUM:+RC4:@STRENGTH:@SECLEVEL=0",
    groups: TlsProfile::OPENSSL_3_0_GROUPS,
    server_order: false,
    alpn: b"",
    finite_field: true,
    tickets: true,
    no_protocol: NoProtocol::GoOn,
    acknowledges_name: false,
};

#[cfg(test)]
mod tests {
    use decnet_proto::{persona::ProductName, service::ServiceId};

    use super::*;
    use crate::testing;

    fn settings() -> Settings {
        let spec = testing::spec(ServiceId::Smtp, ProductName::Postfix, "3.7.11", &[]);
        Settings::new(&spec, &testing::host(1)).unwrap()
    }

    #[test]
    fn destinations_are_those_of_the_real_server() {
        let settings = settings();
        let check = |text: &str, expect: Destination| {
            let address = Address::parse(format!("<{text}>").as_bytes()).unwrap();
            assert_eq!(settings.destination(&address), expect, "{text}");
        };
        for user in [
            "mhansen@northgate.lan",
            "MHansen@NORTHGATE.LAN.",
            "mhansen+x@web01.northgate.lan",
            "root",
            "root@localhost",
            "root@[10.77.0.20]",
            "@northgate.lan",
        ] {
            check(user, Destination::User);
        }
        check("nobody1@northgate.lan", Destination::Unknown);
        check("ro\u{f6}t@northgate.lan", Destination::Unknown);
        for foreign in [
            "a@gmail.com",
            "mhansen@other.northgate.lan",
            "mhansen%gmail.com@northgate.lan",
            "gmail.com!a",
            "a@gmail.com@northgate.lan",
            "root@northgate",
            "root@[10.99.0.9]",
        ] {
            check(foreign, Destination::Foreign);
        }
    }

    #[test]
    fn accounts_are_those_of_the_bait() {
        let settings = settings();
        let password = b"Wint3r-01-harbour";
        assert!(settings.account(b"backup", password));
        assert!(settings.account(b"backup@northgate.lan", password));
        assert!(!settings.account(b"backup@gmail.com", password));
        assert!(!settings.account(b"backup", b"backup"));
        assert!(!settings.account(b"", b""));
    }

    #[test]
    fn versions_are_compared_by_number() {
        assert_eq!(Version::parse("3.7.11"), Version(3, 7));
        assert!(Version::parse("3.10.2") > Version(3, 9));
        assert!(Version::parse("2.10.1") < Version(3, 0));
    }
}
