//! Words of lines, and of what is looked for.

use std::borrow::Cow;

use super::{Line, line};
use crate::limits::{SEARCHED_WORD, WORDS_OF_A_LINE};

/// Most words of a search that candidates are found by; what more it says is looked for in the lines.
const SOUGHT: usize = 64;

/// The words of a line, each once, one space behind each. A word is a run of letters and digits in lower
/// case, cut to [`SEARCHED_WORD`] bytes, or two short numbers ([`pair`]). What has more than [`WORDS_OF_A_LINE`] is marked, so that it is
/// a candidate for every search.
#[derive(Debug, Default)]
pub(super) struct Words {
    text: String,
    /// Hash of each word, and where it begins and ends.
    seen: Vec<(u32, usize, usize)>,
    is_marked: bool,
}

/// Stands for words that are left out. It is no letter, so that no word is like it, and the index takes it
/// for one.
pub(super) const MARK: &str = "…";

impl Words {
    /// The words of `line`, instead of those of another one.
    pub(super) fn of(&mut self, line: &Line<'_>) -> &str {
        self.text.clear();
        self.seen.clear();
        self.is_marked = false;
        line.any_text(|text| {
            self.add(text);
            false
        });
        if self.is_marked {
            self.text.push_str(MARK);
        }
        &self.text
    }

    fn add(&mut self, text: &str) {
        if text.is_ascii() {
            self.add_all(text.split(|character: char| !character.is_ascii_alphanumeric()));
        } else {
            self.add_all(runs(&lower(text)));
        }
    }

    fn add_all<'t>(&mut self, runs: impl Iterator<Item = &'t str>) {
        let mut before = None;
        for run in runs {
            if !run.is_empty() {
                self.word(cut(run));
            }
            let number = Some(run).filter(|run| is_octet(run));
            if let Some((before, number)) = before.zip(number) {
                self.word(&pair(before, number));
            }
            before = number;
        }
    }

    /// Takes a word, whose capitals can only be ASCII.
    fn word(&mut self, word: &str) {
        let start = self.text.len();
        let mut hash = 0x811c_9dc5_u32;
        self.text.push_str(word);
        let Some(added) = self.text.get_mut(start..) else { return };
        added.make_ascii_lowercase();
        for byte in added.bytes() {
            hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
        let end = self.text.len();
        let is_known = self
            .seen
            .iter()
            .any(|(its, from, to)| *its == hash && self.text.get(*from..*to) == self.text.get(start..end));
        let is_room = self.seen.len() < WORDS_OF_A_LINE;
        if is_known || !is_room {
            self.text.truncate(start);
            self.is_marked |= !is_known;
            return;
        }
        self.text.push(' ');
        self.seen.push((hash, start, end));
    }
}

/// Words that every line has for which a search holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sought {
    /// Words, and whether words count too that only begin so.
    pub(super) words: Vec<(String, bool)>,
}

impl Sought {
    /// Adds the words of a text that is looked for: its last word may go on in the line.
    pub(crate) fn says(&mut self, text: &str) {
        let text = lower(text);
        let goes_on = text.ends_with(char::is_alphanumeric);
        let (whole, last) = match text.rfind(|character: char| !character.is_alphanumeric()) {
            _ if !goes_on => (&*text, ""),
            None => ("", &*text),
            Some(at) => text.split_at_checked(text.ceil_char_boundary(at + 1)).unwrap_or((&*text, "")),
        };
        self.whole(whole);
        if !last.is_empty() {
            self.add(last, true);
        }
    }

    /// Adds the words of a value that a field is to have.
    pub(crate) fn has(&mut self, field: &str, value: &str) {
        if line::is_searched(field) {
            self.whole(&lower(value));
        }
    }

    /// Adds words that stand in the line as they do here. Numbers that are parts of pairs say nothing more.
    fn whole(&mut self, lower: &str) {
        let (mut before, mut is_paired) = (None::<&str>, false);
        for run in runs(lower).chain([""]) {
            let number = Some(run).filter(|run| is_octet(run));
            match (before, number) {
                (Some(before), Some(number)) => self.add(&pair(before, number), false),
                (Some(before), None) if !is_paired => self.add(before, false),
                _ => {}
            }
            if number.is_none() && !run.is_empty() {
                self.add(run, false);
            }
            is_paired = before.is_some() && number.is_some();
            before = number;
        }
    }

    /// Whether there is nothing to find candidates by.
    pub(crate) const fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    fn add(&mut self, word: &str, goes_on: bool) {
        let word = (cut(word).to_owned(), goes_on);
        if self.words.len() < SOUGHT && !self.words.contains(&word) {
            self.words.push(word);
        }
    }
}

/// `text` in lower case, character by character.
pub(super) fn lower(text: &str) -> Cow<'_, str> {
    if !text.is_ascii() {
        Cow::Owned(text.chars().flat_map(char::to_lowercase).collect())
    } else if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

/// Words of a text in lower case; nothing stands between two that are parted by more than one character.
fn runs(lower: &str) -> impl Iterator<Item = &str> {
    lower.split(|character: char| !character.is_alphanumeric())
}

/// Whether a word may be a part of an address of IPv4. Two of them that are parted by one character are a word
/// too: alone they tell little.
fn is_octet(word: &str) -> bool {
    (1..=3).contains(&word.len()) && word.bytes().all(|digit| digit.is_ascii_digit())
}

/// The word that two numbers make. What parts them is no letter, so that no other word is like it.
fn pair(one: &str, other: &str) -> String {
    format!("{one}\u{b7}{other}")
}

/// As much of a word as is kept.
fn cut(word: &str) -> &str {
    word.get(..word.floor_char_boundary(SEARCHED_WORD)).unwrap_or(word)
}
