//! Standard output without blocking the one thread that serves everybody.

use std::{
    fs::File,
    io::{self, Write as _},
    os::fd::AsFd as _,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{io::AsyncWrite, net::unix::pipe};

/// Standard output: waits for its reader asynchronously where it is a pipe, as in a
/// container; a file or terminal is written at once.
///
/// # Errors
/// When there is no standard output.
pub fn standard_output() -> io::Result<Box<dyn AsyncWrite + Unpin + Send>> {
    let fd = io::stdout().as_fd().try_clone_to_owned()?;
    Ok(match pipe::Sender::from_owned_fd(fd.try_clone()?) {
        Ok(pipe) => Box::new(pipe),
        Err(_) => Box::new(Direct(File::from(fd))),
    })
}

/// Writes that do not wait.
struct Direct(File);

impl AsyncWrite for Direct {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.0.write(bytes))
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.0.flush())
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
