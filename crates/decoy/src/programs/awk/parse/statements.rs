//! Statements, and the blocks that they stand in.

use super::{
    super::{
        lexer::Token,
        tree::{Expr, Stat},
    },
    Parsed, Parser,
};

impl Parser {
    pub(super) fn block(&mut self) -> Parsed<Stat> {
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

    pub(super) fn ends(&self) -> bool {
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
}
