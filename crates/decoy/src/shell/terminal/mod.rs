//! The terminal of a visit: what a kernel's tty and the line editor of a shell do.

mod complete;
mod discipline;
mod editor;
mod history;
mod interact;
mod keys;
mod line;
mod record;
mod tty;

pub(crate) use complete::command_names;
pub use discipline::Mode;
pub(crate) use history::History;
pub(crate) use interact::interact;
pub(crate) use tty::Parts;
pub use tty::{Size, Tty};
