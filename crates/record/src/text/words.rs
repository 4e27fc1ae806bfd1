//! Words of lines, and of what is looked for.

use std::borrow::Cow;

use super::{Line, line};
use crate::limits::{SEARCHED_WORD, WORDS_OF_A_LINE};

/// Most words of a search that candidates are found by; what more it says is looked for in the lines.
const SOUGHT: usize = 64;

/// The words of a line, each once, one space behind each. A word is a run of letters and digits in lower
/// case, cut to [`SEARCHED_WORD`] bytes. What has more than [`WORDS_OF_A_LINE`] is marked, so that it is
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
        if !text.is_ascii() {
            words(&lower(text)).for_each(|word| self.word(cut(word)));
            return;
        }
        for word in text.split(|character: char| !character.is_ascii_alphanumeric()) {
            if !word.is_empty() {
                self.word(cut(word));
            }
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
        let mut words = words(&text).peekable();
        while let Some(word) = words.next() {
            let is_last = words.peek().is_none();
            self.add(word, is_last && goes_on);
        }
    }

    /// Adds the words of a value that a field is to have.
    pub(crate) fn has(&mut self, field: &str, value: &str) {
        if line::is_searched(field) {
            words(&lower(value)).for_each(|word| self.add(word, false));
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

fn words(lower: &str) -> impl Iterator<Item = &str> {
    lower.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// As much of a word as is kept.
fn cut(word: &str) -> &str {
    word.get(..word.floor_char_boundary(SEARCHED_WORD)).unwrap_or(word)
}
