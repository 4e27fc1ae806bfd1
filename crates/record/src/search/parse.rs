//! Text to terms.

use std::net::{IpAddr, Ipv6Addr};

use super::{Condition, Dimension, Ignored, SearchError, Term};
use crate::limits::{QUESTION, SEARCHED_WORD, TERMS};

/// Reads every term of `text`.
pub(super) fn terms(text: &str) -> Result<Vec<Term>, SearchError> {
    if text.len() > QUESTION {
        return Err(SearchError::TooLong { length: text.len() });
    }
    let mut reader = Reader { rest: text, at: 1 };
    let mut terms = Vec::new();
    loop {
        reader.spaces();
        if reader.rest.is_empty() {
            return Ok(terms);
        }
        if terms.len() == TERMS {
            return Err(SearchError::TooMany { at: reader.at });
        }
        terms.push(reader.term()?);
    }
}

/// What is left to read, and where it begins.
struct Reader<'t> {
    rest: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    /// Takes the first `length` bytes.
    fn take(&mut self, length: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.at += taken.chars().count();
        self.rest = rest;
        taken
    }

    fn spaces(&mut self) {
        let spaces = self.rest.len() - self.rest.trim_start().len();
        self.take(spaces);
    }

    /// What stands up to the next space.
    fn ahead(&self) -> &'t str {
        self.rest.split(char::is_whitespace).next().unwrap_or_default()
    }

    fn term(&mut self) -> Result<Term, SearchError> {
        // A dash alone is a text.
        let excluded = self.ahead().len() > 1 && self.rest.starts_with('-');
        self.take(usize::from(excluded));
        let condition = match filter_name(self.ahead()) {
            Some(name) => self.filter(name)?,
            None => self.text()?,
        };
        Ok(Term { condition, excluded })
    }

    fn filter(&mut self, name: &str) -> Result<Condition, SearchError> {
        self.take(name.len() + 1);
        let at = self.at;
        let value = match self.quoted()? {
            Some(value) => value,
            None => match self.take(self.ahead().len()) {
                "" => return Err(SearchError::NoValue { at, name: name.to_owned() }),
                plain => plain.to_owned(),
            },
        };
        match Dimension::named(name) {
            None => Ok(Condition::Field(name.to_owned(), value)),
            Some(Dimension::Session) if !is_session(&value) => {
                Err(SearchError::NoSession { at, name: value })
            }
            Some(Dimension::Ignored) if Ignored::named(&value).is_none() => {
                Err(SearchError::NoEntry { at, name: value })
            }
            Some(Dimension::Address) => Ok(Condition::Is(Dimension::Address, canonical(value))),
            Some(dimension) => Ok(Condition::Is(dimension, value)),
        }
    }

    fn text(&mut self) -> Result<Condition, SearchError> {
        let at = self.at;
        let text = match self.quoted()? {
            Some(text) if text.is_empty() => return Err(SearchError::Nothing { at }),
            Some(text) => text,
            None => self.take(self.ahead().len()).to_owned(),
        };
        Ok(Condition::Says(text))
    }

    /// The quoted text that begins here, if one does. In double quotes a backslash keeps a quote or a
    /// backslash from being one; single quotes hold everything but themselves.
    fn quoted(&mut self) -> Result<Option<String>, SearchError> {
        let at = self.at;
        let Some(quote) = self.rest.chars().next().filter(|first| matches!(first, '"' | '\'')) else {
            return Ok(None);
        };
        let mut text = String::new();
        let mut ahead = self.rest.char_indices().skip(1).peekable();
        while let Some((place, character)) = ahead.next() {
            if character == quote {
                self.take(place + 1);
                return if self.ahead().is_empty() {
                    Ok(Some(text))
                } else {
                    Err(SearchError::NoSpace { at: self.at })
                };
            }
            let kept = (character == '\\' && quote == '"')
                .then(|| ahead.next_if(|(_, next)| matches!(next, '"' | '\\')))
                .flatten();
            text.push(kept.map_or(character, |(_, next)| next));
        }
        Err(SearchError::Unclosed { at, quote })
    }
}

/// The name that makes a filter of `token`, if one does.
fn filter_name(token: &str) -> Option<&str> {
    let (name, value) = token.split_once(':')?;
    let is_name = name.len() <= SEARCHED_WORD
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'.' | b'-')
        });
    let is_text = value.starts_with("//") || value.starts_with('\\') || is_digits_with_colons(token);
    (is_name && !is_text).then_some(name)
}

/// Whether `token` is an address of IPv6, or a MAC, or the beginning of one.
fn is_digits_with_colons(token: &str) -> bool {
    let address = token.split(['/', '%']).next().unwrap_or_default();
    address.parse::<Ipv6Addr>().is_ok()
        || token.bytes().filter(|byte| *byte == b':').count() > 1
            && token
                .split(':')
                .all(|group| group.len() <= 4 && group.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

/// A number of the record, or what an emitter calls it.
fn is_session(name: &str) -> bool {
    let is_name = name.len() == 16 && name.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_name || name.bytes().all(|digit| digit.is_ascii_digit()) && name.parse::<i64>().is_ok()
}

/// An address in the form in which events have it; anything else as it is.
fn canonical(address: String) -> String {
    address.parse::<IpAddr>().map_or(address, |address| address.to_canonical().to_string())
}
