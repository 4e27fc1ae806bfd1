//! grep, egrep, fgrep.

use super::{
    context::{Done, number},
    options::{Parsed, Spec},
    regex::{Regex, Syntax},
};
use crate::{
    machine::{Errno, Kind, files::path},
    shell::{
        Exit, Process,
        pipe::{Lines, Reader},
    },
};

const SPEC: Spec = Spec {
    short: "EFGPA:B:C:abce:f:hHiIlLm:noqrRsUvVwxyzZ",
    long: &[
        ("extended-regexp", 'E'),
        ("fixed-strings", 'F'),
        ("basic-regexp", 'G'),
        ("perl-regexp", 'P'),
        ("after-context=", 'A'),
        ("before-context=", 'B'),
        ("context=", 'C'),
        ("text", 'a'),
        ("count", 'c'),
        ("regexp=", 'e'),
        ("file=", 'f'),
        ("no-filename", 'h'),
        ("with-filename", 'H'),
        ("ignore-case", 'i'),
        ("files-with-matches", 'l'),
        ("files-without-match", 'L'),
        ("max-count=", 'm'),
        ("line-number", 'n'),
        ("only-matching", 'o'),
        ("quiet", 'q'),
        ("silent", 'q'),
        ("recursive", 'r'),
        ("no-messages", 's'),
        ("invert-match", 'v'),
        ("word-regexp", 'w'),
        ("line-regexp", 'x'),
        ("color?", '1'),
        ("colour?", '1'),
        ("include=", '2'),
        ("exclude=", '3'),
        ("exclude-dir=", '4'),
    ],
};

struct Search {
    regexes: Vec<Regex>,
    given: Parsed,
    after: usize,
    before: usize,
    most: u64,
    names: bool,
    colour: bool,
}

fn usage(process: &Process) -> String {
    let name = process.called();
    if process.is_busybox() {
        return super::about::usage(process);
    }
    format!("Usage: {name} [OPTION]... PATTERNS [FILE]...\nTry '{name} --help' for more information.\n")
}

/// The options; of wrong ones it says more than other programs do.
async fn given(process: &mut Process, name: &str) -> Result<Parsed, Exit> {
    match super::options::parse(process.arguments(), SPEC) {
        Err(wrong)
            if !process.is_busybox()
                && !process.arguments().iter().any(|a| matches!(a.as_slice(), b"--help" | b"--version")) =>
        {
            process.complain(format!("{name}: {}\n{}", wrong.0, usage(process))).await;
            Err(Exit::Code(2))
        }
        _ => process.options(SPEC, 2).await,
    }
}

pub(super) async fn grep(process: &mut Process) -> Done {
    // `-5` is a number of lines around.
    for argument in process.args.iter_mut().skip(1) {
        if argument.len() > 1
            && argument.starts_with(b"-")
            && argument.get(1..).is_some_and(|d| d.iter().all(u8::is_ascii_digit))
        {
            *argument = [b"-C", argument.get(1..).unwrap_or_default()].concat();
        }
    }
    let name = process.called();
    let mut given = given(process, &name).await?;
    let mut patterns: Vec<Vec<u8>> =
        given.options.iter().filter(|(l, _)| *l == 'e').filter_map(|(_, v)| v.clone()).collect();
    if let Some(file) = given.value('f') {
        match process.read_input(file).await {
            Ok(text) => patterns
                .extend(text.strip_suffix(b"\n").unwrap_or(&text).split(|b| *b == b'\n').map(<[u8]>::to_vec)),
            Err(error) => {
                process.trouble(file, error).await;
                return Ok(Exit::Code(2));
            }
        }
    }
    if patterns.is_empty() && !given.has('f') {
        if given.operands.is_empty() {
            process.complain(usage(process)).await;
            return Ok(Exit::Code(2));
        }
        patterns.push(given.operands.remove(0));
    }
    let syntax = match (given.last_of("EFGP"), name.as_str()) {
        (Some('E'), _) | (None, "egrep") => Syntax::Extended,
        (Some('F'), _) | (None, "fgrep") => Syntax::Fixed,
        (Some('P'), _) => Syntax::Perl,
        _ => Syntax::Basic,
    };
    if name != "grep"
        && name != "rgrep"
        && process.runs(&[crate::machine::Distro::Debian12, crate::machine::Distro::Kali])
    {
        let letter = if name == "egrep" { 'E' } else { 'F' };
        process.complain(format!("{name}: warning: {name} is obsolescent; using grep -{letter}\n")).await;
    }
    let mut regexes = Vec::new();
    for pattern in patterns.iter().flat_map(|p| p.split(|b| *b == b'\n')) {
        match Regex::new(pattern, syntax, given.has('i') || given.has('y')) {
            Ok(regex) => regexes.push(regex),
            Err(error) => {
                let error =
                    if error.starts_with("Unmatched [,") { "Invalid regular expression" } else { error };
                process.complain(format!("grep: {error}\n")).await;
                return Ok(Exit::Code(2));
            }
        }
    }
    let amount = |letter| given.value(letter).and_then(number).and_then(|(n, _)| usize::try_from(n).ok());
    let around = amount('C').unwrap_or(0);
    let recursive = given.has('r') || given.has('R') || name == "rgrep";
    let several = given.operands.len() > 1 || recursive;
    let colour = match given.value('1') {
        Some(b"always") => true,
        Some(b"auto") => process.output.is_terminal(),
        None if given.has('1') => process.output.is_terminal(),
        _ => false,
    };
    let search = Search {
        after: amount('A').unwrap_or(around),
        before: amount('B').unwrap_or(around),
        most: given.value('m').and_then(number).map_or(u64::MAX, |(n, _)| n),
        names: given.last_of("hH").map_or(several, |letter| letter == 'H'),
        colour,
        regexes,
        given,
    };
    let mut inputs = search.given.operands.clone();
    if inputs.is_empty() {
        inputs.push(if recursive { b".".to_vec() } else { b"-".to_vec() });
    }
    run(process, &search, inputs, recursive).await
}

async fn run(process: &Process, search: &Search, inputs: Vec<Vec<u8>>, recursive: bool) -> Done {
    let (mut any, mut wrong) = (false, false);
    let mut queue: Vec<(Vec<u8>, bool)> = inputs.into_iter().rev().map(|name| (name, true)).collect();
    let mut seen = 0_usize;
    while let Some((name, given)) = queue.pop() {
        seen += 1;
        if seen > crate::caps::PROGRAM_FILES {
            break;
        }
        if seen.is_multiple_of(64) {
            tokio::task::yield_now().await;
        }
        let metadata = if given { process.files.stat(&name) } else { process.files.lstat(&name) };
        if name != b"-" && metadata.as_ref().is_ok_and(|m| m.is_directory()) {
            if recursive {
                let mut below = process.files.read_dir(&name).unwrap_or_default();
                below.reverse();
                queue.extend(
                    below
                        .into_iter()
                        .filter(|e| given || e.kind != Kind::Symlink)
                        .map(|e| (path::join(&name, &e.name), false)),
                );
            } else if !search.given.has('s') {
                process.complain([b"grep: ", name.as_slice(), b": Is a directory\n"].concat()).await;
                wrong = true;
            }
            continue;
        }
        if !given && metadata.is_ok_and(|m| m.kind != Kind::File) || !wanted(search, &name, given) {
            continue;
        }
        match process.open_input(&name) {
            Ok(reader) => {
                any |= one(process, search, &name, reader).await?;
                if any && search.given.has('q') {
                    return Ok(Exit::SUCCESS);
                }
            }
            Err(error) => {
                wrong = true;
                if !search.given.has('s') {
                    complain(process, &name, error).await;
                }
            }
        }
    }
    Ok(Exit::Code(if wrong { 2 } else { u8::from(!any) }))
}

async fn complain(process: &Process, name: &[u8], error: Errno) {
    process.complain([b"grep: ", name, b": ", error.text().as_bytes(), b"\n"].concat()).await;
}

fn wanted(search: &Search, name: &[u8], given: bool) -> bool {
    let base = name.rsplit(|b| *b == b'/').next().unwrap_or_default();
    let matches = |letter| {
        let mut all =
            search.given.options.iter().filter(|(l, _)| *l == letter).filter_map(|(_, v)| v.as_ref());
        let any = search.given.has(letter);
        (any, all.any(|pattern| super::finding::glob(pattern, base)))
    };
    let (include, included) = matches('2');
    let (_, excluded) = matches('3');
    given || (!include || included) && !excluded
}

impl Search {
    fn find(&self, line: &[u8], from: usize) -> Option<(usize, usize)> {
        let mut best: Option<(usize, usize)> = None;
        for regex in &self.regexes {
            let mut at = from;
            while let Some(found) = regex.find(line, at) {
                let (start, end) = (found.start(), found.end());
                if self.fits(line, start, end) {
                    if best.is_none_or(|(s, e)| start < s || start == s && end > e) {
                        best = Some((start, end));
                    }
                    break;
                }
                at = start + 1;
                if at > line.len() {
                    break;
                }
            }
        }
        best
    }

    fn fits(&self, line: &[u8], start: usize, end: usize) -> bool {
        let word = |at: Option<usize>| {
            at.and_then(|at| line.get(at)).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_')
        };
        if self.given.has('x') {
            return start == 0 && end == line.len();
        }
        !self.given.has('w') || !word(start.checked_sub(1)) && !word(Some(end))
    }

    fn head(&self, name: &[u8], number: u64, separator: u8, out: &mut Vec<u8>) {
        let (magenta, green, cyan, plain) = if self.colour {
            ("\x1b[35m\x1b[K", "\x1b[32m\x1b[K", "\x1b[36m\x1b[K", "\x1b[m\x1b[K")
        } else {
            ("", "", "", "")
        };
        let mut part = |text: &[u8], colour: &str| {
            out.extend_from_slice(colour.as_bytes());
            out.extend_from_slice(text);
            out.extend_from_slice(plain.as_bytes());
            out.extend_from_slice(cyan.as_bytes());
            out.push(separator);
            out.extend_from_slice(plain.as_bytes());
        };
        if self.names {
            part(if name == b"-" { b"(standard input)" } else { name }, magenta);
        }
        if self.given.has('n') {
            part(number.to_string().as_bytes(), green);
        }
    }

    /// The line, or its matching parts.
    fn body(&self, name: &[u8], line: &[u8], number: u64, out: &mut Vec<u8>) {
        let (red, plain): (&[u8], &[u8]) =
            if self.colour { (b"\x1b[01;31m\x1b[K", b"\x1b[m\x1b[K") } else { (b"", b"") };
        let only = self.given.has('o');
        if !only {
            self.head(name, number, b':', out);
        }
        let (mut at, mut kept) = (0, 0);
        while (only || self.colour) && !self.given.has('v') && at <= line.len() {
            let Some((start, end)) = self.find(line, at) else { break };
            if end > start {
                if only {
                    self.head(name, number, b':', out);
                } else {
                    out.extend_from_slice(line.get(kept..start).unwrap_or_default());
                }
                out.extend_from_slice(red);
                out.extend_from_slice(line.get(start..end).unwrap_or_default());
                out.extend_from_slice(plain);
                if only {
                    out.push(b'\n');
                }
                kept = end;
            }
            at = end.max(start + 1);
        }
        if !only {
            out.extend_from_slice(line.get(kept..).unwrap_or_default());
            out.push(b'\n');
        }
    }
}

async fn one(process: &Process, search: &Search, name: &[u8], reader: Reader) -> Result<bool, Exit> {
    let given = &search.given;
    let quiet = given.has('q') || given.has('l') || given.has('L') || given.has('c');
    let (mut count, mut number, mut left) = (0_u64, 0_u64, 0_usize);
    let mut before: std::collections::VecDeque<(u64, Vec<u8>)> = std::collections::VecDeque::new();
    let mut last = 0;
    let mut binary = false;
    let mut lines = Lines::of(reader, 64 * 1024);
    while count < search.most {
        let text = lines.next().await;
        if text.is_empty() {
            break;
        }
        number += 1;
        binary |= text.contains(&0) && !given.has('a');
        let line = text.strip_suffix(b"\n").unwrap_or(text);
        let hit = search.find(line, 0).is_some() != given.has('v');
        let mut out = Vec::new();
        if hit {
            count += 1;
            if given.has('q') || given.has('l') || binary {
                break;
            }
            if !quiet {
                let first = before.front().map_or(number, |(n, _)| *n);
                if search.after + search.before > 0 && last > 0 && first > last + 1 {
                    out.extend_from_slice(b"--\n");
                }
                for (number, line) in before.drain(..) {
                    search.head(name, number, b'-', &mut out);
                    out.extend(line);
                    out.push(b'\n');
                }
                search.body(name, line, number, &mut out);
            }
            (last, left) = (number, search.after);
        } else if left > 0 && !quiet {
            left -= 1;
            last = number;
            search.head(name, number, b'-', &mut out);
            out.extend_from_slice(line);
            out.push(b'\n');
        } else if search.before > 0 {
            before.push_back((number, line.to_vec()));
            if before.len() > search.before {
                before.pop_front();
            }
        }
        if !out.is_empty() {
            process.print(out).await?;
        }
    }
    summary(process, search, name, count, binary && !quiet).await?;
    Ok(count > 0)
}

/// What is said after the last line: that the file is binary, how often, or that it matches.
async fn summary(
    process: &Process,
    search: &Search,
    name: &[u8],
    count: u64,
    binary: bool,
) -> Result<(), Exit> {
    let given = &search.given;
    if binary && count > 0 {
        let shown: &[u8] = if name == b"-" { b"(standard input)" } else { name };
        process.complain([b"grep: ", shown, b": binary file matches\n"].concat()).await;
    }
    if given.has('c') && !given.has('q') {
        let mut out = Vec::new();
        if search.names {
            out.extend_from_slice(if name == b"-" { b"(standard input)" } else { name });
            out.push(b':');
        }
        out.extend(format!("{count}\n").into_bytes());
        process.print(out).await?;
    }
    if (given.has('l') && count > 0 || given.has('L') && count == 0) && !given.has('q') {
        process.print([if name == b"-" { b"(standard input)" } else { name }, b"\n"].concat()).await?;
    }
    Ok(())
}
