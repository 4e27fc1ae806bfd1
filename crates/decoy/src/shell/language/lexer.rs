//! Tokens, one at a time, with one looked ahead.

use super::{
    ast::Word,
    fault::{Fault, Problem},
    parser::Parser,
};

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Word(Word),
    Operator(&'static str),
    /// Digits right before `<` or `>`, or `{name}` there.
    Descriptor(super::ast::Descriptor),
    Newline,
    End,
}

/// A token and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Lexeme {
    pub(super) token: Token,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Operators of bash, longest first.
const BASH: &[&str] = &[
    "&>>", "<<<", "<<-", ";;&", "&&", "||", ";;", ";&", "|&", "&>", ">>", "<<", ">&", "<&", "<>", ">|", "&",
    "|", ";", "(", ")", "<", ">",
];
/// Operators of POSIX, longest first.
const POSIX: &[&str] =
    &["<<-", "&&", "||", ";;", ">>", "<<", ">&", "<&", "<>", ">|", "&", "|", ";", "(", ")", "<", ">"];
/// Those of the BusyBox shell.
const ASH: &[&str] = &[
    "&>>", "<<-", "&&", "||", ";;", "&>", ">>", "<<", ">&", "<&", "<>", ">|", "&", "|", ";", "(", ")", "<",
    ">",
];

/// Bytes that end an unquoted word.
pub(super) const fn is_meta(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'&' | b'|' | b';' | b'(' | b')' | b'<' | b'>')
}

impl Parser<'_> {
    /// The next token, which stays.
    pub(super) fn peek(&mut self) -> Result<&Token, Fault> {
        if self.ahead.is_none() {
            let lexeme = self.lex()?;
            self.ahead = Some(lexeme);
        }
        match &self.ahead {
            Some(lexeme) => Ok(&lexeme.token),
            None => Ok(&Token::End),
        }
    }

    /// The next token, which is taken.
    pub(super) fn next(&mut self) -> Result<Lexeme, Fault> {
        let lexeme = match self.ahead.take() {
            Some(lexeme) => lexeme,
            None => self.lex()?,
        };
        self.last_end = lexeme.end;
        if lexeme.token == Token::Newline {
            self.read_heres()?;
        }
        Ok(lexeme)
    }

    /// Takes the next token if it is this operator.
    pub(super) fn take_operator(&mut self, operator: &str) -> Result<bool, Fault> {
        let found = matches!(self.peek()?, Token::Operator(found) if *found == operator);
        if found {
            self.next()?;
        }
        Ok(found)
    }

    /// Whether the next token is this word, unquoted.
    pub(super) fn at_word(&mut self, word: &str) -> Result<bool, Fault> {
        Ok(matches!(self.peek()?, Token::Word(found) if found.plain() == Some(word.as_bytes())))
    }

    /// Takes the next token if it is this word, unquoted.
    pub(super) fn take_word(&mut self, word: &str) -> Result<bool, Fault> {
        let found = self.at_word(word)?;
        if found {
            self.next()?;
        }
        Ok(found)
    }

    /// Takes this reserved word, or says what is there instead.
    pub(super) fn expect_word(&mut self, word: &'static str) -> Result<(), Fault> {
        if self.take_word(word)? { Ok(()) } else { Err(self.unexpected(Some(word))) }
    }

    /// Takes newlines.
    pub(super) fn skip_newlines(&mut self) -> Result<(), Fault> {
        while matches!(self.peek()?, Token::Newline) {
            self.next()?;
        }
        Ok(())
    }

    /// Where the next token begins.
    pub(super) fn position(&mut self) -> Result<usize, Fault> {
        self.peek()?;
        Ok(self.ahead.as_ref().map_or(self.at, |lexeme| lexeme.start))
    }

    /// The fault that the next token is.
    pub(super) fn unexpected(&mut self, expecting: Option<&'static str>) -> Fault {
        let (token, word) = match self.next() {
            Err(fault) => return fault,
            Ok(Lexeme { token: Token::End, .. }) => return self.fault(Problem::End { expecting }),
            Ok(Lexeme { token: Token::Newline, .. }) => {
                self.line = self.line.saturating_sub(1).max(1);
                (b"newline".to_vec(), false)
            }
            Ok(Lexeme { token: Token::Operator(text), .. }) => (text.as_bytes().to_vec(), false),
            Ok(Lexeme { start, end, token }) => {
                let text = self.slice(start, end).to_vec();
                let reserved =
                    matches!(&token, Token::Word(w) if w.plain().is_some_and(|w| self.is_reserved(w)));
                (text, !reserved)
            }
        };
        self.fault(Problem::Unexpected { token, word, expecting })
    }

    fn lex(&mut self) -> Result<Lexeme, Fault> {
        self.skip_blanks();
        let start = self.at;
        let token = match self.byte() {
            None => Token::End,
            Some(b'\n') => {
                self.bump();
                Token::Newline
            }
            Some(byte) => match self.descriptor().or_else(|| self.operator(byte)) {
                Some(token) => token,
                None => Token::Word(self.word()?),
            },
        };
        Ok(Lexeme { token, start, end: self.at })
    }

    /// Passes blanks, escaped newlines and a comment.
    fn skip_blanks(&mut self) {
        loop {
            match (self.byte(), self.byte_at(1)) {
                (Some(b' ' | b'\t'), _) => self.bump(),
                (Some(b'\\'), Some(b'\n')) => {
                    self.bump();
                    self.bump();
                }
                (Some(b'#'), _) => {
                    while self.byte().is_some_and(|byte| byte != b'\n') {
                        self.bump();
                    }
                }
                _ => return,
            }
        }
    }

    fn operator(&mut self, byte: u8) -> Option<Token> {
        if !is_meta(byte) {
            return None;
        }
        let table = match self.dialect {
            crate::shell::dialect::Dialect::Bash => BASH,
            crate::shell::dialect::Dialect::Dash => POSIX,
            crate::shell::dialect::Dialect::Ash => ASH,
        };
        let rest = self.rest();
        if !self.dialect.is_dash() && (rest.starts_with(b"<(") || rest.starts_with(b">(")) {
            return None;
        }
        let operator = *table.iter().find(|operator| rest.starts_with(operator.as_bytes()))?;
        self.at += operator.len();
        Some(Token::Operator(operator))
    }

    /// A number, or `{name}`, that belongs to the redirection right after it.
    fn descriptor(&mut self) -> Option<Token> {
        use super::ast::Descriptor;
        let rest = self.rest();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits > 0 && digits < 10 && matches!(rest.get(digits), Some(b'<' | b'>')) {
            let text = std::str::from_utf8(rest.get(..digits)?).ok()?;
            let number = text.parse().ok()?;
            self.at += digits;
            return Some(Token::Descriptor(Descriptor::Number(number)));
        }
        if self.dialect.is_bash() && rest.first() == Some(&b'{') {
            let close = rest.iter().take(64).position(|byte| *byte == b'}')?;
            let name = rest.get(1..close)?;
            if super::parser::is_name(name) && matches!(rest.get(close + 1), Some(b'<' | b'>')) {
                let name = name.to_vec();
                self.at += close + 1;
                return Some(Token::Descriptor(Descriptor::Variable(name)));
            }
        }
        None
    }
}
