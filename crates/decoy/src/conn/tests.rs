//! The promises of [`Conn`] towards services.

use std::time::Duration;

use decnet_proto::service::ServiceId;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{Conn, End, Line, Outbox};
use crate::{caps, testing};

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(future)
}

fn pair() -> (Conn, tokio::io::DuplexStream) {
    testing::open(&testing::host(1), ServiceId::Ftp)
}

#[test]
fn lines_come_whole_however_they_are_cut() {
    run(async {
        let (mut conn, mut peer) = pair();
        let write = async {
            for byte in b"USER a\r\nPASS b\nQU" {
                peer.write_all(&[*byte]).await.unwrap();
                tokio::task::yield_now().await;
            }
            drop(peer);
        };
        let read = async {
            assert_eq!(conn.read_line(100).await, Ok(Line::Whole(b"USER a\r".to_vec())));
            assert_eq!(conn.read_line(100).await, Ok(Line::Whole(b"PASS b".to_vec())));
            assert_eq!(conn.read_line(100).await, Err(End::Peer));
            assert_eq!(conn.buffered(), b"QU");
        };
        tokio::join!(write, read);
    });
}

#[test]
fn a_line_without_end_is_handed_over_at_the_bound() {
    run(async {
        let (mut conn, mut peer) = pair();
        peer.write_all(&[b'x'; 1_000]).await.unwrap();
        assert_eq!(conn.read_line(10).await, Ok(Line::TooLong(vec![b'x'; 10])));
        assert_eq!(conn.buffered().len(), 990);
    });
}

#[test]
fn a_full_buffer_ends_the_session_not_the_memory() {
    run(async {
        let (mut conn, mut peer) = pair();
        peer.write_all(&vec![0; 2 * caps::INPUT_BUFFER]).await.unwrap();
        while conn.fill().await.is_ok() {}
        assert_eq!(conn.fill().await, Err(End::Budget));
        assert_eq!(conn.buffered().len(), caps::INPUT_BUFFER);
    });
}

#[test]
fn a_silent_peer_ends_as_idle_and_an_old_session_at_its_deadline() {
    run(async {
        let (mut conn, _peer) = pair();
        conn.set_idle_timeout(Duration::from_secs(5));
        assert_eq!(conn.fill().await, Err(End::Idle));
        conn.set_idle_timeout(2 * caps::SESSION_LIFE);
        assert_eq!(conn.fill().await, Err(End::Deadline));
        assert_eq!(conn.pause(Duration::from_secs(1)).await, Err(End::Deadline));
    });
}

#[test]
fn a_peer_that_does_not_read_ends_as_idle() {
    run(async {
        let (mut conn, _peer) = pair();
        assert_eq!(conn.write(&vec![0; 2 << 20]).await, Err(End::Idle));
    });
}

#[test]
fn memory_is_claimed_per_session_and_in_all_and_comes_back() {
    let host = testing::host(1);
    let sessions = caps::DECOY_MEMORY / caps::SESSION_MEMORY;
    let mut held: Vec<_> = (0..sessions).map(|_| testing::open(&host, ServiceId::Redis)).collect();
    for (conn, _) in &mut held {
        assert_eq!(conn.claim(caps::SESSION_MEMORY), Ok(()));
        assert_eq!(conn.claim(1), Err(End::Budget));
    }
    let (mut late, _peer) = testing::open(&host, ServiceId::Redis);
    assert_eq!(late.claim(1), Err(End::Budget));
    held.clear();
    assert_eq!(late.claim(1), Ok(()));
}

#[test]
fn a_full_way_out_holds_readers_back() {
    run(async {
        let (mut conn, mut peer) = pair();
        peer.write_all(b"x").await.unwrap();
        while conn.host().emitter.take_len() < caps::PENDING_EVENTS {
            conn.protocol_error("noise", &[b'n'; 100]);
        }
        let wait = tokio::time::timeout(Duration::from_secs(3_600), conn.fill()).await;
        assert!(wait.is_err(), "read although nobody drains events");
        let host = std::sync::Arc::clone(&conn.host);
        let writer = async { host.emitter.run(tokio::io::sink()).await };
        tokio::select! {
            _ = writer => panic!("the writer ended"),
            read = conn.fill() => assert_eq!(read, Ok(1)),
        }
    });
}

#[test]
fn closing_reads_away_what_still_comes() {
    run(async {
        let (mut conn, mut peer) = pair();
        conn.write(b"bye").await.unwrap();
        peer.write_all(b"more").await.unwrap();
        conn.close().await;
        drop(conn);
        let mut seen = Vec::new();
        peer.read_to_end(&mut seen).await.unwrap();
        assert_eq!(seen, b"bye");
    });
}

#[test]
fn both_directions_go_on_beside_each_other() {
    run(async {
        let (mut conn, mut peer) = pair();
        let (mut out, mut input) = (Outbox::default(), Vec::new());
        out.tail().extend_from_slice(&vec![b'o'; 3 << 20]);
        let ours = async {
            while input.len() < 100_000 {
                conn.exchange(&mut input, 8_192, &mut out).await.unwrap();
            }
            conn.drain(&mut out).await.unwrap();
            assert!(out.is_empty());
            conn.traffic()
        };
        let theirs = async {
            peer.write_all(&[b'i'; 100_000]).await.unwrap();
            let mut all = vec![0; 3 << 20];
            peer.read_exact(&mut all).await.unwrap();
            peer
        };
        let (traffic, _peer) = tokio::join!(ours, theirs);
        assert_eq!(traffic, (100_000, 3 << 20));
        assert_eq!(input, vec![b'i'; 100_000]);
    });
}

#[test]
fn a_peer_that_takes_nothing_ends_as_idle_also_while_it_sends() {
    run(async {
        let (mut conn, mut peer) = pair();
        conn.set_idle_timeout(caps::SESSION_LIFE);
        let (mut out, mut input) = (Outbox::default(), Vec::new());
        out.tail().extend_from_slice(&vec![b'o'; 3 << 20]);
        let before = tokio::time::Instant::now();
        peer.write_all(b"i").await.unwrap();
        assert_eq!(conn.exchange(&mut input, 10, &mut out).await, Ok(1));
        assert_eq!(conn.exchange(&mut input, 10, &mut out).await, Err(End::Idle));
        assert_eq!(before.elapsed(), caps::WRITE_PATIENCE);
        assert_eq!(conn.drain(&mut out).await, Err(End::Idle));
        drop(peer);
        assert_eq!(conn.send_now(&mut out).await, Err(End::Peer));
    });
}

#[test]
fn events_of_errors_carry_a_sample() {
    let host = testing::host(1);
    let (conn, _peer) = testing::open(&host, ServiceId::Ftp);
    let data = vec![b'a'; caps::ERROR_SAMPLE + 1];
    conn.protocol_error("broken", &data);
    conn.witness().protocol_error("broken", &data);
    let samples: Vec<_> = testing::events(&host).iter().map(|event| event.get("data").len()).collect();
    assert_eq!(samples, [caps::ERROR_SAMPLE; 2]);
}
