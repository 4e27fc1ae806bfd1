//! What a service is asked, and by what it is known to answer.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use decnet_proto::service::ServiceId;

/// How long anything of it may take, beside whatever else the machine does.
const LIMIT: Duration = Duration::from_secs(5);

/// A hello of TLS 1.2 (RFC 5246, 7.4.1.2): one suite, three curves, two ways to sign, no session.
const HELLO: &[u8] = &[
    0x16, 3, 1, 0, 77, // a handshake
    1, 0, 0, 73, 3, 3, // a client's hello
    7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, // random
    0, 0, 4, 0xc0, 0x2f, 0xc0, 0x2b, 1, 0, // suites
    0, 28, // extensions
    0, 10, 0, 8, 0, 6, 0, 29, 0, 23, 0, 24, // curves
    0, 11, 0, 2, 1, 0, // forms of points
    0, 13, 0, 6, 0, 4, 4, 1, 4, 3, // ways to sign
];

/// What is said first, and with what the answer begins.
struct Question {
    says: &'static [u8],
    hears: &'static [u8],
}

const fn asks(says: &'static [u8], hears: &'static [u8]) -> Question {
    Question { says, hears }
}

/// One who greets is not asked; of a greeting that differs from host to host, any byte will do.
fn question(service: ServiceId) -> Question {
    match service.info().slug {
        "http" => asks(b"GET / HTTP/1.0\r\n\r\n", b"HTTP/1."),
        // Whatever it thinks of our suites, it says so in TLS: a handshake. An alert would be 0x15.
        "https" => asks(HELLO, &[0x16, 3]),
        "redis" => asks(b"PING\r\n", b""),
        "ftp" | "smtp" => asks(b"", b"220"),
        "ssh" => asks(b"", b"SSH-2.0-"),
        _ => asks(b"", b""),
    }
}

/// Connects, asks, and reads the answer.
///
/// # Errors
/// When there is none, or it is not the service's.
pub(super) fn ask(address: SocketAddr, service: ServiceId) -> Result<()> {
    let Question { says, hears } = question(service);
    let mut stream = TcpStream::connect_timeout(&address, LIMIT).context("connecting")?;
    stream.set_read_timeout(Some(LIMIT)).context("setting a limit")?;
    stream.set_write_timeout(Some(LIMIT)).context("setting a limit")?;
    stream.write_all(says).context("asking")?;
    let mut answer = Vec::new();
    while answer.len() < hears.len().max(1) {
        let mut piece = [0; 256];
        let length = stream.read(&mut piece).context("reading the answer")?;
        ensure!(length > 0, "closed without an answer, after {answer:?}");
        answer.extend(piece.get(..length).unwrap_or_default());
    }
    if !answer.starts_with(hears) {
        bail!("answered {:?}", String::from_utf8_lossy(&answer));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use super::*;

    /// What is thought of a service that reads so much and then says this.
    fn asked(slug: &str, reads: usize, says: &'static [u8]) -> Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let served = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.read_exact(&mut vec![0; reads]).unwrap();
            stream.write_all(says).unwrap();
        });
        let told = ask(address, slug.parse().unwrap());
        served.join().unwrap();
        told
    }

    #[test]
    fn a_service_is_known_by_its_answer() {
        asked("ftp", 0, b"220 (vsFTPd 3.0.3)\r\n").unwrap();
        asked("ssh", 0, b"SSH-2.0-OpenSSH_9.2p1\r\n").unwrap();
        asked("redis", 6, b"+PONG\r\n").unwrap();
        asked("https", HELLO.len(), &[0x16, 3, 3, 0, 1]).unwrap();
        asked("mysql", 0, b"J").unwrap();
        asked("https", HELLO.len(), &[0x15, 3, 3, 0, 2]).unwrap_err();
        asked("ftp", 0, b"421 busy\r\n").unwrap_err();
        asked("ssh", 0, b"").unwrap_err();
        asked("mysql", 0, b"").unwrap_err();
    }

    #[test]
    fn nobody_there_is_no_answer() {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        ask(address, ServiceId::Http).unwrap_err();
    }

    #[test]
    fn the_hello_is_as_long_as_it_says() {
        assert_eq!(HELLO.len(), 5 + 77);
        assert_eq!(HELLO.len(), 9 + 73);
        assert_eq!(HELLO[HELLO.len() - 28 - 2..][..2], [0, 28]);
    }
}
