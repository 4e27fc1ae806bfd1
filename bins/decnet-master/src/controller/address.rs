//! Where workers reach a controller, as somebody says it.

/// `host:port` of a controller for its workers, with `usual` for the port if none is given.
pub(crate) fn worker_address(text: &str, usual: u16) -> Result<String, &'static str> {
    const RULE: &str = "it must be a host name or an address, with :PORT behind it if need be";
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._[]:".contains(&b);
    if text.is_empty() || text.len() > 256 || !text.bytes().all(plain) {
        return Err(RULE);
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse::<u16>().map_err(|_| RULE)?),
        _ => (text, usual),
    };
    let is_bare_v6 = host.contains(':') && !(host.starts_with('[') && host.ends_with(']'));
    if host.is_empty() || port == 0 || is_bare_v6 {
        return Err(RULE);
    }
    Ok(format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::worker_address;

    #[test]
    fn a_controller_has_a_host_and_a_port() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(worker_address(text, 8771).ok().as_deref(), expect, "{text}");
        };
        check("master.example", Some("master.example:8771"));
        check("10.0.0.1:99", Some("10.0.0.1:99"));
        check("[fd00::1]", Some("[fd00::1]:8771"));
        check("[fd00::1]:99", Some("[fd00::1]:99"));
        for refused in ["", ":1", "fd00::1", "a:0", "a:x", "https://a", "a b", "a/b"] {
            check(refused, None);
        }
    }
}
