//! Devices that can be read and written, and bytes of files that nobody wrote.

use super::{node::Body, walk::Data};
use crate::machine::{Machine, errno::Errno};

/// Major and minor number of a device.
pub(super) fn number(name: &str) -> (u32, u32) {
    match name {
        "null" => (1, 3),
        "zero" => (1, 5),
        "full" => (1, 7),
        "random" => (1, 8),
        "urandom" => (1, 9),
        "kmsg" => (1, 11),
        "tty" => (5, 0),
        "console" => (5, 1),
        "ptmx" => (5, 2),
        _ => (0, 0),
    }
}

impl Data {
    pub(super) fn size(&self) -> u64 {
        match self {
            Self::Written(body) => body.size(),
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Program(size) => (*size).into(),
            Self::Noise(size) => *size,
            Self::Device(_) => 0,
        }
    }

    /// At most `length` bytes from `offset` on.
    pub(super) fn read_at(
        &self,
        machine: &Machine,
        path: &[u8],
        offset: u64,
        length: usize,
    ) -> Result<Vec<u8>, Errno> {
        let left = usize::try_from(self.size().saturating_sub(offset)).unwrap_or(usize::MAX).min(length);
        Ok(match self {
            Self::Written(body) => Body::read_at(body, offset, length),
            Self::Bytes(bytes) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX);
                bytes.iter().skip(start).take(left).copied().collect()
            }
            Self::Program(size) => machine.program_bytes(path, *size, offset, left),
            Self::Noise(_) => machine.noise(path, offset, left),
            Self::Device(name) => return device(name, length),
        })
    }
}

fn device(name: &str, length: usize) -> Result<Vec<u8>, Errno> {
    match name {
        "zero" | "full" => Ok(vec![0; length]),
        "random" | "urandom" => {
            let mut out = vec![0; length];
            getrandom::fill(&mut out).map_err(|_| Errno::InputOutput)?;
            Ok(out)
        }
        "null" => Ok(Vec::new()),
        "tty" => Err(Errno::NoAddress),
        _ => Err(Errno::InputOutput),
    }
}
