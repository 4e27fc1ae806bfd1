//! find, which, whereis.

use super::{
    context::{Done, number},
    listing,
};
use crate::{
    caps,
    machine::{Access, Errno, Kind, Metadata, calendar, files::path},
    shell::{Exit, Process},
};

/// Whether a name matches a pattern of the shell.
pub(super) fn glob(pattern: &[u8], name: &[u8]) -> bool {
    // The last star and where its text began, to go back to.
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
                continue;
            }
            Some(b'?') => {
                p += 1;
                n += 1;
                continue;
            }
            Some(b'[') => {
                if let Some((length, matched)) =
                    set(pattern.get(p..).unwrap_or_default(), name.get(n).copied().unwrap_or_default())
                    && matched
                {
                    p += length;
                    n += 1;
                    continue;
                }
            }
            Some(b'\\') if pattern.get(p + 1) == name.get(n) => {
                p += 2;
                n += 1;
                continue;
            }
            byte if byte.is_some() && byte == name.get(n) => {
                p += 1;
                n += 1;
                continue;
            }
            _ => {}
        }
        let Some((at, from)) = star else { return false };
        star = Some((at, from + 1));
        (p, n) = (at + 1, from + 1);
    }
    pattern.get(p..).unwrap_or_default().iter().all(|b| *b == b'*')
}

/// Length of the set at the beginning of a pattern, and whether it has the byte.
fn set(pattern: &[u8], byte: u8) -> Option<(usize, bool)> {
    let negated = matches!(pattern.get(1), Some(b'!' | b'^'));
    let begin = 1 + usize::from(negated);
    let end = begin + 1 + pattern.get(begin + 1..)?.iter().position(|b| *b == b']')?;
    let inside = pattern.get(begin..end)?;
    let mut found = false;
    let mut at = 0;
    while let Some(first) = inside.get(at) {
        match (inside.get(at + 1), inside.get(at + 2)) {
            (Some(b'-'), Some(last)) => {
                found |= (*first..=*last).contains(&byte);
                at += 3;
            }
            _ => {
                found |= *first == byte;
                at += 1;
            }
        }
    }
    Some((end + 1, found != negated))
}

#[derive(Clone, Debug)]
enum Test {
    Name(Vec<u8>, bool),
    Path(Vec<u8>),
    Kind(Vec<u8>),
    Size(char, u64, u64),
    Perm(char, u32),
    Age(char, i64, i64, u8),
    User(Option<u32>),
    Group(Option<u32>),
    Newer(i64),
    Empty,
    Readable(Access),
    Truth(bool),
    Prune,
    Print(u8),
    Printf(Vec<u8>),
    Ls,
    Delete,
    Quit,
    Exec(Vec<Vec<u8>>, bool, usize),
    Not(Box<Test>),
    And(Vec<Test>),
    Or(Vec<Test>),
}

struct Parser<'a> {
    words: &'a [Vec<u8>],
    at: usize,
    least: usize,
    most: usize,
    acts: bool,
    depth: usize,
    batches: usize,
    process: Option<&'a Process>,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&[u8]> {
        self.words.get(self.at).map(Vec::as_slice)
    }

    fn either(&mut self) -> Result<Test, String> {
        self.depth += 1;
        if self.depth > 40 {
            return Err("expression too deep".into());
        }
        let mut all = vec![self.both()?];
        while matches!(self.peek(), Some(b"-o" | b"-or")) {
            self.at += 1;
            all.push(self.both()?);
        }
        self.depth -= 1;
        Ok(if all.len() == 1 { all.remove(0) } else { Test::Or(all) })
    }

    fn both(&mut self) -> Result<Test, String> {
        let mut all = Vec::new();
        while let Some(word) = self.peek() {
            match word {
                b")" | b"-o" | b"-or" | b"," => break,
                b"-a" | b"-and" => self.at += 1,
                _ => all.push(self.one()?),
            }
        }
        Ok(Test::And(all))
    }

    fn argument(&mut self, option: &[u8]) -> Result<Vec<u8>, String> {
        let value = self.words.get(self.at).cloned();
        self.at += 1;
        value.ok_or_else(|| format!("missing argument to `{}'", String::from_utf8_lossy(option)))
    }

    fn one(&mut self) -> Result<Test, String> {
        let word = self.words.get(self.at).cloned().unwrap_or_default();
        self.at += 1;
        Ok(match word.as_slice() {
            b"!" | b"-not" => Test::Not(Box::new(self.one()?)),
            b"(" => {
                let inside = self.either()?;
                if self.peek() != Some(b")") {
                    return Err(
                        "invalid expression; you have used a binary operator '(' with nothing after it."
                            .into(),
                    );
                }
                self.at += 1;
                inside
            }
            b"-name" => Test::Name(self.argument(&word)?, false),
            b"-iname" => Test::Name(self.argument(&word)?.to_ascii_lowercase(), true),
            b"-path" | b"-wholename" | b"-ipath" => Test::Path(self.argument(&word)?),
            b"-type" => Test::Kind(self.argument(&word)?),
            b"-size" => self.size()?,
            b"-perm" => self.permissions()?,
            b"-mtime" | b"-atime" | b"-ctime" => self.age(&word, 86_400)?,
            b"-mmin" | b"-amin" | b"-cmin" => self.age(&word, 60)?,
            b"-user" | b"-uid" => {
                let name = String::from_utf8_lossy(&self.argument(&word)?).into_owned();
                let user = self
                    .process
                    .and_then(|p| super::people::users(p).into_iter().find(|u| u.name == name))
                    .map(|u| u.uid);
                Test::User(user.or(name.parse().ok()))
            }
            b"-group" | b"-gid" => {
                let name = String::from_utf8_lossy(&self.argument(&word)?).into_owned();
                let group = self
                    .process
                    .and_then(|p| super::people::groups(p).into_iter().find(|(known, ..)| *known == name))
                    .map(|(_, id, _)| id);
                Test::Group(group.or(name.parse().ok()))
            }
            b"-nouser" | b"-nogroup" | b"-false" => Test::Truth(false),
            b"-true" | b"-xdev" | b"-mount" | b"-depth" | b"-d" | b"-noleaf" | b"-follow" | b"-daystart" => {
                Test::Truth(true)
            }
            b"-newer" => {
                let name = self.argument(&word)?;
                let time = self.process.and_then(|p| p.files.stat(&name).ok()).map(|m| m.modified.seconds);
                Test::Newer(time.ok_or_else(|| {
                    format!("‘{}’: No such file or directory", String::from_utf8_lossy(&name))
                })?)
            }
            b"-empty" => Test::Empty,
            b"-readable" => Test::Readable(Access { read: true, ..Access::default() }),
            b"-writable" => Test::Readable(Access { write: true, ..Access::default() }),
            b"-executable" => Test::Readable(Access { execute: true, ..Access::default() }),
            b"-maxdepth" | b"-mindepth" => {
                let text = self.argument(&word)?;
                let value = number(&text).and_then(|(n, _)| usize::try_from(n).ok()).ok_or_else(|| {
                    format!(
                        "Expected a positive decimal integer argument to {}, but got ‘{}’",
                        String::from_utf8_lossy(&word),
                        String::from_utf8_lossy(&text)
                    )
                })?;
                if word == b"-maxdepth" {
                    self.most = value
                } else {
                    self.least = value
                }
                Test::Truth(true)
            }
            b"-prune" => Test::Prune,
            b"-print" | b"-print0" => self.acting(Test::Print(if word == b"-print0" { 0 } else { b'\n' })),
            b"-printf" => {
                let format = self.argument(&word)?;
                self.acting(Test::Printf(format))
            }
            b"-ls" => self.acting(Test::Ls),
            b"-delete" => self.acting(Test::Delete),
            b"-quit" => self.acting(Test::Quit),
            b"-exec" | b"-ok" | b"-execdir" => self.command(&word)?,
            other if other.starts_with(b"-") => {
                return Err(format!("unknown predicate `{}'", String::from_utf8_lossy(other)));
            }
            other => {
                return Err(format!("paths must precede expression: `{}'", String::from_utf8_lossy(other)));
            }
        })
    }

    fn acting(&mut self, test: Test) -> Test {
        self.acts = true;
        test
    }

    fn command(&mut self, word: &[u8]) -> Result<Test, String> {
        let mut command: Vec<Vec<u8>> = Vec::new();
        loop {
            match self.peek() {
                None => return Err(format!("missing argument to `{}'", String::from_utf8_lossy(word))),
                Some(b";") => {
                    self.at += 1;
                    self.acts = true;
                    return Ok(Test::Exec(command, false, 0));
                }
                Some(b"+") if command.last().is_some_and(|last| last == b"{}") => {
                    self.at += 1;
                    self.acts = true;
                    command.pop();
                    self.batches += 1;
                    return Ok(Test::Exec(command, true, self.batches - 1));
                }
                Some(part) => command.push(part.to_vec()),
            }
            self.at += 1;
        }
    }

    fn signed(text: &[u8]) -> (char, &[u8]) {
        match text {
            [b'+', rest @ ..] => ('+', rest),
            [b'-', rest @ ..] => ('-', rest),
            rest => ('=', rest),
        }
    }

    fn size(&mut self) -> Result<Test, String> {
        let text = self.argument(b"-size")?;
        let (sign, rest) = Self::signed(&text);
        let invalid = || format!("invalid -size type `{}'", String::from_utf8_lossy(rest));
        let (value, unit) = number(rest).ok_or_else(invalid)?;
        let unit = match unit {
            b"c" => 1,
            b"w" => 2,
            b"" | b"b" => 512,
            b"k" => 1 << 10,
            b"M" => 1 << 20,
            b"G" => 1 << 30,
            _ => return Err(invalid()),
        };
        Ok(Test::Size(sign, value, unit))
    }

    fn permissions(&mut self) -> Result<Test, String> {
        let text = self.argument(b"-perm")?;
        let (sign, rest) = match text.as_slice() {
            [b'-', rest @ ..] => ('-', rest),
            [b'/' | b'+', rest @ ..] => ('/', rest),
            rest => ('=', rest),
        };
        let octal = std::str::from_utf8(rest).ok().and_then(|rest| u32::from_str_radix(rest, 8).ok());
        let mode = octal.or_else(|| super::modes::apply(rest, 0, false, 0));
        mode.map(|mode| Test::Perm(sign, mode))
            .ok_or_else(|| format!("invalid mode ‘{}’", String::from_utf8_lossy(&text)))
    }

    fn age(&mut self, word: &[u8], unit: i64) -> Result<Test, String> {
        let text = self.argument(word)?;
        let (sign, rest) = Self::signed(&text);
        let value = number(rest).and_then(|(n, _)| i64::try_from(n).ok());
        let value = value.ok_or_else(|| {
            format!(
                "invalid argument `{}' to `{}'",
                String::from_utf8_lossy(&text),
                String::from_utf8_lossy(word)
            )
        })?;
        Ok(Test::Age(sign, value, unit, word.get(1).copied().unwrap_or(b'm')))
    }
}

/// Reads an expression and throws it away; for fuzzing.
#[cfg(any(test, feature = "testing"))]
pub(super) fn reads(words: &[Vec<u8>]) -> bool {
    let mut parser =
        Parser { words, at: 0, least: 0, most: usize::MAX, acts: false, depth: 0, batches: 0, process: None };
    parser.either().is_ok() && parser.at >= words.len()
}

struct Visit {
    path: Vec<u8>,
    depth: usize,
    metadata: Metadata,
}

struct Outcome {
    out: Vec<u8>,
    prune: bool,
    quit: bool,
    status: u8,
}

pub(super) async fn find(process: &mut Process) -> Done {
    let arguments = process.arguments().to_vec();
    let arguments: Vec<Vec<u8>> =
        arguments.into_iter().skip_while(|a| matches!(a.as_slice(), b"-H" | b"-L" | b"-P")).collect();
    let starts =
        |a: &Vec<u8>| a.starts_with(b"-") && a.len() > 1 || matches!(a.as_slice(), b"(" | b"!" | b")" | b",");
    let split = arguments.iter().position(starts).unwrap_or(arguments.len());
    let (places, words) = arguments.split_at(split);
    let parsed = {
        let mut parser = Parser {
            words,
            at: 0,
            least: 0,
            most: usize::MAX,
            acts: false,
            depth: 0,
            batches: 0,
            process: Some(process),
        };
        match parser.either() {
            Ok(_) if parser.at < words.len() => Err("invalid expression; you have too many ')'".to_owned()),
            Ok(test) => Ok((test, parser.least, parser.most, parser.acts, parser.batches)),
            Err(text) => Err(text),
        }
    };
    let (test, least, most, acts, batches) = match parsed {
        Ok(parsed) => parsed,
        Err(text) => {
            let text = if process.is_busybox() {
                format!("{}\n", text.replace("unknown predicate `", "unrecognized: ").trim_end_matches('\''))
            } else {
                format!("{text}\n")
            };
            process.complain(format!("find: {text}")).await;
            return Ok(Exit::FAILURE);
        }
    };
    let deep = words.iter().any(|w| matches!(w.as_slice(), b"-depth" | b"-delete" | b"-d"));
    let test = if acts { test } else { Test::And(vec![test, Test::Print(b'\n')]) };
    let places = if places.is_empty() { vec![b".".to_vec()] } else { places.to_vec() };
    let mut status = 0;
    let mut collected: Vec<(Vec<Vec<u8>>, Vec<Vec<u8>>)> = vec![(Vec::new(), Vec::new()); batches];
    for place in places {
        let code = walk(process, place, &test, (least, most, deep), &mut collected).await?;
        status = status.max(code & 0x7f);
        if code & 0x80 != 0 {
            break;
        }
    }
    for (command, files) in collected {
        for files in files.chunks(500) {
            let args: Vec<Vec<u8>> = command.iter().chain(files).cloned().collect();
            if run(process, args).await != 0 {
                status = 1;
            }
        }
    }
    Ok(Exit::Code(status))
}

async fn run(process: &mut Process, args: Vec<Vec<u8>>) -> u8 {
    let name = args.first().cloned().unwrap_or_default();
    match super::running::execute(process, args).await {
        Ok(exit) => exit.status(),
        Err(error) => {
            let text = [b"find: ", &process.quote(&name)[..], b": ", error.text().as_bytes(), b"\n"].concat();
            process.complain(text).await;
            1
        }
    }
}

async fn walk(
    process: &mut Process,
    place: Vec<u8>,
    test: &Test,
    (least, most, deep): (usize, usize, bool),
    collected: &mut [(Vec<Vec<u8>>, Vec<Vec<u8>>)],
) -> Result<u8, Exit> {
    let mut status = 0;
    let metadata = match process.files.lstat(&place) {
        Ok(metadata) => metadata,
        Err(error) => {
            complain(process, &place, error).await;
            return Ok(1);
        }
    };
    // A directory waits behind what is in it when depth comes first.
    let mut queue = vec![(Visit { path: place, depth: 0, metadata }, false)];
    let mut seen = 0;
    while let Some((visit, done)) = queue.pop() {
        seen += 1;
        if seen > caps::PROGRAM_FILES {
            break;
        }
        if seen % 64 == 0 {
            tokio::task::yield_now().await;
        }
        let is_directory = visit.metadata.is_directory();
        let mut outcome = Outcome { out: Vec::new(), prune: false, quit: false, status: 0 };
        let now = !deep || done || !is_directory;
        if now && visit.depth >= least {
            evaluate(process, test, &visit, &mut outcome, collected).await?;
            status = status.max(outcome.status);
            process.print(&outcome.out).await?;
            if outcome.quit {
                return Ok(status | 0x80);
            }
        }
        if !is_directory || done || outcome.prune || visit.depth >= most {
            continue;
        }
        let entries = process.files.read_dir(&visit.path);
        let (path, depth) = (visit.path.clone(), visit.depth);
        if deep {
            queue.push((visit, true));
        }
        match entries {
            Ok(entries) => {
                for entry in entries.into_iter().rev() {
                    let path = path::join(&path, &entry.name);
                    if let Ok(metadata) = process.files.lstat(&path) {
                        queue.push((Visit { path, depth: depth + 1, metadata }, false));
                    }
                }
            }
            Err(error) => {
                complain(process, &path, error).await;
                status = 1;
            }
        }
    }
    Ok(status)
}

async fn complain(process: &Process, name: &[u8], error: Errno) {
    let name = if process.is_busybox() { name.to_vec() } else { process.quote(name) };
    process.complain([b"find: ", name.as_slice(), b": ", error.text().as_bytes(), b"\n"].concat()).await;
}

fn compare(sign: char, value: u64, wanted: u64) -> bool {
    match sign {
        '+' => value > wanted,
        '-' => value < wanted,
        _ => value == wanted,
    }
}

/// Whether a file passes; what has effects happens on the way.
fn evaluate<'a>(
    process: &'a mut Process,
    test: &'a Test,
    visit: &'a Visit,
    outcome: &'a mut Outcome,
    collected: &'a mut [(Vec<Vec<u8>>, Vec<Vec<u8>>)],
) -> crate::shell::BoxFuture<'a, Result<bool, Exit>> {
    Box::pin(async move {
        Ok(match test {
            Test::And(all) => {
                for test in all {
                    if !evaluate(process, test, visit, outcome, collected).await? || outcome.quit {
                        return Ok(false);
                    }
                }
                true
            }
            Test::Or(all) => {
                for test in all {
                    if evaluate(process, test, visit, outcome, collected).await? {
                        return Ok(true);
                    }
                }
                false
            }
            Test::Not(test) => !evaluate(process, test, visit, outcome, collected).await?,
            Test::Delete => delete(process, visit, outcome).await,
            Test::Exec(command, false, _) => {
                if !outcome.out.is_empty() {
                    process.print(std::mem::take(&mut outcome.out)).await?;
                }
                let args = command.iter().map(|part| replaced(part, &visit.path)).collect();
                run(process, args).await == 0
            }
            Test::Exec(command, true, number) => {
                if let Some((known, files)) = collected.get_mut(*number) {
                    known.clone_from(command);
                    files.push(visit.path.clone());
                }
                true
            }
            simple => passes(process, simple, visit, outcome),
        })
    })
}

fn replaced(part: &[u8], path: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = part;
    while let Some(at) = rest.windows(2).position(|pair| pair == b"{}") {
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        out.extend_from_slice(path);
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

async fn delete(process: &Process, visit: &Visit, outcome: &mut Outcome) -> bool {
    if visit.path == b"." {
        return true;
    }
    let removed = if visit.metadata.is_directory() {
        process.files.rmdir(&visit.path)
    } else {
        process.files.unlink(&visit.path)
    };
    match removed {
        Ok(()) => true,
        Err(error) => {
            let text = [
                b"find: cannot delete ",
                &process.quote(&visit.path)[..],
                b": ",
                error.text().as_bytes(),
                b"\n",
            ]
            .concat();
            process.complain(text).await;
            outcome.status = 1;
            false
        }
    }
}

fn passes(process: &Process, test: &Test, visit: &Visit, outcome: &mut Outcome) -> bool {
    let metadata = &visit.metadata;
    let trimmed = visit.path.strip_suffix(b"/").unwrap_or(&visit.path);
    let name = trimmed.rsplit(|b| *b == b'/').next().filter(|name| !name.is_empty()).unwrap_or(&visit.path);
    match test {
        Test::Name(pattern, false) => glob(pattern, name),
        Test::Name(pattern, true) => glob(pattern, &name.to_ascii_lowercase()),
        Test::Path(pattern) => glob(pattern, &visit.path),
        Test::Kind(letters) => letters.contains(&match metadata.kind {
            Kind::File => b'f',
            Kind::Directory => b'd',
            Kind::Symlink => b'l',
            Kind::Fifo => b'p',
            Kind::Socket => b's',
            Kind::Character => b'c',
            Kind::Block => b'b',
        }),
        Test::Size(sign, value, unit) => compare(*sign, metadata.size.div_ceil(*unit), *value),
        Test::Perm('-', mode) => metadata.mode & mode == *mode,
        Test::Perm('/', mode) => *mode == 0 || metadata.mode & mode != 0,
        Test::Perm(_, mode) => metadata.mode == *mode,
        Test::Age(sign, value, unit, letter) => {
            let time = match letter {
                b'a' => metadata.accessed,
                b'c' => metadata.changed,
                _ => metadata.modified,
            };
            let age = (process.machine.now().seconds - time.seconds).max(0) / unit;
            compare(*sign, age.unsigned_abs(), value.unsigned_abs())
        }
        Test::User(user) => Some(metadata.uid) == *user,
        Test::Group(group) => Some(metadata.gid) == *group,
        Test::Newer(time) => metadata.modified.seconds > *time,
        Test::Empty if metadata.is_directory() => {
            process.files.read_dir(&visit.path).is_ok_and(|entries| entries.is_empty())
        }
        Test::Empty => metadata.kind == Kind::File && metadata.size == 0,
        Test::Readable(access) => process.files.access(&visit.path, *access).is_ok(),
        Test::Truth(truth) => *truth,
        Test::Prune => {
            outcome.prune = true;
            true
        }
        Test::Quit => {
            outcome.quit = true;
            true
        }
        Test::Print(end) => {
            outcome.out.extend_from_slice(&visit.path);
            outcome.out.push(*end);
            true
        }
        Test::Printf(format) => {
            printed(process, format, visit, name, &mut outcome.out);
            true
        }
        Test::Ls => {
            let line = format!(
                "{:>9} {:>6} {} {:>3} {:<8} {:<8} {:>8} {} ",
                metadata.inode,
                metadata.blocks / 2,
                listing::permissions(metadata),
                metadata.links,
                listing::user_name(process, metadata.uid),
                listing::group_name(process, metadata.gid),
                metadata.size,
                calendar::format(metadata.modified.seconds, "%b %e %H:%M")
            );
            outcome.out.extend(line.into_bytes());
            outcome.out.extend_from_slice(&visit.path);
            outcome.out.push(b'\n');
            true
        }
        _ => true,
    }
}

fn printed(process: &Process, format: &[u8], visit: &Visit, name: &[u8], out: &mut Vec<u8>) {
    let metadata = &visit.metadata;
    let mut rest = format.iter().copied();
    while let Some(byte) = rest.next() {
        match (byte, if matches!(byte, b'%' | b'\\') { rest.next() } else { None }) {
            (b'\\', Some(b'n')) => out.push(b'\n'),
            (b'\\', Some(b't')) => out.push(b'\t'),
            (b'\\', Some(b'0')) => out.push(0),
            (b'%', Some(letter)) => {
                let text = match letter {
                    b'p' => visit.path.clone(),
                    b'f' => name.to_vec(),
                    b'h' => path::split(&visit.path).0.to_vec(),
                    b'P' => visit.path.clone(),
                    b's' => metadata.size.to_string().into_bytes(),
                    b'm' => format!("{:o}", metadata.mode).into_bytes(),
                    b'M' => listing::permissions(metadata).into_bytes(),
                    b'u' => listing::user_name(process, metadata.uid).into_bytes(),
                    b'g' => listing::group_name(process, metadata.gid).into_bytes(),
                    b'U' => metadata.uid.to_string().into_bytes(),
                    b'y' => {
                        listing::permissions(metadata).get(..1).unwrap_or("f").replace('-', "f").into_bytes()
                    }
                    b'l' => process.files.read_link(&visit.path).unwrap_or_default(),
                    b'd' => visit.depth.to_string().into_bytes(),
                    b'i' => metadata.inode.to_string().into_bytes(),
                    b't' => calendar::format(metadata.modified.seconds, "%a %b %e %H:%M:%S.0000000000 %Y")
                        .into_bytes(),
                    b'T' => {
                        let letter = rest.next().unwrap_or(b'@');
                        if letter == b'@' {
                            format!("{}.{:09}0", metadata.modified.seconds, metadata.modified.nanos)
                                .into_bytes()
                        } else {
                            calendar::format(metadata.modified.seconds, &format!("%{}", char::from(letter)))
                                .into_bytes()
                        }
                    }
                    b'%' => b"%".to_vec(),
                    other => vec![b'%', other],
                };
                out.extend(text);
            }
            (byte, None) => out.push(byte),
            (byte, Some(other)) => out.extend([byte, other]),
        }
    }
}

/// Directories that programs are looked for in.
fn search_path(process: &Process) -> Vec<Vec<u8>> {
    let path = process.variable("PATH").unwrap_or(b"/usr/local/bin:/usr/bin:/bin");
    path.split(|b| *b == b':').map(<[u8]>::to_vec).collect()
}

pub(super) async fn which(process: &mut Process) -> Done {
    let given = process.options(Spec { short: "as", long: &[] }, 2).await?;
    let mut good = !given.operands.is_empty();
    let (line, paths) = (process.machine.distro().line(), search_path(process));
    for name in &given.operands {
        let candidates: Vec<Vec<u8>> = if name.contains(&b'/') {
            vec![name.clone()]
        } else {
            paths.iter().map(|directory| path::join(directory, name)).collect()
        };
        let runs = |path: &&Vec<u8>| {
            process.files.stat(path).is_ok_and(|m| m.kind == Kind::File)
                && process.files.access(path, Access { execute: true, ..Access::default() }).is_ok()
        };
        let found: Vec<Vec<u8>> =
            candidates.iter().filter(runs).take(if given.has('a') { 16 } else { 1 }).cloned().collect();
        if found.is_empty() {
            good = false;
            if line == crate::machine::Line::RedHat || line == crate::machine::Line::Arch {
                let path = String::from_utf8_lossy(process.variable("PATH").unwrap_or_default()).into_owned();
                process.complain(format!("which: no {} in ({path})\n", String::from_utf8_lossy(name))).await;
            }
        }
        for path in found {
            process.print([path.as_slice(), b"\n"].concat()).await?;
        }
    }
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

use super::options::Spec;

pub(super) async fn whereis(process: &mut Process) -> Done {
    let given = process.options(Spec { short: "bmsulBMSf", long: &[] }, 1).await?;
    if given.operands.is_empty() {
        process.complain("whereis: not enough arguments\nTry 'whereis --help' for more information.\n").await;
        return Ok(Exit::FAILURE);
    }
    for name in &given.operands {
        let base = name.rsplit(|b| *b == b'/').next().unwrap_or_default();
        let mut line = [base, b":"].concat();
        for directory in ["/usr/bin", "/usr/sbin", "/usr/lib", "/etc", "/usr/local/bin", "/usr/share"] {
            let path = path::join(directory.as_bytes(), base);
            if process.files.exists(&path) {
                line.push(b' ');
                line.extend(path);
            }
        }
        line.push(b'\n');
        process.print(line).await?;
    }
    Ok(Exit::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_the_shell() {
        let check = |pattern: &str, name: &str, expect| {
            assert_eq!(glob(pattern.as_bytes(), name.as_bytes()), expect, "{pattern} {name}")
        };
        check("*.txt", "a.txt", true);
        check("a?c", "abc", true);
        check("[a-c]*", "bx", true);
        check("[!a]*", "abc", false);
        check("*a*b", "xaxb", true);
        check("*a*b", "xaxc", false);
        check("\\*", "*", true);
        check("", "", true);
        check("[", "[", true);
    }

    #[test]
    fn expressions_are_read() {
        let check = |text: &str, expect| {
            let words: Vec<Vec<u8>> = text.split_whitespace().map(|w| w.as_bytes().to_vec()).collect();
            assert_eq!(reads(&words), expect, "{text}");
        };
        check("-name *.c -o ( -type f -size +10k ) -exec rm {} ;", true);
        check("-exec rm {} +", true);
        check("-perm -4000 -mtime -1 -newer x", false);
        check("-foo", false);
        check("( -name x", false);
        check("-name", false);
        check(&"( ".repeat(500), false);
    }

    proptest::proptest! {
        #[test]
        fn any_words_are_an_expression_or_not(words in proptest::collection::vec("[-a-z(){};!+,0-9*]{0,8}", 0..8), pattern in proptest::collection::vec(proptest::num::u8::ANY, 0..20), name in proptest::collection::vec(proptest::num::u8::ANY, 0..20)) {
            let words: Vec<Vec<u8>> = words.into_iter().map(String::into_bytes).collect();
            let _ = reads(&words);
            let _ = glob(&pattern, &name);
        }
    }
}
