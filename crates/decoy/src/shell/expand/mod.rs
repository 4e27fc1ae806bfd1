//! From words to arguments: what dollars, quotes, braces, tildes and patterns stand for.

pub(crate) mod arithmetic;
mod brace;
mod field;
mod glob;
mod number;
mod operation;
mod parameter;
pub(crate) mod pattern;
mod quote;
mod special;
mod word;

pub(crate) use field::{Field, Fields};
pub(crate) use quote::{quote, quote_if_needed, quote_value, quote_word};
