//! Many words looked for in one pass over a text.
//!
//! A peer chooses the text, so its length alone may decide the cost: words are found by their
//! first two bytes in a table of bits, and compared only where those fit.

use std::collections::BTreeMap;

/// Pairs of bytes there are, in words of 64 bits.
const PAIRS: usize = 65_536 / 64;

/// Groups of words, at most 64; words have at least two bytes.
#[derive(Debug)]
pub(super) struct Marks {
    begins: Box<[u64]>,
    words: BTreeMap<[u8; 2], Vec<(u32, &'static [u8])>>,
}

impl Marks {
    /// The words of each group, by the group's number.
    pub(super) fn new<'a>(groups: impl Iterator<Item = &'a [&'static str]>) -> Self {
        let mut marks = Self { begins: vec![0; PAIRS].into(), words: BTreeMap::new() };
        for (group, words) in (0..64).zip(groups) {
            for word in words {
                if let [first, second, ..] = *word.as_bytes() {
                    marks.words.entry([first, second]).or_default().push((group, word.as_bytes()));
                    let (at, bit) = place([first, second]);
                    if let Some(bits) = marks.begins.get_mut(at) {
                        *bits |= bit;
                    }
                }
            }
        }
        marks
    }

    /// The groups of which a word stands in `text`, one bit for each.
    pub(super) fn found(&self, text: &[u8]) -> u64 {
        let mut found = 0;
        for (at, pair) in text.windows(2).enumerate() {
            let pair = [pair.first().copied().unwrap_or(0), pair.get(1).copied().unwrap_or(0)];
            let (word, bit) = place(pair);
            if self.begins.get(word).is_some_and(|bits| bits & bit != 0) {
                let rest = text.get(at..).unwrap_or_default();
                let here = self.words.get(&pair).into_iter().flatten();
                here.filter(|(_, word)| rest.starts_with(word)).for_each(|(group, _)| found |= 1 << group);
            }
        }
        found
    }
}

fn place(pair: [u8; 2]) -> (usize, u64) {
    let number = usize::from(u16::from_be_bytes(pair));
    (number / 64, 1 << (number % 64))
}
