//! The netlink socket, and errors in our words.

use std::{fmt::Display, io};

use futures_util::{Stream, TryStreamExt};
use rtnetlink::Handle;

use crate::error::{NEEDS_NET_ADMIN, NetError};

/// Opens a socket in the network namespace of this thread.
///
/// Its driver runs as a task of the runtime and ends with the last copy of the handle.
pub(crate) fn open() -> Result<Handle, NetError> {
    let (connection, handle, _) =
        rtnetlink::new_connection().map_err(|e| NetError::of("open a netlink socket", e, NEEDS_NET_ADMIN))?;
    tokio::spawn(connection);
    Ok(handle)
}

/// Takes all answers of a request.
pub(crate) async fn collect<T>(
    attempt: &str,
    answers: impl Stream<Item = Result<T, rtnetlink::Error>>,
) -> Result<Vec<T>, NetError> {
    answers.try_collect().await.map_err(failed(attempt))
}

/// Says what was attempted when it failed.
pub(crate) fn failed(attempt: impl Display) -> impl FnOnce(rtnetlink::Error) -> NetError {
    move |error| NetError::of(attempt.to_string(), reason(error), NEEDS_NET_ADMIN)
}

/// The system's error in a netlink error.
pub(crate) fn reason(error: rtnetlink::Error) -> io::Error {
    match error {
        rtnetlink::Error::NetlinkError(message) => message.to_io(),
        other => io::Error::other(other),
    }
}
