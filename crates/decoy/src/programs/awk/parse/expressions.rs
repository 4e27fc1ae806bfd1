//! Expressions, from what binds least to what binds most.

use super::{
    super::{lexer::Token, tree::Expr},
    KEYWORDS, Parsed, Parser,
};
use crate::programs::regex::{Regex, Syntax};

const LEVELS: &[&[&str]] = &[&["||"], &["&&"]];

impl Parser {
    pub(super) fn list(&mut self, end: &'static str) -> Parsed<Vec<Expr>> {
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

    pub(super) fn expression(&mut self) -> Parsed<Expr> {
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

    pub(super) fn concatenation(&mut self) -> Parsed<Expr> {
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
