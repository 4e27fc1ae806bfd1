//! The line discipline: what becomes of bytes that are typed while no line editor reads them.

use std::collections::VecDeque;

use super::super::signals::Signal;
use crate::caps;

/// How the terminal treats what is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    /// Whole lines, with erasing and the end of file by ^D.
    pub canonical: bool,
    /// What is typed is shown.
    pub echo: bool,
    /// ^C, ^\ and ^Z are signals.
    pub signals: bool,
}

impl Mode {
    /// As a terminal is when a program starts.
    pub const COOKED: Self = Self { canonical: true, echo: true, signals: true };
    /// As passwords are read.
    pub const SILENT: Self = Self { canonical: true, echo: false, signals: true };
    /// Byte by byte, nothing shown, for editors.
    pub const RAW: Self = Self { canonical: false, echo: false, signals: false };
}

/// What typed bytes lead to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Effects {
    /// What the terminal shows.
    pub(super) echo: Vec<u8>,
    /// What it sends, in order.
    pub(super) signals: Vec<Signal>,
}

/// Typed bytes between the keyboard and whoever reads.
#[derive(Debug)]
pub(super) struct Discipline {
    mode: Mode,
    /// The line that is being typed.
    line: Vec<u8>,
    /// What can be read: lines, bytes, and ends of file (empty).
    ready: VecDeque<Vec<u8>>,
    size: usize,
    literal: bool,
}

impl Discipline {
    pub(super) fn new() -> Self {
        Self { mode: Mode::COOKED, line: Vec::new(), ready: VecDeque::new(), size: 0, literal: false }
    }

    pub(super) fn mode(&self) -> Mode {
        self.mode
    }

    /// Changes the mode; what was typed and not read stays.
    pub(super) fn set_mode(&mut self, mode: Mode) {
        if self.mode.canonical && !mode.canonical {
            let typed = std::mem::take(&mut self.line);
            self.ready.retain(|piece| !piece.is_empty());
            self.push(typed);
        }
        self.mode = mode;
    }

    /// Whether nothing more should be taken from the keyboard for now.
    pub(super) fn is_full(&self) -> bool {
        self.size >= caps::TERMINAL_AHEAD
    }

    /// Takes what is ready: at most `most` bytes of the next line; nothing for an end of file.
    pub(super) fn take(&mut self, most: usize) -> Option<Vec<u8>> {
        let mut piece = self.ready.pop_front()?;
        if piece.len() > most {
            let rest = piece.split_off(most);
            self.ready.push_front(rest);
        }
        self.size -= piece.len();
        Some(piece)
    }

    fn push(&mut self, piece: Vec<u8>) {
        if !piece.is_empty() {
            self.size += piece.len();
            self.ready.push_back(piece);
        }
    }

    /// Takes typed bytes.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Effects {
        let mut effects = Effects::default();
        if !self.mode.canonical && !self.mode.signals && !self.mode.echo {
            self.push(bytes.to_vec());
            return effects;
        }
        for byte in bytes {
            self.key(*byte, &mut effects);
        }
        effects
    }

    fn key(&mut self, byte: u8, effects: &mut Effects) {
        let byte = if byte == b'\r' && self.mode.canonical && !self.literal { b'\n' } else { byte };
        if self.mode.signals && !self.literal && self.signal(byte, effects) {
            return;
        }
        if !self.mode.canonical {
            self.echo(byte, effects);
            self.push(vec![byte]);
            return;
        }
        if std::mem::take(&mut self.literal) {
            self.insert(byte, effects);
            return;
        }
        match byte {
            b'\n' => {
                if self.mode.echo {
                    effects.echo.extend_from_slice(b"\r\n");
                }
                self.line.push(b'\n');
                let line = std::mem::take(&mut self.line);
                self.push(line);
            }
            0x04 if self.line.is_empty() => self.ready.push_back(Vec::new()),
            0x04 => {
                let line = std::mem::take(&mut self.line);
                self.push(line);
            }
            0x7f | 0x08 => self.erase(effects),
            0x15 => {
                while !self.line.is_empty() {
                    self.erase(effects);
                }
            }
            0x17 => self.erase_word(effects),
            0x16 => {
                self.literal = true;
                if self.mode.echo {
                    effects.echo.extend_from_slice(b"^\x08");
                }
            }
            0x12 => self.reprint(effects),
            0x11 | 0x13 => {}
            _ => self.insert(byte, effects),
        }
    }

    fn insert(&mut self, byte: u8, effects: &mut Effects) {
        if self.line.len() < caps::TERMINAL_LINE {
            self.line.push(byte);
            self.echo(byte, effects);
        } else {
            effects.echo.push(0x07);
        }
    }

    fn echo(&self, byte: u8, effects: &mut Effects) {
        if self.mode.echo {
            effects.echo.extend_from_slice(&shown(byte));
        }
    }

    fn signal(&mut self, byte: u8, effects: &mut Effects) -> bool {
        let signal = match byte {
            0x03 => Signal::Interrupt,
            0x1c => Signal::Quit,
            0x1a => Signal::Stop,
            _ => return false,
        };
        if self.mode.echo {
            effects.echo.extend_from_slice(&shown(byte));
        }
        self.line.clear();
        self.ready.clear();
        self.size = 0;
        effects.signals.push(signal);
        true
    }

    fn erase(&mut self, effects: &mut Effects) {
        let Some(mut last) = self.line.pop() else { return };
        let columns = if last < b' ' && last != b'\t' || last == 0x7f { 2 } else { 1 };
        // A character of several bytes goes as one.
        while last & 0xc0 == 0x80 {
            match self.line.pop() {
                Some(byte) => last = byte,
                None => break,
            }
        }
        if self.mode.echo {
            effects.echo.extend_from_slice(&b"\x08 \x08".repeat(columns));
        }
    }

    fn erase_word(&mut self, effects: &mut Effects) {
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
        while self.line.last().is_some_and(|byte| !is_word(byte)) {
            self.erase(effects);
        }
        while self.line.last().is_some_and(is_word) {
            self.erase(effects);
        }
    }

    fn reprint(&self, effects: &mut Effects) {
        if self.mode.echo {
            effects.echo.extend_from_slice(b"^R\r\n");
            for byte in &self.line {
                effects.echo.extend_from_slice(&shown(*byte));
            }
        }
    }
}

/// How a terminal shows a typed byte.
fn shown(byte: u8) -> Vec<u8> {
    match byte {
        b'\n' => b"\r\n".to_vec(),
        b'\t' => vec![byte],
        0x7f => b"^?".to_vec(),
        0..=0x1f => vec![b'^', byte + 0x40],
        _ => vec![byte],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn type_in(keys: &[u8]) -> (Discipline, Effects) {
        let mut discipline = Discipline::new();
        let effects = discipline.feed(keys);
        (discipline, effects)
    }

    #[test]
    fn lines_are_edited_and_shown() {
        let (mut discipline, effects) = type_in(b"ab\x7fc d\x17\x01\r");
        assert_eq!(discipline.take(99).unwrap(), b"ac \x01\n");
        assert_eq!(effects.echo, b"ab\x08 \x08c d\x08 \x08^A\r\n");
        assert!(discipline.take(99).is_none());
    }

    #[test]
    fn an_end_of_file_ends_one_read() {
        let (mut discipline, _) = type_in(b"ab\x04\x04x\n");
        let mut next = || discipline.take(9);
        assert_eq!((next(), next(), next()), (Some(b"ab".to_vec()), Some(vec![]), Some(b"x\n".to_vec())));
    }

    #[test]
    fn control_c_throws_away_what_was_typed_and_signals() {
        let (mut discipline, effects) = type_in(b"ab\x03");
        assert_eq!(effects, Effects { echo: b"ab^C".to_vec(), signals: vec![Signal::Interrupt] });
        assert!(discipline.take(9).is_none());
    }

    #[test]
    fn a_line_has_a_bound() {
        let (mut discipline, effects) = type_in(&vec![b'a'; caps::TERMINAL_LINE + 10]);
        assert!(effects.echo.ends_with(b"a\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07"));
        discipline.feed(b"\n");
        assert_eq!(discipline.take(usize::MAX).unwrap().len(), caps::TERMINAL_LINE + 1);
    }

    #[test]
    fn what_is_typed_ahead_goes_to_the_line_editor() {
        let (mut discipline, _) = type_in(b"one\ntw");
        discipline.set_mode(Mode::RAW);
        discipline.feed(b"o\x03");
        let mut all = Vec::new();
        while let Some(piece) = discipline.take(9) {
            all.extend(piece);
        }
        assert_eq!(all, b"one\ntwo\x03");
    }

    #[test]
    fn what_is_typed_ahead_has_a_bound() {
        let mut discipline = Discipline::new();
        discipline.set_mode(Mode::RAW);
        discipline.feed(&vec![0; caps::TERMINAL_AHEAD]);
        assert!(discipline.is_full());
    }
}
