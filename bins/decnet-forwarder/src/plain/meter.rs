//! How much of a TCP connection the peer's system has.

use std::{
    io,
    os::fd::{AsFd, AsRawFd as _, OwnedFd},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use nix::{errno::Errno, libc};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream whose written bytes are counted.
#[derive(Debug)]
pub(crate) struct Counted<T> {
    stream: T,
    written: Arc<AtomicU64>,
}

/// What is known of the other direction of a [`Counted`] stream.
#[derive(Debug)]
pub(crate) struct Meter {
    socket: OwnedFd,
    written: Arc<AtomicU64>,
}

/// The same stream, counted from here on: nothing may have been written before.
pub(crate) fn measured<T: AsFd>(stream: T) -> io::Result<(Counted<T>, Meter)> {
    let socket = stream.as_fd().try_clone_to_owned()?;
    let written = Arc::<AtomicU64>::default();
    Ok((Counted { stream, written: Arc::clone(&written) }, Meter { socket, written }))
}

impl Meter {
    /// Bytes that were given to our system.
    pub(crate) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Bytes that the peer's system has acknowledged to ours.
    pub(crate) fn taken(&self) -> io::Result<u64> {
        // Asked after it was counted, and both are done by one thread: no more can be missing.
        Ok(self.written().saturating_sub(self.missing()?))
    }

    /// Bytes that our system has, and the peer's has not acknowledged: tcp(7), `SIOCOUTQ`.
    fn missing(&self) -> io::Result<u64> {
        let mut bytes: libc::c_int = 0;
        // SAFETY: the descriptor is open as long as we are, and for a TCP socket this request (equal to
        // TIOCOUTQ) writes one int to where the pointer leads, which is ours.
        let done = unsafe { libc::ioctl(self.socket.as_raw_fd(), libc::TIOCOUTQ, &raw mut bytes) };
        Errno::result(done)?;
        Ok(u64::try_from(bytes).unwrap_or(0))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Counted<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Counted<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        if let Poll::Ready(Ok(count)) = &polled {
            self.written.fetch_add(*count as u64, Ordering::Relaxed);
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::{TcpListener, TcpSocket, TcpStream},
        time::{sleep, timeout},
    };

    use super::*;

    /// More than the buffers of both ends hold.
    const MUCH: usize = 8 << 20;

    #[tokio::test]
    async fn only_what_the_peers_system_has_is_taken() {
        // Its window is small, so that most has to wait with us.
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(64 << 10).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener: TcpListener = socket.listen(1).unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut peer, _) = listener.accept().await.unwrap();
        let (mut stream, meter) = measured(stream).unwrap();
        assert_eq!((meter.written(), meter.taken().unwrap()), (0, 0));

        let written = timeout(Duration::from_millis(300), stream.write_all(&vec![7; MUCH])).await;
        assert!(written.is_err(), "nobody reads");
        let (written, taken) = (meter.written(), meter.taken().unwrap());
        assert!(taken > 0 && taken < written, "{taken} of {written}");

        let expect = usize::try_from(written).unwrap();
        peer.read_exact(&mut vec![0; expect]).await.unwrap();
        let all = timeout(Duration::from_secs(10), async {
            while meter.taken().unwrap() < written {
                sleep(Duration::from_millis(5)).await;
            }
        });
        all.await.unwrap();
        assert_eq!(meter.taken().unwrap(), written);
    }
}
