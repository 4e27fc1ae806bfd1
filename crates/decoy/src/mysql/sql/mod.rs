//! A small SQL engine: enough of the language for those who look around, and for what tools and
//! attacks send. Nothing of a peer's is ever executed outside of it: files are neither read nor
//! written, libraries not loaded; what was to be written is told and kept as an artifact.
//!
//! [`token`] takes a statement apart, [`parse`] understands it as an [`ast`], [`engine`] carries
//! it out on the [`catalogue`] of the client's address, which begins as [`schema`] draws it.

pub(super) mod arithmetic;
pub(super) mod ast;
mod calendar;
pub(super) mod catalogue;
mod charset;
mod define;
pub(super) mod engine;
mod eval;
mod explain;
mod function;
mod group_concat;
mod infer;
mod information;
mod json;
pub(super) mod parse;
mod plugin;
mod query;
mod regexp;
pub(super) mod schema;
pub(super) mod session;
pub(super) mod shape;
mod show;
mod show_server;
mod show_table;
mod special;
mod system;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod token;
pub(super) mod value;
mod variables;
mod view;
mod watch;
mod wording;
mod write;
