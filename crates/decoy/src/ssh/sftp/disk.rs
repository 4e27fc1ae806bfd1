//! What the file system of the disk says of itself.

use super::reply::FileSystem;
use crate::machine::Machine;

/// The figures of `/`.
pub(super) fn figures(machine: &Machine) -> FileSystem {
    const BLOCK: u64 = 4_096;
    let disk = machine.hardware().disk;
    let blocks = disk / BLOCK / 100 * 96;
    let free = blocks / 100 * (55 + machine.number("disk free", 35));
    FileSystem {
        block: BLOCK,
        blocks,
        free,
        available: free - blocks / 20,
        files: disk / 16_384,
        files_free: disk / 16_384 - 40_000 - machine.number("inodes", 30_000),
        id: machine.number("file system id", u64::MAX),
    }
}
