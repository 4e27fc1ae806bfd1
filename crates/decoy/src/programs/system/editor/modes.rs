//! What keys do: those of vi, and those of nano; and what is shown.

use super::buffer::Buffer;

/// Which editor it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Vi,
    Nano,
}

/// What a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Byte(u8),
    Escape,
    Enter,
    Erase,
    Up,
    Down,
    Left,
    Right,
}

/// What is to be done after a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    On,
    Write(Vec<u8>),
    WriteAndLeave(Vec<u8>),
    Leave,
}

/// What keys mean at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Mode {
    /// vi's commands; a letter that waits for a second one.
    Normal(Option<u8>),
    Insert,
    /// A line at the bottom: `:…`, `/…`, or nano's name of a file.
    Line(u8, Vec<u8>),
    /// nano asks whether to save.
    Question,
}

/// An editor at work.
#[derive(Debug)]
pub(super) struct Editor {
    kind: Kind,
    path: Vec<u8>,
    buffer: Buffer,
    mode: Mode,
    top: usize,
    message: String,
    leaves: bool,
}

/// The keys in what was typed.
pub(super) fn keys(bytes: &[u8]) -> Vec<Key> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let key = match (*first, after) {
            (0x1b, [b'[' | b'O', letter @ b'A'..=b'D', tail @ ..]) => {
                rest = tail;
                match letter {
                    b'A' => Key::Up,
                    b'B' => Key::Down,
                    b'C' => Key::Right,
                    _ => Key::Left,
                }
            }
            (0x1b, _) => Key::Escape,
            (b'\r' | b'\n', _) => Key::Enter,
            (0x7f | 0x08, _) => Key::Erase,
            (byte, _) => Key::Byte(byte),
        };
        out.push(key);
    }
    out
}

impl Editor {
    pub(super) fn new(kind: Kind, path: Vec<u8>, buffer: Buffer, new: bool) -> Self {
        let name = String::from_utf8_lossy(&path).into_owned();
        let (lines, size) =
            (buffer.content().iter().filter(|b| **b == b'\n').count(), buffer.content().len());
        let message = match (kind, new) {
            (Kind::Vi, _) if path.is_empty() => String::new(),
            (Kind::Vi, true) => format!("\"{name}\" [New]"),
            (Kind::Vi, false) => format!("\"{name}\" {lines}L, {size}B"),
            (Kind::Nano, true) => "[ New File ]".to_owned(),
            (Kind::Nano, false) => format!("[ Read {lines} line{} ]", if lines == 1 { "" } else { "s" }),
        };
        let mode = if kind == Kind::Vi { Mode::Normal(None) } else { Mode::Insert };
        Self { kind, path, buffer, mode, top: 0, message, leaves: false }
    }

    pub(super) fn content(&self) -> Vec<u8> {
        self.buffer.content()
    }

    pub(super) fn is_changed(&self) -> bool {
        self.buffer.changed
    }

    pub(super) fn saved(&mut self, path: &[u8], size: usize) {
        self.buffer.changed = false;
        self.path = path.to_vec();
        let (name, lines) = (String::from_utf8_lossy(path).into_owned(), self.buffer.lines.len());
        self.message = match self.kind {
            Kind::Vi => format!("\"{name}\" {lines}L, {size}B written"),
            Kind::Nano => format!("[ Wrote {lines} line{} ]", if lines == 1 { "" } else { "s" }),
        };
    }

    pub(super) fn failed(&mut self, why: &str) {
        let name = String::from_utf8_lossy(&self.path).into_owned();
        self.message = match self.kind {
            Kind::Vi => format!("\"{name}\" E212: Can't open file for writing"),
            Kind::Nano => format!("[ Error writing {name}: {why} ]"),
        };
    }

    /// Takes a key.
    pub(super) fn press(&mut self, key: Key) -> Step {
        match (self.mode.clone(), self.kind) {
            (Mode::Normal(first), _) => self.normal(first, key),
            (Mode::Insert, Kind::Vi) => self.insert(key),
            (Mode::Insert, Kind::Nano) => self.nano(key),
            (Mode::Line(sign, line), _) => self.line(sign, line, key),
            (Mode::Question, _) => self.answer(key),
        }
    }

    fn arrows(&mut self, key: Key) {
        match key {
            Key::Up => self.buffer.go(-1, 0),
            Key::Down => self.buffer.go(1, 0),
            Key::Left => self.buffer.go(0, -1),
            Key::Right => self.buffer.go(0, 1),
            _ => {}
        }
    }

    fn normal(&mut self, first: Option<u8>, key: Key) -> Step {
        self.mode = Mode::Normal(None);
        let Key::Byte(byte) = key else {
            match key {
                Key::Enter => self.buffer.go(1, 0),
                key => self.arrows(key),
            }
            return Step::On;
        };
        match (first, byte) {
            (Some(b'Z'), b'Z') => return Step::WriteAndLeave(self.path.clone()),
            (Some(b'Z'), b'Q') => return Step::Leave,
            (Some(b'd'), b'd') => self.buffer.delete_line(),
            (Some(b'g'), b'g') => (self.buffer.row, self.buffer.column) = (0, 0),
            (_, b'd' | b'g' | b'Z') => self.mode = Mode::Normal(Some(byte)),
            (_, b':' | b'/') => self.mode = Mode::Line(byte, Vec::new()),
            (_, b'h') => self.buffer.go(0, -1),
            (_, b'j') => self.buffer.go(1, 0),
            (_, b'k') => self.buffer.go(-1, 0),
            (_, b'l' | b' ') => self.buffer.go(0, 1),
            (_, b'0' | b'^') => self.buffer.column = 0,
            (_, b'$') => self.buffer.column = self.buffer.length(),
            (_, b'G') => self.buffer.row = self.buffer.lines.len().saturating_sub(1),
            (_, b'x') => self.buffer.delete(),
            (_, b'i' | b'I' | b'a' | b'A' | b'o' | b'O') => self.begin(byte),
            (_, 0x03) => {
                self.message = "Type  :qa!  and press <Enter> to abandon all changes and exit Vim".to_owned()
            }
            _ => {}
        }
        Step::On
    }

    /// Begins to insert.
    fn begin(&mut self, how: u8) {
        match how {
            b'I' => self.buffer.column = 0,
            b'a' => self.buffer.go(0, 1),
            b'A' => self.buffer.column = self.buffer.length(),
            b'o' => self.buffer.open(self.buffer.row + 1),
            b'O' => self.buffer.open(self.buffer.row),
            _ => {}
        }
        self.mode = Mode::Insert;
        self.message = "-- INSERT --".to_owned();
    }

    fn insert(&mut self, key: Key) -> Step {
        match key {
            Key::Escape | Key::Byte(0x03) => {
                self.mode = Mode::Normal(None);
                self.message.clear();
                self.buffer.go(0, -1);
            }
            key => self.typed(key),
        }
        Step::On
    }

    /// A key that changes the text.
    fn typed(&mut self, key: Key) {
        match key {
            Key::Enter => self.buffer.split(),
            Key::Erase => self.buffer.erase(),
            Key::Byte(byte) if byte >= b' ' || byte == b'\t' => self.buffer.insert(byte),
            key => self.arrows(key),
        }
    }

    fn line(&mut self, sign: u8, mut line: Vec<u8>, key: Key) -> Step {
        match key {
            Key::Escape | Key::Byte(0x03) => self.mode = self.rest(),
            Key::Erase if line.is_empty() && self.kind == Kind::Vi => self.mode = self.rest(),
            Key::Enter if sign == b':' => return self.command(&line),
            Key::Enter if sign == b'/' => {
                self.mode = self.rest();
                self.search(&line);
            }
            Key::Enter => {
                self.mode = self.rest();
                return if self.leaves { Step::WriteAndLeave(line) } else { Step::Write(line) };
            }
            Key::Erase => {
                line.pop();
                self.mode = Mode::Line(sign, line);
            }
            Key::Byte(byte) if byte >= b' ' && line.len() < 1_024 => {
                line.push(byte);
                self.mode = Mode::Line(sign, line);
            }
            _ => {}
        }
        Step::On
    }

    fn rest(&self) -> Mode {
        if self.kind == Kind::Vi { Mode::Normal(None) } else { Mode::Insert }
    }

    fn search(&mut self, text: &[u8]) {
        let holds = |line: &Vec<u8>| line.windows(text.len().max(1)).any(|window| window == text);
        let after = self.buffer.lines.iter().enumerate().skip(self.buffer.row + 1);
        match after.chain(self.buffer.lines.iter().enumerate()).find(|(_, line)| holds(line)) {
            Some((row, _)) => (self.buffer.row, self.buffer.column) = (row, 0),
            None => self.message = format!("E486: Pattern not found: {}", String::from_utf8_lossy(text)),
        }
    }

    /// Carries out `:…`.
    fn command(&mut self, line: &[u8]) -> Step {
        self.mode = Mode::Normal(None);
        self.message.clear();
        let text = String::from_utf8_lossy(line).trim().to_owned();
        let (word, name) = text.split_once(' ').unwrap_or((&text, ""));
        let path = if name.is_empty() { self.path.clone() } else { name.as_bytes().to_vec() };
        match word {
            "q" | "quit" | "qa" if self.buffer.changed => {
                self.message = "E37: No write since last change (add ! to override)".to_owned();
            }
            "q" | "quit" | "qa" | "q!" | "quit!" | "qa!" | "cq" => return Step::Leave,
            "w" | "w!" | "write" | "wq" | "wq!" | "x" | "x!" if path.is_empty() => {
                self.message = "E32: No file name".to_owned();
            }
            "w" | "w!" | "write" => return Step::Write(path),
            "wq" | "wq!" | "x" | "x!" | "wqa" | "xa" => return Step::WriteAndLeave(path),
            "" => {}
            "%d" | "1,$d" => {
                self.buffer.lines = vec![Vec::new()];
                (self.buffer.row, self.buffer.column, self.buffer.changed) = (0, 0, true);
            }
            "$" => self.buffer.row = self.buffer.lines.len().saturating_sub(1),
            word if word.starts_with("set") || word == "syntax" => {}
            word => match word.parse::<usize>() {
                Ok(number) => {
                    self.buffer.row = number.saturating_sub(1).min(self.buffer.lines.len().saturating_sub(1))
                }
                Err(_) => self.message = format!("E492: Not an editor command: {text}"),
            },
        }
        Step::On
    }

    fn nano(&mut self, key: Key) -> Step {
        self.message.clear();
        match key {
            Key::Byte(0x18) if self.buffer.changed => self.mode = Mode::Question,
            Key::Byte(0x18) => return Step::Leave,
            Key::Byte(0x0f) => {
                self.leaves = false;
                self.mode = Mode::Line(b'>', self.path.clone());
            }
            Key::Byte(0x0b) => self.buffer.delete_line(),
            Key::Byte(0x01) => self.buffer.column = 0,
            Key::Byte(0x05) => self.buffer.column = self.buffer.length(),
            Key::Byte(0x04) => self.buffer.delete(),
            key => self.typed(key),
        }
        Step::On
    }

    fn answer(&mut self, key: Key) -> Step {
        match key {
            Key::Byte(b'y' | b'Y') => {
                self.leaves = true;
                self.mode = Mode::Line(b'>', self.path.clone());
                Step::On
            }
            Key::Byte(b'n' | b'N') => Step::Leave,
            Key::Byte(0x03) | Key::Escape => {
                self.mode = Mode::Insert;
                Step::On
            }
            _ => Step::On,
        }
    }

    /// The whole screen, the cursor in its place.
    pub(super) fn screen(&mut self, (rows, columns): (usize, usize)) -> Vec<u8> {
        let (rows, columns) = (rows.clamp(4, 512), columns.clamp(4, 1_024));
        let (above, below) = if self.kind == Kind::Vi { (0, 1) } else { (1, 3) };
        let height = rows - above - below;
        self.top = self.top.min(self.buffer.row).max((self.buffer.row + 1).saturating_sub(height));
        let mut out = b"\x1b[?25l\x1b[H".to_vec();
        if above > 0 {
            out.extend(self.title(columns));
        }
        for place in 0..height {
            match self.buffer.lines.get(self.top + place) {
                Some(line) => out.extend(line.iter().take(columns)),
                None if self.kind == Kind::Vi => out.extend_from_slice(b"\x1b[94m~\x1b[0m"),
                None => {}
            }
            out.extend_from_slice(b"\x1b[K\r\n");
        }
        out.extend(self.bottom(columns));
        let (row, column) = match &self.mode {
            Mode::Line(sign, line) => {
                let head = if *sign == b'>' { "File Name to Write: ".len() } else { 1 };
                (rows - below, head + line.len())
            }
            _ => (above + self.buffer.row - self.top, self.buffer.column.min(columns - 1)),
        };
        out.extend(format!("\x1b[{};{}H\x1b[?25h", row + 1, column + 1).into_bytes());
        out
    }

    /// nano's first line.
    fn title(&self, columns: usize) -> Vec<u8> {
        let name = if self.path.is_empty() {
            "New Buffer".to_owned()
        } else {
            String::from_utf8_lossy(&self.path).into_owned()
        };
        let mark = if self.buffer.changed { " *" } else { "" };
        let head = "  GNU nano 7.2";
        let centre = columns.saturating_sub(name.len()) / 2;
        let text = format!("{head:<centre$}{name}{mark}");
        format!("\x1b[7m{text:<columns$.columns$}\x1b[0m\r\n").into_bytes()
    }

    fn bottom(&self, columns: usize) -> Vec<u8> {
        let line = match &self.mode {
            Mode::Line(b'>', line) => {
                format!("\x1b[7mFile Name to Write: {}\x1b[0m", String::from_utf8_lossy(line))
            }
            Mode::Line(sign, line) => format!("{}{}", char::from(*sign), String::from_utf8_lossy(line)),
            Mode::Question => "\x1b[7mSave modified buffer? \x1b[0m".to_owned(),
            _ if self.kind == Kind::Nano && !self.message.is_empty() => {
                let pad = columns.saturating_sub(self.message.len()) / 2;
                format!("{}\x1b[7m{}\x1b[0m", " ".repeat(pad), self.message)
            }
            _ => self.message.clone(),
        };
        let help = match (self.kind, &self.mode) {
            (Kind::Vi, _) => "",
            (_, Mode::Question) => "\r\n Y Yes\x1b[K\r\n N No           ^C Cancel\x1b[K",
            _ => {
                "\r\n^G Help      ^O Write Out ^W Where Is  ^K Cut       ^T Execute   ^C Location\x1b[K\r\n^X Exit      ^R Read File ^\\ Replace   ^U Paste     ^J Justify   ^/ Go To Line\x1b[K"
            }
        };
        format!("{line}\x1b[K{help}").into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typed(kind: Kind, content: &str, bytes: &[u8]) -> (Editor, Step) {
        let mut editor = Editor::new(kind, b"/tmp/x".to_vec(), Buffer::new(content.as_bytes()), false);
        let step = keys(bytes).into_iter().map(|key| editor.press(key)).last().unwrap();
        (editor, step)
    }

    #[test]
    fn a_line_is_added_and_written() {
        let (editor, step) = typed(Kind::Vi, "one\ntwo\n", b"onew\x1b:wq\r");
        assert_eq!(step, Step::WriteAndLeave(b"/tmp/x".to_vec()));
        assert_eq!(editor.content(), b"one\nnew\ntwo\n");
        let (editor, step) = typed(Kind::Vi, "one\ntwo\n", b"ddix\x1b:q\r");
        assert_eq!((step, editor.is_changed()), (Step::On, true));
        let (_, step) = typed(Kind::Vi, "one\n", b"dd:q!\r");
        assert_eq!(step, Step::Leave);
        let (editor, step) = typed(Kind::Nano, "", b"key\r\x18y\r");
        assert_eq!((step, editor.content()), (Step::WriteAndLeave(b"/tmp/x".to_vec()), b"key\n\n".to_vec()));
    }

    proptest! {
        #[test]
        fn any_keys_are_taken(bytes in proptest::collection::vec(any::<u8>(), 0..200), nano: bool) {
            let kind = if nano { Kind::Nano } else { Kind::Vi };
            let mut editor = Editor::new(kind, b"x".to_vec(), Buffer::new(b"a\nb\n"), false);
            for key in keys(&bytes) {
                let _ = editor.press(key);
                let _ = editor.screen((24, 80));
            }
        }
    }
}
