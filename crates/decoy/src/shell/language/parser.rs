//! Lists and pipelines, and the cursor that everything moves over the text.

use std::sync::Arc;

use super::{
    ast::{Item, Junction, List, Pipeline, Timed},
    fault::{Fault, Problem},
    here::PendingHere,
    lexer::{Lexeme, Token},
};
use crate::{caps, shell::dialect::Dialect};

/// Looks an alias up.
pub(crate) type Aliases<'a> = &'a (dyn Fn(&[u8]) -> Option<Vec<u8>> + Send + Sync);

/// What one call of [`Parser::parse`] found.
#[derive(Debug)]
pub(crate) struct Parsed {
    /// The command; none for an empty line.
    pub(crate) list: List,
    /// Bytes of the text that it took.
    pub(crate) consumed: usize,
    /// The line after it.
    pub(crate) line: u32,
    /// Here-documents that the end of the text cut: line where each began, and its end word.
    pub(crate) cut: Vec<(u32, Vec<u8>)>,
}

/// Reads commands out of a text.
pub(crate) struct Parser<'a> {
    pub(super) text: Vec<u8>,
    pub(super) at: usize,
    pub(super) line: u32,
    pub(super) dialect: Dialect,
    pub(super) aliases: Option<Aliases<'a>>,
    /// Whether the text is all there will be.
    pub(super) last: bool,
    /// Whether extended patterns are words.
    pub(super) extended: bool,
    pub(super) ahead: Option<Lexeme>,
    pub(super) last_end: usize,
    pub(super) heres: Vec<PendingHere>,
    pub(super) cut: Vec<(u32, Vec<u8>)>,
    pub(super) depth: usize,
    /// Aliases that are being expanded, and how many bytes of the text are left where they end.
    pub(super) expanding: Vec<(Vec<u8>, usize)>,
    /// Where aliases end that let the next word be one too, by the bytes left there.
    pub(super) blank_ends: Vec<usize>,
    grown: usize,
    /// Texts that were tried as an expression and were none.
    pub(super) attempts: usize,
}

/// Whether it can name a variable.
pub(crate) fn is_name(name: &[u8]) -> bool {
    name.first().is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_')
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

const RESERVED: &[&str] = &[
    "if", "then", "else", "elif", "fi", "do", "done", "case", "esac", "while", "until", "for", "{", "}", "!",
    "in",
];

/// The reserved words of a shell.
pub(crate) fn reserved_words(dialect: Dialect) -> impl Iterator<Item = &'static str> {
    let more: &[&str] = if dialect.is_bash() { &["function", "select", "time", "[["] } else { &[] };
    RESERVED.iter().chain(more).copied()
}

/// Whether a word means something to the grammar of a shell.
pub(crate) fn reserved(word: &[u8], dialect: Dialect) -> bool {
    reserved_words(dialect).any(|known| known.as_bytes() == word) || dialect.is_bash() && word == b"]]"
}

impl<'a> Parser<'a> {
    /// A parser for `text`, whose first line is number `line`. Unless `last`, what is
    /// incomplete is a [`Fault`] that more text can mend.
    pub(crate) fn new(text: &[u8], line: u32, dialect: Dialect, last: bool) -> Self {
        Self {
            text: text.to_vec(),
            at: 0,
            line,
            dialect,
            aliases: None,
            last,
            extended: false,
            ahead: None,
            last_end: 0,
            heres: Vec::new(),
            cut: Vec::new(),
            depth: 0,
            expanding: Vec::new(),
            blank_ends: Vec::new(),
            grown: 0,
            attempts: 0,
        }
    }

    /// Lets aliases be expanded.
    pub(crate) fn with_aliases(mut self, aliases: Aliases<'a>) -> Self {
        self.aliases = Some(aliases);
        self
    }

    /// Lets `@(a|b)` and its kin be words, as `shopt -s extglob` does.
    pub(crate) fn with_extended(mut self, extended: bool) -> Self {
        self.extended = extended;
        self
    }

    /// Reads all commands of the text as one list.
    pub(super) fn whole(mut self) -> Result<List, Fault> {
        let list = self.list(true)?;
        match self.peek()? {
            Token::End => self.end_heres().map(|()| list),
            _ => Err(self.unexpected(None)),
        }
    }

    /// Reads one complete command: up to the end of its line, or more if it goes on.
    pub(crate) fn parse(mut self) -> Result<Parsed, Fault> {
        let size = self.text.len();
        let mut list = List::default();
        if !matches!(self.peek()?, Token::Newline | Token::End) {
            list = self.list(false)?;
        }
        match self.peek()? {
            Token::Newline => {
                self.next()?;
            }
            Token::End => self.end_heres()?,
            _ => return Err(self.unexpected(None)),
        }
        let left = self.text.len().saturating_sub(self.at);
        Ok(Parsed { list, consumed: size.saturating_sub(left), line: self.line, cut: self.cut })
    }

    /// A list; with `newlines`, over as many lines as it takes to reach what cannot be a command.
    pub(super) fn list(&mut self, newlines: bool) -> Result<List, Fault> {
        self.deeper()?;
        let mut list = List::default();
        loop {
            if newlines {
                self.skip_newlines()?;
            }
            if self.at_list_end()? {
                break;
            }
            let (item, more) = self.item(newlines)?;
            list.items.push(item);
            if !more {
                break;
            }
        }
        self.depth -= 1;
        Ok(list)
    }

    /// A list that must hold a command.
    pub(super) fn body(&mut self, expecting: Option<&'static str>) -> Result<List, Fault> {
        let list = self.list(true)?;
        if list.items.is_empty() { Err(self.unexpected(expecting)) } else { Ok(list) }
    }

    fn at_list_end(&mut self) -> Result<bool, Fault> {
        Ok(match self.peek()? {
            Token::End | Token::Newline => true,
            Token::Operator(operator) => matches!(*operator, ")" | ";;" | ";&" | ";;&"),
            Token::Word(word) => matches!(
                word.plain(),
                Some(b"then" | b"else" | b"elif" | b"fi" | b"do" | b"done" | b"esac" | b"}")
            ),
            Token::Descriptor(_) => false,
        })
    }

    /// One and-or list with its separator, and whether another may follow.
    fn item(&mut self, newlines: bool) -> Result<(Item, bool), Fault> {
        let start = self.position()?;
        let first = self.pipeline()?;
        let mut rest = Vec::new();
        loop {
            let junction = match self.peek()? {
                Token::Operator("&&") => Junction::And,
                Token::Operator("||") => Junction::Or,
                _ => break,
            };
            self.next()?;
            self.skip_newlines()?;
            rest.push((junction, self.pipeline()?));
        }
        let text = Arc::from(self.slice(start, self.last_end));
        let (background, more) = match self.peek()? {
            Token::Operator("&") => (true, true),
            Token::Operator(";") => (false, true),
            Token::Newline if newlines => (false, true),
            _ => return Ok((Item { first, rest, background: false, text }, false)),
        };
        self.next()?;
        Ok((Item { first, rest, background, text }, more))
    }

    fn pipeline(&mut self) -> Result<Pipeline, Fault> {
        let start = self.position()?;
        self.expand_alias()?;
        let (mut negated, mut timed) = (false, None);
        loop {
            if self.take_word("!")? {
                negated = !negated;
            } else if self.dialect.is_bash() && timed.is_none() && self.take_word("time")? {
                timed = Some(if self.take_word("-p")? { Timed::Posix } else { Timed::Plain });
            } else {
                break;
            }
            self.expand_alias()?;
        }
        let mut commands = Vec::new();
        let bare = matches!(self.peek()?, Token::Newline | Token::End | Token::Operator(";"));
        if !(bare && self.dialect.is_bash() && (negated || timed.is_some())) {
            commands.push(Arc::new(self.command()?));
            while let Token::Operator(operator @ ("|" | "|&")) = *self.peek()? {
                self.next()?;
                self.skip_newlines()?;
                if operator == "|&"
                    && let Some(last) = commands.last_mut()
                {
                    super::commands::redirect_errors_too(Arc::make_mut(last));
                }
                self.expand_alias()?;
                commands.push(Arc::new(self.command()?));
            }
        }
        Ok(Pipeline { negated, timed, commands, text: Arc::from(self.slice(start, self.last_end)) })
    }

    /// Whether a word means something to the grammar where a command may begin.
    pub(super) fn is_reserved(&self, word: &[u8]) -> bool {
        word != b"]]" && reserved(word, self.dialect)
    }

    /// Puts the text of an alias in place of the next word, if it names one.
    pub(super) fn expand_alias(&mut self) -> Result<(), Fault> {
        let Some(aliases) = self.aliases else { return Ok(()) };
        loop {
            self.peek()?;
            let Some(Lexeme { token: Token::Word(word), start, end }) = &self.ahead else { return Ok(()) };
            let (start, end) = (*start, *end);
            let Some(name) = word.plain().map(<[u8]>::to_vec) else { return Ok(()) };
            let left = self.text.len().saturating_sub(start);
            self.expanding.retain(|(_, until)| *until < left);
            if self.is_reserved(&name) || self.expanding.iter().any(|(busy, _)| *busy == name) {
                return Ok(());
            }
            let Some(text) = aliases(&name) else { return Ok(()) };
            self.grown += text.len();
            if self.grown > caps::SHELL_LINE {
                return Err(self.fault(Problem::TooDeep));
            }
            let rest = self.text.len().saturating_sub(end);
            if text.last().is_some_and(|byte| matches!(byte, b' ' | b'\t')) {
                self.blank_ends.push(rest);
            }
            self.expanding.push((name, rest));
            self.text.splice(start..end, text);
            self.at = start;
            self.ahead = None;
        }
    }

    /// Expands the first word after an alias that ended in a blank.
    pub(super) fn expand_after_blank_alias(&mut self) -> Result<(), Fault> {
        if self.blank_ends.is_empty() {
            return Ok(());
        }
        let left = self.text.len().saturating_sub(self.position()?);
        let before = self.blank_ends.len();
        self.blank_ends.retain(|end| *end < left);
        if self.blank_ends.len() < before { self.expand_alias() } else { Ok(()) }
    }

    /// Counts one more level of nesting.
    pub(super) fn deeper(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > caps::SHELL_DEPTH { Err(self.fault(Problem::TooDeep)) } else { Ok(()) }
    }

    pub(super) fn fault(&self, problem: Problem) -> Fault {
        Fault { problem, line: self.line }
    }

    pub(super) fn slice(&self, start: usize, end: usize) -> &[u8] {
        self.text.get(start..end).unwrap_or_default()
    }

    pub(super) fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn byte(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub(super) fn byte_at(&self, offset: usize) -> Option<u8> {
        self.text.get(self.at + offset).copied()
    }

    pub(super) fn bump(&mut self) {
        if self.byte() == Some(b'\n') {
            self.line = self.line.saturating_add(1);
        }
        self.at += 1;
    }
}
