//! An alert as it is: one object whose names are in the order of the alphabet.

use std::collections::BTreeMap;

use decnet_proto::alert::{Alert, RuleKind};
use serde::Serialize;

/// Version of the object.
const VERSION: u32 = 1;

/// Its members, in their order.
#[derive(Serialize)]
struct Body<'a> {
    attacker_ip: Option<&'a str>,
    decky: Option<&'a str>,
    details: &'a BTreeMap<String, String>,
    event_id: Option<i64>,
    id: String,
    rule: RuleKind,
    service: Option<&'a str>,
    time: &'a str,
    title: &'a str,
    v: u32,
    worker: Option<&'a str>,
}

pub(crate) fn body(alert: &Alert) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&Body {
        attacker_ip: alert.attacker_ip.as_deref(),
        decky: alert.decky.as_deref(),
        details: &alert.details,
        event_id: alert.event_id,
        id: alert.id.to_string(),
        rule: alert.rule,
        service: alert.service.as_deref(),
        time: &alert.time,
        title: &alert.title,
        v: VERSION,
        worker: alert.worker.as_deref(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::hostile;
    use super::*;

    #[test]
    fn names_are_in_order() {
        let expect = concat!(
            r#"{"attacker_ip":"203.0.113.9","decky":"<!channel>","details":{"detail":"*a* [x](https://evil.example) & \"b\""},"#,
            r#""event_id":42,"id":"00000000-0000-0000-0000-000000000007","rule":"credential","service":"ssh","#,
            r#""time":"2025-11-26T10:47:13.987654+00:00","title":"203.0.113.9 showed credentials to <!channel> (ssh)","v":1,"worker":null}"#
        );
        assert_eq!(String::from_utf8(body(&hostile()).unwrap()).unwrap(), expect);
    }
}
