//! From tokens to a program.

mod expressions;
mod statements;

use std::rc::Rc;

use super::{
    lexer::{Token, tokens},
    tree::{Function, Pattern, Program},
};
use crate::caps;

type Parsed<T> = Result<T, (usize, String)>;

struct Parser {
    tokens: Vec<(Token, usize)>,
    at: usize,
    depth: usize,
    /// Operators of this statement that stand in a row: each makes its tree deeper.
    links: usize,
    /// Whether `>` is a redirection, as in `print`.
    printing: bool,
    /// Whether `in` ends an expression, as in `for (x in`.
    bare_in: bool,
}

/// Reads a program.
pub(super) fn parse(text: &[u8]) -> Parsed<Program> {
    let mut parser =
        Parser { tokens: tokens(text)?, at: 0, depth: 0, links: 0, printing: false, bare_in: false };
    let mut out = Program::default();
    loop {
        parser.blank();
        if parser.peek() == &Token::End {
            return Ok(out);
        }
        if out.rules.len() > 500 {
            return Err(parser.fault());
        }
        parser.rule(&mut out)?;
    }
}

const KEYWORDS: &[&str] = &[
    "BEGIN", "END", "if", "else", "while", "for", "do", "print", "printf", "next", "exit", "break",
    "continue", "delete", "in", "getline", "return", "function", "func",
];

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |(token, _)| token)
    }

    fn line(&self) -> usize {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(1, |(_, line)| *line)
    }

    fn fault(&self) -> (usize, String) {
        let near = match self.peek() {
            Token::Sign(sign) => (*sign).to_owned(),
            Token::Name(name) | Token::Call(name) => name.clone(),
            Token::Number(number) => number.to_string(),
            Token::Newline => "newline".into(),
            Token::End => "end of file".into(),
            Token::Text(text) | Token::Regex(text) => String::from_utf8_lossy(text).into_owned(),
        };
        (self.line(), near)
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(known) if *known == sign)
    }

    fn word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Name(name) | Token::Call(name) if name == word)
    }

    fn take(&mut self, sign: &str) -> bool {
        let is = self.is(sign);
        self.at += usize::from(is);
        is
    }

    fn take_word(&mut self, word: &str) -> bool {
        let is = self.word(word);
        self.at += usize::from(is);
        is
    }

    fn need(&mut self, sign: &str) -> Parsed<()> {
        if self.take(sign) { Ok(()) } else { Err(self.fault()) }
    }

    fn blank(&mut self) {
        while self.peek() == &Token::Newline || self.is(";") {
            self.at += 1;
        }
    }

    fn newlines(&mut self) {
        while self.peek() == &Token::Newline {
            self.at += 1;
        }
    }

    fn name(&mut self) -> Parsed<String> {
        match self.peek().clone() {
            Token::Name(name) | Token::Call(name) if !KEYWORDS.contains(&name.as_str()) => {
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.fault()),
        }
    }

    fn rule(&mut self, out: &mut Program) -> Parsed<()> {
        if self.take_word("function") || self.take_word("func") {
            let name = self.name()?;
            self.need("(")?;
            let mut parameters = Vec::new();
            while !self.take(")") {
                parameters.push(self.name()?);
                self.take(",");
            }
            self.newlines();
            let body = self.block()?;
            out.functions.insert(name, Rc::new(Function { parameters, body }));
            return Ok(());
        }
        let pattern = if self.take_word("BEGIN") {
            Pattern::Begin
        } else if self.take_word("END") {
            Pattern::End
        } else if self.is("{") {
            Pattern::Always
        } else {
            self.links = 0;
            let first = self.expression()?;
            if self.take(",") {
                self.newlines();
                Pattern::Range(first, self.expression()?)
            } else {
                Pattern::When(first)
            }
        };
        let body = if self.is("{") { Some(self.block()?) } else { None };
        if body.is_none() && matches!(pattern, Pattern::Begin | Pattern::End) {
            return Err(self.fault());
        }
        out.rules.push((pattern, body));
        Ok(())
    }

    fn deeper<T>(&mut self, with: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.depth += 1;
        if self.depth > 60 {
            return Err(self.fault());
        }
        let out = with(self);
        self.depth -= 1;
        out
    }

    /// Another operator in a row.
    fn link(&mut self) -> Parsed<()> {
        self.links += 1;
        if self.links > caps::AWK_OPERATORS { Err(self.fault()) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::caps;

    #[test]
    fn operators_in_a_row_are_bounded() {
        for link in ["+1", " \"\"", "*2", "&&1", "~1", " in a"] {
            let text = |count| format!("BEGIN {{ print 1{}; print 2+2 }}", link.repeat(count));
            assert!(parse(text(caps::AWK_OPERATORS).as_bytes()).is_ok(), "{link}");
            assert!(parse(text(100 * caps::AWK_OPERATORS).as_bytes()).is_err(), "{link}");
        }
    }
}
