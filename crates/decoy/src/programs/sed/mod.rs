//! sed.

mod parse;

use std::collections::HashMap;

use self::parse::{Address, Command, Substitute, What};
use super::{
    context::Done,
    options::Spec,
    regex::{Match, Regex, Syntax},
};
use crate::{
    caps,
    shell::{Exit, Process},
};

const SPEC: Spec = Spec {
    short: "nrEe:f:i::suz",
    long: &[
        ("quiet", 'n'),
        ("silent", 'n'),
        ("regexp-extended", 'E'),
        ("expression=", 'e'),
        ("file=", 'f'),
        ("in-place?", 'i'),
        ("separate", 's'),
        ("null-data", 'z'),
    ],
};

/// A run over one stream of lines.
struct Run<'a> {
    commands: &'a [Command],
    labels: HashMap<&'a [u8], usize>,
    quiet: bool,
    lines: Vec<&'a [u8]>,
    /// Number of lines read.
    at: usize,
    pattern: Vec<u8>,
    hold: Vec<u8>,
    out: Vec<u8>,
    appended: Vec<u8>,
    active: Vec<Option<u64>>,
    last_regex: Option<Regex>,
    files: HashMap<Vec<u8>, Vec<u8>>,
    reads: Vec<(usize, Vec<u8>)>,
    steps: usize,
    terminated: bool,
}

enum Next {
    Cycle,
    Delete,
    Restart,
    Quit(bool, u8),
}

pub(super) async fn sed(process: &mut Process) -> Done {
    let mut given = process.options(SPEC, 1).await?;
    let mut script: Vec<Vec<u8>> = Vec::new();
    for (letter, value) in &given.options {
        match (letter, value) {
            ('e', Some(text)) => script.push(text.clone()),
            ('f', Some(name)) => match process.read_input(name).await {
                Ok(text) => script.push(text),
                Err(error) => {
                    let text =
                        [b"couldn't open file ", name.as_slice(), b": ", error.text().as_bytes()].concat();
                    return Ok(process.fail(text).await);
                }
            },
            _ => {}
        }
    }
    if script.is_empty() {
        if given.operands.is_empty() {
            process
                .complain("Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n\n")
                .await;
            return Ok(Exit::FAILURE);
        }
        script.push(given.operands.remove(0));
    }
    let syntax = if given.has('E') || given.has('r') { Syntax::Extended } else { Syntax::Basic };
    let script = script.join(&b'\n');
    let mut commands = match parse::parse(&script, syntax) {
        Ok(commands) => commands,
        Err((at, text)) => {
            let text =
                if process.is_busybox() { text } else { format!("-e expression #1, char {at}: {text}") };
            return Ok(process.fail(text).await);
        }
    };
    let mut quiet = given.has('n');
    if script.starts_with(b"#n\n") {
        quiet = true;
    }
    commands.retain(|command| !matches!(command.what, What::Plain(b'#')));
    let in_place = given
        .options
        .iter()
        .rev()
        .find(|(letter, _)| *letter == 'i')
        .map(|(_, suffix)| suffix.clone().unwrap_or_default());
    match in_place {
        Some(suffix) => edit(process, &commands, quiet, &given.operands, &suffix).await,
        None => {
            let mut good = true;
            let mut all = Vec::new();
            for name in if given.operands.is_empty() { vec![b"-".to_vec()] } else { given.operands } {
                match process.read_input(&name).await {
                    Ok(text) => {
                        if all.last().is_some_and(|b| *b != b'\n') {
                            all.push(b'\n');
                        }
                        all.extend(text);
                    }
                    Err(error) => {
                        good = false;
                        unreadable(process, &name, error).await;
                    }
                }
            }
            let (out, status) = run(process, &commands, quiet, &all).await;
            process.print(out).await?;
            Ok(Exit::Code(if status == 0 && !good { 2 } else { status }))
        }
    }
}

async fn unreadable(process: &Process, name: &[u8], error: crate::machine::Errno) {
    let text = match error {
        crate::machine::Errno::IsDirectory => {
            [b"sed: couldn't edit ", name, b": not a regular file\n"].concat()
        }
        _ if process.is_busybox() => [b"sed: ", name, b": ", error.text().as_bytes(), b"\n"].concat(),
        _ => [b"sed: can't read ", name, b": ", error.text().as_bytes(), b"\n"].concat(),
    };
    let text = if error == crate::machine::Errno::IsDirectory {
        [b"sed: read error on ", name, b": Is a directory\n"].concat()
    } else {
        text
    };
    process.complain(text).await;
}

async fn edit(
    process: &Process,
    commands: &[Command],
    quiet: bool,
    names: &[Vec<u8>],
    suffix: &[u8],
) -> Done {
    if names.is_empty() {
        process.complain("sed: no input files\n").await;
        return Ok(Exit::Code(if process.is_busybox() { 1 } else { 4 }));
    }
    let (mut status, mut good) = (0, true);
    for name in names {
        let text = match process.files.read(name) {
            Ok(text) => text,
            Err(crate::machine::Errno::IsDirectory) => {
                process
                    .complain([b"sed: couldn't edit ", name.as_slice(), b": not a regular file\n"].concat())
                    .await;
                return Ok(Exit::Code(4));
            }
            Err(error) => {
                unreadable(process, name, error).await;
                good = false;
                continue;
            }
        };
        let (out, code) = run(process, commands, quiet, &text).await;
        status = code;
        let mode = process.files.stat(name).map_or(0o644, |m| m.mode);
        if !suffix.is_empty() {
            let _ = process.files.write(&[name.as_slice(), suffix].concat(), &text, mode);
        }
        if let Err(error) = process.files.write(name, &out, mode) {
            let directory =
                name.iter().rposition(|b| *b == b'/').and_then(|at| name.get(..at)).unwrap_or(b".");
            let text = [
                b"sed: couldn't open temporary file ",
                directory,
                b"/sedXq3fGh: ",
                error.text().as_bytes(),
                b"\n",
            ]
            .concat();
            process.complain(text).await;
            return Ok(Exit::Code(4));
        }
    }
    Ok(Exit::Code(if status == 0 && !good { 2 } else { status }))
}

async fn run(process: &Process, commands: &[Command], quiet: bool, all: &[u8]) -> (Vec<u8>, u8) {
    let terminated = all.is_empty() || all.ends_with(b"\n");
    let body = all.strip_suffix(b"\n").unwrap_or(all);
    let lines: Vec<&[u8]> = if all.is_empty() { Vec::new() } else { body.split(|b| *b == b'\n').collect() };
    let labels = commands.iter().enumerate().filter_map(|(at, command)| match &command.what {
        What::Label(name) => Some((name.as_slice(), at)),
        _ => None,
    });
    let mut run = Run {
        labels: labels.collect(),
        commands,
        quiet,
        lines,
        at: 0,
        pattern: Vec::new(),
        hold: Vec::new(),
        out: Vec::new(),
        appended: Vec::new(),
        active: vec![None; commands.len()],
        last_regex: None,
        files: HashMap::new(),
        reads: Vec::new(),
        steps: caps::SED_STEPS,
        terminated,
    };
    let status = run.lines_all();
    for (name, text) in std::mem::take(&mut run.files) {
        let _ = process.files.write(&name, &text, 0o666);
    }
    let mut out = std::mem::take(&mut run.out);
    for (place, name) in run.reads.iter().rev() {
        let text = process.files.read(name).unwrap_or_default();
        let place = (*place).min(out.len());
        out.splice(place..place, text);
    }
    (out, status)
}

impl Run<'_> {
    fn lines_all(&mut self) -> u8 {
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

    fn finish(&mut self) {
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

/// Reads a script and throws it away; for fuzzing.
#[cfg(any(test, feature = "testing"))]
pub(super) fn reads(script: &[u8]) -> bool {
    parse::parse(script, Syntax::Basic).is_ok() || parse::parse(script, Syntax::Extended).is_ok()
}
