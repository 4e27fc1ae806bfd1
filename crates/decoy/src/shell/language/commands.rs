//! Simple and compound commands.

use std::sync::Arc;

use super::{
    ast::{
        Action, Arm, Assignment, Command, Compound, Descriptor, List, Redirect, Simple, Then, Value, Word,
    },
    fault::{Fault, Problem},
    lexer::Token,
    parser::{Parser, is_name},
};

/// `|&`: what a command says of errors goes into the pipe too.
pub(super) fn redirect_errors_too(command: &mut Command) {
    let redirect = Redirect {
        descriptor: Descriptor::Number(2),
        action: Action::DuplicateOutput(Word::from_plain("1")),
    };
    match command {
        Command::Simple(simple) => simple.redirects.push(redirect),
        Command::Compound { redirects, .. } => redirects.push(redirect),
        Command::Function { .. } => {}
    }
}

impl Parser<'_> {
    /// One command of a pipeline.
    pub(super) fn command(&mut self) -> Result<Command, Fault> {
        self.deeper()?;
        self.expand_alias()?;
        self.peek()?;
        let line = self.line;
        let command = match self.compound()? {
            Some(body) => Command::Compound { body, redirects: self.redirects()?, line },
            None => self.simple_or_function(line)?,
        };
        self.depth -= 1;
        Ok(command)
    }

    fn compound(&mut self) -> Result<Option<Compound>, Fault> {
        let bash = self.dialect.is_bash();
        let keyword = match self.peek()? {
            Token::Operator("(") => {
                if self.rest().first() == Some(&b'(')
                    && bash
                    && let Some(expression) = self.double_parenthesis()?
                {
                    return Ok(Some(Compound::Arithmetic(expression)));
                }
                self.next()?;
                let body = self.body(Some(")"))?;
                self.close_parenthesis()?;
                return Ok(Some(Compound::Subshell(body)));
            }
            Token::Word(word) => word.plain().map(<[u8]>::to_vec).unwrap_or_default(),
            _ => return Ok(None),
        };
        let compound = match keyword.as_slice() {
            b"{" => {
                self.next()?;
                let body = self.body(Some("}"))?;
                self.expect_word("}")?;
                Compound::Group(body)
            }
            b"if" => self.conditional()?,
            b"while" | b"until" => {
                self.next()?;
                let condition = self.body(Some("do"))?;
                Compound::Loop { until: keyword == b"until", condition, body: self.do_group()? }
            }
            b"for" => self.for_loop()?,
            b"select" if bash => {
                self.next()?;
                let (name, words) = self.loop_head()?;
                Compound::Select { name, words, body: self.do_group()? }
            }
            b"case" => self.case()?,
            b"[[" if bash => {
                self.next()?;
                Compound::Condition(self.condition()?)
            }
            _ => return Ok(None),
        };
        Ok(Some(compound))
    }

    fn close_parenthesis(&mut self) -> Result<(), Fault> {
        if self.take_operator(")")? { Ok(()) } else { Err(self.unexpected(Some(")"))) }
    }

    fn conditional(&mut self) -> Result<Compound, Fault> {
        let mut arms = Vec::new();
        loop {
            self.next()?;
            let condition = self.body(Some("then"))?;
            self.expect_word("then")?;
            arms.push((condition, self.body(Some("fi"))?));
            if !self.at_word("elif")? {
                break;
            }
        }
        let otherwise = if self.take_word("else")? { Some(self.body(Some("fi"))?) } else { None };
        self.expect_word("fi")?;
        Ok(Compound::If { arms, otherwise })
    }

    fn do_group(&mut self) -> Result<List, Fault> {
        self.expect_word("do")?;
        let body = self.body(Some("done"))?;
        self.expect_word("done")?;
        Ok(body)
    }

    fn for_loop(&mut self) -> Result<Compound, Fault> {
        self.next()?;
        if self.dialect.is_bash() && matches!(self.peek()?, Token::Operator("(")) {
            let Some((start, condition, step)) = self.count_head()? else {
                return Err(self.unexpected(None));
            };
            let _ = self.take_operator(";")?;
            self.skip_newlines()?;
            let body = if self.take_word("{")? {
                let body = self.body(Some("}"))?;
                self.expect_word("}")?;
                body
            } else {
                self.do_group()?
            };
            return Ok(Compound::Count { start, condition, step, body });
        }
        if !self.dialect.is_bash() && matches!(self.peek()?, Token::Operator("(")) {
            return Err(self.fault(Problem::LoopVariable(b"(".to_vec())));
        }
        let (name, words) = self.loop_head()?;
        if self.dialect.is_bash() && self.take_word("{")? {
            let body = self.body(Some("}"))?;
            self.expect_word("}")?;
            return Ok(Compound::For { name, words, body });
        }
        Ok(Compound::For { name, words, body: self.do_group()? })
    }

    /// `name`, and the words after `in` if it is there.
    fn loop_head(&mut self) -> Result<(Vec<u8>, Option<Vec<Word>>), Fault> {
        let Token::Word(word) = self.peek()? else { return Err(self.unexpected(None)) };
        let name = word.plain().unwrap_or_default().to_vec();
        let lexeme = self.next()?;
        if !is_name(&name) {
            let shown = self.slice(lexeme.start, lexeme.end).to_vec();
            if !self.dialect.is_bash() {
                return Err(self.fault(Problem::LoopVariable(shown)));
            }
            // bash finds out when it gets there.
            let words = self.loop_words()?;
            return Ok((shown, words));
        }
        let words = self.loop_words()?;
        Ok((name, words))
    }

    fn loop_words(&mut self) -> Result<Option<Vec<Word>>, Fault> {
        if self.take_operator(";")? {
            self.skip_newlines()?;
            return Ok(None);
        }
        self.skip_newlines()?;
        if !self.take_word("in")? {
            return Ok(None);
        }
        let mut words = Vec::new();
        while matches!(self.peek()?, Token::Word(_)) {
            if let Token::Word(word) = self.next()?.token {
                words.push(word);
            }
        }
        if !self.take_operator(";")? && !matches!(self.peek()?, Token::Newline) {
            return Err(self.unexpected(None));
        }
        self.skip_newlines()?;
        Ok(Some(words))
    }

    fn case(&mut self) -> Result<Compound, Fault> {
        self.next()?;
        let Token::Word(_) = self.peek()? else { return Err(self.unexpected(None)) };
        let Token::Word(word) = self.next()?.token else { return Err(self.unexpected(None)) };
        self.skip_newlines()?;
        self.expect_word("in")?;
        let mut arms = Vec::new();
        loop {
            self.skip_newlines()?;
            if self.take_word("esac")? {
                return Ok(Compound::Case { word, arms });
            }
            let arm = self.arm()?;
            let last = arm.1;
            arms.push(arm.0);
            if last {
                self.expect_word("esac")?;
                return Ok(Compound::Case { word, arms });
            }
        }
    }

    /// A branch, and whether it was the last, having no `;;`.
    fn arm(&mut self) -> Result<(Arm, bool), Fault> {
        let _ = self.take_operator("(")?;
        let mut patterns = Vec::new();
        loop {
            if !matches!(self.peek()?, Token::Word(_)) {
                return Err(self.unexpected(Some(")")));
            }
            if let Token::Word(word) = self.next()?.token {
                patterns.push(word);
            }
            if !self.take_operator("|")? {
                break;
            }
        }
        self.close_parenthesis()?;
        let body = self.list(true)?;
        let then = match self.peek()? {
            Token::Operator(";;") => Then::Leave,
            Token::Operator(";&") => Then::FallThrough,
            Token::Operator(";;&") => Then::TryNext,
            _ => return Ok((Arm { patterns, body, then: Then::Leave }, true)),
        };
        self.next()?;
        Ok((Arm { patterns, body, then }, false))
    }

    fn simple_or_function(&mut self, line: u32) -> Result<Command, Fault> {
        if !self.dialect.is_dash() && self.at_word("function")? {
            return self.function_keyword();
        }
        if let Token::Word(word) = self.peek()? {
            let plain = word.plain().map(<[u8]>::to_vec);
            if let Some(plain) = plain.filter(|name| !name.contains(&b'=') && self.rest_begins_parenthesis())
            {
                return self.function_or_fault(plain);
            }
        }
        let simple = self.simple(line)?;
        if simple.words.is_empty() && simple.assignments.is_empty() && simple.redirects.is_empty() {
            return Err(self.unexpected(None));
        }
        Ok(Command::Simple(simple))
    }

    fn rest_begins_parenthesis(&self) -> bool {
        self.rest().iter().find(|byte| !matches!(byte, b' ' | b'\t')) == Some(&b'(')
    }

    /// `name ( ) command`
    fn function_or_fault(&mut self, name: Vec<u8>) -> Result<Command, Fault> {
        if self.is_reserved(&name) {
            return Err(self.unexpected(None));
        }
        let start = self.position()?;
        self.next()?;
        self.next()?;
        if !self.take_operator(")")? {
            return Err(self.unexpected(Some(")")));
        }
        if !self.dialect.is_bash() && !is_name(&name) {
            return Err(self.fault(Problem::Unexpected {
                token: b"(".to_vec(),
                word: false,
                expecting: None,
            }));
        }
        self.function_body(name, start)
    }

    fn function_keyword(&mut self) -> Result<Command, Fault> {
        let start = self.position()?;
        self.next()?;
        let Token::Word(_) = self.peek()? else { return Err(self.unexpected(Some("word"))) };
        let lexeme = self.next()?;
        let name = self.slice(lexeme.start, lexeme.end).to_vec();
        if self.take_operator("(")? {
            self.close_parenthesis()?;
        }
        self.function_body(name, start)
    }

    fn function_body(&mut self, name: Vec<u8>, start: usize) -> Result<Command, Fault> {
        self.skip_newlines()?;
        self.peek()?;
        let line = self.line;
        let body = match self.compound()? {
            Some(body) => Command::Compound { body, redirects: self.redirects()?, line },
            None if self.dialect.is_bash() => return Err(self.unexpected(None)),
            None => self.command()?,
        };
        let text = Arc::from(self.slice(start, self.last_end));
        Ok(Command::Function { name, body: Arc::new(body), text })
    }

    fn simple(&mut self, line: u32) -> Result<Simple, Fault> {
        let mut simple = Simple { line, ..Simple::default() };
        loop {
            self.expand_after_blank_alias()?;
            if let Some(redirect) = self.redirect()? {
                simple.redirects.push(redirect);
                continue;
            }
            if simple.words.is_empty()
                && let Some(assignment) = self.assignment()?
            {
                simple.assignments.push(assignment);
                self.expand_alias_after_assignment(&simple)?;
                continue;
            }
            let Token::Word(_) = self.peek()? else { return Ok(simple) };
            if simple.words.first().and_then(Word::plain).is_some_and(|name| self.declares(name))
                && let Some(word) = self.declaration_word()?
            {
                simple.words.push(word);
                continue;
            }
            if let Token::Word(word) = self.next()?.token {
                simple.words.push(word);
            }
        }
    }

    fn expand_alias_after_assignment(&mut self, simple: &Simple) -> Result<(), Fault> {
        if simple.words.is_empty() { self.expand_alias() } else { Ok(()) }
    }

    /// Whether it is a builtin of bash whose arguments may be `name=(…)`.
    fn declares(&self, name: &[u8]) -> bool {
        self.dialect.is_bash() && matches!(name, b"declare" | b"typeset" | b"local" | b"export" | b"readonly")
    }

    /// `name=(…)` as an argument: kept as an assignment is typed, for the builtin to read again.
    fn declaration_word(&mut self) -> Result<Option<Word>, Fault> {
        let start = self.position()?;
        let rest = self.text.get(start..).unwrap_or_default();
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let after = rest.get(length..).unwrap_or_default();
        if length == 0 || !(after.starts_with(b"=(") || after.starts_with(b"+=(")) {
            return Ok(None);
        }
        let Some(assignment) = self.assignment()? else { return Ok(None) };
        Ok(Some(Word { parts: vec![super::ast::Part::Assignment(Box::new(assignment))] }))
    }

    /// The next token, if it is an assignment.
    fn assignment(&mut self) -> Result<Option<Assignment>, Fault> {
        let Token::Word(_) = self.peek()? else { return Ok(None) };
        let start = self.position()?;
        let rest = self.text.get(start..).unwrap_or_default();
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let name = rest.get(..length).unwrap_or_default().to_vec();
        if !is_name(&name) {
            return Ok(None);
        }
        let after = rest.get(length..).unwrap_or_default();
        let plain = after.starts_with(b"=");
        let bash = self.dialect.is_bash();
        if !plain && !(bash && (after.starts_with(b"+=") || after.starts_with(b"["))) {
            return Ok(None);
        }
        let line = self.line;
        let saved = (self.ahead.take(), self.at, line);
        self.at = start + length;
        let subscript = if after.starts_with(b"[") { Some(self.subscript_word()?) } else { None };
        let append = bash && self.byte() == Some(b'+');
        if append {
            self.bump();
        }
        if self.byte() != Some(b'=') {
            (self.ahead, self.at, self.line) = saved;
            return Ok(None);
        }
        self.bump();
        let value = self.assigned_value(bash)?;
        self.last_end = self.at;
        Ok(Some(Assignment { name, subscript, append, value }))
    }

    fn assigned_value(&mut self, bash: bool) -> Result<Value, Fault> {
        if bash && self.byte() == Some(b'(') {
            self.bump();
            return self.array();
        }
        let ends = self.byte().is_none_or(super::lexer::is_meta);
        let process = self.rest().starts_with(b"<(") || self.rest().starts_with(b">(");
        if ends && !(bash && process) {
            return Ok(Value::Word(Word::default()));
        }
        Ok(Value::Word(self.word()?))
    }

    /// What is between the parentheses of `name=(…)`.
    fn array(&mut self) -> Result<Value, Fault> {
        let mut elements = Vec::new();
        loop {
            self.skip_newlines()?;
            if self.take_operator(")")? {
                return Ok(Value::Array(elements));
            }
            match self.peek()? {
                Token::Word(_) => {}
                Token::End => return Err(self.fault(Problem::Unclosed(b')'))),
                _ => return Err(self.unexpected(None)),
            }
            let start = self.position()?;
            if self.text.get(start) == Some(&b'[') {
                let saved = (self.ahead.take(), self.at, self.line);
                self.at = start;
                let subscript = self.subscript_word()?;
                if self.byte() == Some(b'=') {
                    self.bump();
                    let ends = self.byte().is_none_or(super::lexer::is_meta);
                    let word = if ends { Word::default() } else { self.word()? };
                    elements.push((Some(subscript), word));
                    continue;
                }
                (self.ahead, self.at, self.line) = saved;
            }
            if let Token::Word(word) = self.next()?.token {
                elements.push((None, word));
            }
        }
    }
}
