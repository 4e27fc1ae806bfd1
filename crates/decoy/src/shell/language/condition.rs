//! `[[ … ]]`

use super::{
    ast::{Condition, Word},
    fault::{Fault, Problem},
    lexer::{Lexeme, Token},
    parser::Parser,
    quoting::Parts,
};

const UNARY: &[&[u8]] = &[
    b"-a", b"-b", b"-c", b"-d", b"-e", b"-f", b"-g", b"-h", b"-k", b"-n", b"-o", b"-p", b"-r", b"-s", b"-t",
    b"-u", b"-v", b"-w", b"-x", b"-z", b"-G", b"-L", b"-N", b"-O", b"-R", b"-S",
];
const BINARY: &[&[u8]] =
    &[b"=", b"==", b"!=", b"=~", b"-eq", b"-ne", b"-lt", b"-le", b"-gt", b"-ge", b"-nt", b"-ot", b"-ef"];

/// The only one of `all`, or what `several` makes of them: a list, since a tree of a row of them
/// would be as deep as the row is long.
fn one_or(mut all: Vec<Condition>, several: fn(Vec<Condition>) -> Condition) -> Condition {
    match all.pop() {
        Some(only) if all.is_empty() => only,
        last => {
            all.extend(last);
            several(all)
        }
    }
}

impl Parser<'_> {
    /// After `[[`: the condition with the `]]` that closes it.
    pub(super) fn condition(&mut self) -> Result<Condition, Fault> {
        let extended = std::mem::replace(&mut self.extended, true);
        self.skip_newlines()?;
        let condition = self.alternatives()?;
        if !self.at_word("]]")? {
            return Err(self.condition_fault("syntax error"));
        }
        self.extended = extended;
        self.next()?;
        Ok(condition)
    }

    fn alternatives(&mut self) -> Result<Condition, Fault> {
        self.deeper()?;
        let mut all = vec![self.conjunction()?];
        while self.take_operator("||")? {
            self.skip_newlines()?;
            all.push(self.conjunction()?);
        }
        self.depth -= 1;
        Ok(one_or(all, Condition::Or))
    }

    fn conjunction(&mut self) -> Result<Condition, Fault> {
        let mut all = vec![self.primary()?];
        self.skip_newlines()?;
        while self.take_operator("&&")? {
            self.skip_newlines()?;
            all.push(self.primary()?);
            self.skip_newlines()?;
        }
        Ok(one_or(all, Condition::And))
    }

    fn primary(&mut self) -> Result<Condition, Fault> {
        self.deeper()?;
        let condition = self.primary_inner()?;
        self.depth -= 1;
        Ok(condition)
    }

    fn primary_inner(&mut self) -> Result<Condition, Fault> {
        if self.take_word("!")? {
            return Ok(Condition::Not(Box::new(self.primary()?)));
        }
        if self.take_operator("(")? {
            self.skip_newlines()?;
            let inner = self.alternatives()?;
            if !self.take_operator(")")? {
                return Err(self.condition_fault("expected `)'"));
            }
            return Ok(inner);
        }
        let first = self.condition_word()?;
        if let Some(operator) = first.plain().filter(|word| UNARY.contains(word)).map(<[u8]>::to_vec)
            && !self.at_binary()?
            && matches!(self.peek()?, Token::Word(_))
            && !self.at_word("]]")?
        {
            return Ok(Condition::Unary(operator, self.condition_word()?));
        }
        self.binary(first)
    }

    fn binary(&mut self, left: Word) -> Result<Condition, Fault> {
        let operator = match self.peek()? {
            Token::Operator(operator @ ("<" | ">")) => operator.as_bytes().to_vec(),
            Token::Operator("&&" | "||" | ")") => return Ok(Condition::Word(left)),
            Token::Word(word) => match word.plain() {
                Some(b"]]") => return Ok(Condition::Word(left)),
                Some(operator) if BINARY.contains(&operator) => operator.to_vec(),
                _ => return Err(self.condition_fault("conditional binary operator expected")),
            },
            _ => return Err(self.condition_fault("conditional binary operator expected")),
        };
        self.next()?;
        let right = if operator == b"=~" { self.regex()? } else { self.condition_word()? };
        Ok(Condition::Binary(left, operator, right))
    }

    fn at_binary(&mut self) -> Result<bool, Fault> {
        Ok(match self.peek()? {
            Token::Word(word) => word.plain().is_some_and(|word| BINARY.contains(&word)),
            Token::Operator(operator) => matches!(*operator, "<" | ">"),
            _ => false,
        })
    }

    fn condition_word(&mut self) -> Result<Word, Fault> {
        if !matches!(self.peek()?, Token::Word(_)) || self.at_word("]]")? {
            return Err(self.condition_fault("conditional expression expected"));
        }
        match self.next()?.token {
            Token::Word(word) => Ok(word),
            _ => Ok(Word::default()),
        }
    }

    /// A regular expression: parentheses and bars are part of it.
    fn regex(&mut self) -> Result<Word, Fault> {
        while matches!(self.byte(), Some(b' ' | b'\t')) {
            self.bump();
        }
        let mut parts = Parts::default();
        while let Some(byte) = self.byte() {
            match byte {
                b' ' | b'\t' | b'\n' => break,
                b'(' => self.group(&mut parts)?,
                b'|' | b'<' | b'>' | b'&' | b';' => {
                    parts.plain(byte);
                    self.bump();
                }
                b')' => break,
                _ => self.unquoted(&mut parts)?,
            }
        }
        self.last_end = self.at;
        Ok(Word { parts: parts.0 })
    }

    fn condition_fault(&mut self, what: &str) -> Fault {
        let lexeme = self.next();
        match lexeme {
            Err(fault) => fault,
            Ok(Lexeme { token: Token::End, .. }) if !self.last => {
                self.fault(Problem::End { expecting: None })
            }
            Ok(Lexeme { token: Token::End, .. }) => {
                let text = format!("unexpected token `newline', {what}").into_bytes();
                self.fault(Problem::Condition(text))
            }
            Ok(Lexeme { start, end, .. }) => {
                let token = self.slice(start, end).to_vec();
                let text = [what.as_bytes(), b"\0", &token].concat();
                self.fault(Problem::Condition(text))
            }
        }
    }

    /// At `((`: the expression in it, or nothing when these are two subshells.
    pub(super) fn double_parenthesis(&mut self) -> Result<Option<Word>, Fault> {
        let saved = (self.ahead.take(), self.at, self.line);
        let found = self.try_arithmetic()?;
        if found.is_none() {
            (self.ahead, self.at, self.line) = saved;
        }
        self.last_end = self.at;
        Ok(found)
    }

    /// At the first parenthesis of `for ((a; b; c))`.
    pub(super) fn count_head(&mut self) -> Result<Option<(Word, Word, Word)>, Fault> {
        if self.byte() != Some(b'(') {
            return Ok(None);
        }
        let start = self.at + 1;
        if self.double_parenthesis()?.is_none() {
            return Ok(None);
        }
        let text = self.slice(start, self.at.saturating_sub(2)).to_vec();
        let mut fields = text.split(|byte| *byte == b';');
        let mut word = || {
            let mut inner = Parser::new(fields.next().unwrap_or_default(), self.line, self.dialect, true);
            inner.quoted_parts(super::quoting::Quoted::Here)
        };
        let mut next = || word().map(|parts| Word { parts: vec![super::ast::Part::Double(parts)] });
        Ok(Some((next()?, next()?, next()?)))
    }
}
