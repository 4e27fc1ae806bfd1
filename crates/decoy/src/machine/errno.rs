//! Why the kernel refuses a call.

/// An error number of Linux.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Errno {
    /// EPERM.
    NotPermitted,
    /// ENOENT.
    Missing,
    /// ESRCH.
    NoProcess,
    /// EIO.
    InputOutput,
    /// ENXIO.
    NoAddress,
    /// ENOEXEC.
    NotExecutable,
    /// EBADF.
    BadDescriptor,
    /// EACCES.
    Denied,
    /// EBUSY.
    Busy,
    /// EEXIST.
    Exists,
    /// EXDEV.
    CrossDevice,
    /// ENOTDIR.
    NotDirectory,
    /// EISDIR.
    IsDirectory,
    /// EINVAL.
    Invalid,
    /// ENOTTY.
    NotTerminal,
    /// ETXTBSY.
    TextBusy,
    /// EFBIG.
    TooBig,
    /// ENOSPC.
    NoSpace,
    /// EROFS.
    ReadOnly,
    /// EPIPE.
    BrokenPipe,
    /// ENAMETOOLONG.
    NameTooLong,
    /// ENOTEMPTY.
    NotEmpty,
    /// ELOOP.
    Loop,
    /// EOPNOTSUPP.
    NotSupported,
}

impl Errno {
    /// What C's `strerror` of glibc says; musl's differs for two of them.
    pub const fn text(self) -> &'static str {
        match self {
            Self::NotPermitted => "Operation not permitted",
            Self::Missing => "No such file or directory",
            Self::NoProcess => "No such process",
            Self::InputOutput => "Input/output error",
            Self::NoAddress => "No such device or address",
            Self::NotExecutable => "Exec format error",
            Self::BadDescriptor => "Bad file descriptor",
            Self::Denied => "Permission denied",
            Self::Busy => "Device or resource busy",
            Self::Exists => "File exists",
            Self::CrossDevice => "Invalid cross-device link",
            Self::NotDirectory => "Not a directory",
            Self::IsDirectory => "Is a directory",
            Self::Invalid => "Invalid argument",
            Self::NotTerminal => "Inappropriate ioctl for device",
            Self::TextBusy => "Text file busy",
            Self::TooBig => "File too large",
            Self::NoSpace => "No space left on device",
            Self::ReadOnly => "Read-only file system",
            Self::BrokenPipe => "Broken pipe",
            Self::NameTooLong => "File name too long",
            Self::NotEmpty => "Directory not empty",
            Self::Loop => "Too many levels of symbolic links",
            Self::NotSupported => "Operation not supported",
        }
    }
}
