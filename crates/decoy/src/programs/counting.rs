//! `wc`.

use super::{context::Done, options::Spec};
use crate::{
    machine::Errno,
    shell::{Exit, Process, pipe::Reader},
};

const PIECE: usize = 16 * 1024;

/// What is counted, in the order in which it is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    lines: u64,
    words: u64,
    characters: u64,
    bytes: u64,
    longest: u64,
}

impl Counts {
    const fn columns(self) -> [u64; 5] {
        [self.lines, self.words, self.characters, self.bytes, self.longest]
    }

    const fn add(&mut self, other: Self) {
        self.lines += other.lines;
        self.words += other.words;
        self.characters += other.characters;
        self.bytes += other.bytes;
        self.longest = if other.longest > self.longest { other.longest } else { self.longest };
    }
}

/// A count under way.
#[derive(Debug, Default)]
struct Counter {
    counts: Counts,
    in_word: bool,
    column: u64,
}

impl Counter {
    fn take(&mut self, piece: &[u8]) {
        for byte in piece {
            self.counts.bytes += 1;
            self.counts.characters += u64::from(byte & 0xc0 != 0x80);
            let space = byte.is_ascii_whitespace() || *byte == 0x0b;
            self.counts.words += u64::from(!space && !self.in_word);
            self.in_word = !space;
            match byte {
                b'\n' => {
                    self.counts.lines += 1;
                    self.column = 0;
                }
                b'\r' | 0x0c => self.column = 0,
                b'\t' => self.column = self.column / 8 * 8 + 8,
                byte => self.column += u64::from(byte & 0xc0 != 0x80 && !byte.is_ascii_control()),
            }
            self.counts.longest = self.counts.longest.max(self.column);
        }
    }
}

async fn count(reader: &Reader) -> Counts {
    let mut counter = Counter::default();
    loop {
        let piece = reader.read(PIECE).await;
        if piece.is_empty() {
            return counter.counts;
        }
        counter.take(&piece);
    }
}

pub(super) async fn wc(process: &mut Process) -> Done {
    let spec = Spec {
        short: "lwmcL",
        long: &[("lines", 'l'), ("words", 'w'), ("chars", 'm'), ("bytes", 'c'), ("max-line-length", 'L')],
    };
    let given = process.options(spec, 1).await?;
    let mut wanted: Vec<usize> =
        "lwmcL".char_indices().filter(|(_, letter)| given.has(*letter)).map(|(at, _)| at).collect();
    if wanted.is_empty() {
        wanted = vec![0, 1, 3];
    }
    let standard = [b"-".to_vec()];
    let names = if given.operands.is_empty() { &standard[..] } else { &given.operands };
    let (mut good, mut sum, mut rows) = (true, Counts::default(), Vec::new());
    for name in names {
        match process.open_input(name) {
            Ok(reader) => {
                let counts = count(&reader).await;
                sum.add(counts);
                rows.push((counts, if given.operands.is_empty() { &[][..] } else { name }));
            }
            Err(error) => {
                good = false;
                process.trouble(name, error).await;
                if error == Errno::IsDirectory {
                    rows.push((Counts::default(), name));
                }
            }
        }
    }
    let several = given.operands.len() > 1;
    let width = if given.operands.is_empty() && wanted.len() > 1 {
        7
    } else if wanted.len() == 1 && !several {
        1
    } else {
        sum.bytes.to_string().len()
    };
    if several {
        rows.push((sum, b"total"));
    }
    for (counts, name) in rows {
        let columns = counts.columns();
        let numbers: Vec<String> =
            wanted.iter().filter_map(|at| columns.get(*at)).map(|n| format!("{n:>width$}")).collect();
        let mut line = numbers.join(" ").into_bytes();
        if !name.is_empty() {
            line.push(b' ');
            line.extend(name);
        }
        line.push(b'\n');
        process.print(line).await?;
    }
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

#[cfg(test)]
mod tests {
    use super::{Counter, Counts};

    #[test]
    fn a_text_in_pieces_is_counted_as_a_whole() {
        let text = "one two\n\tthree\u{e4}\n\nfour".as_bytes();
        let mut whole = Counter::default();
        whole.take(text);
        let expected = Counts { lines: 3, words: 4, characters: 21, bytes: 22, longest: 14 };
        assert_eq!(whole.counts, expected);
        for at in 0..text.len() {
            let mut pieces = Counter::default();
            pieces.take(&text[..at]);
            pieces.take(&text[at..]);
            assert_eq!(pieces.counts, expected);
        }
    }
}
