//! Running what was parsed.

mod assignment;
mod command;
mod compound;
mod condition;
mod foreground;
mod join;
mod launch;
mod list;
mod redirect;
mod script;
mod substitution;
mod time;

pub(crate) use command::Meaning;
pub(crate) use join::Gate;
pub(crate) use launch::{Found, dialect_of, look, run};
pub(crate) use script::Text;
