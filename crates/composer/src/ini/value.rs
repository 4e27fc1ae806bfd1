//! Single values: text to something better, or a sentence that says what would be right.

use std::net::Ipv4Addr;

use decnet_proto::service::ValueRule;
use ipnet::Ipv4Net;

/// Longest value of a persona key in bytes.
const MAX_TEXT: usize = 8 * 1024;

/// What a value looks like in a message: quoted, and cut when it is long.
pub(crate) fn quoted(value: &str) -> String {
    match value.char_indices().nth(60) {
        Some((end, _)) => format!("{:?}…", value.get(..end).unwrap_or_default()),
        None => format!("{value:?}"),
    }
}

/// An address.
pub(super) fn address(value: &str) -> Result<Ipv4Addr, String> {
    value.parse().map_err(|_| format!("{} is no IPv4 address; write one as 10.44.0.20", quoted(value)))
}

/// A subnet that has room for deckies.
pub(crate) fn subnet(value: &str) -> Result<Ipv4Net, String> {
    let net: Ipv4Net =
        value.parse().map_err(|_| format!("{} is no subnet; write one as 10.44.0.0/24", quoted(value)))?;
    if net != net.trunc() {
        return Err(format!("{} is an address in a subnet; the subnet is {}", quoted(value), net.trunc()));
    }
    if !(8..=30).contains(&net.prefix_len()) {
        return Err(format!(
            "{} is no subnet to put deckies in; the prefix must be from 8 to 30",
            quoted(value)
        ));
    }
    Ok(net)
}

/// The name of a network interface, as the kernel allows them.
pub(crate) fn interface(value: &str) -> Result<String, String> {
    let valid = (1..=15).contains(&value.len())
        && value.bytes().all(|b| b.is_ascii_graphic() && b != b'/' && b != b':')
        && value != "."
        && value != "..";
    valid.then(|| value.to_owned()).ok_or_else(|| {
        format!("{} is no interface name; it has 1 to 15 letters, digits or signs, as eth0", quoted(value))
    })
}

/// A yes or no.
pub(super) fn yes_no(value: &str) -> Result<bool, String> {
    match value.to_lowercase().as_str() {
        "yes" | "true" | "on" | "1" => Ok(true),
        "no" | "false" | "off" | "0" => Ok(false),
        _ => Err(format!("{} is neither yes nor no", quoted(value))),
    }
}

/// A number from `first` to `last`.
pub(super) fn number(value: &str, first: u32, last: u32) -> Result<u32, String> {
    let number = value.parse().ok().filter(|number| (first..=last).contains(number));
    number.ok_or_else(|| format!("{} is no whole number from {first} to {last}", quoted(value)))
}

/// The parts of a list that commas or lines separate, empty ones left out.
pub(crate) fn list(value: &str) -> impl Iterator<Item = &str> {
    value.split([',', '\n']).map(str::trim).filter(|part| !part.is_empty())
}

/// Checks the value of a persona key.
pub(super) fn check(rule: ValueRule, value: &str) -> Result<(), String> {
    if value.is_empty() {
        return Err("the value is empty; leave the key out for the default".to_owned());
    }
    if value.len() > MAX_TEXT {
        return Err(format!("the value has {} bytes; {MAX_TEXT} are allowed", value.len()));
    }
    match rule {
        ValueRule::Text | ValueRule::Folder | ValueRule::File => one_line(value),
        ValueRule::Number(first, last) => number(value, first, last).map(drop),
        ValueRule::Version => version(value),
        ValueRule::HostName => host_name(value),
        ValueRule::OneOf(words) => one_of(value, words),
        ValueRule::JsonObject => json_object(value),
    }
}

fn one_line(value: &str) -> Result<(), String> {
    if value.contains('\n') {
        return Err(format!(
            "{} has several lines, one is allowed; a line that is indented deeper than its key continues the value",
            quoted(value)
        ));
    }
    Ok(())
}

/// A label of a domain name (RFC 1123, section 2.1).
fn host_name(value: &str) -> Result<(), String> {
    let valid = (1..=63).contains(&value.len())
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !value.starts_with('-')
        && !value.ends_with('-');
    if valid {
        return Ok(());
    }
    Err(format!("{} is no host name; it has 1 to 63 letters, digits and hyphens between them", quoted(value)))
}

fn version(value: &str) -> Result<(), String> {
    let number = |part: &str| (1..=5).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let valid = (2..=3).contains(&value.split('.').count()) && value.split('.').all(number);
    valid.then_some(()).ok_or_else(|| format!("{} is no version; write one as 6.2.14", quoted(value)))
}

fn one_of(value: &str, words: &[&str]) -> Result<(), String> {
    if words.contains(&value) {
        return Ok(());
    }
    Err(format!("{} is not allowed; allowed are {}", quoted(value), words.join(", ")))
}

fn json_object(value: &str) -> Result<(), String> {
    serde_json::from_str::<std::collections::BTreeMap<String, String>>(value).map(drop).map_err(|error| {
        format!(
            "{} is no JSON object of strings, as {{\"X-Frame-Options\": \"DENY\"}}: {error} (a comment begins at \" ;\" or \" #\")",
            quoted(value)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_subnet(value: &str, expect: Result<&str, &str>) {
        let got = subnet(value).map(|net| net.to_string());
        assert_eq!(got.as_deref().map_err(String::as_str), expect);
    }

    #[test]
    fn subnets() {
        check_subnet("10.44.0.0/24", Ok("10.44.0.0/24"));
        check_subnet(
            "10.44.0.9/24",
            Err("\"10.44.0.9/24\" is an address in a subnet; the subnet is 10.44.0.0/24"),
        );
        check_subnet("10.44.0.0", Err("\"10.44.0.0\" is no subnet; write one as 10.44.0.0/24"));
        check_subnet(
            "10.44.0.0/31",
            Err("\"10.44.0.0/31\" is no subnet to put deckies in; the prefix must be from 8 to 30"),
        );
    }

    fn check_rule(rule: ValueRule, value: &str, allowed: bool) {
        assert_eq!(check(rule, value).is_ok(), allowed, "{rule:?} {value:?}");
    }

    #[test]
    fn persona_values() {
        check_rule(ValueRule::Text, "220 ready", true);
        check_rule(ValueRule::Text, "", false);
        check_rule(ValueRule::Text, "a\nb", false);
        check_rule(ValueRule::Text, &"x".repeat(MAX_TEXT + 1), false);
        check_rule(ValueRule::Number(200, 599), "404", true);
        check_rule(ValueRule::Number(200, 599), "99", false);
        check_rule(ValueRule::Number(200, 599), "4o4", false);
        check_rule(ValueRule::HostName, "bastion-01", true);
        check_rule(ValueRule::HostName, "bastion.lan", false);
        check_rule(ValueRule::HostName, "-x", false);
        check_rule(ValueRule::Version, "6.2.14", true);
        check_rule(ValueRule::Version, "7.2", true);
        check_rule(ValueRule::Version, "7", false);
        check_rule(ValueRule::Version, "5.0.14.1", false);
        check_rule(ValueRule::Version, "7.0.x", false);
        check_rule(ValueRule::OneOf(&["a", "b"]), "b", true);
        check_rule(ValueRule::OneOf(&["a", "b"]), "c", false);
        check_rule(ValueRule::JsonObject, "{\"a\": \"b\"}", true);
        check_rule(ValueRule::JsonObject, "{\n\"a\": \"b\"\n}", true);
        check_rule(ValueRule::JsonObject, "{\"a\": 1}", false);
        check_rule(ValueRule::JsonObject, "[]", false);
    }

    #[test]
    fn long_values_are_cut_in_messages() {
        assert_eq!(quoted(&"é".repeat(100)).chars().count(), 63);
    }

    #[test]
    fn interfaces() {
        for (name, valid) in
            [("eth0", true), ("", false), ("a/b", false), ("sixteen-letters-", false), ("br 0", false)]
        {
            assert_eq!(interface(name).is_ok(), valid, "{name:?}");
        }
    }
}
