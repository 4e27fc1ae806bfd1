//! What scanners send, and what the real server answered to it.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::{Duration, timeout},
};

use super::{build, echo, open};
use crate::{End, testing};

const PROBES: &str = include_str!("../../fixtures/debian12.probes");
/// Length of the KEXINIT packet.
const OFFER: usize = 1_136;

/// Bytes as the fixture writes them.
fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let take = |count: usize| rest.split_at(count);
        let (taken, after) = match rest.as_bytes() {
            [b'\\', b'x', ..] => take(4),
            [b'\\', b'*', ..] => rest.split_at(rest.find('}').unwrap() + 1),
            [b'\\', ..] => take(2),
            _ => take(first.len_utf8()),
        };
        match taken.as_bytes() {
            [b'\\', b'x', digits @ ..] => {
                out.push(u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap());
            }
            [b'\\', b'*', count @ .., b'{', byte, b'}'] => {
                let count = std::str::from_utf8(count).unwrap().parse().unwrap();
                out.extend(std::iter::repeat_n(*byte, count));
            }
            b"\\r" => out.push(b'\r'),
            b"\\n" => out.push(b'\n'),
            b"\\\\" => out.push(b'\\'),
            plain => out.extend_from_slice(plain),
        }
        rest = after;
    }
    out
}

/// What comes after the greeting, and whether the server closed.
async fn answer(sent: &[u8]) -> (Vec<u8>, bool) {
    let host = testing::host(1);
    let (mut conn, mut stream) = open(&host);
    let server = async {
        let ended = echo(&mut conn, build("debian")).await;
        drop(conn);
        ended
    };
    let client = async {
        stream.write_all(sent).await.unwrap();
        let (mut received, mut closed) = (Vec::new(), false);
        while let Ok(read) = timeout(Duration::from_secs(20), stream.read_buf(&mut received)).await {
            if !matches!(read, Ok(1..)) {
                closed = true;
                break;
            }
        }
        drop(stream);
        (received, closed)
    };
    let (ended, (received, closed)) = tokio::join!(server, client);
    assert!(matches!(ended, Err(End::Service | End::Peer)), "{ended:?}");
    let greeting = received.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    (received[greeting..].to_vec(), closed)
}

#[test]
fn probes_are_answered_as_the_real_server_answers_them() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let lines: Vec<&str> = PROBES.lines().filter(|l| !l.is_empty() && !l.starts_with('#')).collect();
    let mut count = 0;
    for probe in lines.chunks_exact(3) {
        let [name, sent, expected] = probe else { unreachable!() };
        let sent = unescape(sent.strip_prefix("> ").unwrap());
        let expected = expected.strip_prefix("< ").unwrap();
        let (mut received, closed) = runtime.block_on(answer(&sent));
        let offered = expected.starts_with('K');
        assert_eq!(received.get(5) == Some(&20) && received.len() >= OFFER, offered, "{name}");
        if offered {
            received.drain(..OFFER);
        }
        let (bytes, end) = expected[2..].split_at(expected.len() - 3);
        assert_eq!(received.escape_ascii().to_string(), unescape(bytes).escape_ascii().to_string(), "{name}");
        assert_eq!(closed, end == "!", "{name}");
        count += 1;
    }
    assert_eq!(count, 102);
}
