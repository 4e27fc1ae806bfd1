//! Where a controller is.

use std::{fmt, net::IpAddr};

use decnet_proto::swarm::OPERATOR_PORT;

use super::Setting;

/// Address of a controller: plain HTTP on loopback, TLS anywhere else. Others could read the
/// operator's token otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControllerUrl {
    /// Whether it is spoken to by TLS.
    pub is_tls: bool,
    /// `host:port`.
    pub address: String,
}

/// Name or address of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostAddress(String);

impl HostAddress {
    /// As it is looked up: an IPv6 address without its brackets.
    pub fn as_str(&self) -> &str {
        self.0.trim_start_matches('[').trim_end_matches(']')
    }
}

impl fmt::Display for HostAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Setting for HostAddress {
    const RULE: &'static str = "the name or address of a host";

    fn parse(text: &str) -> Option<Self> {
        (text.len() <= LONGEST && is_host(text)).then(|| Self(text.to_owned()))
    }
}

/// Longest URL, in bytes.
const LONGEST: usize = 300;

impl Setting for ControllerUrl {
    const RULE: &'static str = "http://127.0.0.1:8770 or another port of loopback, or https://<host>:<port>";

    fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let is_tls = match scheme {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse::<u16>().ok()?),
            _ => (rest, OPERATOR_PORT),
        };
        let is_fine = port > 0 && text.len() <= LONGEST && is_host(host) && (is_tls || is_loopback(host));
        is_fine.then(|| Self { is_tls, address: format!("{host}:{port}") })
    }
}

impl fmt::Display for ControllerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.is_tls { "https" } else { "http" }, self.address)
    }
}

/// A name, an IPv4 address, or an IPv6 address in brackets.
fn is_host(host: &str) -> bool {
    match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(v6) => v6.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)),
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_loopback_only() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(ControllerUrl::parse(text).map(|url| url.to_string()).as_deref(), expect, "{text}");
        };
        check("http://127.0.0.1:8770", Some("http://127.0.0.1:8770"));
        check("http://localhost", Some("http://localhost:8770"));
        check("http://[::1]:99/", Some("http://[::1]:99"));
        check("https://master.example", Some("https://master.example:8770"));
        check("https://[fd00::1]", Some("https://[fd00::1]:8770"));
        check("https://10.0.0.1:9000", Some("https://10.0.0.1:9000"));
        for refused in [
            "",
            "127.0.0.1:8770",
            "ftp://127.0.0.1",
            "http://10.0.0.1:8770",
            "http://master.example",
            "http://127.0.0.1.example",
            "https://fd00::1",
            "https://",
            "https://a:0",
            "https://a:65536",
            "https://user@a",
            "https://a/path",
            "https://[x]",
        ] {
            check(refused, None);
        }
        check(&format!("https://{}", "a".repeat(LONGEST)), None);
    }
}
