//! Redirections.

use super::super::{
    dialect::Dialect,
    interpreter::{Shell, Stop},
    language::ast::{Action, Descriptor as Target, Redirect, Word},
    pipe::{Reader, Writer},
    state::Descriptor,
};
use crate::machine::{Errno, Open};

impl Shell {
    /// Carries out redirections in order; whether all could be, of which it complains itself.
    pub(super) async fn redirect(&mut self, redirects: &[Redirect]) -> Result<bool, Stop> {
        for redirect in redirects {
            if !self.redirect_one(redirect).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn redirect_one(&mut self, redirect: &Redirect) -> Result<bool, Stop> {
        let number = match &redirect.descriptor {
            Target::Number(number) => *number,
            Target::Usual => usual(&redirect.action),
            Target::Variable(name) => {
                let closes = matches!(&redirect.action, Action::DuplicateInput(w) | Action::DuplicateOutput(w) if w.plain() == Some(b"-"));
                if closes {
                    let value =
                        self.variables.scalar(name).map(|value| String::from_utf8_lossy(value).into_owned());
                    value.and_then(|text| text.parse().ok()).unwrap_or(-1)
                } else {
                    let free = self.descriptors.free();
                    self.variables.set(name, free.to_string());
                    free
                }
            }
        };
        match &redirect.action {
            Action::Read(word) => self.open(word, Open::reading(), number).await,
            Action::Write(word, force) => {
                let exclusive = self.options.noclobber && !force;
                self.open(word, Open { exclusive, ..Open::writing(0o666) }, number).await
            }
            Action::Append(word) => self.open(word, Open::appending(0o666), number).await,
            Action::ReadWrite(word) => {
                let how = Open { read: true, write: true, create: true, mode: 0o666, ..Open::reading() };
                self.open(word, how, number).await
            }
            Action::DuplicateInput(word) => self.duplicate(word, number).await,
            Action::DuplicateOutput(word) => self.duplicate_output(word, number, &redirect.descriptor).await,
            Action::Both(word, append) => {
                let how = if *append { Open::appending(0o666) } else { Open::writing(0o666) };
                let opened = self.open(word, how, 1).await?;
                self.copy(1, 2);
                Ok(opened)
            }
            Action::Here(content) => {
                let text = match content.get() {
                    Some(word) => self.expand_single(word).await?,
                    None => Vec::new(),
                };
                Ok(self.descriptors.put(number, Descriptor::reading(Reader::bytes(text))))
            }
            Action::HereString(word) => {
                let mut text = self.expand_single(word).await?;
                text.push(b'\n');
                Ok(self.descriptors.put(number, Descriptor::reading(Reader::bytes(text))))
            }
        }
    }

    /// The path that a redirection names, or nothing when it names none or several.
    async fn path(&mut self, word: &Word) -> Result<Option<Vec<u8>>, Stop> {
        if !self.dialect.is_bash() {
            return self.expand_single(word).await.map(Some);
        }
        let mut words = self.expand_words(std::slice::from_ref(word)).await?;
        if words.len() == 1 {
            return Ok(words.pop());
        }
        self.complain(None, [&word.source()[..], b": ambiguous redirect"].concat()).await;
        Ok(None)
    }

    async fn open(&mut self, word: &Word, how: Open, number: i32) -> Result<bool, Stop> {
        let Some(path) = self.path(word).await? else { return Ok(false) };
        match self.open_path(&path, how) {
            Ok(descriptor) => {
                if self.descriptors.put(number, descriptor) {
                    return Ok(true);
                }
                self.complain(None, [&path[..], b": Too many open files"].concat()).await;
                Ok(false)
            }
            Err(error) => {
                self.refused(&path, how, error).await;
                Ok(false)
            }
        }
    }

    /// Opens a path, or what stands for a descriptor or the terminal.
    fn open_path(&mut self, path: &[u8], how: Open) -> Result<Descriptor, Errno> {
        let number = match path {
            b"/dev/stdin" => Some(0),
            b"/dev/stdout" => Some(1),
            b"/dev/stderr" => Some(2),
            _ => {
                let digits = path.strip_prefix(b"/dev/fd/").or_else(|| path.strip_prefix(b"/proc/self/fd/"));
                digits.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok())
            }
        };
        if let Some(number) = number {
            return self.descriptors.get(number).cloned().ok_or(Errno::Missing);
        }
        let tty = self.seat.tty().filter(|tty| {
            path == b"/dev/tty"
                || path.strip_prefix(b"/dev/").is_some_and(|name| name == tty.device().as_bytes())
        });
        if let Some(tty) = tty {
            return Ok(Descriptor {
                reader: Some(Reader::terminal(std::sync::Arc::clone(tty))),
                writer: Some(Writer::terminal(std::sync::Arc::clone(tty))),
            });
        }
        if path == b"/dev/tty" {
            return Err(Errno::NoAddress);
        }
        if path == b"/dev/null" {
            return Ok(Descriptor { reader: Some(Reader::empty()), writer: Some(Writer::nowhere()) });
        }
        let special = how.exclusive
            && self.files.stat(path).is_ok_and(|metadata| metadata.kind != crate::machine::Kind::File);
        let how = if special { Open { exclusive: false, ..how } } else { how };
        let handle = self.files.open(path, how)?;
        let reader = how.read.then(|| Reader::file(handle.clone()));
        let writer = how.write.then(|| Writer::file(handle));
        Ok(Descriptor { reader, writer })
    }

    async fn refused(&mut self, path: &[u8], how: Open, error: Errno) {
        let text = match self.dialect {
            Dialect::Bash if error == Errno::Exists && how.exclusive => {
                [path, b": cannot overwrite existing file"].concat()
            }
            Dialect::Bash => [path, b": ", error.text().as_bytes()].concat(),
            dialect => {
                let dash = dialect.is_dash();
                let verb: &[u8] = match (how.write, dash) {
                    (true, true) => b"cannot create ",
                    (true, false) => b"can't create ",
                    (false, true) => b"cannot open ",
                    (false, false) => b"can't open ",
                };
                let why = match error {
                    Errno::Missing if how.write => {
                        if dash {
                            "Directory nonexistent"
                        } else {
                            "nonexistent directory"
                        }
                    }
                    Errno::Missing => {
                        if dash {
                            "No such file"
                        } else {
                            "no such file"
                        }
                    }
                    error => error.text(),
                };
                [verb, path, b": ", why.as_bytes()].concat()
            }
        };
        self.complain(None, text).await;
    }

    async fn duplicate(&mut self, word: &Word, number: i32) -> Result<bool, Stop> {
        let text = self.expand_single(word).await?;
        if text == b"-" {
            self.descriptors.close(number);
            return Ok(true);
        }
        let (digits, moves) = match text.strip_suffix(b"-") {
            Some(digits) => (digits, true),
            None => (&text[..], false),
        };
        let from = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
        let Some(from) = from.filter(|from| *from >= 0) else {
            self.complain(None, [&text[..], b": ambiguous redirect"].concat()).await;
            return Ok(false);
        };
        if !self.copy(from, number) {
            self.complain(None, format!("{from}: Bad file descriptor")).await;
            return Ok(false);
        }
        if moves && from != number {
            self.descriptors.close(from);
        }
        Ok(true)
    }

    /// `>&word`: a descriptor, or in bash a file for output and errors.
    async fn duplicate_output(&mut self, word: &Word, number: i32, target: &Target) -> Result<bool, Stop> {
        let text = self.expand_single(word).await?;
        let descriptor =
            text == b"-" || text.strip_suffix(b"-").unwrap_or(&text).iter().all(u8::is_ascii_digit);
        if descriptor && !text.is_empty() || *target != Target::Usual || !self.dialect.is_bash() {
            return self.duplicate(word, number).await;
        }
        let opened = self.open(word, Open::writing(0o666), 1).await?;
        self.copy(1, 2);
        Ok(opened)
    }

    fn copy(&mut self, from: i32, to: i32) -> bool {
        let Some(descriptor) = self.descriptors.get(from).cloned() else { return false };
        self.descriptors.put(to, descriptor)
    }
}

/// The descriptor that an operator redirects when none is named.
const fn usual(action: &Action) -> i32 {
    match action {
        Action::Read(_)
        | Action::ReadWrite(_)
        | Action::DuplicateInput(_)
        | Action::Here(_)
        | Action::HereString(_) => 0,
        _ => 1,
    }
}
