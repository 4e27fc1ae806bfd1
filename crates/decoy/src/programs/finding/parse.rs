//! From words to an expression.

use crate::{machine::Access, programs::context::number, shell::Process};

#[derive(Clone, Debug)]
pub(super) enum Test {
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

pub(super) struct Parser<'a> {
    pub(super) words: &'a [Vec<u8>],
    pub(super) at: usize,
    pub(super) least: usize,
    pub(super) most: usize,
    pub(super) acts: bool,
    pub(super) depth: usize,
    pub(super) batches: usize,
    pub(super) process: Option<&'a Process>,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&[u8]> {
        self.words.get(self.at).map(Vec::as_slice)
    }

    pub(super) fn either(&mut self) -> Result<Test, String> {
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
            b"!" | b"-not" => {
                let mut negates = true;
                while matches!(self.peek(), Some(b"!" | b"-not")) {
                    self.at += 1;
                    negates = !negates;
                }
                let inside = self.one()?;
                if negates { Test::Not(Box::new(inside)) } else { inside }
            }
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
            other if other.starts_with(b"-") && other.len() > 1 && self.is_test(other) => {
                return self.test(&word);
            }
            other if other.starts_with(b"-") => {
                return Err(format!("unknown predicate `{}'", String::from_utf8_lossy(other)));
            }
            other => {
                return Err(format!("paths must precede expression: `{}'", String::from_utf8_lossy(other)));
            }
        })
    }

    /// Whether a word is a test of the file itself.
    fn is_test(&self, word: &[u8]) -> bool {
        const TESTS: &[&str] = &[
            "-name",
            "-iname",
            "-path",
            "-wholename",
            "-ipath",
            "-type",
            "-size",
            "-perm",
            "-mtime",
            "-atime",
            "-ctime",
            "-mmin",
            "-amin",
            "-cmin",
            "-user",
            "-uid",
            "-group",
            "-gid",
            "-nouser",
            "-nogroup",
            "-false",
            "-true",
            "-xdev",
            "-mount",
            "-depth",
            "-d",
            "-noleaf",
            "-follow",
            "-daystart",
            "-newer",
            "-empty",
            "-readable",
            "-writable",
            "-executable",
        ];
        TESTS.iter().any(|test| test.as_bytes() == word)
    }

    fn test(&mut self, word: &[u8]) -> Result<Test, String> {
        let word = word.to_vec();
        Ok(match word.as_slice() {
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
                    .and_then(|p| crate::programs::people::users(p).into_iter().find(|u| u.name == name))
                    .map(|u| u.uid);
                Test::User(user.or(name.parse().ok()))
            }
            b"-group" | b"-gid" => {
                let name = String::from_utf8_lossy(&self.argument(&word)?).into_owned();
                let group = self
                    .process
                    .and_then(|p| {
                        crate::programs::people::groups(p).into_iter().find(|(known, ..)| *known == name)
                    })
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
            _ => Test::Truth(true),
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
        let mode = octal.or_else(|| crate::programs::modes::apply(rest, 0, false, 0));
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
pub(in crate::programs) fn reads(words: &[Vec<u8>]) -> bool {
    let mut parser =
        Parser { words, at: 0, least: 0, most: usize::MAX, acts: false, depth: 0, batches: 0, process: None };
    parser.either().is_ok() && parser.at >= words.len()
}
