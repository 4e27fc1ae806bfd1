//! The catalogue of events equals what is emitted.

use decnet_event::Kind;

use super::Tree;
use crate::source::{Area, Token, begins, pair_length};

/// Kinds of the catalogue that nothing outside it makes.
pub(super) fn check(tree: &Tree) -> Vec<String> {
    let emitters =
        tree.files.iter().filter(|file| file.package != "decnet-event" && file.area == Area::Source);
    let tokens: Vec<_> = emitters.map(|file| file.shipped_tokens()).collect();
    let emitted = |variant: &str| tokens.iter().any(|tokens| makes(tokens, variant));
    let missing = Kind::ALL.iter().map(|kind| (kind.name, variant(kind.name)));
    missing
        .filter(|(_, variant)| !emitted(variant))
        .map(|(name, variant)| format!("{name}: no code makes Kind::{variant}"))
        .collect()
}

/// `tls_failed` is the variant `TlsFailed`.
fn variant(name: &str) -> String {
    let capitalised = |word: &str| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        first.to_uppercase() + rest
    };
    name.split('_').map(capitalised).collect()
}

/// Whether `Kind::Variant { … }` stands there as a value: a pattern is followed by an arrow,
/// an equals sign or a bar, or leaves fields out.
fn makes(tokens: &[Token], variant: &str) -> bool {
    (0..tokens.len()).any(|at| {
        let rest = tokens.get(at..).unwrap_or_default();
        if !begins(rest, &["Kind", ":", ":", variant, "{"]) {
            return false;
        }
        let body = rest.get(4..).unwrap_or_default();
        let length = pair_length(body);
        let next = body.get(length).map(|token| token.text.as_str());
        let open = body.get(..length).is_some_and(ends_with_rest);
        !open && !matches!(next, Some("=" | "|"))
    })
}

/// Whether a pattern leaves fields out.
fn ends_with_rest(body: &[Token]) -> bool {
    let texts: Vec<_> = body.iter().rev().take(3).map(|token| token.text.as_str()).collect();
    texts == ["}", ".", "."]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tokens;

    fn check(text: &str, expect: bool) {
        assert_eq!(makes(&tokens(text).unwrap(), "Gap"), expect, "{text}");
    }

    #[test]
    fn values_are_told_from_patterns() {
        check("emit(Kind::Gap { from, to })", true);
        check("let kind = Kind::Gap {};", true);
        check("match k { Kind::Gap { .. } => 1 }", false);
        check("match k { Kind::Gap { from, to } => 1 }", false);
        check("if let Kind::Gap { from } = kind {}", false);
        check("emit(Kind::GapInTime {})", false);
    }

    #[test]
    fn names_lead_to_variants() {
        assert_eq!(variant("tls_session"), "TlsSession");
        assert_eq!(variant("ehlo"), "Ehlo");
    }
}
