//! What lines say, for searching.
//!
//! A line says the texts of its decky, service and kind, of its fields but those that only count
//! ([`line`]), and of its message. A text is found by what stands at the beginning of one of its words
//! ([`needle`]). An index of words ([`words`]) tells which lines may say something; whether a line does
//! is told by the line.
//!
//! The index is a row of stretches of about a million events each, so that what is old goes at once. It
//! is made behind ingest ([`builder`]); what is not in it yet is looked at line by line.
//!
//! Invariant: what is found does not depend on what is indexed.

mod builder;
mod fts5;
mod fulltext;
mod index;
mod line;
mod needle;
#[cfg(test)]
mod tests;
mod tsvector;
mod words;

pub(crate) use self::{
    builder::{Builder, forget},
    index::Index,
    line::Line,
    needle::Needle,
    words::Sought,
};
