//! What a program that is on trial says of itself, where nobody can ask it over a socket: a file that it
//! writes once it serves. An updater does, and its watchdog reads it.

use super::{
    health::Health,
    record::{self, RecordError},
};
use crate::{
    medium::{KeepError, Look, Medium},
    store::Layout,
};

/// Writes it. Who does it says: I serve, and all that I do is as `health` tells.
///
/// # Errors
/// [`KeepError`].
pub fn confirm(medium: &mut impl Medium, layout: &Layout, health: &Health) -> Result<(), KeepError> {
    record::save(medium, &layout.confirmation(), health)
}

/// Reads what was written last, maybe by a process that is gone; none where there is nothing.
///
/// # Errors
/// [`RecordError`].
pub fn confirmation(look: &impl Look, layout: &Layout) -> Result<Option<Health>, RecordError> {
    record::load(look, &layout.confirmation())
}
