//! Requests of version 3 with the extensions of OpenSSH: from bytes to what is wanted.

use super::attributes::Attributes;
use crate::ssh::wire::{Malformed, Reader};

/// How a file is to be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flags(u32);

impl Flags {
    pub(super) const fn read(self) -> bool {
        self.0 & 1 != 0
    }

    pub(super) const fn write(self) -> bool {
        self.0 & 2 != 0
    }

    pub(super) const fn append(self) -> bool {
        self.0 & 4 != 0
    }

    pub(super) const fn create(self) -> bool {
        self.0 & 8 != 0
    }

    pub(super) const fn truncate(self) -> bool {
        self.0 & 16 != 0
    }

    pub(super) const fn exclusive(self) -> bool {
        self.0 & 32 != 0
    }
}

/// A handle as the client gave it back.
pub(super) type RawHandle<'a> = &'a [u8];

/// A request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request<'a> {
    Open {
        path: &'a [u8],
        flags: Flags,
        attributes: Attributes,
    },
    Close(RawHandle<'a>),
    Read {
        handle: RawHandle<'a>,
        offset: u64,
        length: u32,
    },
    Write {
        handle: RawHandle<'a>,
        offset: u64,
        data: &'a [u8],
    },
    Stat {
        path: &'a [u8],
        follow: bool,
    },
    FileStat(RawHandle<'a>),
    SetStat {
        path: &'a [u8],
        attributes: Attributes,
    },
    SetFileStat {
        handle: RawHandle<'a>,
        attributes: Attributes,
    },
    OpenDirectory(&'a [u8]),
    ReadDirectory(RawHandle<'a>),
    Remove(&'a [u8]),
    MakeDirectory {
        path: &'a [u8],
        attributes: Attributes,
    },
    RemoveDirectory(&'a [u8]),
    RealPath(&'a [u8]),
    Rename {
        from: &'a [u8],
        to: &'a [u8],
    },
    ReadLink(&'a [u8]),
    Symlink {
        target: &'a [u8],
        path: &'a [u8],
    },
    Extended(Extended<'a>),
    /// Of a type that is not known; it gets no answer.
    Unknown,
}

/// A request by the name of an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extended<'a> {
    PosixRename { from: &'a [u8], to: &'a [u8] },
    FileSystem(&'a [u8]),
    FileSystemOf(RawHandle<'a>),
    HardLink { from: &'a [u8], to: &'a [u8] },
    Sync(RawHandle<'a>),
    SetLinkStat { path: &'a [u8], attributes: Attributes },
    Limits,
    Expand(&'a [u8]),
    Copy(Copy<'a>),
    Home(&'a [u8]),
    Names { users: &'a [u8], groups: &'a [u8] },
    Unknown,
}

/// `copy-data`: from one open file to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Copy<'a> {
    pub(super) from: RawHandle<'a>,
    pub(super) offset: u64,
    /// 0 to the end.
    pub(super) length: u64,
    pub(super) to: RawHandle<'a>,
    pub(super) at: u64,
}

/// Names of extensions with their versions, in the order in which OpenSSH learnt them.
pub(super) const EXTENSIONS: &[(&str, &str)] = &[
    ("posix-rename@openssh.com", "1"),
    ("statvfs@openssh.com", "2"),
    ("fstatvfs@openssh.com", "2"),
    ("hardlink@openssh.com", "1"),
    ("fsync@openssh.com", "1"),
    ("lsetstat@openssh.com", "1"),
    ("limits@openssh.com", "1"),
    ("expand-path@openssh.com", "1"),
    ("copy-data", "1"),
    ("home-directory", "1"),
    ("users-groups-by-id@openssh.com", "1"),
];

/// Type of the first message of a client.
pub(super) const INIT: u8 = 1;
const EXTENDED: u8 = 200;

impl<'a> Request<'a> {
    /// Reads the body of a message of type `kind`, after its number; `known` extensions there are.
    /// What follows is not looked at.
    pub(super) fn parse(kind: u8, body: &mut Reader<'a>, known: usize) -> Result<Self, Malformed> {
        Ok(match kind {
            3 => Self::Open {
                path: body.text()?,
                flags: Flags(body.u32()?),
                attributes: Attributes::parse(body)?,
            },
            4 => Self::Close(body.string()?),
            5 => Self::Read { handle: body.string()?, offset: body.u64()?, length: body.u32()? },
            6 => Self::Write { handle: body.string()?, offset: body.u64()?, data: body.string()? },
            7 => Self::Stat { path: body.text()?, follow: false },
            8 => Self::FileStat(body.string()?),
            9 => Self::SetStat { path: body.text()?, attributes: Attributes::parse(body)? },
            10 => Self::SetFileStat { handle: body.string()?, attributes: Attributes::parse(body)? },
            11 => Self::OpenDirectory(body.text()?),
            12 => Self::ReadDirectory(body.string()?),
            13 => Self::Remove(body.text()?),
            14 => Self::MakeDirectory { path: body.text()?, attributes: Attributes::parse(body)? },
            15 => Self::RemoveDirectory(body.text()?),
            16 => Self::RealPath(body.text()?),
            17 => Self::Stat { path: body.text()?, follow: true },
            18 => Self::Rename { from: body.text()?, to: body.text()? },
            19 => Self::ReadLink(body.text()?),
            // The other way round than in the draft, as OpenSSH does it.
            20 => Self::Symlink { target: body.text()?, path: body.text()? },
            EXTENDED => Self::Extended(Extended::parse(body, known)?),
            _ => Self::Unknown,
        })
    }
}

impl<'a> Extended<'a> {
    fn parse(body: &mut Reader<'a>, known: usize) -> Result<Self, Malformed> {
        let name = body.text()?;
        let place = EXTENSIONS.iter().take(known).position(|(known, _)| known.as_bytes() == name);
        Ok(match place {
            Some(0) => Self::PosixRename { from: body.text()?, to: body.text()? },
            Some(1) => Self::FileSystem(body.text()?),
            Some(2) => Self::FileSystemOf(body.string()?),
            Some(3) => Self::HardLink { from: body.text()?, to: body.text()? },
            Some(4) => Self::Sync(body.string()?),
            Some(5) => Self::SetLinkStat { path: body.text()?, attributes: Attributes::parse(body)? },
            Some(6) => Self::Limits,
            Some(7) => Self::Expand(body.text()?),
            Some(8) => Self::Copy(Copy {
                from: body.string()?,
                offset: body.u64()?,
                length: body.u64()?,
                to: body.string()?,
                at: body.u64()?,
            }),
            Some(9) => Self::Home(body.text()?),
            Some(10) => Self::Names { users: body.string()?, groups: body.string()? },
            _ => Self::Unknown,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ssh::wire::Writer as _;

    #[test]
    fn an_extension_of_a_later_version_is_unknown() {
        let mut body = Vec::new();
        body.put_string(b"limits@openssh.com");
        let parse = |known| Request::parse(EXTENDED, &mut Reader::new(&body), known);
        assert_eq!(parse(11), Ok(Request::Extended(Extended::Limits)));
        assert_eq!(parse(6), Ok(Request::Extended(Extended::Unknown)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_request_or_none(kind: u8, bytes: Vec<u8>, name in 0_usize..11) {
            let _ = Request::parse(kind, &mut Reader::new(&bytes), 11);
            let mut body = Vec::new();
            body.put_string(EXTENSIONS[name].0.as_bytes());
            body.extend_from_slice(&bytes);
            let _ = Request::parse(EXTENDED, &mut Reader::new(&body), 11);
        }
    }
}
