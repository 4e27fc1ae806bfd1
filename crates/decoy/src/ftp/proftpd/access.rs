//! What ProFTPD's configuration lets visitors without an account do: Debian's example of an
//! anonymous section, with a directory for uploads.

use crate::ftp::{
    path::FilePath,
    session::Session,
    tree::{Owner, Refusal, Visitor},
};

/// Why something is refused, as ProFTPD prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Denial {
    /// The file system refuses.
    System(Refusal),
    /// A `<Limit>` refuses: EPERM.
    Limit,
    /// The server itself refuses what is no plain file.
    NotRegular,
}

impl Denial {
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::System(refusal) => refusal.text(),
            Self::Limit => "Operation not permitted",
            Self::NotRegular => "Not a regular file",
        }
    }
}

impl From<Refusal> for Denial {
    fn from(refusal: Refusal) -> Self {
        Self::System(refusal)
    }
}

/// Whether the path lies in the directory for uploads.
fn is_incoming(session: &Session<'_>, path: &FilePath) -> bool {
    let top = session.ftp.tree.anonymous().root;
    path.is_within(&top.child(b"incoming"))
}

/// `<Limit READ>`.
pub(super) fn may_read(session: &Session<'_>, path: &FilePath) -> Result<(), Denial> {
    let denied = session.is_anonymous() && is_incoming(session, path);
    if denied { Err(Denial::Limit) } else { Ok(()) }
}

/// `<Limit WRITE>`.
pub(super) fn may_write(session: &Session<'_>) -> Result<(), Denial> {
    if session.is_anonymous() { Err(Denial::Limit) } else { Ok(()) }
}

/// `<Limit STOR>`.
pub(super) fn may_store(session: &Session<'_>, path: &FilePath) -> Result<(), Denial> {
    let allowed = !session.is_anonymous() || is_incoming(session, path);
    if allowed { Ok(()) } else { Err(Denial::Limit) }
}

/// Who stands in for owners in listings (DirFakeUser).
pub(super) fn owner_shown(session: &Session<'_>) -> Option<Owner> {
    session.is_anonymous().then(|| session.ftp.tree.anonymous().owner)
}

/// The visitor, of whom it is known that he is in.
pub(super) fn visitor<'a>(session: &'a Session<'_>) -> Result<&'a Visitor, Denial> {
    session.visitor().ok_or(Denial::Limit)
}
