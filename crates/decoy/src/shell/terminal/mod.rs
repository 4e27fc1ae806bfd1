//! The terminal of a visit: what a kernel's tty and the line editor of a shell do.

mod discipline;
mod record;
mod tty;

pub use discipline::Mode;
pub use tty::{Size, Tty};
