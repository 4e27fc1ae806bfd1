//! An alert as a message of Slack. What an attacker chose is plain text in it: no link, no mention, no format.

use decnet_proto::alert::Alert;
use serde_json::{Value, json};

use super::{cut, facts};

/// Most characters of a header, of a field, and most fields, as Slack has them.
const HEADER: usize = 150;
const FIELD: usize = 2000;
const FIELDS: usize = 10;

pub(crate) fn body(alert: &Alert) -> serde_json::Result<Vec<u8>> {
    let plain = |text: &str| json!({"type": "plain_text", "text": text, "emoji": false});
    let facts = facts(alert);
    let sections = facts.chunks(FIELDS).map(|facts| {
        let fields: Vec<Value> =
            facts.iter().map(|(name, text)| plain(&cut(&format!("{name}: {text}"), FIELD))).collect();
        json!({"type": "section", "fields": fields})
    });
    let header = json!({"type": "header", "text": plain(&cut(&alert.title, HEADER))});
    let blocks: Vec<Value> = std::iter::once(header).chain(sections).collect();
    serde_json::to_vec(&json!({"text": escape(&alert.title), "blocks": blocks}))
}

/// The text of a notification is the one place where Slack looks for what it calls control sequences.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::tests::hostile;
    use super::*;

    #[test]
    fn what_an_attacker_chose_stays_text() {
        let body: Value = serde_json::from_slice(&body(&hostile()).unwrap()).unwrap();
        assert_eq!(body["text"], "203.0.113.9 showed credentials to &lt;!channel&gt; (ssh)");
        assert_eq!(body["blocks"][0]["type"], "header");
        let fields = body["blocks"][1]["fields"].as_array().unwrap();
        assert!(fields.iter().all(|field| field["type"] == "plain_text"));
        assert!(fields.iter().any(|field| field["text"] == "decky: <!channel>"));
        let long = Alert { title: "x".repeat(500), ..hostile() };
        let body: Value = serde_json::from_slice(&super::body(&long).unwrap()).unwrap();
        assert_eq!(body["blocks"][0]["text"]["text"].as_str().unwrap().chars().count(), HEADER);
    }
}
