//! Debian's packages on machines that boot: what is there after they were installed, upgraded, removed
//! and purged.

mod installing;
mod recording;
mod removing;
mod serving;
mod updating;
mod upgrading;

/// A version that is newer than the one that is installed first.
const SECOND: &str = "0.2.0-rc.1";
