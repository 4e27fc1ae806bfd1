//! The line editor: what readline does.

use std::{sync::Arc, time::Duration};

use super::{
    Mode, Tty, complete,
    keys::{Key, key},
    line::{Line, Shown, visible},
};
use crate::{caps, shell::interpreter::Shell};

/// How long it takes to complete a word.
const COMPLETION: Duration = Duration::from_millis(10);

/// How the editing of a line ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Edited {
    Line(Vec<u8>),
    /// ^C
    Interrupted,
    /// ^D on an empty line
    End,
}

/// Edits one line.
pub(super) struct Editor<'a> {
    shell: &'a Shell,
    tty: Arc<Tty>,
    prompt: Vec<u8>,
    line: Line,
    shown: Shown,
    /// The line of the history that is shown; its length for the new one.
    place: usize,
    /// What was typed before the history was looked at.
    own: Vec<u8>,
    pasting: bool,
    tabs: usize,
    pending: Vec<u8>,
}

/// What comes after a key.
enum Next {
    On,
    Done(Edited),
}

impl<'a> Editor<'a> {
    /// An editor that shows `prompt`; `pending` are keys that were typed already.
    pub(super) fn new(
        shell: &'a Shell,
        tty: Arc<Tty>,
        prompt: Vec<u8>,
        pending: Vec<u8>,
        cut: Vec<u8>,
    ) -> Self {
        Self {
            shown: Shown::after(&prompt),
            place: shell.history.len(),
            line: Line { cut, ..Line::default() },
            own: Vec::new(),
            pasting: false,
            tabs: 0,
            shell,
            tty,
            prompt,
            pending,
        }
    }

    /// Reads keys until the line is done; also what was typed beyond it, and what was cut last.
    pub(super) async fn edit(mut self) -> (Edited, Vec<u8>, Vec<u8>) {
        self.tty.set_mode(Mode::RAW);
        let prompt = self.prompt.clone();
        self.show(&crlf(&prompt)).await;
        let edited = loop {
            let next = match key(&self.pending) {
                Some((key, length)) => {
                    self.pending.drain(..length.min(self.pending.len()));
                    self.press(key).await
                }
                None => {
                    let typed = self.tty.read(4_096).await;
                    self.pending.extend(typed);
                    continue;
                }
            };
            if let Next::Done(edited) = next {
                break edited;
            }
        };
        (edited, self.pending, self.line.cut)
    }

    async fn show(&self, bytes: &[u8]) {
        let _ = self.tty.show(bytes).await;
    }

    async fn redraw(&mut self) {
        let columns = usize::from(self.tty.size().columns);
        let bytes = self.shown.update(&self.line, columns);
        self.show(&bytes).await;
    }

    async fn press(&mut self, key: Key) -> Next {
        if key != Key::Control(9) {
            self.tabs = 0;
        }
        match key {
            Key::Byte(byte) => {
                self.insert_text(byte);
            }
            Key::PasteBegin => self.pasting = true,
            Key::PasteEnd => self.pasting = false,
            Key::Control(byte) if self.pasting && matches!(byte, b'\r' | b'\n' | b'\t') => {
                self.line.insert(&[if byte == b'\r' { b'\n' } else { byte }]);
            }
            Key::Control(b'\r' | b'\n') => return self.accept().await,
            Key::Control(byte) => return self.control(byte).await,
            Key::Meta(byte) => self.meta(byte),
            Key::Up => self.earlier().await,
            Key::Down => self.later().await,
            Key::Left => self.line.left(),
            Key::Right => self.line.right(),
            Key::Home => self.line.cursor = 0,
            Key::End => self.line.cursor = self.line.bytes.len(),
            Key::Delete => self.line.delete(),
            Key::Backspace => self.line.backspace(),
            Key::PageUp | Key::PageDown | Key::Other => {}
        }
        self.redraw().await;
        Next::On
    }

    /// Inserts a byte together with what plain text follows it.
    fn insert_text(&mut self, byte: u8) {
        let more = self.pending.iter().take_while(|byte| **byte >= b' ' && **byte != 0x7f).count();
        let mut text = vec![byte];
        text.extend(self.pending.drain(..more));
        self.line.insert(&text);
    }

    async fn accept(&mut self) -> Next {
        self.line.cursor = self.line.bytes.len();
        self.redraw().await;
        self.show(b"\r\n").await;
        Next::Done(Edited::Line(std::mem::take(&mut self.line.bytes)))
    }

    async fn control(&mut self, byte: u8) -> Next {
        match byte {
            1 => self.line.cursor = 0,
            2 => self.line.left(),
            3 => {
                self.line.cursor = self.line.bytes.len();
                self.redraw().await;
                self.show(b"^C").await;
                return Next::Done(Edited::Interrupted);
            }
            4 if self.line.bytes.is_empty() => return Next::Done(Edited::End),
            4 => self.line.delete(),
            5 => self.line.cursor = self.line.bytes.len(),
            6 => self.line.right(),
            7 => {}
            9 => {
                self.tab().await;
                return Next::On;
            }
            11 => self.line.cut_to_end(),
            12 => {
                let mut bytes = b"\x1b[H\x1b[2J".to_vec();
                bytes.extend(crlf(&self.prompt));
                self.show(&bytes).await;
                self.shown = Shown::after(&self.prompt);
            }
            14 => self.later().await,
            16 => self.earlier().await,
            18 => return self.search().await,
            20 => self.line.swap(),
            21 => self.line.cut_to_start(),
            23 => self.line.cut_blank_word(),
            25 => self.line.paste(),
            _ => {}
        }
        self.redraw().await;
        Next::On
    }

    fn meta(&mut self, byte: u8) {
        match byte {
            b'b' => self.line.word_left(),
            b'f' => self.line.word_right(),
            b'd' => self.line.cut_word_right(),
            0x7f | 8 => self.line.cut_word_left(),
            b'.' | b'_' => {
                let last = self.shell.history.last().unwrap_or_default();
                let word =
                    last.split(u8::is_ascii_whitespace).rfind(|word| !word.is_empty()).unwrap_or_default();
                let word = word.to_vec();
                self.line.insert(&word);
            }
            b'<' => {
                self.place = 0;
                let line = self.shell.history.get(0).unwrap_or_default().to_vec();
                self.line.replace(&line);
            }
            b'>' => {
                self.place = self.shell.history.len();
                let own = self.own.clone();
                self.line.replace(&own);
            }
            _ => {}
        }
    }

    async fn earlier(&mut self) {
        let Some(place) = self.place.checked_sub(1) else { return self.show(b"\x07").await };
        if self.place == self.shell.history.len() {
            self.own = self.line.bytes.clone();
        }
        self.place = place;
        let line = self.shell.history.get(place).unwrap_or_default().to_vec();
        self.line.replace(&line);
    }

    async fn later(&mut self) {
        if self.place >= self.shell.history.len() {
            return self.show(b"\x07").await;
        }
        self.place += 1;
        let line = self.shell.history.get(self.place).map_or_else(|| self.own.clone(), <[u8]>::to_vec);
        self.line.replace(&line);
    }

    async fn tab(&mut self) {
        self.tabs += 1;
        let head = self.line.bytes.get(..self.line.cursor).unwrap_or_default().to_vec();
        // Nobody types faster, and looking through all programs takes its time.
        tokio::time::sleep(COMPLETION).await;
        let completion = complete::complete(self.shell, &head);
        let word = head.get(completion.start..).unwrap_or_default();
        match completion.words.as_slice() {
            [] => self.show(b"\x07").await,
            [only] => {
                let mut rest = complete::quoted(only.get(word.len()..).unwrap_or_default());
                rest.extend(completion.suffix);
                self.line.insert(&rest);
                self.tabs = 0;
                self.redraw().await;
            }
            words => {
                let shared = complete::shared(words).to_vec();
                if shared.len() > word.len() {
                    let rest = complete::quoted(shared.get(word.len()..).unwrap_or_default());
                    self.line.insert(&rest);
                    self.tabs = 0;
                    self.redraw().await;
                } else if self.tabs > 1 {
                    self.list(words).await;
                } else {
                    self.show(b"\x07").await;
                }
            }
        }
    }

    /// Lists what a word could become, after asking if it is much.
    async fn list(&mut self, words: &[Vec<u8>]) {
        self.show(b"\r\n").await;
        let mut wanted = true;
        if words.len() >= 100 {
            self.show(format!("Display all {} possibilities? (y or n)", words.len()).as_bytes()).await;
            wanted = loop {
                if self.pending.is_empty() {
                    self.pending.extend(self.tty.read(64).await);
                }
                match self.pending.drain(..1.min(self.pending.len())).next() {
                    Some(b'y' | b'Y' | b' ') => break true,
                    Some(b'n' | b'N' | 0x7f | 3 | 7) => break false,
                    _ => {}
                }
            };
            self.show(b"\r\n").await;
        }
        if wanted {
            let width = usize::from(self.tty.size().columns);
            self.show(&complete::columns(words, width)).await;
        }
        self.show(&crlf(&self.prompt)).await;
        self.shown = Shown::after(&self.prompt);
        self.redraw().await;
    }

    /// ^R
    async fn search(&mut self) -> Next {
        let mut wanted: Vec<u8> = Vec::new();
        let mut from = self.shell.history.len();
        let mut found: Vec<u8> = Vec::new();
        let mut failing = false;
        loop {
            let head: &[u8] = if failing { b"(failed reverse-i-search)`" } else { b"(reverse-i-search)`" };
            let text = [b"\r\x1b[K", head, &visible(&wanted), b"': ", &visible(&found)].concat();
            self.show(&text).await;
            let Some((next, length)) = key(&self.pending) else {
                let typed = self.tty.read(4_096).await;
                self.pending.extend(typed);
                continue;
            };
            match next {
                Key::Byte(byte) if wanted.len() < caps::TERMINAL_LINE => wanted.push(byte),
                Key::Backspace => {
                    wanted.pop();
                    from = self.shell.history.len();
                }
                Key::Control(18) => {}
                _ => break,
            }
            self.pending.drain(..length);
            let again = next == Key::Control(18);
            let end = if again { from } else { (from + 1).min(self.shell.history.len()) };
            let hit = (0..end).rev().find(|at| {
                let line = self.shell.history.get(*at).unwrap_or_default();
                !wanted.is_empty() && line.windows(wanted.len()).any(|window| window == wanted)
            });
            failing = hit.is_none() && !wanted.is_empty();
            if let Some(at) = hit {
                from = at;
                found = self.shell.history.get(at).unwrap_or_default().to_vec();
            }
        }
        self.show(b"\r\x1b[K").await;
        let prompt = self.prompt.clone();
        self.show(&crlf(&prompt)).await;
        self.shown = Shown::after(&self.prompt);
        if self.pending.first() != Some(&7) {
            self.line.replace(&found);
            self.place = from;
        }
        self.redraw().await;
        Next::On
    }
}

/// Ends of lines as a screen in raw mode needs them.
fn crlf(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for byte in bytes {
        if *byte == b'\n' {
            out.push(b'\r');
        }
        out.push(*byte);
    }
    out
}
