//! Here-documents: their end words, and the lines after the command.

use std::sync::{Arc, OnceLock};

use super::{
    ast::{Part, Word},
    fault::{Fault, Problem},
    parser::Parser,
};
use crate::shell::dialect::Dialect;

/// A here-document whose lines are still to come.
#[derive(Clone, Debug)]
pub(super) struct PendingHere {
    pub(super) delimiter: Vec<u8>,
    pub(super) quoted: bool,
    pub(super) strip: bool,
    pub(super) line: u32,
    pub(super) content: Arc<OnceLock<Word>>,
}

/// The end word without its quotes, and whether there were any.
pub(super) fn delimiter(raw: &[u8]) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(raw.len());
    let mut quoted = false;
    let mut inside = None;
    let mut bytes = raw.iter().copied();
    while let Some(byte) = bytes.next() {
        match (byte, inside) {
            (b'\\', None | Some(b'"')) => {
                quoted = true;
                out.extend(bytes.next());
            }
            (b'\'' | b'"', None) => {
                quoted = true;
                inside = Some(byte);
            }
            (byte, Some(quote)) if byte == quote => inside = None,
            _ => out.push(byte),
        }
    }
    (out, quoted)
}

/// A text in which dollars and backquotes count, as in the lines of a here-document.
pub(crate) fn text_word(text: &[u8], dialect: Dialect) -> Result<Word, Fault> {
    let parts = Parser::new(text, 1, dialect, true).quoted_parts(super::quoting::Quoted::Here)?;
    Ok(Word { parts: vec![Part::Double(parts)] })
}

impl Parser<'_> {
    /// Reads the here-documents that wait for the lines after this newline.
    pub(super) fn read_heres(&mut self) -> Result<(), Fault> {
        for here in std::mem::take(&mut self.heres) {
            self.read_here(here)?;
        }
        Ok(())
    }

    /// What waits at the end of the text has no lines.
    pub(super) fn end_heres(&mut self) -> Result<(), Fault> {
        if !self.last && !self.heres.is_empty() {
            return Err(self.fault(Problem::End { expecting: None }));
        }
        self.read_heres()
    }

    fn read_here(&mut self, here: PendingHere) -> Result<(), Fault> {
        let mut body = Vec::new();
        let first = self.line;
        loop {
            let rest = self.rest();
            if rest.is_empty() {
                if !self.last {
                    return Err(self.fault(Problem::End { expecting: None }));
                }
                self.cut.push((here.line, here.delimiter.clone()));
                if self.dialect.is_bash() && body.last().is_some_and(|byte| *byte != b'\n') {
                    body.push(b'\n');
                }
                break;
            }
            let end = rest.iter().position(|byte| *byte == b'\n');
            let mut line = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            let taken = line.len() + usize::from(end.is_some());
            if here.strip {
                let tabs = line.iter().take_while(|byte| **byte == b'\t').count();
                line = line.get(tabs..).unwrap_or_default();
            }
            let over = line == here.delimiter;
            if !over {
                body.extend_from_slice(line);
                body.extend(end.map(|_| b'\n'));
            }
            self.at += taken;
            self.line += u32::from(end.is_some());
            if over {
                break;
            }
        }
        let word = if here.quoted {
            Word { parts: vec![Part::Quoted(body)] }
        } else {
            self.here_word(&body, first)?
        };
        let _ = here.content.set(word);
        Ok(())
    }

    /// The lines of a here-document in which expansions count.
    fn here_word(&mut self, body: &[u8], line: u32) -> Result<Word, Fault> {
        let mut inner = Parser::new(body, line, self.dialect, true);
        inner.depth = self.depth;
        let parts = inner.quoted_parts(super::quoting::Quoted::Here)?;
        Ok(Word { parts: vec![Part::Double(parts)] })
    }
}
