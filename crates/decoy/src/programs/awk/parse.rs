//! From tokens to a program.

use std::{collections::HashMap, rc::Rc};

use super::lexer::{Token, tokens};
use crate::{
    caps,
    programs::regex::{Regex, Syntax},
};

pub(super) enum Expr {
    Number(f64),
    Text(Vec<u8>),
    Regex(Box<Regex>),
    Variable(String),
    Field(Box<Expr>),
    Element(String, Vec<Expr>),
    In(Vec<Expr>, String),
    Assign(Box<Expr>, &'static str, Box<Expr>),
    /// Variable, amount, and whether the old value counts.
    Step(Box<Expr>, f64, bool),
    Unary(&'static str, Box<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    Match(bool, Box<Expr>, Box<Expr>),
    Choice(Box<Expr>, Box<Expr>, Box<Expr>),
    Call(String, Vec<Expr>),
    /// `getline`, with its variable and its file.
    Line(Option<Box<Expr>>, Option<Box<Expr>>),
    /// `command | getline`, with its variable.
    Piped(Box<Expr>, Option<Box<Expr>>),
    Group(Vec<Expr>),
}

pub(super) enum Stat {
    Expr(Expr),
    /// Values, format or not, and where to: sign and target.
    Print(Vec<Expr>, bool, Option<(&'static str, Expr)>),
    If(Expr, Box<Stat>, Option<Box<Stat>>),
    While(Expr, Box<Stat>),
    Do(Box<Stat>, Expr),
    For(Option<Box<Stat>>, Option<Expr>, Option<Box<Stat>>, Box<Stat>),
    ForIn(String, String, Box<Stat>),
    Block(Vec<Stat>),
    Next,
    Exit(Option<Expr>),
    Break,
    Continue,
    Return(Option<Expr>),
    Delete(String, Option<Vec<Expr>>),
}

pub(super) enum Pattern {
    Begin,
    End,
    Always,
    When(Expr),
    Range(Expr, Expr),
}

pub(super) struct Function {
    pub(super) parameters: Vec<String>,
    pub(super) body: Stat,
}

#[derive(Default)]
pub(super) struct Program {
    pub(super) rules: Vec<(Pattern, Option<Stat>)>,
    pub(super) functions: HashMap<String, Rc<Function>>,
}

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
const LEVELS: &[&[&str]] = &[&["||"], &["&&"]];

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

    fn block(&mut self) -> Parsed<Stat> {
        self.need("{")?;
        let mut out = Vec::new();
        loop {
            self.blank();
            if self.take("}") {
                return Ok(Stat::Block(out));
            }
            out.push(self.statement()?);
        }
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

    fn statement(&mut self) -> Parsed<Stat> {
        self.links = 0;
        self.deeper(Self::any_statement)
    }

    fn any_statement(&mut self) -> Parsed<Stat> {
        if self.is("{") {
            return self.block();
        }
        if self.take(";") {
            return Ok(Stat::Block(Vec::new()));
        }
        if self.take_word("if") {
            return self.condition();
        }
        if self.take_word("while") {
            self.need("(")?;
            let condition = self.expression()?;
            self.need(")")?;
            self.newlines();
            return Ok(Stat::While(condition, Box::new(self.statement()?)));
        }
        if self.take_word("do") {
            self.newlines();
            let body = Box::new(self.statement()?);
            self.blank();
            if !self.take_word("while") {
                return Err(self.fault());
            }
            self.need("(")?;
            let condition = self.expression()?;
            self.need(")")?;
            return Ok(Stat::Do(body, condition));
        }
        if self.take_word("for") {
            return self.repeated();
        }
        let simple = self.simple()?;
        if !(self.is(";") || self.is("}") || matches!(self.peek(), Token::Newline | Token::End)) {
            return Err(self.fault());
        }
        self.take(";");
        Ok(simple)
    }

    fn condition(&mut self) -> Parsed<Stat> {
        self.need("(")?;
        let condition = self.expression()?;
        self.need(")")?;
        self.newlines();
        let then = Box::new(self.statement()?);
        let before = self.at;
        self.blank();
        if self.take_word("else") {
            self.newlines();
            return Ok(Stat::If(condition, then, Some(Box::new(self.statement()?))));
        }
        self.at = before;
        Ok(Stat::If(condition, then, None))
    }

    fn repeated(&mut self) -> Parsed<Stat> {
        self.need("(")?;
        if let (
            Some((Token::Name(name), _)),
            Some((Token::Name(word), _)),
            Some((Token::Name(array), _)),
            Some((Token::Sign(")"), _)),
        ) = (
            self.tokens.get(self.at),
            self.tokens.get(self.at + 1),
            self.tokens.get(self.at + 2),
            self.tokens.get(self.at + 3),
        ) && word == "in"
        {
            let (name, array) = (name.clone(), array.clone());
            self.at += 4;
            self.newlines();
            return Ok(Stat::ForIn(name, array, Box::new(self.statement()?)));
        }
        let first = if self.is(";") { None } else { Some(Box::new(self.simple()?)) };
        self.need(";")?;
        let condition = if self.is(";") { None } else { Some(self.expression()?) };
        self.need(";")?;
        let step = if self.is(")") { None } else { Some(Box::new(self.simple()?)) };
        self.need(")")?;
        self.newlines();
        Ok(Stat::For(first, condition, step, Box::new(self.statement()?)))
    }

    fn ends(&self) -> bool {
        self.is(";") || self.is("}") || matches!(self.peek(), Token::Newline | Token::End)
    }

    fn simple(&mut self) -> Parsed<Stat> {
        let format = self.word("printf");
        if self.take_word("print") || self.take_word("printf") {
            return self.print(format);
        }
        for (word, stat) in [("next", Stat::Next), ("break", Stat::Break), ("continue", Stat::Continue)] {
            if self.take_word(word) {
                return Ok(stat);
            }
        }
        if self.take_word("exit") {
            return Ok(Stat::Exit(if self.ends() { None } else { Some(self.expression()?) }));
        }
        if self.take_word("return") {
            return Ok(Stat::Return(if self.ends() { None } else { Some(self.expression()?) }));
        }
        if self.take_word("delete") {
            let name = self.name()?;
            let index = if self.take("[") { Some(self.list("]")?) } else { None };
            return Ok(Stat::Delete(name, index));
        }
        Ok(Stat::Expr(self.expression()?))
    }

    fn print(&mut self, format: bool) -> Parsed<Stat> {
        self.printing = true;
        let mut values = Vec::new();
        while !(self.ends() || self.is(">") || self.is(">>") || self.is("|")) {
            values.push(self.expression()?);
            if !self.take(",") {
                break;
            }
            self.newlines();
        }
        self.printing = false;
        if let [Expr::Group(_)] = values.as_slice()
            && let Some(Expr::Group(inner)) = values.pop()
        {
            values = inner;
        }
        let sign = [">>", ">", "|"].into_iter().find(|sign| self.is(sign));
        let target = match sign {
            Some(sign) => {
                self.at += 1;
                Some((sign, self.concatenation()?))
            }
            None => None,
        };
        Ok(Stat::Print(values, format, target))
    }

    fn list(&mut self, end: &'static str) -> Parsed<Vec<Expr>> {
        let (printing, bare_in) = (std::mem::take(&mut self.printing), std::mem::take(&mut self.bare_in));
        let mut out = Vec::new();
        self.newlines();
        while !self.take(end) {
            out.push(self.expression()?);
            self.newlines();
            if !self.is(end) {
                self.need(",")?;
                self.newlines();
            }
        }
        (self.printing, self.bare_in) = (printing, bare_in);
        Ok(out)
    }

    fn expression(&mut self) -> Parsed<Expr> {
        self.deeper(Self::assignment)
    }

    fn assignment(&mut self) -> Parsed<Expr> {
        let left = self.choice()?;
        let sign = ["=", "+=", "-=", "*=", "/=", "%=", "^=", "**="].into_iter().find(|sign| self.is(sign));
        match (sign, &left) {
            (Some(sign), Expr::Variable(_) | Expr::Field(_) | Expr::Element(..)) => {
                self.at += 1;
                self.newlines();
                Ok(Expr::Assign(Box::new(left), sign, Box::new(self.expression()?)))
            }
            (Some(_), _) => Err(self.fault()),
            (None, _) => Ok(left),
        }
    }

    fn choice(&mut self) -> Parsed<Expr> {
        let condition = self.logical(0)?;
        if !self.take("?") {
            return Ok(condition);
        }
        self.newlines();
        let first = self.expression()?;
        self.newlines();
        self.need(":")?;
        self.newlines();
        let second = self.expression()?;
        Ok(Expr::Choice(Box::new(condition), Box::new(first), Box::new(second)))
    }

    fn logical(&mut self, level: usize) -> Parsed<Expr> {
        let Some(signs) = LEVELS.get(level) else { return self.membership() };
        let mut left = self.logical(level + 1)?;
        while let Some(sign) = signs.iter().find(|sign| self.is(sign)) {
            self.at += 1;
            self.link()?;
            self.newlines();
            left = Expr::Binary(sign, Box::new(left), Box::new(self.logical(level + 1)?));
        }
        Ok(left)
    }

    fn membership(&mut self) -> Parsed<Expr> {
        let mut left = self.matching()?;
        while !self.bare_in && self.take_word("in") {
            self.link()?;
            let array = self.name()?;
            left = match left {
                Expr::Group(list) => Expr::In(list, array),
                single => Expr::In(vec![single], array),
            };
        }
        Ok(left)
    }

    fn matching(&mut self) -> Parsed<Expr> {
        let mut left = self.comparison()?;
        loop {
            let wanted = if self.take("~") {
                true
            } else if self.take("!~") {
                false
            } else {
                return Ok(left);
            };
            self.link()?;
            left = Expr::Match(wanted, Box::new(left), Box::new(self.comparison()?));
        }
    }

    fn comparison(&mut self) -> Parsed<Expr> {
        let left = self.concatenation()?;
        let signs: &[&'static str] =
            if self.printing { &["<=", "<", "==", "!=", ">="] } else { &["<=", "<", "==", "!=", ">=", ">"] };
        match signs.iter().find(|sign| self.is(sign)) {
            Some(sign) => {
                self.at += 1;
                Ok(Expr::Binary(sign, Box::new(left), Box::new(self.concatenation()?)))
            }
            None => Ok(left),
        }
    }

    fn concatenation(&mut self) -> Parsed<Expr> {
        let mut left = self.sum()?;
        loop {
            if self.take("|") {
                if !self.take_word("getline") {
                    self.at -= 1;
                    return Ok(left);
                }
                self.link()?;
                left = Expr::Piped(Box::new(left), self.line_target()?);
                continue;
            }
            let starts = match self.peek() {
                Token::Number(_) | Token::Text(_) | Token::Regex(_) => true,
                Token::Name(name) | Token::Call(name) => !KEYWORDS.contains(&name.as_str()),
                Token::Sign(sign) => ["(", "$", "!", "-", "++", "--"].contains(sign) && *sign != "-",
                Token::Newline | Token::End => false,
            };
            if !starts {
                return Ok(left);
            }
            self.link()?;
            left = Expr::Binary("", Box::new(left), Box::new(self.sum()?));
        }
    }

    /// The variable that `getline` fills.
    fn line_target(&mut self) -> Parsed<Option<Box<Expr>>> {
        match self.peek() {
            Token::Name(name) if KEYWORDS.contains(&name.as_str()) => Ok(None),
            Token::Name(_) | Token::Sign("$") => Ok(Some(Box::new(self.primary()?))),
            _ => Ok(None),
        }
    }

    fn sum(&mut self) -> Parsed<Expr> {
        let mut left = self.product()?;
        while let Some(sign) = ["+", "-"].into_iter().find(|sign| self.is(sign)) {
            self.at += 1;
            self.link()?;
            left = Expr::Binary(sign, Box::new(left), Box::new(self.product()?));
        }
        Ok(left)
    }

    fn product(&mut self) -> Parsed<Expr> {
        let mut left = self.unary()?;
        while let Some(sign) = ["*", "/", "%"].into_iter().find(|sign| self.is(sign)) {
            self.at += 1;
            self.link()?;
            left = Expr::Binary(sign, Box::new(left), Box::new(self.unary()?));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Parsed<Expr> {
        for sign in ["!", "-", "+"] {
            if self.take(sign) {
                return Ok(Expr::Unary(sign, Box::new(self.deeper(Self::unary)?)));
            }
        }
        self.power()
    }

    fn power(&mut self) -> Parsed<Expr> {
        let base = self.postfix()?;
        if self.take("^") || self.take("**") {
            return Ok(Expr::Binary("^", Box::new(base), Box::new(self.deeper(Self::unary)?)));
        }
        Ok(base)
    }

    fn postfix(&mut self) -> Parsed<Expr> {
        for (sign, amount) in [("++", 1.0), ("--", -1.0)] {
            if self.take(sign) {
                return Ok(Expr::Step(Box::new(self.primary()?), amount, false));
            }
        }
        let value = self.primary()?;
        if matches!(value, Expr::Variable(_) | Expr::Field(_) | Expr::Element(..)) {
            for (sign, amount) in [("++", 1.0), ("--", -1.0)] {
                if self.take(sign) {
                    return Ok(Expr::Step(Box::new(value), amount, true));
                }
            }
        }
        Ok(value)
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let token = self.peek().clone();
        self.at += 1;
        match token {
            Token::Number(number) => Ok(Expr::Number(number)),
            Token::Text(text) => Ok(Expr::Text(text)),
            Token::Regex(text) => match Regex::new(&text, Syntax::Extended, false) {
                Ok(regex) => Ok(Expr::Regex(Box::new(regex))),
                Err(_) => Err(self.fault()),
            },
            Token::Sign("$") => Ok(Expr::Field(Box::new(self.deeper(Self::postfix_field)?))),
            Token::Sign("(") => {
                let mut list = self.list(")")?;
                if list.len() == 1 && !(self.printing && self.ends()) {
                    return Ok(Expr::Unary("(", Box::new(list.remove(0))));
                }
                Ok(Expr::Group(list))
            }
            Token::Name(name) if name == "getline" => {
                let into = self.line_target()?;
                let from = if self.take("<") { Some(Box::new(self.primary()?)) } else { None };
                Ok(Expr::Line(into, from))
            }
            Token::Name(name) if name == "length" => Ok(Expr::Call(name, Vec::new())),
            Token::Name(name) if !KEYWORDS.contains(&name.as_str()) => {
                if self.take("[") {
                    Ok(Expr::Element(name, self.list("]")?))
                } else {
                    Ok(Expr::Variable(name))
                }
            }
            Token::Call(name) if !KEYWORDS.contains(&name.as_str()) => {
                self.need("(")?;
                Ok(Expr::Call(name, self.list(")")?))
            }
            _ => {
                self.at -= 1;
                Err(self.fault())
            }
        }
    }

    /// What `$` applies to: `$i++` steps the field.
    fn postfix_field(&mut self) -> Parsed<Expr> {
        for (sign, amount) in [("++", 1.0), ("--", -1.0)] {
            if self.take(sign) {
                return Ok(Expr::Step(Box::new(self.primary()?), amount, false));
            }
        }
        if self.take("-") {
            return Ok(Expr::Unary("-", Box::new(self.primary()?)));
        }
        self.primary()
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
