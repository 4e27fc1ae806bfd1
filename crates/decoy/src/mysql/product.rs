//! Which server is played, and what its builds say of themselves.

use decnet_proto::persona::ProductName;

/// `CLIENT_SSL`.
pub const SSL: u32 = 1 << 11;
/// `CLIENT_CONNECT_WITH_DB`.
pub const WITH_DATABASE: u32 = 1 << 3;
/// `CLIENT_COMPRESS`.
pub const COMPRESS: u32 = 1 << 5;
/// `CLIENT_LOCAL_FILES`.
pub const LOCAL_FILES: u32 = 1 << 7;
/// `CLIENT_PROTOCOL_41`.
pub const PROTOCOL_41: u32 = 1 << 9;
/// `CLIENT_RESERVED2`, once called `CLIENT_SECURE_CONNECTION`.
pub const SECURE: u32 = 1 << 15;
/// `CLIENT_MULTI_STATEMENTS`.
pub const MULTI_STATEMENTS: u32 = 1 << 16;
/// `CLIENT_PLUGIN_AUTH`.
pub const PLUGIN_AUTH: u32 = 1 << 19;
/// `CLIENT_CONNECT_ATTRS`.
pub const ATTRIBUTES: u32 = 1 << 20;
/// `CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA`.
pub const LENENC_AUTH: u32 = 1 << 21;
/// `CLIENT_SESSION_TRACK`.
pub const SESSION_TRACK: u32 = 1 << 23;
/// `CLIENT_DEPRECATE_EOF`.
pub const DEPRECATE_EOF: u32 = 1 << 24;
/// `CLIENT_OPTIONAL_RESULTSET_METADATA`.
pub const OPTIONAL_METADATA: u32 = 1 << 25;
/// `CLIENT_QUERY_ATTRIBUTES`.
pub const QUERY_ATTRIBUTES: u32 = 1 << 27;

/// Lines of servers that answer alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// MariaDB.
    MariaDb,
    /// MySQL 8.
    MySql8,
    /// MySQL 5.7 and older.
    MySql5,
}

/// How accounts prove themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plugin {
    /// SHA-1, twice.
    Native,
    /// SHA-256 with a cache in the server.
    CachingSha2,
    /// SHA-256 without one.
    Sha256,
}

impl Plugin {
    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Native => "mysql_native_password",
            Self::CachingSha2 => "caching_sha2_password",
            Self::Sha256 => "sha256_password",
        }
    }
}

/// A server of one version.
#[derive(Clone, Debug)]
pub struct Product {
    /// Its line.
    pub family: Family,
    /// What `version()` says, as `10.11.6-MariaDB-0+deb12u1`.
    pub version: String,
    /// Major, minor and patch number.
    pub number: (u16, u16, u16),
    /// `@@version_comment`.
    pub comment: &'static str,
    /// Character set that the configuration of the distribution names, by its number.
    pub charset: u8,
    /// Whether the package is Debian's or a descendant of it.
    pub debian: bool,
}

impl Product {
    /// The server of `version`, as `system` (the name of the distribution in banners) packs it;
    /// `None` when that is no version.
    pub fn new(name: ProductName, version: &str, system: &str) -> Option<Self> {
        let number = number(version)?;
        let version = version.to_owned();
        let maria = version.to_ascii_lowercase().contains("mariadb") || number.0 >= 10;
        let family = match number {
            _ if maria || name == ProductName::Mariadb => Family::MariaDb,
            (0..=5, ..) => Family::MySql5,
            _ => Family::MySql8,
        };
        let version = if family == Family::MariaDb && !maria_marked(&version) {
            format!("{version}-MariaDB")
        } else {
            version
        };
        let debian = version.contains("deb") || version.contains("ubuntu") || system == "Debian";
        let charset = match family {
            Family::MySql8 => 255,
            Family::MariaDb if debian => 45,
            Family::MariaDb | Family::MySql5 => 8,
        };
        Some(Self { family, comment: comment(family, &version, system), version, number, charset, debian })
    }

    /// Whether TLS is set up without anybody asking for it.
    pub fn has_tls(&self) -> bool {
        match self.family {
            Family::MySql8 => true,
            Family::MySql5 => self.number >= (5, 7, 5),
            Family::MariaDb => false,
        }
    }

    /// What the server can do: the capabilities of the greeting.
    pub fn capabilities(&self) -> u32 {
        let always = match self.family {
            // Without bit 0, by which clients tell MariaDB.
            Family::MariaDb => 0x81ff_f7fe,
            Family::MySql5 if self.number < (5, 7, 5) => 0x80ff_f7ff,
            Family::MySql5 => 0x81ff_f7ff,
            Family::MySql8 => match self.number {
                (8, 0, 0..=17) => 0x83ff_f7ff,
                (8, 0, 18..=22) => 0x87ff_f7ff,
                (8, 0, 23..=26) => 0x8fff_f7ff,
                _ => 0x9fff_f7ff,
            },
        };
        // `CLIENT_SSL_VERIFY_SERVER_CERT` comes with TLS.
        if self.has_tls() { always | SSL | 1 << 30 } else { always }
    }

    /// Capabilities of MariaDB's own, in what is filler elsewhere.
    pub fn extended_capabilities(&self) -> u32 {
        match (self.family, self.number) {
            (Family::MariaDb, (10, 0..=1, _)) => 0x01,
            (Family::MariaDb, (10, 2..=4, _)) => 0x07,
            (Family::MariaDb, (10, 5, _)) => 0x0d,
            (Family::MariaDb, _) => 0x1d,
            _ => 0,
        }
    }

    /// The version in the greeting: MariaDB before 11 hides behind one that old replicas know.
    pub fn greeting_version(&self) -> String {
        if self.family == Family::MariaDb && (10..11).contains(&self.number.0) {
            format!("5.5.5-{}", self.version)
        } else {
            self.version.clone()
        }
    }

    /// The plugin that the greeting names.
    pub const fn default_plugin(&self) -> Plugin {
        match self.family {
            Family::MySql8 => Plugin::CachingSha2,
            Family::MariaDb | Family::MySql5 => Plugin::Native,
        }
    }

    /// The name in its messages.
    pub const fn name(&self) -> &'static str {
        match self.family {
            Family::MariaDb => "MariaDB",
            Family::MySql8 | Family::MySql5 => "MySQL",
        }
    }

    /// Longest statement that it takes: `max_allowed_packet`.
    pub const fn longest_packet(&self) -> usize {
        match self.family {
            Family::MariaDb => 16 << 20,
            Family::MySql8 => 64 << 20,
            Family::MySql5 => 4 << 20,
        }
    }
}

fn maria_marked(version: &str) -> bool {
    version.to_ascii_lowercase().contains("mariadb")
}

/// The three numbers that a version begins with.
fn number(version: &str) -> Option<(u16, u16, u16)> {
    let mut parts = version.splitn(3, '.').map(|part| {
        let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        part.get(..end)?.parse::<u16>().ok()
    });
    Some((parts.next()??, parts.next()??, parts.next().flatten().unwrap_or(0)))
}

fn comment(family: Family, version: &str, system: &str) -> &'static str {
    match family {
        Family::MariaDb if version.contains("deb12") => "Debian 12",
        Family::MariaDb if version.contains("deb11") => "Debian 11",
        Family::MariaDb if version.contains("ubuntu0.22.04") => "Ubuntu 22.04",
        Family::MariaDb if version.contains("ubuntu0.20.04") => "Ubuntu 20.04",
        Family::MariaDb => match system {
            "Debian" => "Debian n/a",
            "Unix" => "Arch Linux",
            _ => "MariaDB Server",
        },
        Family::MySql8 if version.contains("ubuntu") => "(Ubuntu)",
        Family::MySql5 if version.contains("ubuntu") => "(Ubuntu)",
        Family::MySql8 if system.contains("Linux") => "Source distribution",
        Family::MySql8 | Family::MySql5 => "MySQL Community Server - GPL",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_pick_the_server() {
        let check = |name, version: &str, family, greeting: &str| {
            let product = Product::new(name, version, "Debian").unwrap();
            assert_eq!((product.family, product.greeting_version().as_str()), (family, greeting));
        };
        let debian = "10.11.6-MariaDB-0+deb12u1";
        check(ProductName::Mariadb, debian, Family::MariaDb, "5.5.5-10.11.6-MariaDB-0+deb12u1");
        check(ProductName::Mysql, "10.11.6", Family::MariaDb, "5.5.5-10.11.6-MariaDB");
        check(ProductName::Mysql, "5.7.38-log", Family::MySql5, "5.7.38-log");
        check(ProductName::Mysql, "8.0.40-0ubuntu0.22.04.1", Family::MySql8, "8.0.40-0ubuntu0.22.04.1");
        check(ProductName::Mariadb, "11.4.3-MariaDB-1", Family::MariaDb, "11.4.3-MariaDB-1");
        assert!(Product::new(ProductName::Mysql, "mysql", "").is_none());
    }
}
