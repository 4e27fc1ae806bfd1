//! Why a text is no search.

use thiserror::Error;

use crate::limits::{QUESTION, TERMS};

/// Why a text is no search. Places are characters, counted from 1.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SearchError {
    /// It is longer than anything that is looked for.
    #[error("a search of {length} bytes is too long: at most {QUESTION} are read")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// It has more terms than are looked for at once.
    #[error(
        "there is a term too many at {at}: at most {TERMS} are read; put words that belong together in quotes"
    )]
    TooMany {
        /// Where the first one too many begins.
        at: usize,
    },
    /// A quote is not closed.
    #[error(
        "the quote at {at} is not closed: end it with {quote}, or put a text that begins with {quote} in the other quotes"
    )]
    Unclosed {
        /// Where it is.
        at: usize,
        /// Which one.
        quote: char,
    },
    /// Something follows a quoted text at once.
    #[error("a space is missing at {at}, behind the quoted text")]
    NoSpace {
        /// Where it should be.
        at: usize,
    },
    /// A filter has no value.
    #[error("a value is missing at {at}, behind `{name}:`; to look for this very text, put it in quotes")]
    NoValue {
        /// Where it should be.
        at: usize,
        /// The name of the filter.
        name: String,
    },
    /// There is nothing to look for.
    #[error("there is nothing between the quotes at {at}: write what to look for, or leave them out")]
    Nothing {
        /// Where the quotes are.
        at: usize,
    },
    /// What stands for a session does not name one.
    #[error("no session is named `{name}`, at {at}: it is a number, or 16 hexadecimal digits")]
    NoSession {
        /// Where the name begins.
        at: usize,
        /// What stands there.
        name: String,
    },
    /// What stands for the ignore list is none of its entries.
    #[error(
        "`{name}`, at {at}, is no entry of the ignore list: write true, false, or the number of an entry"
    )]
    NoEntry {
        /// Where it begins.
        at: usize,
        /// What stands there.
        name: String,
    },
}
