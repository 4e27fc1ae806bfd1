//! A line that is edited, and what of it the screen shows.

use crate::caps;

/// A line with a cursor in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) bytes: Vec<u8>,
    pub(super) cursor: usize,
    /// What was cut last.
    pub(super) cut: Vec<u8>,
}

impl Line {
    /// Puts other text in the place of all, and the cursor at its end.
    pub(super) fn replace(&mut self, bytes: &[u8]) {
        self.bytes = bytes.to_vec();
        self.cursor = bytes.len();
    }

    /// Inserts at the cursor, as far as there is room.
    pub(super) fn insert(&mut self, bytes: &[u8]) {
        let room = caps::SHELL_LINE.saturating_sub(self.bytes.len()).min(bytes.len());
        let bytes = bytes.get(..room).unwrap_or_default();
        self.bytes.splice(self.cursor..self.cursor, bytes.iter().copied());
        self.cursor += bytes.len();
    }

    fn is_inside(&self, at: usize) -> bool {
        self.bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80)
    }

    /// One character to the left of `at`.
    fn before(&self, at: usize) -> usize {
        let mut at = at.saturating_sub(1);
        while at > 0 && self.is_inside(at) {
            at -= 1;
        }
        at
    }

    fn after(&self, at: usize) -> usize {
        let mut at = (at + 1).min(self.bytes.len());
        while self.is_inside(at) {
            at += 1;
        }
        at
    }

    pub(super) fn left(&mut self) {
        self.cursor = self.before(self.cursor);
    }

    pub(super) fn right(&mut self) {
        self.cursor = self.after(self.cursor);
    }

    pub(super) fn backspace(&mut self) {
        let start = self.before(self.cursor);
        self.bytes.drain(start..self.cursor);
        self.cursor = start;
    }

    pub(super) fn delete(&mut self) {
        let end = self.after(self.cursor);
        self.bytes.drain(self.cursor..end);
    }

    fn is_word(&self, at: usize) -> bool {
        self.bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80)
    }

    fn word_start(&self) -> usize {
        let mut at = self.cursor;
        while at > 0 && !self.is_word(at - 1) {
            at -= 1;
        }
        while at > 0 && self.is_word(at - 1) {
            at -= 1;
        }
        at
    }

    fn word_end(&self) -> usize {
        let mut at = self.cursor;
        while at < self.bytes.len() && !self.is_word(at) {
            at += 1;
        }
        while self.is_word(at) {
            at += 1;
        }
        at
    }

    pub(super) fn word_left(&mut self) {
        self.cursor = self.word_start();
    }

    pub(super) fn word_right(&mut self) {
        self.cursor = self.word_end();
    }

    fn cut_range(&mut self, start: usize, end: usize) {
        self.cut = self.bytes.drain(start..end).collect();
        self.cursor = start;
    }

    pub(super) fn cut_word_left(&mut self) {
        self.cut_range(self.word_start(), self.cursor);
    }

    pub(super) fn cut_word_right(&mut self) {
        self.cut_range(self.cursor, self.word_end());
    }

    /// ^W: back to a blank.
    pub(super) fn cut_blank_word(&mut self) {
        let blank = |at: usize| self.bytes.get(at).is_some_and(u8::is_ascii_whitespace);
        let mut at = self.cursor;
        while at > 0 && blank(at - 1) {
            at -= 1;
        }
        while at > 0 && !blank(at - 1) {
            at -= 1;
        }
        self.cut_range(at, self.cursor);
    }

    pub(super) fn cut_to_end(&mut self) {
        self.cut_range(self.cursor, self.bytes.len());
    }

    pub(super) fn cut_to_start(&mut self) {
        self.cut_range(0, self.cursor);
    }

    pub(super) fn paste(&mut self) {
        let cut = self.cut.clone();
        self.insert(&cut);
    }

    /// ^T
    pub(super) fn swap(&mut self) {
        if self.bytes.len() < 2 || self.cursor == 0 {
            return;
        }
        let at = if self.cursor == self.bytes.len() { self.cursor - 1 } else { self.cursor };
        if let Some([left, right]) = self.bytes.get_mut(at - 1..=at) {
            std::mem::swap(left, right);
            self.cursor = at + 1;
        }
    }
}

/// Columns that text takes on a screen; what escapes is not shown takes none.
pub(super) fn width(text: &[u8]) -> usize {
    let mut columns = 0;
    let mut bytes = text.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            0x1b => match bytes.peek() {
                Some(b'[') => {
                    bytes.next();
                    while bytes.next().is_some_and(|byte| !matches!(byte, 0x40..=0x7e)) {}
                }
                Some(b']') => while bytes.next().is_some_and(|byte| byte != 7) {},
                _ => drop(bytes.next()),
            },
            b'\n' | b'\r' => columns = 0,
            7 => {}
            0..=0x1f | 0x7f => columns += 2,
            0x80..=0xbf => {}
            _ => columns += 1,
        }
    }
    columns
}

/// The bytes that a screen is sent for a line: control characters become two.
pub(super) fn visible(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            0..=0x1f => out.extend_from_slice(&[b'^', byte + 0x40]),
            0x7f => out.extend_from_slice(b"^?"),
            _ => out.push(*byte),
        }
    }
    out
}

/// What the screen shows of a line, and where its cursor is.
#[derive(Clone, Debug, Default)]
pub(super) struct Shown {
    /// Columns of the prompt's last line.
    pub(super) prompt: usize,
    text: Vec<u8>,
    cursor: usize,
    /// Columns to the end of the text, if what is typed there only adds to them.
    end: Option<usize>,
}

impl Shown {
    /// A prompt and nothing after it.
    pub(super) fn after(prompt: &[u8]) -> Self {
        let prompt = width(prompt);
        Self { prompt, text: Vec::new(), cursor: 0, end: Some(prompt) }
    }

    /// What to send so that the screen shows `line`, on which `columns` have room.
    pub(super) fn update(&mut self, line: &Line, columns: usize) -> Vec<u8> {
        if let Some(out) = self.append(line, columns.max(2)) {
            return out;
        }
        let same = self.text.iter().zip(&line.bytes).take_while(|(old, new)| old == new).count();
        let mut same = same.min(self.text.len()).min(line.bytes.len());
        while same > 0 && line.bytes.get(same).is_some_and(|byte| byte & 0xc0 == 0x80) {
            same -= 1;
        }
        let columns = columns.max(2);
        let place = |text: &[u8], at: usize| self.prompt + width(text.get(..at).unwrap_or_default());
        let from = place(&self.text, self.cursor);
        let start = place(&line.bytes, same);
        let end = place(&line.bytes, line.bytes.len());
        let to = place(&line.bytes, line.cursor);
        let old_end = place(&self.text, self.text.len());
        let tail = line.bytes.get(same..).unwrap_or_default();
        let mut out = Vec::new();
        if self.text == line.bytes {
            if to > from && to / columns == from / columns {
                out.extend(visible(line.bytes.get(self.cursor..line.cursor).unwrap_or_default()));
            } else {
                travel(&mut out, from, to, columns);
            }
            self.cursor = line.cursor;
            return out;
        }
        if start > from {
            let between = line.bytes.get(self.cursor..same).unwrap_or_default();
            out.extend(visible(between));
        } else {
            travel(&mut out, from, start, columns);
        }
        out.extend(visible(tail));
        if !tail.is_empty() && end.is_multiple_of(columns) && end > 0 {
            // The cursor hangs at the edge until something is written; push it over.
            out.extend_from_slice(b" \r");
        }
        if old_end > end {
            out.extend_from_slice(if old_end / columns > end / columns { b"\x1b[J" } else { b"\x1b[K" });
        }
        travel(&mut out, end, to, columns);
        self.text.clone_from(&line.bytes);
        self.cursor = line.cursor;
        self.end = (!line.bytes.contains(&0x1b)).then_some(end);
        out
    }

    /// The same for what is typed at the end: a long line is not measured anew for each key.
    fn append(&mut self, line: &Line, columns: usize) -> Option<Vec<u8>> {
        let tail = line.bytes.strip_prefix(self.text.as_slice())?;
        let at_ends = self.cursor == self.text.len() && line.cursor == line.bytes.len();
        let plain = !tail.is_empty() && tail.iter().all(|byte| (b' '..0x7f).contains(byte));
        let end = self.end.filter(|_| at_ends && plain)? + tail.len();
        let mut out = tail.to_vec();
        if end.is_multiple_of(columns) {
            out.extend_from_slice(b" \r");
        }
        self.text.extend_from_slice(tail);
        (self.cursor, self.end) = (line.cursor, Some(end));
        Some(out)
    }
}

/// Moves the cursor between two places, counted in columns from the start of the prompt's line.
fn travel(out: &mut Vec<u8>, from: usize, to: usize, columns: usize) {
    let (from_row, to_row) = (from / columns, to / columns);
    if from_row == to_row {
        if to <= from {
            out.extend(std::iter::repeat_n(8, from - to));
        } else {
            out.extend_from_slice(format!("\x1b[{}C", to - from).as_bytes());
        }
        return;
    }
    if to_row < from_row {
        out.extend_from_slice(format!("\x1b[{}A", from_row - to_row).as_bytes());
    } else {
        out.extend_from_slice(format!("\x1b[{}B", to_row - from_row).as_bytes());
    }
    out.push(b'\r');
    if !to.is_multiple_of(columns) {
        out.extend_from_slice(format!("\x1b[{}C", to % columns).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, cursor: usize) -> Line {
        Line { bytes: text.into(), cursor, cut: Vec::new() }
    }

    #[test]
    fn lines_are_edited_by_characters_and_words() {
        let mut edited = line("echo h€y you", 14);
        edited.cut_blank_word();
        edited.left();
        edited.left();
        edited.backspace();
        assert_eq!(edited.bytes, "echo hy ".as_bytes());
        edited.word_left();
        assert_eq!(edited.cursor, 5);
        edited.paste();
        assert_eq!(edited.bytes, "echo youhy ".as_bytes());
        edited.cut_to_end();
        edited.cut_to_start();
        assert!(edited.bytes.is_empty());
    }

    #[test]
    fn the_screen_is_sent_what_changed() {
        let mut shown = Shown::after(b"\x1b[1m$ \x1b[0m");
        assert_eq!(shown.prompt, 2);
        assert_eq!(shown.update(&line("a", 1), 80), b"a");
        assert_eq!(shown.update(&line("ab", 2), 80), b"b");
        assert_eq!(shown.update(&line("a", 1), 80), b"\x08\x1b[K");
        assert_eq!(shown.update(&line("xa", 1), 80), b"\x08xa\x08");
        assert_eq!(shown.update(&line("xa", 0), 80), b"\x08");
        assert_eq!(shown.update(&line("xa", 2), 80), b"xa");
    }

    /// Thirty thousand keys once took seconds.
    #[test]
    fn a_long_line_is_not_measured_for_each_key() {
        let (mut shown, mut long) = (Shown::after(b"$ "), Line::default());
        let start = std::time::Instant::now();
        for typed in 1..=30_000 {
            long.insert(b"a");
            let edge = (typed + 2) % 80 == 0;
            assert_eq!(shown.update(&long, 80), if edge { &b"a \r"[..] } else { b"a" });
        }
        assert!(start.elapsed().as_secs() < 2, "{:?}", start.elapsed());
        long.insert(b"\x1b");
        assert_eq!(shown.update(&long, 80), b"^[");
        long.insert(b"x");
        shown.update(&long, 80);
        assert_eq!(shown.text, long.bytes);
    }

    #[test]
    fn lines_over_several_rows_are_travelled() {
        let mut shown = Shown::after(b"$ ");
        let long = "a".repeat(25);
        shown.update(&line(&long, 25), 10);
        assert_eq!(shown.update(&line(&long, 0), 10), b"\x1b[2A\r\x1b[2C");
    }

    #[test]
    fn a_line_has_a_bound() {
        let mut full = Line::default();
        full.insert(&vec![b'a'; caps::SHELL_LINE + 10]);
        assert_eq!(full.bytes.len(), caps::SHELL_LINE);
    }
}
