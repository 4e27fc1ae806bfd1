//! The URL of a database.
//!
//! `postgres://user:password@host:port/database?schema=name&sslrootcert=/ca.pem&password-file=/file`, or
//! `mariadb://…`, which MySQL's is too. On this machine a socket may stand in place of the host: the folder that
//! it is in for PostgreSQL, which names it so (`?host=/run/postgresql`), itself for MariaDB
//! (`?socket=/run/mysqld/mysqld.sock`).

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    str::FromStr,
};

use thiserror::Error;
use zeroize::Zeroizing;

use super::{kind::Kind, password::Password, text::decode};
use crate::RecordError;

/// Longest URL, in bytes.
const LONGEST: usize = 2048;

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// A Unix socket: its folder for PostgreSQL, itself for MariaDB.
    Socket(PathBuf),
    /// Name of a machine, as its certificate says it, and its address once it is known: no name is looked up.
    Machine(String, Option<IpAddr>),
}

impl Host {
    /// A machine, whose address is known if that is its name.
    fn machine(name: String) -> Self {
        let loopback = (name == "localhost").then_some(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let address = name.parse().ok().or(loopback);
        Self::Machine(name, address)
    }

    /// Whether nobody can listen on the way to it.
    fn is_near(&self) -> bool {
        match self {
            Self::Socket(_) => true,
            Self::Machine(_, address) => address.is_some_and(|address| address.is_loopback()),
        }
    }
}

/// A database of a server, and how to get to it. Nothing shows the password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    pub(crate) kind: Kind,
    pub(crate) host: Host,
    pub(crate) port: u16,
    pub(crate) user: String,
    password: Option<Password>,
    pub(crate) database: String,
    /// The schema, where it is not the first that PostgreSQL looks into.
    pub(crate) schema: Option<String>,
    /// Certificates of those who may vouch for the server, PEM: TLS is spoken.
    pub(crate) roots: Option<PathBuf>,
}

/// Why a URL of a database is none. It does not repeat the URL, in which a password may be.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum UrlError {
    /// It begins with something else.
    #[error("a database's URL begins with postgres:// or mariadb:// (or mysql://)")]
    Scheme,
    /// A part of it is wrong.
    #[error("in a database's URL {part} should be {rule}")]
    Part {
        /// Which part.
        part: &'static str,
        /// What is right.
        rule: &'static str,
    },
    /// There is a setting that is not known. It is not repeated: it may be the rest of a password.
    #[error("in a database's URL there is a setting that is not known; there are {0}")]
    Setting(&'static str),
    /// The host has a name only.
    #[error("no name is looked up for a database: give the address of the host, or add ?hostaddr=<address>")]
    Name,
    /// What is sent could be read on the way.
    #[error(
        "a database on another machine wants TLS: add ?sslrootcert=<file> with who vouches for its certificate"
    )]
    Plain,
}

const fn wrong(part: &'static str, rule: &'static str) -> UrlError {
    UrlError::Part { part, rule }
}

impl DatabaseUrl {
    /// The password, where one is given.
    pub(crate) fn password(&self) -> Result<Option<Zeroizing<String>>, RecordError> {
        self.password.as_ref().map(Password::read).transpose()
    }

    fn set(&mut self, setting: &str, value: &str) -> Result<(), UrlError> {
        let value = decode(value).filter(|value| !value.is_empty());
        let value = value.ok_or(wrong("each setting", "name=value, with % for what is no letter"))?;
        match (setting, self.kind) {
            ("host", Kind::Postgres) | ("socket", Kind::MariaDb) => {
                self.host = Host::Socket(absolute(&value)?)
            }
            ("hostaddr", _) => {
                let address = value.parse().map_err(|_| wrong("hostaddr", "an address"))?;
                if let Host::Machine(_, its) = &mut self.host {
                    *its = Some(address);
                }
            }
            ("schema", Kind::Postgres) => self.schema = Some(name(&value)?),
            ("sslrootcert", _) => self.roots = Some(absolute(&value)?),
            ("password-file", _) => self.password = Some(Password::InFile(absolute(&value)?)),
            (_, kind) => return Err(UrlError::Setting(kind.settings())),
        }
        Ok(())
    }
}

impl FromStr for DatabaseUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        if text.len() > LONGEST {
            return Err(wrong("everything", "at most 2048 bytes long"));
        }
        let (scheme, rest) = text.split_once("://").ok_or(UrlError::Scheme)?;
        let kind = Kind::of(scheme)?;
        let (rest, settings) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (login, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = match login.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (login, None),
        };
        let (host, port) = machine(host, kind.port())?;
        let text = |part, text: &str| decode(text).ok_or(wrong(part, "text, with % for what is no letter"));
        let given = password.map(|password| text("the password", password)).transpose()?;
        let mut url = Self {
            kind,
            host: Host::machine(host),
            port,
            user: text("the user", user)?,
            password: given.map(|given| Password::Given(Zeroizing::new(given))),
            database: text("the database", database)?,
            schema: None,
            roots: None,
        };
        for setting in settings.split('&').filter(|setting| !setting.is_empty()) {
            let (setting, value) = setting.split_once('=').unwrap_or((setting, ""));
            url.set(setting, value)?;
        }
        for (part, text) in [("the user", &url.user), ("the database", &url.database)] {
            if text.is_empty() || text.len() > 64 {
                return Err(wrong(part, "there, and at most 64 bytes long"));
            }
        }
        match url.host {
            Host::Machine(_, None) => Err(UrlError::Name),
            _ if !url.host.is_near() && url.roots.is_none() => Err(UrlError::Plain),
            _ => Ok(url),
        }
    }
}

/// Host and port; nothing stands for loopback.
fn machine(text: &str, port: u16) -> Result<(String, u16), UrlError> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            let number = port.parse().ok().filter(|port| *port > 0);
            (host, number.ok_or(wrong("the port", "a number from 1 to 65535"))?)
        }
        _ => (text, port),
    };
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_right = match bare {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)),
    };
    if !is_right || host.len() > 253 {
        return Err(wrong("the host", "a name, an address of IPv4, or one of IPv6 in brackets"));
    }
    Ok((if host.is_empty() { "127.0.0.1" } else { bare.unwrap_or(host) }.to_owned(), port))
}

fn absolute(text: &str) -> Result<PathBuf, UrlError> {
    Some(PathBuf::from(text)).filter(|path| path.is_absolute()).ok_or(wrong("a file", "an absolute path"))
}

/// A name that needs no quotes.
fn name(text: &str) -> Result<String, UrlError> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if text.len() <= 63 && !text.starts_with(|first: char| first.is_ascii_digit()) && text.bytes().all(plain)
    {
        return Ok(text.to_owned());
    }
    Err(wrong("the schema", "small letters, digits and _ (at most 63, no digit first)"))
}

/// As errors name it: without what is secret, and without settings.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, user, port, database, .. } = self;
        let scheme = kind.scheme();
        match &self.host {
            Host::Socket(path) => write!(f, "{scheme}://{user}@{}/{database}", path.display())?,
            Host::Machine(host, _) if host.contains(':') => {
                write!(f, "{scheme}://{user}@[{host}]:{port}/{database}")?;
            }
            Host::Machine(host, _) => write!(f, "{scheme}://{user}@{host}:{port}/{database}")?,
        }
        self.schema.as_ref().map_or(Ok(()), |schema| write!(f, "?schema={schema}"))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Result<&str, UrlError>) {
        let parsed = text.parse::<DatabaseUrl>().map(|url| url.to_string());
        assert_eq!(parsed, expect.map(str::to_owned), "{text}");
    }

    #[test]
    fn urls_say_where_the_database_is() {
        check("postgres://decnet:geheim@127.0.0.1/record", Ok("postgres://decnet@127.0.0.1:5432/record"));
        check("postgresql://a@localhost:99/b?schema=c_1", Ok("postgres://a@localhost:99/b?schema=c_1"));
        check("postgres://a@[::1]/b", Ok("postgres://a@[::1]:5432/b"));
        check("postgres://a@/b?host=/run/postgresql", Ok("postgres://a@/run/postgresql/b"));
        check("postgres://a@10.0.0.1/b?sslrootcert=/ca.pem", Ok("postgres://a@10.0.0.1:5432/b"));
        let named = "postgres://a@db.example/b?hostaddr=10.0.0.1&sslrootcert=/ca.pem";
        check(named, Ok("postgres://a@db.example:5432/b"));
        check("postgres://a@:99/b?password-file=/p", Ok("postgres://a@127.0.0.1:99/b"));
        check("postgres://%C3%BC:%40@127.0.0.1/b", Ok("postgres://ü@127.0.0.1:5432/b"));
        check("mariadb://decnet:geheim@127.0.0.1/record", Ok("mariadb://decnet@127.0.0.1:3306/record"));
        check("mysql://a@/b?socket=/run/my.sock&password-file=/p", Ok("mariadb://a@/run/my.sock/b"));
        check("mysql://a@[::1]:3307/b", Ok("mariadb://a@[::1]:3307/b"));
        let named = "mariadb://a@db.example/b?hostaddr=10.0.0.1&sslrootcert=/ca.pem";
        check(named, Ok("mariadb://a@db.example:3306/b"));
    }

    #[test]
    fn what_is_wrong_is_told() {
        check("sqlite://x", Err(UrlError::Scheme));
        check("/var/lib/x.db", Err(UrlError::Scheme));
        check("postgres://a@10.0.0.1/b", Err(UrlError::Plain));
        check("postgres://a@127.0.0.1.example/b", Err(UrlError::Name));
        check("postgres://a@db.example/b?sslrootcert=/ca.pem", Err(UrlError::Name));
        check("postgres://a@db.example/b?hostaddr=10.0.0.1", Err(UrlError::Plain));
        check("postgres://a@localhost/b?hostaddr=10.0.0.1", Err(UrlError::Plain));
        check("maria://a@127.0.0.1/b", Err(UrlError::Scheme));
        check("mariadb://a@10.0.0.1/b", Err(UrlError::Plain));
        check("mariadb://a@db.example/b?sslrootcert=/ca.pem", Err(UrlError::Name));
        check("postgres://a@/b?x=1", Err(UrlError::Setting(Kind::Postgres.settings())));
        check("postgres://a@/b?socket=/x", Err(UrlError::Setting(Kind::Postgres.settings())));
        for other in ["host=/run", "schema=b", "x=1"] {
            let text = format!("mariadb://a@/b?{other}");
            check(&text, Err(UrlError::Setting(Kind::MariaDb.settings())));
        }
        let parts = [
            ("postgres://127.0.0.1/b", "the user"),
            ("postgres://a@127.0.0.1", "the database"),
            ("postgres://a@127.0.0.1:0/b", "the port"),
            ("postgres://a@127.0.0.1:65536/b", "the port"),
            ("postgres://a@[::x]/b", "the host"),
            ("postgres://a@b c/d", "the host"),
            ("postgres://a:%@/b", "the password"),
            ("postgres://a@/b?host=run", "a file"),
            ("postgres://a@/b?hostaddr=x", "hostaddr"),
            ("postgres://a@/b?schema=A;", "the schema"),
            ("postgres://a@/b?host", "each setting"),
        ];
        for (text, part) in parts {
            let Err(UrlError::Part { part: told, .. }) = text.parse::<DatabaseUrl>() else {
                panic!("{text}")
            };
            assert_eq!(told, part, "{text}");
        }
    }

    #[test]
    fn a_password_is_in_nothing_that_is_shown() {
        let url: DatabaseUrl = "postgres://a:ge%68eim@127.0.0.1/b".parse().unwrap();
        assert_eq!(url.password().unwrap().unwrap().as_str(), "geheim");
        let shown = format!(
            "{url} {url:?} {:?}",
            super::super::Database::Server { url: url.clone(), ledger: "/x".into() }
        );
        assert!(!shown.contains("geheim"), "{shown}");
        for wrong in [
            "postgres://a:geheim@b c/d",
            "postgres://a:geheim@10.0.0.1/b",
            "x://a:geheim@b/c",
            "postgres://a:?geheim@/b",
            "mysql://a:geheim@10.0.0.1/b",
            "mariadb://a:?geheim@/b",
        ] {
            let error = wrong.parse::<DatabaseUrl>().unwrap_err();
            assert!(!format!("{error} {error:?}").contains("geheim"), "{error:?}");
        }
    }

    #[test]
    fn a_password_may_be_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        let url: DatabaseUrl = format!("postgres://a@/b?password-file={}", path.display()).parse().unwrap();
        let error = url.password().unwrap_err();
        assert!(matches!(error, RecordError::Password { .. }), "{error:?}");
        std::fs::write(&path, "geheim\r\n").unwrap();
        assert_eq!(url.password().unwrap().unwrap().as_str(), "geheim");
    }

    proptest! {
        #[test]
        fn any_text_is_taken_or_refused(text in "(postgres|mariadb|x)://[a:%4@/?=&.\\[\\]é-]{0,30}") {
            let _ = text.parse::<DatabaseUrl>();
        }
    }
}
