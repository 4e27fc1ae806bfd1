//! fmt: paragraphs filled to a width, at the breaks that cost least.

use super::super::{
    context::{Done, number},
    options::Spec,
};
use crate::shell::{Exit, Process};

/// How many words a paragraph has at most before some of it is written.
const WORDS: usize = 1_000;

#[derive(Clone, Debug, Default)]
struct Word {
    text: Vec<u8>,
    space: usize,
    paren: bool,
    period: bool,
    punct: bool,
    last: bool,
    /// What it costs at best to begin a line with this word, which word begins the next one then,
    /// and how long the line is.
    cost: i64,
    next: usize,
    line: usize,
}

/// A line: how far it is indented, and its words.
struct Line<'a> {
    indent: usize,
    words: &'a [u8],
}

#[derive(Clone, Copy, Debug)]
struct Style {
    width: usize,
    goal: usize,
    crown: bool,
    tagged: bool,
    split: bool,
    uniform: bool,
}

const fn square(n: i64) -> i64 {
    n * n
}

struct Filler {
    style: Style,
    tabs: bool,
    words: Vec<Word>,
    first: usize,
    other: usize,
    last_line: usize,
    out: Vec<u8>,
}

impl Filler {
    /// Adds the words of a line.
    fn take(&mut self, line: &Line<'_>) {
        let mut column = line.indent;
        let mut rest = line.words;
        while !rest.is_empty() {
            let length = rest.iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
            let (text, after) = rest.split_at(length);
            column += length;
            let start = column;
            let blanks = after.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            for byte in after.iter().take(blanks) {
                column = if *byte == b'\t' { column / 8 * 8 + 8 } else { column + 1 };
                self.tabs |= *byte == b'\t';
            }
            rest = after.get(blanks..).unwrap_or_default();
            let body = text.iter().rposition(|byte| !b")]'\"".contains(byte)).unwrap_or(0);
            let mut word = Word {
                paren: text.first().is_some_and(|byte| b"(['`\"".contains(byte)),
                punct: text.last().is_some_and(u8::is_ascii_punctuation),
                period: text.get(body).is_some_and(|byte| b".?!".contains(byte)),
                space: column - start,
                text: text.to_vec(),
                ..Word::default()
            };
            word.last = word.period && (rest.is_empty() || word.space > 1);
            if rest.is_empty() || self.style.uniform {
                word.space = if word.last { 2 } else { 1 };
            }
            self.words.push(word);
            if self.words.len() >= WORDS {
                self.flush(false);
            }
        }
    }

    fn word(&self, at: usize) -> Option<&Word> {
        self.words.get(at)
    }

    /// What a break before this word costs by itself.
    fn base_cost(&self, at: usize) -> i64 {
        let mut cost = square(70);
        let length = |word: &Word| word.text.len() as i64 + 2;
        if let Some(before) = at.checked_sub(1).and_then(|at| self.word(at)) {
            if before.period {
                cost += if before.last { -square(50) } else { square(600) };
            } else if before.punct {
                cost -= square(40);
            } else if at > 1 && self.word(at - 2).is_some_and(|word| word.last) {
                cost += square(200) / length(before);
            }
        }
        match self.word(at) {
            Some(word) if word.paren => cost - square(40),
            Some(word) if word.last => cost + square(150) / length(word),
            _ => cost,
        }
    }

    /// What a line of this length costs that ends before this word.
    fn line_cost(&self, next: usize, length: usize) -> i64 {
        let Some(word) = self.word(next) else { return 0 };
        let mut cost = square((self.style.goal as i64 - length as i64) * 10);
        if word.next < self.words.len() {
            cost += square((length as i64 - word.line as i64) * 10) / 2;
        }
        cost
    }

    fn plan(&mut self) {
        let count = self.words.len();
        for start in (0..count).rev() {
            let mut best = (i64::MAX, count, 0);
            let mut length = if start == 0 { self.first } else { self.other };
            let mut at = start;
            length += self.word(at).map_or(0, |word| word.text.len());
            loop {
                at += 1;
                let mut cost = self.line_cost(at, length) + self.word(at).map_or(0, |word| word.cost);
                if start == 0 && self.last_line > 0 {
                    cost += square((length as i64 - self.last_line as i64) * 10) / 2;
                }
                if cost < best.0 {
                    best = (cost, at, length);
                }
                if at >= count {
                    break;
                }
                length += self.word(at - 1).map_or(0, |word| word.space);
                length += self.word(at).map_or(0, |word| word.text.len());
                if length >= self.style.width {
                    break;
                }
            }
            let base = self.base_cost(start);
            if let Some(word) = self.words.get_mut(start) {
                (word.cost, word.next, word.line) = (best.0.saturating_add(base), best.1, best.2);
            }
        }
    }

    fn blanks(&mut self, mut column: usize, count: usize) -> usize {
        let target = column + count;
        if self.tabs {
            let stop = target / 8 * 8;
            if column + 1 < stop {
                while column < stop {
                    self.out.push(b'\t');
                    column = column / 8 * 8 + 8;
                }
            }
        }
        self.out.resize(self.out.len() + (target - column), b' ');
        target
    }

    /// Writes the paragraph, or, when it goes on, all but its last line.
    fn flush(&mut self, whole: bool) {
        self.plan();
        let (mut at, mut indent) = (0, self.first);
        while let Some(next) = self.word(at).map(|word| word.next).filter(|next| *next > at) {
            if !whole && at > 0 && next >= self.words.len() {
                break;
            }
            let mut column = self.blanks(0, indent);
            for place in at..next {
                let Some(word) = self.words.get(place).cloned() else { break };
                self.out.extend_from_slice(&word.text);
                column += word.text.len();
                if place + 1 < next {
                    column = self.blanks(column, word.space);
                }
            }
            self.out.push(b'\n');
            (self.last_line, indent, at) = (column, self.other, next);
        }
        self.words.drain(..at.min(self.words.len()));
        self.first = if self.words.is_empty() { self.first } else { self.other };
    }

    fn set_other(&mut self, following: Option<usize>) {
        let style = self.style;
        self.other = match following {
            _ if style.split => self.first,
            Some(indent) if style.crown => indent,
            None if style.crown => self.first,
            Some(indent) if style.tagged && indent != self.first => indent,
            _ if style.tagged && self.other == self.first => {
                if self.first == 0 {
                    3
                } else {
                    0
                }
            }
            _ if style.tagged => self.other,
            _ => self.first,
        };
    }
}

/// A line without its blanks at the front.
fn indented(line: &[u8]) -> Line<'_> {
    let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let column = |column: usize, byte: &u8| if *byte == b'\t' { column / 8 * 8 + 8 } else { column + 1 };
    let (front, words) = line.split_at(blanks);
    Line { indent: front.iter().fold(0, column), words: words.trim_ascii_end() }
}

fn filled(text: &[u8], style: Style) -> Vec<u8> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let mut filler =
        Filler { style, tabs: false, words: Vec::new(), first: 0, other: 0, last_line: 0, out: Vec::new() };
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    let mut rest = lines.iter().map(|line| (line.contains(&b'\t'), indented(line))).peekable();
    if text.is_empty() {
        return Vec::new();
    }
    while let Some((tabs, line)) = rest.next() {
        filler.tabs |= tabs;
        if line.words.is_empty() {
            filler.out.push(b'\n');
            continue;
        }
        (filler.first, filler.last_line) = (line.indent, 0);
        let following = |line: Option<&(bool, Line<'_>)>| {
            line.filter(|(_, line)| !line.words.is_empty()).map(|(_, line)| line.indent)
        };
        filler.take(&line);
        let next = following(rest.peek());
        filler.set_other(next);
        let goes_on = match next {
            _ if style.split => false,
            Some(indent) if style.tagged => indent != filler.first,
            Some(_) if style.crown => true,
            Some(indent) => indent == filler.other,
            None => false,
        };
        if goes_on {
            while following(rest.peek()).is_some_and(|indent| indent == filler.other) {
                let Some((tabs, line)) = rest.next() else { break };
                filler.tabs |= tabs;
                filler.take(&line);
            }
        }
        if let Some(word) = filler.words.last_mut() {
            (word.period, word.last) = (true, true);
        }
        filler.flush(true);
        filler.words.clear();
    }
    filler.out
}

pub(in crate::programs) async fn fmt(process: &mut Process) -> Done {
    let spec = Spec {
        short: "cstuw:g:p:0123456789",
        long: &[
            ("crown-margin", 'c'),
            ("split-only", 's'),
            ("tagged-paragraph", 't'),
            ("uniform-spacing", 'u'),
            ("width=", 'w'),
            ("goal=", 'g'),
            ("prefix=", 'p'),
        ],
    };
    let given = process.options(spec, 1).await?;
    let digits: String =
        given.options.iter().map(|(letter, _)| *letter).filter(char::is_ascii_digit).collect();
    let asked = given.value('w').map_or_else(|| digits.into_bytes(), <[u8]>::to_vec);
    let width = match number(&asked) {
        None if asked.is_empty() => 75,
        Some((width, [])) if width <= 2_500 => width as usize,
        wrong => {
            let word = process.quote(&asked);
            let range: &[u8] =
                if wrong.is_some_and(|w| w.1.is_empty()) { b": Numerical result out of range" } else { b"" };
            return Ok(process.fail([b"invalid width: ", &word[..], range].concat()).await);
        }
    };
    let goal = given.value('g').and_then(number).map_or(width * 187 / 200, |(goal, _)| goal.min(75) as usize);
    let width = if given.has('g') && asked.is_empty() { goal + 10 } else { width };
    let style = Style {
        width,
        goal,
        crown: given.has('c'),
        tagged: given.has('t'),
        split: given.has('s'),
        uniform: given.has('u'),
    };
    let standard = [b"-".to_vec()];
    let mut good = true;
    for name in if given.operands.is_empty() { &standard[..] } else { &given.operands[..] } {
        match process.read_input(name).await {
            Ok(text) => {
                process.seat.work(text.len() as u64 / 16).await;
                process.print(filled(&text, style)).await?;
            }
            Err(error) => {
                good = false;
                process.unable_to_read(name, error).await;
            }
        }
    }
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Style =
        Style { width: 75, goal: 70, crown: false, tagged: false, split: false, uniform: false };

    #[test]
    fn long_paragraphs_are_written_in_parts() {
        let text = "word ".repeat(10 * WORDS);
        let out = filled(text.as_bytes(), PLAIN);
        assert_eq!(out.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count(), 10 * WORDS);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_filled(text: Vec<u8>, width in 0_usize..2_500, crown: bool, tagged: bool, split: bool) {
            let style = Style { width, goal: width * 187 / 200, crown, tagged, split, uniform: false };
            let _ = filled(&text, style);
        }
    }
}
