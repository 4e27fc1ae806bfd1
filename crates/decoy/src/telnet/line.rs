//! What a terminal does while somebody types a name or a password: echo, erase, end of line.

use crate::caps;

/// A line being typed.
#[derive(Debug, Default)]
pub(crate) struct LineInput {
    typed: Vec<u8>,
}

/// What a byte did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// Nothing that ends the line.
    More,
    /// The line is complete.
    Line(Vec<u8>),
    /// The end of input, on an empty line.
    End,
    /// An interruption; the line is forgotten.
    Interrupt,
}

const ERASE: u8 = 0x7f;
const KILL: u8 = 0x15;
const WORD_ERASE: u8 = 0x17;
const END: u8 = 0x04;
const INTERRUPT: u8 = 0x03;
const QUIT: u8 = 0x1c;

impl LineInput {
    /// Takes a byte; what the terminal shows of it is appended to `shown` if it shows any.
    pub(crate) fn push(&mut self, byte: u8, shows: bool, shown: &mut Vec<u8>) -> Typed {
        let before = shown.len();
        let typed = self.take(byte, shown);
        // The end of the line shows even when nothing else does.
        if !shows {
            shown.truncate(before);
        }
        typed
    }

    fn take(&mut self, byte: u8, shown: &mut Vec<u8>) -> Typed {
        match byte {
            b'\r' | b'\n' => return Typed::Line(std::mem::take(&mut self.typed)),
            END if self.typed.is_empty() => return Typed::End,
            END => return Typed::Line(std::mem::take(&mut self.typed)),
            INTERRUPT | QUIT => {
                self.typed.clear();
                show(byte, shown);
                return Typed::Interrupt;
            }
            ERASE => self.erase(shown),
            KILL => {
                while !self.typed.is_empty() {
                    self.erase(shown);
                }
            }
            WORD_ERASE => {
                while self.typed.last().is_some_and(|last| *last == b' ') {
                    self.erase(shown);
                }
                while self.typed.last().is_some_and(|last| *last != b' ') {
                    self.erase(shown);
                }
            }
            _ if self.typed.len() < caps::TERMINAL_LINE => {
                self.typed.push(byte);
                show(byte, shown);
            }
            // A full line takes no more and rings.
            _ => shown.push(0x07),
        }
        Typed::More
    }

    fn erase(&mut self, shown: &mut Vec<u8>) {
        if let Some(byte) = self.typed.pop() {
            let wide = if is_control(byte) { 2 } else { 1 };
            for _ in 0..wide {
                shown.extend_from_slice(b"\x08 \x08");
            }
        }
    }
}

const fn is_control(byte: u8) -> bool {
    byte < 0x20 && byte != b'\t'
}

fn show(byte: u8, shown: &mut Vec<u8>) {
    if is_control(byte) {
        shown.extend([b'^', byte ^ 0x40]);
    } else {
        shown.push(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn type_in(bytes: &[u8], shows: bool) -> (Vec<Typed>, Vec<u8>) {
        let (mut line, mut shown) = (LineInput::default(), Vec::new());
        let typed = bytes.iter().map(|byte| line.push(*byte, shows, &mut shown));
        (typed.filter(|typed| *typed != Typed::More).collect(), shown)
    }

    #[test]
    fn lines_are_edited() {
        let line = |text: &[u8]| Typed::Line(text.to_vec());
        assert_eq!(type_in(b"rooz\x7ft\r", true), (vec![line(b"root")], b"rooz\x08 \x08t".to_vec()));
        assert_eq!(type_in(b"ab\x15c\n", false), (vec![line(b"c")], Vec::new()));
        assert_eq!(type_in(b"a bc\x17\r", false).0, [line(b"a ")]);
        assert_eq!(type_in(b"\x04", true).0, [Typed::End]);
        assert_eq!(type_in(b"ab\x03", true), (vec![Typed::Interrupt], b"ab^C".to_vec()));
    }

    #[test]
    fn a_line_has_an_end() {
        let long = [&vec![b'a'; 2 * caps::TERMINAL_LINE][..], b"\r"].concat();
        assert_eq!(type_in(&long, false).0, [Typed::Line(vec![b'a'; caps::TERMINAL_LINE])]);
    }
}
