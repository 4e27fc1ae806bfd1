//! No text makes the parser panic, hang or remember without bound.

use decnet_composer::{diagnostic::MAX_PER_SEVERITY, ini};
use proptest::prelude::*;

const FULL: &str = include_str!("../../../deploy/fleet-full.ini");

/// Parses, and says everything that there is to say.
fn survives(text: &[u8]) {
    let found = match ini::parse("fleet.ini", text) {
        Ok(checked) => {
            assert!(!checked.value.deckies.is_empty(), "a fleet without deckies is an error");
            checked.warnings
        }
        Err(errors) => {
            assert!(errors.has_errors());
            errors
        }
    };
    assert!(found.0.len() <= 2 * MAX_PER_SEVERITY);
    assert!(found.to_string().len() < 4 * 1024 * 1024);
}

/// What the dialect is made of, so that random texts get beyond the first line.
fn pieces() -> impl Strategy<Value = String> {
    let words = [
        "[",
        "]",
        "=",
        ":",
        "\n",
        "\r\n",
        " ",
        "\t",
        ";",
        "#",
        "\\;",
        "%",
        ",",
        ".",
        "-",
        "_",
        "0",
        "100",
        "101",
        "general",
        "DEFAULT",
        "custom-",
        "web",
        "http",
        "ftp",
        "ssh",
        "services",
        "amount",
        "ip",
        "archetype",
        "printer",
        "nmap-os",
        "10.0.0.1",
        "10.0.0.0/24",
        "{\"a\":\"b\"}",
        "[web.http]",
        "é",
        "\u{feff}",
        "\0",
    ];
    prop::collection::vec(prop::sample::select(words.to_vec()), 0..120).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_bytes(text in prop::collection::vec(any::<u8>(), 0..2048)) {
        survives(&text);
    }

    #[test]
    fn random_words(text in pieces()) {
        survives(text.as_bytes());
    }

    #[test]
    fn the_full_fleet_mutated(
        edits in prop::collection::vec((0..FULL.len(), 0..40_usize, any::<Option<u8>>()), 1..20),
    ) {
        let mut text = FULL.as_bytes().to_vec();
        for (at, length, byte) in edits {
            let start = at.min(text.len());
            let end = (start + length).min(text.len());
            text.splice(start..end, byte);
        }
        survives(&text);
    }

    #[test]
    fn the_full_fleet_with_lines_exchanged(swaps in prop::collection::vec((0..160_usize, 0..160_usize), 1..12)) {
        let mut lines: Vec<&str> = FULL.lines().collect();
        let count = lines.len();
        for (one, other) in swaps {
            lines.swap(one % count, other % count);
        }
        survives(lines.join("\n").as_bytes());
    }
}
