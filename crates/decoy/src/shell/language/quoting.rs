//! Words: what quotes, dollars and backquotes make of bytes.

use std::sync::Arc;

use super::{
    ast::{Operation, Parameter, Part, Word},
    fault::{Fault, Problem},
    lexer::is_meta,
    parser::Parser,
};
use crate::caps;

/// Where bytes are quoted by something other than single quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quoted {
    /// Between double quotes.
    Double,
    /// In the lines of a here-document, to the end of the text.
    Here,
}

/// Parts in the making: neighbouring bytes of one kind are one part.
#[derive(Debug, Default)]
pub(super) struct Parts(pub(super) Vec<Part>);

impl Parts {
    pub(super) fn plain(&mut self, byte: u8) {
        match self.0.last_mut() {
            Some(Part::Plain(bytes)) => bytes.push(byte),
            _ => self.0.push(Part::Plain(vec![byte])),
        }
    }

    pub(super) fn quoted(&mut self, byte: u8) {
        match self.0.last_mut() {
            Some(Part::Quoted(bytes)) => bytes.push(byte),
            _ => self.0.push(Part::Quoted(vec![byte])),
        }
    }
}

impl Parser<'_> {
    /// A word, up to the first unquoted blank or operator.
    pub(super) fn word(&mut self) -> Result<Word, Fault> {
        let mut parts = Parts::default();
        while let Some(byte) = self.byte() {
            let process =
                !self.dialect.is_dash() && matches!(byte, b'<' | b'>') && self.byte_at(1) == Some(b'(');
            if process {
                self.at += 2;
                let list = Arc::new(self.substituted()?);
                let part = if byte == b'<' { Part::ProcessInput(list) } else { Part::ProcessOutput(list) };
                parts.0.push(part);
            } else if is_meta(byte) {
                break;
            } else {
                self.unquoted(&mut parts)?;
            }
        }
        Ok(Word { parts: parts.0 })
    }

    /// One step through unquoted bytes.
    pub(super) fn unquoted(&mut self, parts: &mut Parts) -> Result<(), Fault> {
        match self.byte() {
            None => {}
            Some(b'\\') => self.backslash(parts),
            Some(b'\'') => {
                self.bump();
                let bytes = self.single()?;
                parts.0.push(Part::Quoted(bytes));
            }
            Some(b'"') => {
                self.bump();
                let inner = self.quoted_parts(Quoted::Double)?;
                parts.0.push(Part::Double(inner));
            }
            Some(b'$') => self.dollar(parts, false)?,
            Some(b'`') => self.backquote(parts, false)?,
            Some(byte @ (b'?' | b'*' | b'+' | b'@' | b'!'))
                if self.extended && self.byte_at(1) == Some(b'(') =>
            {
                parts.plain(byte);
                self.bump();
                self.group(parts)?;
            }
            Some(byte) => {
                parts.plain(byte);
                self.bump();
            }
        }
        Ok(())
    }

    fn backslash(&mut self, parts: &mut Parts) {
        self.bump();
        match self.byte() {
            None => parts.quoted(b'\\'),
            Some(b'\n') => self.bump(),
            Some(byte) => {
                parts.quoted(byte);
                self.bump();
            }
        }
    }

    /// `( … )` of an extended pattern or a regular expression, in which blanks and operators
    /// are bytes like others.
    pub(super) fn group(&mut self, parts: &mut Parts) -> Result<(), Fault> {
        let mut open = 0_usize;
        loop {
            match self.byte() {
                None => return Err(self.fault(Problem::Unclosed(b')'))),
                Some(byte @ (b'(' | b')')) => {
                    parts.plain(byte);
                    self.bump();
                    open = if byte == b'(' { open + 1 } else { open.saturating_sub(1) };
                    if open == 0 {
                        return Ok(());
                    }
                }
                Some(_) => self.unquoted(parts)?,
            }
        }
    }

    /// Up to the closing single quote.
    fn single(&mut self) -> Result<Vec<u8>, Fault> {
        let line = self.line;
        let mut bytes = Vec::new();
        loop {
            match self.byte() {
                None => return Err(Fault { problem: Problem::Unclosed(b'\''), line }),
                Some(b'\'') => {
                    self.bump();
                    return Ok(bytes);
                }
                Some(byte) => bytes.push(byte),
            }
            self.bump();
        }
    }

    /// Up to the closing double quote, or to the end of a here-document.
    pub(super) fn quoted_parts(&mut self, mode: Quoted) -> Result<Vec<Part>, Fault> {
        let line = self.line;
        let mut parts = Parts::default();
        loop {
            match self.byte() {
                None if mode == Quoted::Here => return Ok(parts.0),
                None => return Err(Fault { problem: Problem::Unclosed(b'"'), line }),
                Some(b'"') if mode == Quoted::Double => {
                    self.bump();
                    return Ok(parts.0);
                }
                Some(_) => self.quoted_step(&mut parts, mode)?,
            }
        }
    }

    /// One step through double-quoted bytes.
    pub(super) fn quoted_step(&mut self, parts: &mut Parts, mode: Quoted) -> Result<(), Fault> {
        match self.byte() {
            None => {}
            Some(b'\\') => match self.byte_at(1) {
                Some(b'\n') => {
                    self.bump();
                    self.bump();
                }
                Some(byte)
                    if matches!(byte, b'$' | b'`' | b'\\') || (byte == b'"' && mode == Quoted::Double) =>
                {
                    parts.quoted(byte);
                    self.at += 2;
                }
                _ => {
                    parts.quoted(b'\\');
                    self.bump();
                }
            },
            Some(b'$') => self.dollar(parts, true)?,
            Some(b'`') => self.backquote(parts, mode == Quoted::Double)?,
            Some(byte) => {
                parts.quoted(byte);
                self.bump();
            }
        }
        Ok(())
    }

    fn dollar(&mut self, parts: &mut Parts, double: bool) -> Result<(), Fault> {
        let next = self.byte_at(1);
        match next {
            Some(b'(') => {
                self.at += 2;
                if self.byte() == Some(b'(')
                    && let Some(expression) = self.try_arithmetic()?
                {
                    parts.0.push(Part::Arithmetic(expression));
                    return Ok(());
                }
                let list = self.substituted()?;
                parts.0.push(Part::Command(Arc::new(list)));
            }
            Some(b'{') => {
                let start = self.at;
                self.at += 2;
                let part = self.braced_parameter(start, double)?;
                parts.0.push(part);
            }
            Some(b'\'') if !double && !self.dialect.is_dash() => {
                self.at += 2;
                let bytes = self.ansi()?;
                parts.0.push(Part::Quoted(bytes));
            }
            Some(b'"') if !double && self.dialect.is_bash() => {
                self.at += 2;
                let inner = self.quoted_parts(Quoted::Double)?;
                parts.0.push(Part::Double(inner));
            }
            _ => self.short_parameter(parts, double),
        }
        Ok(())
    }

    /// `$name`, `$1`, `$?`, or a dollar that is only that.
    fn short_parameter(&mut self, parts: &mut Parts, double: bool) {
        let start = self.at;
        self.bump();
        let rest = self.rest();
        let length = match rest.first() {
            Some(first) if first.is_ascii_alphabetic() || *first == b'_' => {
                rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count()
            }
            Some(b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!' | b'0'..=b'9') => 1,
            _ => 0,
        };
        if length == 0 {
            if double {
                parts.quoted(b'$')
            } else {
                parts.plain(b'$')
            }
            return;
        }
        let name = self.slice(start + 1, start + 1 + length).to_vec();
        self.at += length;
        let text = self.slice(start, self.at).to_vec();
        let parameter =
            Parameter { name, subscript: None, indirect: false, operation: Operation::Value, text };
        parts.0.push(Part::Parameter(Box::new(parameter)));
    }

    /// A list up to the parenthesis that closes a substitution.
    fn substituted(&mut self) -> Result<super::ast::List, Fault> {
        self.deeper()?;
        let heres = std::mem::take(&mut self.heres);
        let ahead = self.ahead.take();
        let list = self.list(true)?;
        if !matches!(self.peek()?, super::lexer::Token::Operator(")")) {
            if matches!(self.peek()?, super::lexer::Token::End) {
                return Err(self.fault(Problem::Unclosed(b')')));
            }
            return Err(self.unexpected(Some(")")));
        }
        self.next()?;
        self.read_heres()?;
        self.heres = heres;
        self.ahead = ahead;
        self.depth -= 1;
        Ok(list)
    }

    fn backquote(&mut self, parts: &mut Parts, double: bool) -> Result<(), Fault> {
        let line = self.line;
        self.bump();
        let mut text = Vec::new();
        loop {
            match self.byte() {
                None => return Err(Fault { problem: Problem::Unclosed(b'`'), line }),
                Some(b'`') => break,
                Some(b'\\') => match self.byte_at(1) {
                    Some(byte) if matches!(byte, b'$' | b'`' | b'\\') || (double && byte == b'"') => {
                        text.push(byte);
                        self.bump();
                    }
                    _ => text.push(b'\\'),
                },
                Some(byte) => text.push(byte),
            }
            self.bump();
        }
        self.bump();
        self.deeper()?;
        let mut inner = Parser::new(&text, line, self.dialect, true);
        inner.depth = self.depth;
        inner.aliases = self.aliases;
        let list = inner.whole()?;
        self.depth -= 1;
        parts.0.push(Part::Command(Arc::new(list)));
        Ok(())
    }

    /// The text of `$'…'` with its escapes read.
    fn ansi(&mut self) -> Result<Vec<u8>, Fault> {
        let line = self.line;
        let mut raw = Vec::new();
        loop {
            match self.byte() {
                None => return Err(Fault { problem: Problem::Unclosed(b'\''), line }),
                Some(b'\'') => {
                    self.bump();
                    return Ok(super::super::escape::decode(&raw, super::super::escape::Flavour::Dollar).0);
                }
                Some(b'\\') => {
                    raw.push(b'\\');
                    self.bump();
                    raw.extend(self.byte());
                }
                Some(byte) => raw.push(byte),
            }
            self.bump();
        }
    }

    /// After `$(` or at the second parenthesis of `((`: the expression up to `))`, or nothing
    /// when it is a list of commands.
    pub(super) fn try_arithmetic(&mut self) -> Result<Option<Word>, Fault> {
        let saved = (self.at, self.line);
        self.attempts += 1;
        if self.attempts > caps::SHELL_ATTEMPTS {
            return Err(self.fault(Problem::TooDeep));
        }
        self.bump();
        let mut parts = Parts::default();
        let mut open = 0_usize;
        loop {
            match self.byte() {
                None => {
                    // Neither: commands in parentheses say best what is missing.
                    (self.at, self.line) = saved;
                    return Ok(None);
                }
                Some(b'(') => {
                    open += 1;
                    parts.quoted(b'(');
                    self.bump();
                }
                Some(b')') if open > 0 => {
                    open -= 1;
                    parts.quoted(b')');
                    self.bump();
                }
                Some(b')') => {
                    if self.byte_at(1) != Some(b')') {
                        (self.at, self.line) = saved;
                        return Ok(None);
                    }
                    self.at += 2;
                    return Ok(Some(Word { parts: vec![Part::Double(parts.0)] }));
                }
                Some(b'"') => self.bump(),
                Some(_) => self.quoted_step(&mut parts, Quoted::Double)?,
            }
        }
    }
}
