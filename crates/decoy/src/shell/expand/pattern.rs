//! Shell patterns: `*`, `?`, `[…]`, and the extended ones of bash.
//!
//! Matching follows all possibilities at once, so that no pattern takes exponential time.

use crate::caps;

/// A pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    tokens: Vec<Token>,
    ignore_case: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Byte(u8),
    /// `*`
    Any,
    /// `?`
    One,
    /// `[…]`: ranges of characters, or what is not in them
    Set {
        negated: bool,
        ranges: Vec<(u32, u32)>,
        classes: Vec<Class>,
    },
    /// `@(…)` and its kin
    Group {
        kind: u8,
        alternatives: Vec<Vec<Token>>,
    },
}

type Class = fn(u32) -> bool;

/// Work that is left for one match.
struct Effort(usize);

impl Effort {
    fn spend(&mut self, steps: usize) -> bool {
        self.0 = self.0.saturating_sub(steps);
        self.0 > 0
    }
}

impl Pattern {
    /// A pattern of bytes of which some are quoted and mean themselves.
    pub(crate) fn new(bytes: &[u8], quoted: &[bool], extended: bool) -> Self {
        let marked: Vec<(u8, bool)> =
            bytes.iter().copied().zip(quoted.iter().copied().chain(std::iter::repeat(false))).collect();
        Self {
            tokens: Reader { bytes: &marked, at: 0, extended, depth: 0, effort: Effort(caps::PATTERN_STEPS) }
                .tokens(false),
            ignore_case: false,
        }
    }

    /// A pattern in which backslashes quote, as in `find -name` or a `case` of a variable.
    pub(crate) fn parse(text: &[u8], extended: bool) -> Self {
        let (mut bytes, mut quoted) = (Vec::new(), Vec::new());
        let mut rest = text.iter().copied();
        while let Some(byte) = rest.next() {
            let escaped = if byte == b'\\' { rest.next() } else { None };
            quoted.push(escaped.is_some());
            bytes.push(escaped.unwrap_or(byte));
        }
        Self::new(&bytes, &quoted, extended)
    }

    /// The same pattern for both cases of letters.
    pub(crate) fn ignoring_case(mut self) -> Self {
        self.ignore_case = true;
        self
    }

    /// Whether the whole text matches.
    pub(crate) fn matches(&self, text: &[u8]) -> bool {
        let mut effort = Effort(caps::PATTERN_STEPS);
        self.ends(text, &mut effort).last() == Some(&text.len())
    }

    /// Lengths of the beginnings of `text` that match, shortest first.
    pub(crate) fn prefixes(&self, text: &[u8]) -> Vec<usize> {
        self.ends(text, &mut Effort(caps::PATTERN_STEPS))
    }

    /// Where the shortest and the longest matching end of `text` begins.
    pub(crate) fn suffix(&self, text: &[u8], longest: bool) -> Option<usize> {
        let mut effort = Effort(caps::PATTERN_STEPS * 8);
        let matches = |at: usize, effort: &mut Effort| {
            let rest = text.get(at..).unwrap_or_default();
            self.ends(rest, effort).last() == Some(&rest.len())
        };
        if longest {
            (0..=text.len()).find(|at| matches(*at, &mut effort))
        } else {
            (0..=text.len()).rev().find(|at| matches(*at, &mut effort))
        }
    }

    /// The first match at or after `from`, as long as possible.
    pub(crate) fn find(&self, text: &[u8], from: usize) -> Option<(usize, usize)> {
        let mut effort = Effort(caps::PATTERN_STEPS);
        for start in from..=text.len() {
            if let Some(Token::Byte(first)) = self.tokens.first()
                && !self.ignore_case
                && text.get(start) != Some(first)
            {
                continue;
            }
            let rest = text.get(start..).unwrap_or_default();
            if let Some(end) = self.ends(rest, &mut effort).last() {
                return Some((start, start + end));
            }
        }
        None
    }

    fn ends(&self, text: &[u8], effort: &mut Effort) -> Vec<usize> {
        run(&self.tokens, text, vec![0], self.ignore_case, effort)
    }
}

/// Where matches that begin at `starts` can end; sorted, each once.
fn run(
    tokens: &[Token],
    text: &[u8],
    starts: Vec<usize>,
    ignore_case: bool,
    effort: &mut Effort,
) -> Vec<usize> {
    let mut places = starts;
    for token in tokens {
        if places.is_empty() || !effort.spend(places.len()) {
            return Vec::new();
        }
        places = step(token, text, &places, ignore_case, effort);
    }
    places
}

fn step(token: &Token, text: &[u8], places: &[usize], ignore_case: bool, effort: &mut Effort) -> Vec<usize> {
    match token {
        Token::Byte(byte) => {
            let fits = |at: &&usize| {
                let found = text.get(**at);
                found == Some(byte)
                    || ignore_case && found.is_some_and(|found| found.eq_ignore_ascii_case(byte))
            };
            places.iter().filter(fits).map(|at| at + 1).collect()
        }
        Token::Any => {
            let first = places.first().copied().unwrap_or(0);
            effort.spend(text.len().saturating_sub(first));
            (first..=text.len()).collect()
        }
        Token::One => {
            let mut next: Vec<usize> =
                places.iter().filter_map(|at| character(text, *at)).map(|(_, end)| end).collect();
            tidy(&mut next);
            next
        }
        Token::Set { negated, ranges, classes } => {
            let holds = |character: u32| {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&character))
                    || classes.iter().any(|class| class(character))
            };
            let fits = |character: u32| {
                let found = holds(character)
                    || ignore_case
                        && char::from_u32(character).is_some_and(|c| {
                            holds(c.to_ascii_lowercase().into()) || holds(c.to_ascii_uppercase().into())
                        });
                found != *negated
            };
            let characters = places.iter().filter_map(|at| character(text, *at));
            let mut next: Vec<usize> =
                characters.filter(|(character, _)| fits(*character)).map(|(_, end)| end).collect();
            tidy(&mut next);
            next
        }
        Token::Group { kind, alternatives } => group(*kind, alternatives, text, places, ignore_case, effort),
    }
}

fn group(
    kind: u8,
    alternatives: &[Vec<Token>],
    text: &[u8],
    places: &[usize],
    ignore_case: bool,
    effort: &mut Effort,
) -> Vec<usize> {
    let once = |places: &[usize], effort: &mut Effort| {
        let mut next: Vec<usize> = alternatives
            .iter()
            .flat_map(|tokens| run(tokens, text, places.to_vec(), ignore_case, effort))
            .collect();
        tidy(&mut next);
        next
    };
    match kind {
        b'@' => once(places, effort),
        b'?' => {
            let mut next = once(places, effort);
            next.extend_from_slice(places);
            tidy(&mut next);
            next
        }
        b'!' => {
            let mut next = Vec::new();
            for start in places {
                if !effort.spend(text.len().saturating_sub(*start)) {
                    break;
                }
                let matched = once(&[*start], effort);
                next.extend((*start..=text.len()).filter(|end| matched.binary_search(end).is_err()));
            }
            tidy(&mut next);
            next
        }
        _ => {
            let mut all = if kind == b'*' { places.to_vec() } else { Vec::new() };
            let mut fresh = once(places, effort);
            while !fresh.is_empty() && effort.spend(all.len()) {
                all.extend_from_slice(&fresh);
                tidy(&mut all);
                fresh = once(&fresh, effort);
                fresh.retain(|end| all.binary_search(end).is_err());
            }
            tidy(&mut all);
            all
        }
    }
}

fn tidy(places: &mut Vec<usize>) {
    places.sort_unstable();
    places.dedup();
}

/// The character at `at` and where it ends; a byte that is no UTF-8 stands for itself.
fn character(text: &[u8], at: usize) -> Option<(u32, usize)> {
    let first = *text.get(at)?;
    let length = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    };
    let decoded = text.get(at..at + length).and_then(|bytes| std::str::from_utf8(bytes).ok());
    match decoded.and_then(|text| text.chars().next()) {
        Some(character) => Some((character.into(), at + length)),
        None => Some((u32::from(first), at + 1)),
    }
}

struct Reader<'a> {
    bytes: &'a [(u8, bool)],
    at: usize,
    extended: bool,
    depth: usize,
    /// What may still be read again because a bracket or a group was not closed; after it both
    /// mean themselves.
    effort: Effort,
}

impl Reader<'_> {
    fn plain(&self, offset: usize) -> Option<u8> {
        self.bytes.get(self.at + offset).filter(|(_, quoted)| !quoted).map(|(byte, _)| *byte)
    }

    /// Up to the end, or in a group up to a bar or a parenthesis.
    fn tokens(&mut self, in_group: bool) -> Vec<Token> {
        let mut tokens = Vec::new();
        while let Some((byte, quoted)) = self.bytes.get(self.at).copied() {
            if quoted {
                tokens.push(Token::Byte(byte));
                self.at += 1;
                continue;
            }
            if in_group && (matches!(byte, b'|' | b')') || !self.effort.spend(1)) {
                break;
            }
            if self.extended
                && self.depth < caps::SHELL_DEPTH
                && matches!(byte, b'?' | b'*' | b'+' | b'@' | b'!')
                && self.plain(1) == Some(b'(')
                && self.effort.spend(1)
                && let Some(group) = self.group(byte)
            {
                tokens.push(group);
                continue;
            }
            self.at += 1;
            match byte {
                b'*' => {
                    if tokens.last() != Some(&Token::Any) {
                        tokens.push(Token::Any);
                    }
                }
                b'?' => tokens.push(Token::One),
                b'[' => tokens.push(self.set().unwrap_or(Token::Byte(b'['))),
                _ => tokens.push(Token::Byte(byte)),
            }
        }
        tokens
    }

    fn group(&mut self, kind: u8) -> Option<Token> {
        let start = self.at;
        self.at += 2;
        self.depth += 1;
        let mut alternatives = vec![self.tokens(true)];
        while self.plain(0) == Some(b'|') {
            self.at += 1;
            alternatives.push(self.tokens(true));
        }
        self.depth -= 1;
        if self.plain(0) == Some(b')') {
            self.at += 1;
            Some(Token::Group { kind, alternatives })
        } else {
            self.at = start;
            None
        }
    }

    /// After `[`; nothing when it is never closed, and then the bracket means itself.
    fn set(&mut self) -> Option<Token> {
        let start = self.at;
        let negated = matches!(self.plain(0), Some(b'!' | b'^'));
        self.at += usize::from(negated);
        let (mut ranges, mut classes) = (Vec::new(), Vec::new());
        let mut first = true;
        loop {
            let next = self.bytes.get(self.at).copied().filter(|_| self.effort.spend(1));
            let Some((byte, quoted)) = next else {
                self.at = start;
                return None;
            };
            if byte == b']' && !quoted && !first {
                self.at += 1;
                return Some(Token::Set { negated, ranges, classes });
            }
            first = false;
            if byte == b'['
                && !quoted
                && self.plain(1) == Some(b':')
                && let Some(class) = self.class()
            {
                classes.push(class);
                continue;
            }
            let low = self.set_character()?;
            let range = self.plain(0) == Some(b'-')
                && self.bytes.get(self.at + 1).is_some_and(|(byte, quoted)| *byte != b']' || *quoted);
            let high = if range {
                self.at += 1;
                self.set_character()?
            } else {
                low
            };
            ranges.push((low, high));
        }
    }

    fn set_character(&mut self) -> Option<u32> {
        let bytes: Vec<u8> = self.bytes.iter().skip(self.at).take(4).map(|(byte, _)| *byte).collect();
        let (character, end) = character(&bytes, 0)?;
        self.at += end;
        Some(character)
    }

    fn class(&mut self) -> Option<Class> {
        let rest = self.bytes.get(self.at + 2..)?;
        let name: Vec<u8> =
            rest.iter().map(|(byte, _)| *byte).take_while(|byte| *byte != b':').take(10).collect();
        let close: Vec<u8> = rest.iter().skip(name.len()).take(2).map(|(byte, _)| *byte).collect();
        let class = class(&name).filter(|_| close == b":]")?;
        self.at += 2 + name.len() + 2;
        Some(class)
    }
}

fn class(name: &[u8]) -> Option<Class> {
    fn of(character: u32, test: fn(&u8) -> bool) -> bool {
        u8::try_from(character).is_ok_and(|byte| test(&byte))
    }
    Some(match name {
        b"alpha" => |c| of(c, u8::is_ascii_alphabetic),
        b"digit" => |c| of(c, u8::is_ascii_digit),
        b"alnum" => |c| of(c, u8::is_ascii_alphanumeric),
        b"upper" => |c| of(c, u8::is_ascii_uppercase),
        b"lower" => |c| of(c, u8::is_ascii_lowercase),
        b"space" => |c| of(c, |b| b.is_ascii_whitespace() || *b == 11),
        b"blank" => |c| c == 32 || c == 9,
        b"punct" => |c| of(c, u8::is_ascii_punctuation),
        b"print" => |c| of(c, |b| b.is_ascii_graphic() || *b == b' '),
        b"graph" => |c| of(c, u8::is_ascii_graphic),
        b"cntrl" => |c| of(c, u8::is_ascii_control),
        b"xdigit" => |c| of(c, u8::is_ascii_hexdigit),
        b"word" => |c| of(c, |b| b.is_ascii_alphanumeric() || *b == b'_'),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(pattern: &str, yes: &[&str], no: &[&str]) {
        let pattern_of = Pattern::parse(pattern.as_bytes(), true);
        for text in yes {
            assert!(pattern_of.matches(text.as_bytes()), "{pattern} {text}");
        }
        for text in no {
            assert!(!pattern_of.matches(text.as_bytes()), "{pattern} {text}");
        }
    }

    #[test]
    fn patterns_match_what_bash_matches() {
        check("a*c", &["ac", "abc", "abcc"], &["ab", "bac"]);
        check("?", &["a", "€"], &["", "ab"]);
        check("[a-c]x[!0-9]", &["axb", "cx-"], &["dxb", "ax1"]);
        check("[]a]", &["]", "a"], &["b"]);
        check("[a", &["[a"], &["a"]);
        check("[[:digit:][:upper:]]", &["1", "Z"], &["z", ":"]);
        check("\\*", &["*"], &["a"]);
        check("[a-]", &["a", "-"], &["b"]);
        check("@(a|bc)d", &["ad", "bcd"], &["d", "abcd"]);
        check("+(ab)", &["ab", "abab"], &["", "aba"]);
        check("*(ab)c", &["c", "ababc"], &["abac"]);
        check("!(a)", &["", "b", "aa"], &["a"]);
        check("a?(b)c", &["ac", "abc"], &["abbc"]);
    }

    #[test]
    fn ends_and_beginnings_are_found() {
        let pattern = Pattern::parse(b"*.", false);
        assert_eq!(pattern.prefixes(b"a.b.c"), [2, 4]);
        let pattern = Pattern::parse(b".*", false);
        assert_eq!((pattern.suffix(b"a.b.c", false), pattern.suffix(b"a.b.c", true)), (Some(3), Some(1)));
        assert_eq!(Pattern::parse(b"b*", false).find(b"abba", 0), Some((1, 4)));
    }

    #[test]
    fn work_has_a_bound() {
        let text = vec![b'a'; 100_000];
        let pattern = Pattern::parse(&b"*a".repeat(1_000), false);
        assert!(!pattern.matches(&text));
        let pattern = Pattern::parse(b"*(*(*(a)))b", true);
        assert!(!pattern.matches(&text[..200]));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_pattern(pattern: Vec<u8>, text: Vec<u8>) {
            let pattern = Pattern::parse(&pattern, true);
            pattern.matches(&text);
            if let Some((start, end)) = pattern.find(&text, 0) {
                prop_assert!(start <= end && end <= text.len());
            }
        }

        #[test]
        fn quoted_text_matches_itself_alone(text: Vec<u8>, other: Vec<u8>) {
            let pattern = Pattern::new(&text, &vec![true; text.len()], true);
            prop_assert!(pattern.matches(&text));
            prop_assert_eq!(pattern.matches(&other), text == other);
        }
    }
}
