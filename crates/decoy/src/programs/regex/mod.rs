//! Regular expressions of POSIX with the extensions of GNU: basic and extended, with references.
//!
//! Matching goes back and forth, and gives up after [`caps::REGEX_STEPS`] steps, so that no
//! expression takes for ever.

mod matcher;
mod parser;

use crate::caps;

pub(crate) use matcher::Match;
pub(super) use parser::class_of as class;

/// Which syntax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// `grep`, `sed`.
    Basic,
    /// `grep -E`, `sed -E`, `awk`.
    Extended,
    /// `grep -F`.
    Fixed,
    /// `grep -P`, as far as it is like the extended syntax.
    Perl,
}

/// A part of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Byte(u8),
    Any,
    Set(Box<[bool; 256]>),
    Start,
    End,
    WordEdge(bool),
    WordStart,
    WordEnd,
    Group(Box<Node>, Option<usize>),
    Sequence(Vec<Node>),
    Either(Vec<Node>),
    Repeat { node: Box<Node>, least: u32, most: u32, greedy: bool },
    Back(usize),
}

/// A compiled expression.
#[derive(Clone, Debug)]
pub(crate) struct Regex {
    root: Node,
    groups: usize,
    ignore_case: bool,
    /// Bytes that every match begins with.
    literal: Vec<u8>,
}

impl Regex {
    /// Compiles an expression.
    ///
    /// # Errors
    /// What `regcomp` of glibc says.
    pub(crate) fn new(text: &[u8], syntax: Syntax, ignore_case: bool) -> Result<Self, &'static str> {
        if text.len() > caps::REGEX_LENGTH {
            return Err("Regular expression too big");
        }
        let (root, groups) = parser::parse(text, syntax)?;
        let mut literal = Vec::new();
        if !ignore_case {
            prefix(&root, &mut literal);
        }
        Ok(Self { root, groups, ignore_case, literal })
    }

    /// The first match at or after `from`.
    pub(crate) fn find(&self, text: &[u8], from: usize) -> Option<Match> {
        matcher::find(self, text, from)
    }

    pub(crate) fn is_match(&self, text: &[u8]) -> bool {
        self.find(text, 0).is_some()
    }
}

fn prefix(node: &Node, out: &mut Vec<u8>) -> bool {
    match node {
        Node::Byte(byte) => {
            out.push(*byte);
            true
        }
        Node::Sequence(nodes) => nodes.iter().all(|node| prefix(node, out)),
        Node::Group(node, _) => prefix(node, out),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, syntax: Syntax, subject: &str, expect: Option<&str>) {
        let regex = Regex::new(text.as_bytes(), syntax, false).unwrap();
        let found = regex.find(subject.as_bytes(), 0).map(|m| subject.get(m.start()..m.end()).unwrap());
        assert_eq!(found, expect, "{text} on {subject}");
    }

    #[test]
    fn expressions_match_as_those_of_glibc() {
        let (basic, extended) = (Syntax::Basic, Syntax::Extended);
        check("a.c", basic, "xabcx", Some("abc"));
        check("a*", basic, "baa", Some(""));
        check("^ab$", basic, "ab", Some("ab"));
        check("a\\{2,3\\}", basic, "aaaa", Some("aaa"));
        check("a{2}", extended, "aaa", Some("aa"));
        check("a{2}", basic, "a{2}", Some("a{2}"));
        check("\\(a\\)b\\1", basic, "aba", Some("aba"));
        check("(foo|bar)+", extended, "xbarfoo", Some("barfoo"));
        check("foo\\|bar", basic, "bar", Some("bar"));
        check("[[:digit:]]+", extended, "ab123c", Some("123"));
        check("[^]a]", basic, "]ab", Some("b"));
        check("\\bfoo\\b", extended, "a foo b", Some("foo"));
        check("\\<a\\w*\\>", extended, "an", Some("an"));
        check("*a", basic, "*a", Some("*a"));
        check("a|ab", extended, "ab", Some("ab"));
        check("x?", extended, "", Some(""));
        check("(^a|b)$", extended, "a", Some("a"));
        check("a\\.b", extended, "axb a.b", Some("a.b"));
        check("\\d+\\s", Syntax::Perl, "12 ", Some("12 "));
        check("a.b", Syntax::Fixed, "axb a.b", Some("a.b"));
    }

    #[test]
    fn wrong_expressions_are_named() {
        let check = |text: &str, syntax, expect| {
            assert_eq!(Regex::new(text.as_bytes(), syntax, false).unwrap_err(), expect)
        };
        check("\\(", Syntax::Basic, "Unmatched ( or \\(");
        check("(", Syntax::Extended, "Unmatched ( or \\(");
        check("[a", Syntax::Basic, "Unmatched [, [^, [:, [., or [=");
        check("a\\", Syntax::Basic, "Trailing backslash");
        check("\\1", Syntax::Basic, "Invalid back reference");
        check("a\\{1", Syntax::Basic, "Unmatched \\{");
    }

    #[test]
    fn no_expression_takes_for_ever() {
        let regex = Regex::new(b"(a*)*(a*)*(a*)*b", Syntax::Extended, false).unwrap();
        assert!(!regex.is_match(&[b'a'; 2_000]));
        let deep = [vec![b'('; 3_000], vec![b')'; 3_000]].concat();
        assert!(Regex::new(&deep, Syntax::Extended, false).is_err());
        assert!(Regex::new(&vec![b'a'; caps::REGEX_LENGTH + 1], Syntax::Basic, false).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_compiles_or_not(text in proptest::collection::vec(proptest::num::u8::ANY, 0..40), subject in proptest::collection::vec(proptest::num::u8::ANY, 0..40)) {
            for syntax in [Syntax::Basic, Syntax::Extended, Syntax::Perl, Syntax::Fixed] {
                if let Ok(regex) = Regex::new(&text, syntax, true) {
                    let _ = regex.find(&subject, 0);
                }
            }
        }
    }
}
