//! Attributes of files as version 3 of the protocol writes them.

use crate::{
    machine::{Metadata, Seconds},
    ssh::wire::{Malformed, Reader, Writer as _},
};

const SIZE: u32 = 1;
const OWNER: u32 = 2;
const MODE: u32 = 4;
const TIMES: u32 = 8;
const EXTENDED: u32 = 0x8000_0000;

/// What is known, or wanted, of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Attributes {
    pub(super) size: Option<u64>,
    /// User and group.
    pub(super) owner: Option<(u32, u32)>,
    /// Permission bits, with the kind in what the server sends.
    pub(super) mode: Option<u32>,
    /// Last read and last change.
    pub(super) times: Option<(u32, u32)>,
}

impl Attributes {
    /// What `stat` says.
    pub(super) fn of(file: &Metadata) -> Self {
        Self {
            size: Some(file.size),
            owner: Some((file.uid, file.gid)),
            mode: Some(file.st_mode()),
            times: Some((short(file.accessed.seconds), short(file.modified.seconds))),
        }
    }

    /// Reads attributes; what extensions say is read away.
    pub(super) fn parse(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let flags = reader.u32()?;
        let mut found = Self::default();
        if flags & SIZE != 0 {
            found.size = Some(reader.u64()?);
        }
        if flags & OWNER != 0 {
            found.owner = Some((reader.u32()?, reader.u32()?));
        }
        if flags & MODE != 0 {
            found.mode = Some(reader.u32()?);
        }
        if flags & TIMES != 0 {
            found.times = Some((reader.u32()?, reader.u32()?));
        }
        if flags & EXTENDED != 0 {
            for _ in 0..reader.u32()? {
                reader.text()?;
                reader.string()?;
            }
        }
        Ok(found)
    }

    /// Writes them.
    pub(super) fn put(&self, out: &mut Vec<u8>) {
        let flag = |there: bool, flag: u32| if there { flag } else { 0 };
        out.put_u32(
            flag(self.size.is_some(), SIZE)
                | flag(self.owner.is_some(), OWNER)
                | flag(self.mode.is_some(), MODE)
                | flag(self.times.is_some(), TIMES),
        );
        if let Some(size) = self.size {
            out.put_u64(size);
        }
        if let Some((one, other)) = self.owner {
            out.put_u32(one);
            out.put_u32(other);
        }
        if let Some(mode) = self.mode {
            out.put_u32(mode);
        }
        if let Some((accessed, modified)) = self.times {
            out.put_u32(accessed);
            out.put_u32(modified);
        }
    }
}

/// A time as the protocol has it, which ends in 2106.
fn short(seconds: Seconds) -> u32 {
    u32::try_from(seconds).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(
            size: Option<u64>, owner: Option<(u32, u32)>, mode: Option<u32>, times: Option<(u32, u32)>
        ) {
            let attributes = Attributes { size, owner, mode, times };
            let mut out = Vec::new();
            attributes.put(&mut out);
            let mut reader = Reader::new(&out);
            prop_assert_eq!(Attributes::parse(&mut reader), Ok(attributes));
            prop_assert_eq!(reader.end(), Ok(()));
        }

        #[test]
        fn any_bytes_are_attributes_or_none(bytes: Vec<u8>) {
            let _ = Attributes::parse(&mut Reader::new(&bytes));
        }
    }
}
