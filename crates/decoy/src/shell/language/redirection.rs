//! Redirections.

use std::sync::{Arc, OnceLock};

use super::{
    ast::{Action, Descriptor, Redirect, Word},
    fault::Fault,
    here::PendingHere,
    lexer::Token,
    parser::Parser,
};

impl Parser<'_> {
    /// Redirections after a compound command.
    pub(super) fn redirects(&mut self) -> Result<Vec<Redirect>, Fault> {
        let mut redirects = Vec::new();
        while let Some(redirect) = self.redirect()? {
            redirects.push(redirect);
        }
        Ok(redirects)
    }

    /// The next redirection, if there is one.
    pub(super) fn redirect(&mut self) -> Result<Option<Redirect>, Fault> {
        let descriptor = match self.peek()? {
            Token::Descriptor(descriptor) => {
                let descriptor = descriptor.clone();
                self.next()?;
                descriptor
            }
            _ => Descriptor::Usual,
        };
        let operator = match self.peek()? {
            Token::Operator(operator) => *operator,
            _ => return Ok(None),
        };
        if !matches!(
            operator,
            "<" | ">" | ">>" | "<<" | "<<-" | "<<<" | ">&" | "<&" | "<>" | ">|" | "&>" | "&>>"
        ) {
            return Ok(None);
        }
        self.next()?;
        if matches!(operator, "<<" | "<<-") {
            let action = self.here(operator == "<<-")?;
            return Ok(Some(Redirect { descriptor, action }));
        }
        let word = self.target()?;
        let action = match operator {
            "<" => Action::Read(word),
            ">" => Action::Write(word, false),
            ">|" => Action::Write(word, true),
            ">>" => Action::Append(word),
            "<>" => Action::ReadWrite(word),
            "<&" => Action::DuplicateInput(word),
            ">&" => Action::DuplicateOutput(word),
            "&>" => Action::Both(word, false),
            "&>>" => Action::Both(word, true),
            _ => Action::HereString(word),
        };
        Ok(Some(Redirect { descriptor, action }))
    }

    fn target(&mut self) -> Result<Word, Fault> {
        let Token::Word(_) = self.peek()? else { return Err(self.redirection_fault()) };
        match self.next()?.token {
            Token::Word(word) => Ok(word),
            _ => Ok(Word::default()),
        }
    }

    /// dash calls what stands where a file name should a redirection, if it is one.
    fn redirection_fault(&mut self) -> Fault {
        let mut fault = self.unexpected(None);
        if !self.dialect.is_bash()
            && let super::fault::Problem::Unexpected { token, word, .. } = &mut fault.problem
            && matches!(token.first(), Some(b'<' | b'>'))
        {
            *token = b"redirection".to_vec();
            *word = false;
        }
        fault
    }

    fn here(&mut self, strip: bool) -> Result<Action, Fault> {
        let Token::Word(_) = self.peek()? else { return Err(self.redirection_fault()) };
        let lexeme = self.next()?;
        let raw = self.slice(lexeme.start, lexeme.end).to_vec();
        let (delimiter, quoted) = super::here::delimiter(&raw);
        let content = Arc::new(OnceLock::new());
        let here = PendingHere { delimiter, quoted, strip, line: self.line, content: Arc::clone(&content) };
        self.heres.push(here);
        Ok(Action::Here(content))
    }
}
