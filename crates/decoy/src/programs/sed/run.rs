//! A run over lines: the cycle, its commands, and substitutions.

use std::collections::HashMap;

use super::{
    super::regex::{Match, Regex},
    parse::{Address, Command, Substitute, What},
};
use crate::caps;

/// A run over one stream of lines.
pub(super) struct Run<'a> {
    pub(super) commands: &'a [Command],
    pub(super) labels: HashMap<&'a [u8], usize>,
    pub(super) quiet: bool,
    pub(super) lines: Vec<&'a [u8]>,
    /// Number of lines read.
    pub(super) at: usize,
    pub(super) pattern: Vec<u8>,
    pub(super) hold: Vec<u8>,
    pub(super) out: Vec<u8>,
    pub(super) appended: Vec<u8>,
    pub(super) active: Vec<Option<u64>>,
    pub(super) last_regex: Option<Regex>,
    pub(super) files: HashMap<Vec<u8>, Vec<u8>>,
    pub(super) reads: Vec<(usize, Vec<u8>)>,
    pub(super) steps: usize,
    pub(super) terminated: bool,
}

enum Next {
    Cycle,
    Delete,
    Restart,
    Quit(bool, u8),
}

impl Run<'_> {
    pub(super) fn lines_all(&mut self) -> u8 {
        let mut restart = false;
        loop {
            if !restart && !self.fetch() {
                return 0;
            }
            let next = self.cycle();
            restart = false;
            match next {
                Next::Quit(prints, status) => {
                    if prints {
                        self.finish();
                    }
                    return status;
                }
                Next::Delete => self.flush(),
                Next::Restart => {
                    self.flush();
                    restart = true;
                }
                Next::Cycle => self.finish(),
            }
            if self.steps == 0 || self.out.len() > caps::PROGRAM_INPUT {
                return 0;
            }
        }
    }

    fn fetch(&mut self) -> bool {
        let Some(line) = self.lines.get(self.at) else { return false };
        self.pattern = line.to_vec();
        self.at += 1;
        true
    }

    fn emit(&mut self, text: &[u8]) {
        self.out.extend_from_slice(text);
        if self.terminated || self.at < self.lines.len() {
            self.out.push(b'\n');
        }
    }

    fn flush(&mut self) {
        let appended = std::mem::take(&mut self.appended);
        if !appended.is_empty() && self.out.last().is_some_and(|b| *b != b'\n') {
            self.out.push(b'\n');
        }
        self.out.extend(appended);
    }

    pub(super) fn finish(&mut self) {
        if !self.quiet {
            let pattern = std::mem::take(&mut self.pattern);
            self.emit(&pattern);
        }
        self.flush();
    }

    fn matches(&mut self, address: &Address) -> bool {
        match address {
            Address::Line(line) => self.at as u64 == *line,
            Address::Step(first, step) => {
                let at = self.at as u64;
                if *step == 0 { at == *first } else { at >= *first && (at - first).is_multiple_of(*step) }
            }
            Address::Last => self.at == self.lines.len(),
            Address::Match(regex) => {
                let regex = regex.as_deref().cloned().or_else(|| self.last_regex.clone());
                let found = regex.as_ref().is_some_and(|regex| regex.is_match(&self.pattern));
                self.last_regex = regex;
                found
            }
            Address::More(_) => false,
        }
    }

    fn applies(&mut self, number: usize, command: &Command) -> bool {
        let at = self.at as u64;
        let inside = match (&command.from, &command.to) {
            (None, _) => true,
            (Some(from), None) => self.matches(from),
            (Some(from), Some(to)) => match self.active.get(number).copied().flatten() {
                Some(end) => {
                    let over = match to {
                        Address::Match(_) | Address::Last => self.matches(to),
                        _ => at >= end,
                    };
                    if over && let Some(place) = self.active.get_mut(number) {
                        *place = None;
                    }
                    !(over && matches!(to, Address::Line(_)) && at > end)
                }
                None => {
                    let first = matches!(from, Address::Line(0)) && at == 1 || self.matches(from);
                    if first {
                        self.begin(number, to, at);
                    }
                    first
                }
            },
        };
        inside != command.negated
    }

    fn begin(&mut self, number: usize, to: &Address, at: u64) {
        let end = match to {
            Address::Line(line) => (*line > at).then_some(*line),
            Address::More(count) => (*count > 0).then_some(at + count),
            Address::Step(_, step) if *step > 0 => {
                (!at.is_multiple_of(*step)).then(|| at.next_multiple_of(*step))
            }
            Address::Last => (self.at < self.lines.len()).then_some(u64::MAX),
            _ => Some(u64::MAX),
        };
        if let Some(place) = self.active.get_mut(number) {
            *place = end;
        }
    }

    fn cycle(&mut self) -> Next {
        let mut number = 0;
        let mut replaced = false;
        let commands = self.commands;
        while let Some(command) = commands.get(number) {
            if self.steps == 0 {
                return Next::Quit(false, 1);
            }
            self.steps -= 1;
            let applies = self.applies(number, command);
            number += 1;
            if let What::Open(end) = command.what
                && !applies
            {
                number = end + 1;
            }
            if !applies {
                continue;
            }
            match &command.what {
                What::Open(_) | What::Close | What::Label(_) => {}
                What::Substitute(how) => replaced |= self.substitute(how),
                What::Jump(letter, label) => {
                    let jumps = match letter {
                        b't' => std::mem::take(&mut replaced),
                        b'T' => !std::mem::take(&mut replaced),
                        _ => true,
                    };
                    if jumps {
                        number = self.labels.get(label.as_slice()).copied().unwrap_or(commands.len());
                    }
                }
                other => {
                    if let Some(next) = self.perform(other, command) {
                        return next;
                    }
                }
            }
        }
        Next::Cycle
    }

    fn perform(&mut self, what: &What, command: &Command) -> Option<Next> {
        match what {
            What::Plain(letter) => return self.plain(*letter),
            What::Quit(letter, status) => return Some(Next::Quit(*letter == b'q', *status)),
            What::Text(b'a', text) => self.appended.extend_from_slice(text),
            What::Text(b'i', text) => self.out.extend_from_slice(text),
            What::Text(_, text) => {
                let ranged = command.to.is_some() && self.active.iter().any(Option::is_some);
                if !ranged || command.negated {
                    self.out.extend_from_slice(text);
                }
                return Some(Next::Delete);
            }
            What::Translate(from, to) => {
                for byte in &mut self.pattern {
                    if let Some(at) = from.iter().position(|b| b == byte) {
                        *byte = to.get(at).copied().unwrap_or(*byte);
                    }
                }
            }
            What::File(b'w', name) => self.write(name),
            What::File(_, name) => self
                .reads
                .push((self.out.len() + if self.quiet { 0 } else { self.pattern.len() + 1 }, name.clone())),
            _ => {}
        }
        None
    }

    fn write(&mut self, name: &[u8]) {
        let line = [self.pattern.as_slice(), b"\n"].concat();
        if name == b"/dev/stdout" {
            self.out.extend(line);
        } else if self.files.len() < 64 {
            self.files.entry(name.to_vec()).or_default().extend(line);
        }
    }

    fn plain(&mut self, letter: u8) -> Option<Next> {
        match letter {
            b'd' => return Some(Next::Delete),
            b'p' => {
                let pattern = self.pattern.clone();
                self.emit(&pattern);
            }
            b'=' => self.out.extend(format!("{}\n", self.at).into_bytes()),
            b'h' => self.hold = self.pattern.clone(),
            b'H' => self.hold = [self.hold.as_slice(), b"\n", &self.pattern].concat(),
            b'g' => self.pattern = self.hold.clone(),
            b'G' => self.pattern = [self.pattern.as_slice(), b"\n", &self.hold].concat(),
            b'x' => std::mem::swap(&mut self.pattern, &mut self.hold),
            b'z' => self.pattern.clear(),
            b'n' => {
                if self.at >= self.lines.len() {
                    return Some(Next::Quit(true, 0));
                }
                self.finish();
                self.fetch();
            }
            b'N' => {
                let Some(line) = self.lines.get(self.at) else { return Some(Next::Quit(true, 0)) };
                self.pattern.push(b'\n');
                self.pattern.extend_from_slice(line);
                self.at += 1;
            }
            b'P' | b'D' => {
                let end = self.pattern.iter().position(|b| *b == b'\n');
                let first =
                    self.pattern.get(..end.unwrap_or(self.pattern.len())).unwrap_or_default().to_vec();
                if letter == b'P' {
                    self.emit(&first);
                } else {
                    let Some(end) = end else { return Some(Next::Delete) };
                    self.pattern.drain(..=end);
                    return Some(Next::Restart);
                }
            }
            b'l' => {
                let mut text = Vec::new();
                for byte in &self.pattern {
                    match byte {
                        b'\n' => text.extend_from_slice(b"\\n"),
                        b'\t' => text.extend_from_slice(b"\\t"),
                        b'\\' => text.extend_from_slice(b"\\\\"),
                        b' '..=b'~' => text.push(*byte),
                        byte => text.extend(format!("\\{byte:03o}").into_bytes()),
                    }
                }
                text.extend_from_slice(b"$\n");
                self.out.extend(text);
            }
            _ => {}
        }
        if self.pattern.len() + self.hold.len() > caps::PROGRAM_INPUT {
            return Some(Next::Quit(false, 1));
        }
        None
    }

    fn substitute(&mut self, how: &Substitute) -> bool {
        let Some(regex) = how.regex.clone().or_else(|| self.last_regex.clone()) else { return false };
        let (mut out, mut at, mut count, mut changed) = (Vec::new(), 0, 0, false);
        let text = std::mem::take(&mut self.pattern);
        let mut kept = 0;
        while at <= text.len() {
            let Some(found) = regex.find(&text, at) else { break };
            if found.end() == found.start() && found.start() == kept && count > 0 {
                at = found.start() + 1;
                continue;
            }
            count += 1;
            if count >= how.number {
                out.extend_from_slice(text.get(kept..found.start()).unwrap_or_default());
                replacement(&how.replacement, &found, &text, &mut out);
                changed = true;
                kept = found.end();
                if !how.global || out.len() > caps::PROGRAM_INPUT {
                    break;
                }
            }
            at = if found.end() > found.start() { found.end() } else { found.end() + 1 };
        }
        out.extend_from_slice(text.get(kept..).unwrap_or_default());
        self.pattern = out;
        self.last_regex = Some(regex);
        if changed && how.print {
            let pattern = self.pattern.clone();
            self.emit(&pattern);
        }
        if let Some(name) = how.file.as_ref().filter(|_| changed) {
            self.write(name);
        }
        changed
    }
}

/// What a replacement stands for: `&`, `\1`, and the cases of GNU.
fn replacement(text: &[u8], found: &Match, subject: &[u8], out: &mut Vec<u8>) {
    let mut case: Option<u8> = None;
    let mut once: Option<u8> = None;
    let mut rest = text.iter().copied();
    let mut add = |bytes: &[u8], case: Option<u8>, once: &mut Option<u8>| {
        for byte in bytes {
            let byte = match once.take().or(case) {
                Some(b'U' | b'u') => byte.to_ascii_uppercase(),
                Some(b'L' | b'l') => byte.to_ascii_lowercase(),
                _ => *byte,
            };
            out.push(byte);
        }
    };
    while let Some(byte) = rest.next() {
        match byte {
            b'&' => add(found.group(0, subject), case, &mut once),
            b'\\' => match rest.next() {
                Some(digit @ b'0'..=b'9') => {
                    add(found.group(usize::from(digit - b'0'), subject), case, &mut once)
                }
                Some(b'n') => add(b"\n", None, &mut None),
                Some(b't') => add(b"\t", None, &mut None),
                Some(letter @ (b'U' | b'L')) => case = Some(letter),
                Some(b'E') => case = None,
                Some(letter @ (b'u' | b'l')) => once = Some(letter),
                Some(other) => add(&[other], case, &mut once),
                None => add(b"\\", case, &mut once),
            },
            byte => add(&[byte], case, &mut once),
        }
    }
}
