//! What is allowed at most; each with a test that exceeds it.

/// Bytes of an archive as it comes.
pub const ARCHIVE: u64 = 512 * 1024 * 1024;

/// Bytes of a manifest.
pub const MANIFEST: u64 = 1024 * 1024;

/// Files of a release.
pub const ENTRIES: usize = 4_096;

/// Bytes of all files of a release.
pub const CONTENT: u64 = 2 * 1024 * 1024 * 1024;

/// Bytes that one byte of an archive may expand to.
pub const RATIO: u64 = 200;

/// Bytes that may come out of an archive before its ratio counts: zeros compress well, and headers
/// are mostly zeros.
pub const RATIO_AFTER: u64 = 64 * 1024;

/// Bytes of the path of a file: what the name field of a tar header holds.
pub const PATH: usize = 100;

/// Bytes of a version's text.
pub const VERSION: usize = 64;

/// Bytes of a target's text.
pub const TARGET: usize = 64;

/// Bytes of a journal or a state.
pub const RECORD: u64 = 1024 * 1024;

/// Bytes of the text that tells why a change came to nothing.
pub const WHY: usize = 8 * 1024;

/// Releases that are remembered as failed.
pub const FAILED: usize = 32;

/// Releases that are remembered as good.
pub const GOOD: usize = 32;

/// Bytes that stay free when a release is staged: journals, logs and others write beside it.
pub const RESERVE: u64 = 32 * 1024 * 1024;

/// What a file takes at most beyond its bytes, in bytes: the rest of its last block, and its name.
pub const FILE: u64 = 8 * 1024;
