//! The Unix socket: mode 0660, group `decnet` where there is one.

use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::{FileTypeExt as _, PermissionsExt as _, chown},
    path::Path,
};

use tokio::net::UnixListener;

use super::peer;

/// Binds the socket, in place of one that an agent before us left behind: the caller holds
/// the role's lock, so no other agent listens on it.
///
/// Between the two calls that make and restrict it, others may connect; they are refused by
/// their credentials all the same.
pub(crate) fn bind(path: &Path) -> io::Result<UnixListener> {
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir)?;
    }
    match fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => fs::remove_file(path)?,
        Ok(_) => return Err(io::Error::new(io::ErrorKind::AlreadyExists, "it is no socket")),
        Err(_) => {}
    }
    let listener = UnixListener::bind(path)?;
    if let Some(group) = peer::group_id() {
        // Only root may give a file to a group that it is not in; the peer check holds anyway.
        if let Err(e) = chown(path, None, Some(group)) {
            tracing::warn!("cannot give {} to the group {}: {e}", path.display(), decnet_proto::agent::GROUP);
        }
    }
    fs::set_permissions(path, Permissions::from_mode(0o660))?;
    Ok(listener)
}
