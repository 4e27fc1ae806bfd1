//! Compression as the products do it when nobody configured anything.

use std::io::Write as _;

use flate2::{Compression, Crc, write::DeflateEncoder};

use super::super::{intake::Head, product::Product};

/// Whether the peer takes gzip: the products read the header loosely, but heed a quality of 0.
pub(super) fn accepted(head: &Head) -> bool {
    head.all("Accept-Encoding").flat_map(|value| value.split(|b| *b == b',')).any(|coding| {
        let mut parts = coding.split(|b| *b == b';').map(<[u8]>::trim_ascii);
        let name = parts.next().unwrap_or_default();
        let refused =
            parts.any(|p| p.strip_prefix(b"q=").is_some_and(|q| q.iter().all(|b| matches!(b, b'0' | b'.'))));
        name.eq_ignore_ascii_case(b"gzip") && !refused
    })
}

/// `data` as a gzip file (RFC 1952) with the header that the product writes.
pub(super) fn gzip(product: Product, data: &[u8]) -> Vec<u8> {
    // The ninth byte tells the level: nginx uses the fastest, Apache the default.
    let (level, flags) = if product == Product::Nginx { (1, 4) } else { (6, 0) };
    let header = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, flags, 3];
    let mut encoder = DeflateEncoder::new(header, Compression::new(level));
    let written = encoder.write_all(data).and_then(|()| encoder.finish());
    // Writing to memory does not fail; if it did, the peer would get an empty answer.
    let mut out = written.unwrap_or_default();
    let mut crc = Crc::new();
    crc.update(data);
    out.extend_from_slice(&crc.sum().to_le_bytes());
    out.extend_from_slice(&crc.amount().to_le_bytes());
    out
}
