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

/// Takes bytes as keys, for the line discipline and for the line editor.
#[cfg(any(test, feature = "testing"))]
pub(crate) fn press_anything(bytes: &[u8]) {
    let mut rest = bytes;
    while let Some((_, length)) = keys::key(rest) {
        rest = rest.get(length..).unwrap_or_default();
    }
    let _ = discipline::Discipline::new().feed(bytes);
}
