//! Alerts as each sort of receiver reads them. Pure.

pub(crate) mod json;
pub(crate) mod mail;
pub(crate) mod slack;
pub(crate) mod teams;

use decnet_proto::alert::Alert;

/// What there is to know of an alert besides its title, by name; what an attacker chose is among it.
fn facts(alert: &Alert) -> Vec<(&str, String)> {
    let text = |text: &Option<String>| text.clone();
    let fixed = [
        ("time", Some(alert.time.clone())),
        ("rule", Some(alert.rule.word().to_owned())),
        ("attacker", text(&alert.attacker_ip)),
        ("decky", text(&alert.decky)),
        ("service", text(&alert.service)),
        ("worker", text(&alert.worker)),
        ("event", alert.event_id.map(|id| id.to_string())),
    ];
    let fixed = fixed.into_iter().filter_map(|(name, text)| Some((name, text?)));
    let details = alert.details.iter().map(|(name, text)| (name.as_str(), text.clone()));
    fixed.chain(details).chain([("id", alert.id.to_string())]).collect()
}

/// A text, and a mark where it had to be cut.
fn cut(text: &str, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use decnet_proto::alert::RuleKind;

    use super::*;

    /// An alert of which the attacker chose as much as he can.
    pub(super) fn hostile() -> Alert {
        Alert {
            id: uuid::Uuid::from_u128(7),
            time: "2025-11-26T10:47:13.987654+00:00".to_owned(),
            rule: RuleKind::Credential,
            title: "203.0.113.9 showed credentials to <!channel> (ssh)".to_owned(),
            worker: None,
            decky: Some("<!channel>".to_owned()),
            service: Some("ssh".to_owned()),
            attacker_ip: Some("203.0.113.9".to_owned()),
            event_id: Some(42),
            details: BTreeMap::from([(
                "detail".to_owned(),
                "*a* [x](https://evil.example) & \"b\"".to_owned(),
            )]),
        }
    }

    #[test]
    fn long_texts_are_cut_with_a_mark() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äö…");
    }
}
