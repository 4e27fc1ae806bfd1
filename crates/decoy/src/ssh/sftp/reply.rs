//! What the server answers.

use super::attributes::Attributes;
use crate::{machine::Errno, ssh::wire::Writer as _};

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Ok = 0,
    EndOfFile = 1,
    NoSuchFile = 2,
    PermissionDenied = 3,
    Failure = 4,
    BadMessage = 5,
    Unsupported = 8,
}

impl Status {
    /// What OpenSSH says of it.
    const fn text(self) -> &'static str {
        match self {
            Self::Ok => "Success",
            Self::EndOfFile => "End of file",
            Self::NoSuchFile => "No such file",
            Self::PermissionDenied => "Permission denied",
            Self::Failure => "Failure",
            Self::BadMessage => "Bad message",
            Self::Unsupported => "Operation unsupported",
        }
    }
}

impl From<Errno> for Status {
    fn from(error: Errno) -> Self {
        match error {
            Errno::Missing | Errno::NotDirectory | Errno::BadDescriptor | Errno::Loop => Self::NoSuchFile,
            Errno::NotPermitted | Errno::Denied => Self::PermissionDenied,
            Errno::NameTooLong | Errno::Invalid => Self::BadMessage,
            _ => Self::Failure,
        }
    }
}

/// One name with what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) name: Vec<u8>,
    /// The line that `ls -l` would print.
    pub(super) line: Vec<u8>,
    pub(super) attributes: Attributes,
}

impl Name {
    /// A path, which has no line and no attributes.
    pub(super) fn path(path: Vec<u8>) -> Self {
        Self { line: path.clone(), name: path, attributes: Attributes::default() }
    }
}

/// What a file system says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileSystem {
    pub(super) block: u64,
    pub(super) blocks: u64,
    pub(super) free: u64,
    /// Free for those who are not root.
    pub(super) available: u64,
    pub(super) files: u64,
    pub(super) files_free: u64,
    pub(super) id: u64,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    Status(Status),
    /// A status with a text of its own.
    Said(Status, &'static str),
    Handle(u32),
    Data(Vec<u8>),
    Names(Vec<Name>),
    Attributes(Attributes),
    FileSystem(FileSystem),
    /// Largest message, read, write, and number of handles.
    Limits([u64; 4]),
    /// Names of users and of groups, as strings in a string.
    People(Vec<u8>, Vec<u8>),
}

impl From<Status> for Reply {
    fn from(status: Status) -> Self {
        Self::Status(status)
    }
}

impl From<Errno> for Reply {
    fn from(error: Errno) -> Self {
        Self::Status(error.into())
    }
}

impl From<Result<(), Errno>> for Reply {
    fn from(result: Result<(), Errno>) -> Self {
        result.map_or_else(Self::from, |()| Self::Status(Status::Ok))
    }
}

/// A message with its length in front.
pub(super) fn framed(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 4);
    out.put_string(body);
    out
}

impl Reply {
    /// The message that answers request `id` of a client that speaks `version`.
    pub(super) fn message(&self, id: u32, version: u32) -> Vec<u8> {
        let mut out = vec![self.number()];
        out.put_u32(id);
        match self {
            Self::Status(status) => put_status(&mut out, *status, status.text(), version),
            Self::Said(status, text) => put_status(&mut out, *status, text, version),
            Self::Handle(number) => out.put_string(&number.to_be_bytes()),
            Self::Data(data) => out.put_string(data),
            Self::Names(names) => {
                out.put_u32(u32::try_from(names.len()).unwrap_or_default());
                for name in names {
                    out.put_string(&name.name);
                    out.put_string(&name.line);
                    name.attributes.put(&mut out);
                }
            }
            Self::Attributes(attributes) => attributes.put(&mut out),
            Self::FileSystem(system) => put_file_system(&mut out, system),
            Self::Limits(limits) => limits.iter().for_each(|limit| out.put_u64(*limit)),
            Self::People(users, groups) => {
                out.put_string(users);
                out.put_string(groups);
            }
        }
        framed(&out)
    }

    const fn number(&self) -> u8 {
        match self {
            Self::Status(_) | Self::Said(..) => 101,
            Self::Handle(_) => 102,
            Self::Data(_) => 103,
            Self::Names(_) => 104,
            Self::Attributes(_) => 105,
            Self::FileSystem(_) | Self::Limits(_) | Self::People(..) => 201,
        }
    }
}

fn put_status(out: &mut Vec<u8>, status: Status, text: &str, version: u32) {
    out.put_u32(status as u32);
    if version >= 3 {
        out.put_string(text.as_bytes());
        out.put_string(b"");
    }
}

fn put_file_system(out: &mut Vec<u8>, system: &FileSystem) {
    const FLAGS: u64 = 0;
    const NAME_MAX: u64 = 255;
    for number in [
        system.block,
        system.block,
        system.blocks,
        system.free,
        system.available,
        system.files,
        system.files_free,
        system.files_free,
        system.id,
        FLAGS,
        NAME_MAX,
    ] {
        out.put_u64(number);
    }
}
