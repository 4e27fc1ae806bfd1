//! Lines that were typed.

use std::{collections::VecDeque, sync::Arc};

use crate::{
    caps,
    machine::{Errno, Files},
};

/// A shell's history. Cloning is cheap.
#[derive(Clone, Debug, Default)]
pub(crate) struct History(Arc<Lines>);

#[derive(Clone, Debug, Default)]
struct Lines {
    lines: VecDeque<(Vec<u8>, i64)>,
    /// Lines that were pushed out.
    dropped: usize,
    /// Lines of this session, at the end.
    fresh: usize,
    size: usize,
}

impl History {
    pub(crate) fn len(&self) -> usize {
        self.0.lines.len()
    }

    pub(crate) fn dropped(&self) -> usize {
        self.0.dropped
    }

    /// Lines with the time at which they were typed, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], i64)> {
        self.0.lines.iter().map(|(line, time)| (line.as_slice(), *time))
    }

    pub(crate) fn get(&self, at: usize) -> Option<&[u8]> {
        self.0.lines.get(at).map(|(line, _)| line.as_slice())
    }

    pub(crate) fn last(&self) -> Option<&[u8]> {
        self.get(self.len().checked_sub(1)?)
    }

    /// Adds a line; the oldest give way when all together are too many or too long.
    pub(crate) fn add(&mut self, line: Vec<u8>, time: i64) {
        let this = Arc::make_mut(&mut self.0);
        this.size += line.len();
        this.fresh += 1;
        this.lines.push_back((line, time));
        while this.lines.len() > caps::HISTORY_LINES || this.size > caps::HISTORY_BYTES {
            let Some((line, _)) = this.lines.pop_front() else { break };
            this.size -= line.len();
            this.dropped += 1;
        }
        this.fresh = this.fresh.min(this.lines.len());
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn remove(&mut self, at: usize) {
        let this = Arc::make_mut(&mut self.0);
        if let Some((line, _)) = this.lines.remove(at) {
            this.size -= line.len();
            this.fresh = this.fresh.min(this.lines.len());
        }
    }

    pub(crate) fn drop_last(&mut self) {
        if let Some(last) = self.len().checked_sub(1) {
            self.remove(last);
        }
    }

    /// Adds the lines of a history file.
    pub(crate) fn load(&mut self, content: &[u8]) {
        let mut time = 0;
        for line in content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let stamp = line.strip_prefix(b"#").and_then(|rest| std::str::from_utf8(rest).ok()?.parse().ok());
            match stamp {
                Some(stamp) => time = stamp,
                None => self.add(line.to_vec(), time),
            }
        }
        Arc::make_mut(&mut self.0).fresh = 0;
    }

    /// Writes lines to a history file: those of this session, or all.
    pub(crate) fn save(&mut self, files: &Files, path: &[u8], fresh_only: bool, most: usize) {
        let skip = if fresh_only { self.len() - self.0.fresh } else { self.len().saturating_sub(most) };
        let text: Vec<u8> = self.iter().skip(skip).flat_map(|(line, _)| [line, b"\n"].concat()).collect();
        let written: Result<(), Errno> =
            if fresh_only { files.append(path, &text, 0o600) } else { files.write(path, &text, 0o600) };
        if written.is_ok() {
            Arc::make_mut(&mut self.0).fresh = 0;
        }
    }
}

/// What `!` in a line stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Recalled {
    /// Nothing was meant.
    Same,
    Line(Vec<u8>),
    /// There is no such line; what was asked for.
    Missing(Vec<u8>),
}

/// Puts earlier lines in place of `!!`, `!$`, `!n`, `!text` and `^old^new`.
pub(super) fn recall(history: &History, line: &[u8]) -> Recalled {
    if let Some(rest) = line.strip_prefix(b"^") {
        let mut pieces = rest.split(|byte| *byte == b'^');
        let (old, new) = (pieces.next().unwrap_or_default(), pieces.next().unwrap_or_default());
        let last = history.last().unwrap_or_default();
        let at =
            (!old.is_empty()).then(|| last.windows(old.len()).position(|window| window == old)).flatten();
        return match at {
            Some(at) => {
                let (head, tail) =
                    (last.get(..at).unwrap_or_default(), last.get(at + old.len()..).unwrap_or_default());
                Recalled::Line([head, new, tail].concat())
            }
            None => Recalled::Missing([b":s", line, b": substitution failed"].concat()),
        };
    }
    let mut out = Vec::with_capacity(line.len());
    let (mut at, mut single, mut changed) = (0, false, false);
    while let Some(&byte) = line.get(at) {
        let next = line.get(at + 1).copied();
        match byte {
            b'\\' if !single => {
                out.push(byte);
                out.extend(next);
                at += 2;
                continue;
            }
            b'\'' => single = !single,
            b'!' if !single && next.is_some_and(|next| !b" \t\n=(\"".contains(&next)) => {
                let rest = line.get(at + 1..).unwrap_or_default();
                let Some((text, length)) = designated(history, rest) else {
                    let end = rest.iter().position(|byte| byte.is_ascii_whitespace()).unwrap_or(rest.len());
                    let shown = rest.get(..end).unwrap_or_default();
                    return Recalled::Missing([b"!", shown, b": event not found"].concat());
                };
                out.extend(text);
                at += 1 + length;
                changed = true;
                continue;
            }
            _ => {}
        }
        out.push(byte);
        at += 1;
    }
    if changed { Recalled::Line(out) } else { Recalled::Same }
}

/// What the text after a `!` stands for, and how long it is.
fn designated(history: &History, rest: &[u8]) -> Option<(Vec<u8>, usize)> {
    let last = history.len().checked_sub(1)?;
    let word = |pick: fn(&[&[u8]]) -> Option<Vec<u8>>| {
        let words: Vec<&[u8]> =
            history.get(last)?.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
        pick(&words)
    };
    match rest.first()? {
        b'!' => return Some((history.get(last)?.to_vec(), 1)),
        b'$' => return Some((word(|words| words.last().map(|word| word.to_vec()))?, 1)),
        b'^' => return Some((word(|words| words.get(1).map(|word| word.to_vec()))?, 1)),
        b'*' => return Some((word(|words| words.get(1..).map(|words| words.join(&b' ')))?, 1)),
        _ => {}
    }
    let minus = usize::from(rest.first() == Some(&b'-'));
    let digits = rest.iter().skip(minus).take_while(|byte| byte.is_ascii_digit()).count();
    if digits > 0 {
        let text = std::str::from_utf8(rest.get(minus..minus + digits)?).ok()?;
        let number: usize = text.parse().ok()?;
        let at = if minus == 1 {
            history.len().checked_sub(number)?
        } else {
            number.checked_sub(1 + history.dropped())?
        };
        return Some((history.get(at)?.to_vec(), minus + digits));
    }
    let end = rest.iter().position(|byte| b" \t\n;|&()'\"".contains(byte)).unwrap_or(rest.len());
    let wanted = rest.get(..end).filter(|wanted| !wanted.is_empty())?;
    let found =
        (0..history.len()).rev().filter_map(|at| history.get(at)).find(|line| line.starts_with(wanted))?;
    Some((found.to_vec(), end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history() -> History {
        let mut history = History::default();
        history.load(b"ls -l /tmp\n#1700000000\ncat /etc/passwd\n");
        history
    }

    #[test]
    fn earlier_lines_are_recalled() {
        let check = |line: &str, expect: &str| {
            let recalled = recall(&history(), line.as_bytes());
            assert_eq!(recalled, Recalled::Line(expect.into()), "{line}");
        };
        check("!!", "cat /etc/passwd");
        check("sudo !!", "sudo cat /etc/passwd");
        check("vi !$", "vi /etc/passwd");
        check("!1", "ls -l /tmp");
        check("!-2 x", "ls -l /tmp x");
        check("!ls", "ls -l /tmp");
        check("^passwd^shadow", "cat /etc/shadow");
        for line in ["echo '!!'", "echo hi!", "[ ! -e x ]", "a != b", "echo \\!x"] {
            assert_eq!(recall(&history(), line.as_bytes()), Recalled::Same, "{line}");
        }
        assert_eq!(recall(&history(), b"!zz a"), Recalled::Missing(b"!zz: event not found".to_vec()));
    }

    #[test]
    fn history_has_a_bound() {
        let mut history = History::default();
        for number in 0..caps::HISTORY_LINES + 5 {
            history.add(number.to_string().into_bytes(), 0);
        }
        assert_eq!((history.len(), history.dropped()), (caps::HISTORY_LINES, 5));
        history.add(vec![b'a'; caps::HISTORY_BYTES], 0);
        assert_eq!(history.len(), 1);
    }
}
