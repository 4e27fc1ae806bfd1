//! The builds of OpenSSH that distributions ship: all in which they differ on the wire.
//!
//! Debian 12's was measured from its real daemon. The others are documented: lists from the
//! source of that version and the distribution's configuration, `server-sig-algs` from client
//! logs that people published.

mod builds;
mod lists;

use decnet_proto::{ids::SecretKey, persona::Persona};

use super::{kex::Offer, quirks::Quirks, wire::names};
use crate::identity;

/// How we know what a build says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Taken from the running daemon.
    Measured,
    /// Put together from its source and from what others published.
    Documented,
}

/// Whether root may log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootLogin {
    /// With a password too.
    Yes,
    /// With a key only.
    KeyOnly,
}

/// What the distribution's configuration says about logging in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthDefaults {
    /// Methods, as they stand in the answer to a failed attempt.
    pub methods: &'static str,
    /// `PermitRootLogin`.
    pub root: RootLogin,
    /// `MaxAuthTries`.
    pub most_tries: u32,
    /// `LoginGraceTime`, in seconds.
    pub grace: u64,
    /// `MaxStartups`: from how many on connections are dropped, at which rate in percent, and
    /// from how many on all are.
    pub startups: (u32, u32, u32),
    /// Patterns of environment variables that clients may set.
    pub accept_environment: &'static [&'static str],
}

/// A build of OpenSSH.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Build {
    /// Slug of its distribution.
    pub slug: &'static str,
    /// How we know.
    pub source: Source,
    /// Version of OpenSSH.
    pub version: (u8, u8),
    /// Identifications that its updates have brought, newest last.
    pub identifications: &'static [&'static str],
    /// Key exchange methods, with the extensions among them.
    pub key_exchange: &'static str,
    /// Algorithms of host keys.
    pub host_keys: &'static str,
    /// Ciphers.
    pub ciphers: &'static str,
    /// Message authentication codes.
    pub macs: &'static str,
    /// Compression.
    pub compression: &'static str,
    /// Extensions that it announces (RFC 8308), in order.
    pub extensions: &'static [(&'static str, &'static str)],
    /// Signature algorithms that it takes from clients.
    pub accepted_keys: &'static str,
    /// Bits of the RSA host key that an installation makes.
    pub rsa_bits: usize,
    /// Its fingerprint as `hasshServer`.
    pub hassh: &'static str,
    /// What its configuration says about logging in.
    pub auth: AuthDefaults,
}

impl Build {
    /// The build of a distribution.
    pub fn find(slug: &str) -> Option<&'static Self> {
        builds::ALL.iter().find(|build| build.slug == slug)
    }

    /// The build that a machine has; Debian's where its system is none of ours.
    pub fn of(persona: &Persona) -> &'static Self {
        const SYSTEMS: &[(&str, &str)] = &[
            ("Ubuntu 22", "ubuntu22"),
            ("Ubuntu 20", "ubuntu20"),
            ("Rocky Linux", "rocky9"),
            ("CentOS", "centos7"),
            ("Alpine", "alpine"),
            ("Fedora", "fedora"),
            ("Kali", "kali"),
            ("Arch", "arch"),
        ];
        let name = persona.system.pretty_name.as_str();
        let slug = SYSTEMS.iter().find(|(start, _)| name.starts_with(start)).map(|(_, slug)| *slug);
        slug.and_then(Self::find).unwrap_or(&builds::DEBIAN)
    }

    /// The identification of a machine, without the line end.
    pub fn identification(&self, secret: &SecretKey) -> &'static str {
        let count = self.identifications.len() as u64;
        let at = usize::try_from(identity::number(secret, "ssh update", count)).unwrap_or(0);
        self.identifications.get(at).copied().unwrap_or("SSH-2.0-OpenSSH")
    }

    /// What it offers to a client with these quirks.
    pub(super) fn offer(&self, quirks: Quirks) -> Offer {
        let fails = |name: &[u8]| {
            let old_group = name.starts_with(b"diffie-hellman-group-exchange-");
            let old_curve = name == b"curve25519-sha256@libssh.org";
            (quirks.old_group_exchange && old_group) || (quirks.curve25519_padding && old_curve)
        };
        let key_exchange: Vec<&[u8]> =
            names(self.key_exchange.as_bytes()).filter(|name| !fails(name)).collect();
        let both = |list: &str| [list.as_bytes().to_vec(), list.as_bytes().to_vec()];
        Offer {
            key_exchange: key_exchange.join(&b','),
            host_keys: self.host_keys.as_bytes().to_vec(),
            ciphers: both(self.ciphers),
            macs: both(self.macs),
            compression: both(self.compression),
            languages: both(""),
            guessed: false,
        }
    }

    /// Whether it speaks strict key exchange.
    pub(super) fn is_strict(&self) -> bool {
        names(self.key_exchange.as_bytes()).any(|name| name == b"kex-strict-s-v00@openssh.com")
    }

    /// Whether it answers pings and takes extensions of the client, both new in these versions.
    pub(super) const fn has_pings(&self) -> bool {
        self.version.0 > 9 || (self.version.0 == 9 && self.version.1 >= 5)
    }

    /// Whether it reads extensions that the client announces.
    pub(super) const fn reads_extensions(&self) -> bool {
        self.version.0 > 9 || (self.version.0 == 9 && self.version.1 >= 6)
    }
}

#[cfg(test)]
mod tests {
    use decnet_fingerprint::hassh;

    use super::{Build, builds, names};
    use crate::{
        ssh::{cipher, hostkey::Algorithm, kex::Method, mac, quirks::Quirks},
        testing,
    };

    #[test]
    fn fingerprints_are_the_published_ones() {
        for build in builds::ALL {
            let offer = hassh::Offer {
                key_exchange: build.key_exchange.as_bytes(),
                ciphers: build.ciphers.as_bytes(),
                macs: build.macs.as_bytes(),
                compression: build.compression.as_bytes(),
            };
            assert_eq!(offer.hassh(), build.hassh, "{}", build.slug);
        }
        assert_eq!(builds::DEBIAN.hassh, "425d29fe50d8e4f5e37efb6e24bcf660");
    }

    #[test]
    fn everything_that_is_offered_is_spoken() {
        for build in builds::ALL {
            let is_marker = |name: &&[u8]| name.starts_with(b"kex-strict-") || name.starts_with(b"ext-info-");
            let methods = names(build.key_exchange.as_bytes()).filter(|name| !is_marker(name));
            for name in methods {
                assert!(Method::find(name).is_some(), "{}: {}", build.slug, name.escape_ascii());
            }
            assert!(names(build.host_keys.as_bytes()).all(|name| Algorithm::find(name).is_some()));
            assert!(names(build.ciphers.as_bytes()).all(|name| cipher::Suite::find(name).is_some()));
            assert!(names(build.macs.as_bytes()).all(|name| mac::Suite::find(name).is_some()));
            assert_eq!(build.compression, "none,zlib@openssh.com");
        }
    }

    /// KEXINIT of Debian 12's `sshd` on loopback, its cookie zeroed.
    #[test]
    fn the_first_packet_is_that_of_the_real_server() {
        const REAL: &[u8] = include_bytes!("../fixtures/debian12.kexinit");
        let payload = builds::DEBIAN.offer(Quirks::default()).payload([0; 16]);
        let mut packet = Vec::new();
        crate::ssh::packet::Sealer::default().seal(&payload, &mut packet).unwrap();
        assert_eq!(packet.len(), 1_136);
        assert_eq!(packet, REAL);
    }

    #[test]
    fn systems_have_their_build() {
        let mut persona = testing::persona(1);
        assert_eq!(Build::of(&persona).slug, "debian");
        for (name, slug) in [("Ubuntu 22.04.5 LTS", "ubuntu22"), ("CentOS Linux 7 (Core)", "centos7")] {
            persona.system.pretty_name = name.into();
            assert_eq!(Build::of(&persona).slug, slug);
        }
    }

    #[test]
    fn old_clients_are_offered_less() {
        let quirks = Quirks { old_group_exchange: true, curve25519_padding: true, ..Quirks::default() };
        let offer = String::from_utf8(builds::DEBIAN.offer(quirks).key_exchange).unwrap();
        assert!(!offer.contains("group-exchange") && !offer.contains("libssh.org"));
        assert!(offer.contains("kex-strict-s-v00@openssh.com"));
    }
}
