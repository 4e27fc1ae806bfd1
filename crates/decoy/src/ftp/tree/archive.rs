//! A `.tar.gz` that unpacks: ustar (POSIX.1-1988) in gzip (RFC 1952) with stored blocks
//! (RFC 1951, section 3.2.4), so that its size is known before it is made.

use std::sync::Arc;

use super::node::Content;
use crate::ftp::stamp::Seconds;

/// A file in the archive.
#[derive(Clone, Debug)]
pub(in crate::ftp) struct Entry {
    /// Path without `/` in front, at most 100 bytes.
    pub(super) path: String,
    /// Name of its owner.
    pub(super) owner: Arc<str>,
    /// When it changed last.
    pub(super) modified: Seconds,
    /// What it holds.
    pub(super) content: Content,
}

impl Entry {
    fn size(&self) -> usize {
        usize::try_from(self.content.size()).unwrap_or_default()
    }
}

const RECORD: usize = 512;
/// tar writes in units of twenty records.
const UNIT: usize = 20 * RECORD;
const STORED: usize = 65_535;
const GZIP_HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];

fn tar_size(entries: &[Entry]) -> usize {
    let files: usize = entries.iter().map(|e| RECORD + e.size().next_multiple_of(RECORD)).sum();
    (files + 2 * RECORD).next_multiple_of(UNIT)
}

/// Size of [`build`]'s result.
pub(super) fn size(entries: &[Entry]) -> u64 {
    let tar = tar_size(entries);
    (GZIP_HEADER.len() + tar + 5 * tar.div_ceil(STORED) + 8) as u64
}

/// The archive.
pub(super) fn build(entries: &[Entry]) -> Vec<u8> {
    let mut tar = Vec::with_capacity(tar_size(entries));
    for entry in entries {
        tar.extend_from_slice(&header(entry));
        if let Some(file) = entry.content.open() {
            tar.extend_from_slice(&file.read(0, entry.size()));
        }
        tar.resize(tar.len().next_multiple_of(RECORD), 0);
    }
    tar.resize(tar_size(entries), 0);
    gzip(&tar)
}

fn header(entry: &Entry) -> [u8; RECORD] {
    let mut header = [0; RECORD];
    let mut put = |at: usize, text: &[u8]| {
        for (slot, byte) in header.iter_mut().skip(at).zip(text) {
            *slot = *byte;
        }
    };
    put(0, entry.path.as_bytes().get(..100).unwrap_or(entry.path.as_bytes()));
    put(100, b"0000640\0");
    put(108, b"0001750\0");
    put(116, b"0001750\0");
    put(124, format!("{:011o}\0", entry.size()).as_bytes());
    put(136, format!("{:011o}\0", entry.modified.max(0)).as_bytes());
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    for at in [265, 297] {
        put(at, entry.owner.as_bytes().get(..31).unwrap_or(entry.owner.as_bytes()));
    }
    let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
    for (slot, byte) in header.iter_mut().skip(148).zip(format!("{sum:06o}\0 ").bytes()) {
        *slot = byte;
    }
    header
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut out = GZIP_HEADER.to_vec();
    let mut blocks = data.chunks(STORED).peekable();
    while let Some(block) = blocks.next() {
        let length = block.len() as u16;
        out.push(u8::from(blocks.peek().is_none()));
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(block);
    }
    out.extend_from_slice(&crc32(data).to_le_bytes());
    out.extend_from_slice(&(data.len() as u32).to_le_bytes());
    out
}

/// CRC-32 of RFC 1952, section 8, bit by bit: archives are small and seldom fetched.
fn crc32(data: &[u8]) -> u32 {
    let shift = |crc: u32| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
    !data.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| shift(crc)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, length: usize) -> Entry {
        Entry {
            path: path.to_owned(),
            owner: "root".into(),
            modified: 1_795_692_333,
            content: Content::Bytes(vec![b'x'; length].into()),
        }
    }

    #[test]
    fn the_size_is_known_beforehand() {
        for lengths in [&[][..], &[0], &[512], &[513, 70_000], &[200_000]] {
            let entries: Vec<_> = lengths.iter().map(|l| entry("etc/passwd", *l)).collect();
            assert_eq!(build(&entries).len() as u64, size(&entries), "{lengths:?}");
        }
    }

    #[test]
    fn checksums_are_those_of_the_standards() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        let header = header(&entry("a", 1));
        let told = std::str::from_utf8(&header[148..154]).unwrap();
        let blank: u32 = header
            .iter()
            .enumerate()
            .filter(|(i, _)| !(148..156).contains(i))
            .map(|(_, b)| u32::from(*b))
            .sum();
        assert_eq!(u32::from_str_radix(told, 8).unwrap(), blank + 8 * 32);
    }
}
