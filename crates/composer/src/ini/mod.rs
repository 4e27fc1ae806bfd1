//! The fleet file.

use crate::{
    diagnostic::{Checked, Diagnostics},
    fleet::FleetSpec,
};

/// Largest fleet file in bytes.
pub const MAX_BYTES: usize = 512 * 1024;

/// Reads a fleet file. `file` is its name in messages. Never panics, whatever the bytes.
///
/// # Errors
/// Everything that is wrong, not only the first.
pub fn parse(file: &str, text: &[u8]) -> Result<Checked<FleetSpec>, Diagnostics> {
    let _ = (file, text);
    todo!()
}
