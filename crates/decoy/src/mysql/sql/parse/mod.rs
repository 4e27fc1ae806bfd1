//! Statements from words. What does not parse is refused as the servers refuse it: with the
//! words from the first that does not fit.

mod expression;
mod query;
mod statement;
mod table;

use super::{
    ast::{Name, Select, Statement},
    token::{Token, What, first},
};
use crate::{
    caps,
    mysql::{
        failure::Failure,
        product::{Family, Product},
    },
};

/// How deep expressions and queries may stand in each other.
const DEPTH: usize = 60;

/// A statement, and how it was written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parsed {
    /// What it means.
    pub(crate) statement: Statement,
    /// Parameters that it has.
    pub(crate) parameters: usize,
}

/// The statement at the beginning of `text`, and where the next one begins.
pub(crate) fn parse(text: &[u8], product: &Product) -> (Result<Parsed, Failure>, Option<usize>) {
    let (major, minor, patch) = product.number;
    let version = u32::from(major) * 10_000 + u32::from(minor) * 100 + u32::from(patch.min(99));
    let all = first(text, version);
    // Statements are told apart by semicolons; what is only that is no further one.
    let end = all.iter().position(|token| token.what == What::Sign(";")).unwrap_or(all.len());
    let next = all.get(end + 1).filter(|token| !is_over(text, token)).map(|token| token.start);
    let mut mine = all;
    mine.truncate(end);
    if mine.is_empty() {
        return (Err(Failure::new(1065, "42000", "Query was empty")), next);
    }
    let mut parser = Parser {
        text,
        tokens: mine,
        at: 0,
        depth: 0,
        links: 0,
        parameters: 0,
        named: Vec::new(),
        named_uses: 0,
        product,
    };
    let statement = parser.statement().and_then(|statement| {
        if parser.at < parser.tokens.len() {
            return Err(parser.error());
        }
        Ok(Parsed { statement, parameters: parser.parameters })
    });
    (statement, next)
}

/// Whether a word is a second semicolon at the end, which is no statement.
fn is_over(text: &[u8], token: &Token) -> bool {
    token.what == What::Sign(";")
        && text.get(token.end..).is_none_or(|rest| rest.trim_ascii_start().is_empty())
}

struct Parser<'t> {
    text: &'t [u8],
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    /// Operators that stand in a row: each makes the tree deeper.
    links: usize,
    parameters: usize,
    /// Queries that WITH names, and how often they were used.
    named: Vec<(String, Select)>,
    named_uses: usize,
    product: &'t Product,
}

type Parse<T> = Result<T, Failure>;

impl Parser<'_> {
    fn what(&self) -> Option<&What> {
        self.tokens.get(self.at).map(|token| &token.what)
    }

    fn what_after(&self, count: usize) -> Option<&What> {
        self.tokens.get(self.at + count).map(|token| &token.what)
    }

    /// Where the next word begins.
    fn start(&self) -> usize {
        self.tokens.get(self.at).map_or(self.text.len(), |token| token.start)
    }

    /// The text from `start` to the end of the last word.
    fn text_since(&self, start: usize) -> String {
        let end = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(start, |token| token.end);
        String::from_utf8_lossy(self.text.get(start..end).unwrap_or_default()).into_owned()
    }

    /// The error that the next word does not fit.
    fn error(&self) -> Failure {
        self.error_at(self.start())
    }

    fn error_at(&self, start: usize) -> Failure {
        let mut rest = self.text.get(start..).unwrap_or_default().trim_ascii_end();
        if self.at >= self.tokens.len() {
            rest = b"";
        }
        let maria = self.product.family == Family::MariaDb;
        let near = match rest.get(..if maria { 77 } else { 80 }) {
            Some(head) if maria && rest.len() > 80 => [head, b"..."].concat(),
            Some(head) if !maria => head.to_vec(),
            _ => rest.to_vec(),
        };
        let line = 1 + self.text.iter().take(start).filter(|byte| **byte == b'\n').count();
        let mut text = format!(
            "You have an error in your SQL syntax; check the manual that corresponds to your {} server version for the right syntax to use near '",
            self.product.name()
        )
        .into_bytes();
        text.extend_from_slice(&near);
        text.extend_from_slice(format!("' at line {line}").as_bytes());
        Failure::new(1064, "42000", text)
    }

    /// Whether the next word is this one.
    fn is(&self, word: &str) -> bool {
        self.is_after(0, word)
    }

    fn is_after(&self, count: usize, word: &str) -> bool {
        match self.what_after(count) {
            Some(What::Word(found)) => found.eq_ignore_ascii_case(word),
            Some(What::Sign(sign)) => *sign == word,
            _ => false,
        }
    }

    fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    /// Takes the next word if it is this one.
    fn take(&mut self, word: &str) -> bool {
        let found = self.is(word);
        if found {
            self.at += 1;
        }
        found
    }

    /// Takes these words if they come one after the other.
    fn take_all(&mut self, words: &str) -> bool {
        let fits = words.split(' ').enumerate().all(|(count, word)| self.is_after(count, word));
        if fits {
            self.at += words.split(' ').count();
        }
        fits
    }

    /// Takes the first of `words` that comes next.
    fn take_any(&mut self, words: &[&'static str]) -> Option<&'static str> {
        words.iter().copied().find(|word| self.take(word))
    }

    fn expect(&mut self, word: &str) -> Parse<()> {
        if self.take(word) { Ok(()) } else { Err(self.error()) }
    }

    /// A name of something.
    fn name(&mut self) -> Parse<String> {
        match self.what() {
            Some(What::Word(name)) if !is_reserved(name) => {
                let name = name.clone();
                self.at += 1;
                Ok(name)
            }
            Some(What::Name(name)) => {
                let name = name.clone();
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.error()),
        }
    }

    /// A name after a dot may be any word.
    fn name_after_dot(&mut self) -> Parse<String> {
        match self.what() {
            Some(What::Word(name) | What::Name(name)) => {
                let name = name.clone();
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.error()),
        }
    }

    /// A table, with or without its database.
    fn table(&mut self) -> Parse<Name> {
        let first = self.name()?;
        if self.take(".") {
            return Ok(Name { database: Some(first), table: self.name_after_dot()? });
        }
        Ok(Name { database: None, table: first })
    }

    /// A text in quotation marks.
    fn quoted(&mut self) -> Parse<Vec<u8>> {
        match self.what() {
            Some(What::Text(text) | What::Hex(text)) => {
                let text = text.clone();
                self.at += 1;
                Ok(text)
            }
            _ => Err(self.error()),
        }
    }

    /// A name, or a text that stands for one.
    fn name_or_text(&mut self) -> Parse<String> {
        match self.what() {
            Some(What::Text(_)) => Ok(String::from_utf8_lossy(&self.quoted()?).into_owned()),
            Some(What::Word(_)) => self.name_after_dot(),
            _ => self.name(),
        }
    }

    fn whole_number(&mut self) -> Parse<u64> {
        if let Some(What::Number(number)) = self.what()
            && let Ok(number) = number.parse()
        {
            self.at += 1;
            return Ok(number);
        }
        Err(self.error())
    }

    /// Things with commas between them.
    fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> Parse<T>) -> Parse<Vec<T>> {
        let mut out = vec![one(self)?];
        while self.take(",") {
            out.push(one(self)?);
        }
        Ok(out)
    }

    /// The same in parentheses.
    fn list_in_parentheses<T>(&mut self, one: impl FnMut(&mut Self) -> Parse<T>) -> Parse<Vec<T>> {
        self.expect("(")?;
        let out = self.list(one)?;
        self.expect(")")?;
        Ok(out)
    }

    /// Passes over everything to the end.
    fn rest(&mut self) {
        self.at = self.tokens.len();
    }

    /// Another operator in a row.
    fn link(&mut self) -> Parse<()> {
        self.links += 1;
        if self.links > caps::MYSQL_OPERATORS { Err(overrun()) } else { Ok(()) }
    }

    /// Does `inner` one level deeper.
    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        if self.depth >= DEPTH {
            return Err(overrun());
        }
        self.depth += 1;
        let out = inner(self);
        self.depth -= 1;
        out
    }
}

fn overrun() -> Failure {
    Failure::new(1436, "HY000", "Thread stack overrun")
}

/// Words that are no names unless they are quoted.
const RESERVED: &str = "\
    add all alter analyze and as asc between both by call case change check collate column \
    constraint convert create cross current_date current_time current_timestamp current_user \
    database databases default delayed delete desc describe distinct distinctrow div drop else \
    except exists explain false for force foreign from fulltext grant group having if ignore in index \
    infile inner insert intersect interval into is join key keys kill leading left like limit lines load \
    lock match mod natural not null on optimize option or order outer outfile primary procedure \
    purge references regexp rename replace require restrict revoke right rlike schema schemas \
    select set show starting straight_join table terminated then to trailing trigger true union \
    unique unlock update usage use using values when where with xor";

/// Whether a word is one of them.
fn is_reserved(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    RESERVED.split(' ').any(|reserved| reserved == lower)
}
