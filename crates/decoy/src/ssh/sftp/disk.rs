//! What the file system of the disk says of itself.

use super::reply::FileSystem;
use crate::{machine::Machine, programs::hardware::root_usage};

/// The figures of `/`, as `df` has them too.
pub(super) fn figures(machine: &Machine) -> FileSystem {
    const BLOCK: u64 = 4_096;
    let (size, used) = root_usage(machine);
    let (blocks, free) = (size / 4, (size - used) / 4);
    let (files, names) = (size / 16, 30_204 + used / 90);
    FileSystem {
        block: BLOCK,
        blocks,
        free,
        available: (size - used - size / 20) / 4,
        files,
        files_free: files - names,
        id: machine.number("file system id", u64::MAX),
    }
}
