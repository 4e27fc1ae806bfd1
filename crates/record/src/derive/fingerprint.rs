//! By what clients can be told from each other.

use std::collections::BTreeMap;

use decnet_event::wire::Record;

use super::{
    finding::{Fingerprint, payload},
    identity::identify,
};

/// Attributes of a MySQL client that differ from one connection to the next.
const OF_ONE_CONNECTION: [&str; 3] = ["_pid", "_thread", "_server_host"];

/// Every fingerprint that an event shows.
pub(super) fn fingerprints(record: &Record<'_>) -> Vec<Fingerprint> {
    let more = |name| (name, record.field(name));
    let one = |kind, value, members: &[_]| fingerprint(kind, record.field(value), members);
    match record.msg_id {
        "request" => {
            one("http_useragent", "user_agent", &[more("method"), more("path")]).into_iter().collect()
        }
        "ssh_client" => {
            let algorithms = ("algorithms", record.field("hassh_algorithms"));
            let banner = one("ssh_client_banner", "identification", &[]);
            banner.into_iter().chain(one("hassh", "hassh", &[algorithms])).collect()
        }
        "client_attributes" => mysql(record).into_iter().collect(),
        "telnet_client" => telnet(record).into_iter().collect(),
        "version" => one("vnc_client_version", "client_version", &[]).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn fingerprint(
    kind: &'static str,
    value: Option<&[u8]>,
    members: &[(&'static str, Option<&[u8]>)],
) -> Option<Fingerprint> {
    let value = value.filter(|value| !value.is_empty())?;
    let mut all = vec![("fingerprint_type", Some(kind.as_bytes())), ("value", Some(value))];
    all.extend(members);
    Some(Fingerprint { digest: identify(&[kind.as_bytes(), value]), payload: payload(&all) })
}

/// A MySQL client, by what it can do and what its library says of itself.
fn mysql(record: &Record<'_>) -> Option<Fingerprint> {
    let attributes = record.field("attributes").map(lasting);
    let parts = ["capabilities", "charset", "plugin"].map(|name| record.field(name).unwrap_or_default());
    let value = [parts.join(&b' '), attributes.unwrap_or_default()].join(&b' ');
    let members = ["capabilities", "charset", "plugin", "database"].map(|name| (name, record.field(name)));
    fingerprint("mysql_client", Some(value.trim_ascii()), &members)
}

/// Attributes without those of the one connection; what is no object of texts is left as it is.
fn lasting(attributes: &[u8]) -> Vec<u8> {
    let object = serde_json::from_slice::<BTreeMap<String, String>>(attributes);
    let Ok(mut object) = object else { return attributes.to_vec() };
    object.retain(|name, _| !OF_ONE_CONNECTION.contains(&name.as_str()));
    if object.is_empty() { Vec::new() } else { serde_json::to_vec(&object).unwrap_or_default() }
}

/// A telnet client, by the options that it sent and its terminal.
fn telnet(record: &Record<'_>) -> Option<Fingerprint> {
    let parts = ["options", "terminal"].map(|name| record.field(name).unwrap_or_default());
    let value = parts.join(&b' ');
    let members = ["options", "terminal"].map(|name| (name, record.field(name)));
    fingerprint("telnet_client", Some(value.trim_ascii()), &members)
}
