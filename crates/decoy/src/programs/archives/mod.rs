//! Archives and what is compressed: tar, gzip, bzip2, xz, zip.
//!
//! Invariants:
//! - What comes out of a few bytes is counted: after [`crate::caps::ARCHIVE_BYTES`] the disk is full.
//! - Streams are worked on in pieces; no archive is held whole, but those of `unzip`, which are
//!   files of the visitor and bounded as such.
//! - Deflate is real in both directions. bzip2 and xz know their formats by sight, and find no
//!   memory for the rest.

mod bzip;
mod coding;
mod create;
mod extract;
mod gzip;
mod inflate;
mod member;
mod tar;
#[cfg(test)]
mod tests;
mod unzip;
mod zip;

programs! {
    "tar" => tar::tar;
    "gzip" "gunzip" "zcat" "uncompress" => gzip::gzip;
    "bzip2" "bunzip2" "bzcat" => bzip::bzip2;
    "xz" "unxz" "xzcat" "lzma" "unlzma" "lzcat" => bzip::xz;
    "zip" => zip::zip;
    "unzip" => unzip::unzip;
}
