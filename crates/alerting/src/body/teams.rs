//! An alert as an Adaptive Card, as workflows of Teams take it. Text runs, unlike text blocks, know no Markdown: what
//! an attacker chose makes no link.

use decnet_proto::alert::Alert;
use serde_json::{Value, json};

use super::{cut, facts};

/// Most characters of one text.
const TEXT: usize = 2000;

pub(crate) fn body(alert: &Alert) -> serde_json::Result<Vec<u8>> {
    let title =
        json!({"type": "TextRun", "text": cut(&alert.title, TEXT), "weight": "Bolder", "size": "Medium"});
    let rows = facts(alert).into_iter().map(|(name, text)| {
        let name = json!({"type": "TextRun", "text": format!("{name}: "), "isSubtle": true});
        block(&json!([name, {"type": "TextRun", "text": cut(&text, TEXT)}]))
    });
    let rows: Vec<Value> = std::iter::once(block(&json!([title]))).chain(rows).collect();
    let card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": rows,
    });
    let attachment = json!({"contentType": "application/vnd.microsoft.card.adaptive", "content": card});
    serde_json::to_vec(&json!({"type": "message", "attachments": [attachment]}))
}

fn block(inlines: &Value) -> Value {
    json!({"type": "RichTextBlock", "inlines": inlines})
}

#[cfg(test)]
mod tests {
    use super::super::tests::hostile;
    use super::*;

    #[test]
    fn a_card_is_of_text_runs_only() {
        let body: Value = serde_json::from_slice(&body(&hostile()).unwrap()).unwrap();
        let card = &body["attachments"][0]["content"];
        assert_eq!((body["type"].as_str(), card["type"].as_str()), (Some("message"), Some("AdaptiveCard")));
        let rows = card["body"].as_array().unwrap();
        assert!(rows.iter().all(|row| row["type"] == "RichTextBlock"));
        let runs: Vec<_> = rows.iter().flat_map(|row| row["inlines"].as_array().unwrap()).collect();
        assert!(runs.iter().all(|run| run["type"] == "TextRun"));
        assert!(runs.iter().any(|run| run["text"] == "*a* [x](https://evil.example) & \"b\""));
    }
}
