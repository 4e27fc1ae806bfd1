//! Sessions over a pipe, with a clock that runs when nothing else does.

use decnet_daemon::signals::Trigger;
use decnet_logship::wire::{Control, Decoder, Message, Step};
use decnet_proto::{frame::Limit, swarm::role::Role};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex},
    task::JoinHandle,
    time::timeout,
};

use super::*;
use crate::testing::{GENERATION, Office, frames, host};

const SECOND: Duration = Duration::from_secs(1);

/// A peer, and the session with it.
struct Peer {
    stream: DuplexStream,
    heard: Vec<u8>,
    served: JoinHandle<Result<(), SessionError>>,
    end: Trigger,
}

impl Peer {
    fn meet(office: &Office, protocol: Protocol, pipe: usize) -> Self {
        let (stream, ours) = duplex(pipe);
        let guest = Guest { role: Role::Agent, host: host(), protocol };
        let (desk, (end, mut shutdown)) = (Arc::clone(&office.desk), Shutdown::by_hand());
        let served = tokio::spawn(async move { serve(ours, &guest, &desk, &mut shutdown).await });
        Self { stream, heard: Vec::new(), served, end }
    }

    async fn says(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// The next record that it hears; none when the session ended.
    async fn hears(&mut self) -> Option<Control> {
        loop {
            let mut rest = self.heard.as_slice();
            if let Step::Message(message) = Decoder::new(Limit::LEAST).next(&mut rest).unwrap() {
                let Message::Control(record) = message else { panic!("a line came back") };
                let left = rest.len();
                self.heard.drain(..self.heard.len() - left);
                return Some(record);
            }
            if self.stream.read_buf(&mut self.heard).await.unwrap() == 0 {
                return None;
            }
        }
    }

    async fn ended(self) -> Result<(), SessionError> {
        self.served.await.unwrap()
    }
}

fn ack(offset: u64) -> Option<Control> {
    Some(Control::Ack(at(offset)))
}

fn at(offset: u64) -> Position {
    Position { generation: GENERATION, offset }
}

fn ping() -> Vec<u8> {
    let mut out = Vec::new();
    Control::Ping.push(&mut out);
    out
}

fn office(limits: Limits) -> (tempfile::TempDir, Office) {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::open(&dir.path().join("spool"), limits);
    (dir, office)
}

#[tokio::test(start_paused = true)]
async fn what_is_durable_is_acknowledged_and_told_to_the_next_connection() {
    let (_dir, office) = office(Limits::default());
    let mut peer = Peer::meet(&office, Protocol::Log, 1 << 16);
    assert_eq!(peer.hears().await, Some(Control::Ready));
    peer.says(&frames(0, &["one", "two"])).await;
    assert_eq!(peer.hears().await, ack(8));
    peer.says(&ping()).await;
    assert_eq!(peer.hears().await, Some(Control::Pong));
    let mut next = Peer::meet(&office, Protocol::Log, 1 << 16);
    assert_eq!(next.hears().await, Some(Control::Mark(at(8))));
    assert_eq!(next.hears().await, Some(Control::Ready));
    drop(peer.stream);
    assert!(peer.served.await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_acknowledged_before_it_is_durable() {
    let (_dir, office) = office(Limits::default());
    let mut peer = Peer::meet(&office, Protocol::Log, 1 << 16);
    assert_eq!(peer.hears().await, Some(Control::Ready));
    office.disk.fill(true);
    peer.says(&frames(0, &["one"])).await;
    assert!(timeout(60 * SECOND, peer.hears()).await.is_err());
    office.disk.fill(false);
    assert_eq!(timeout(2 * SECOND, peer.hears()).await.unwrap(), ack(4));
}

#[tokio::test(start_paused = true)]
async fn on_a_full_disk_a_peer_is_not_read_and_not_given_up() {
    let limits = Limits { unkept: 4_096, ..Limits::default() };
    let (_dir, office) = office(limits);
    let mut peer = Peer::meet(&office, Protocol::Log, 1 << 10);
    assert_eq!(peer.hears().await, Some(Control::Ready));
    office.disk.fill(true);
    let line = "x".repeat(99);
    let all = frames(0, &[line.as_str(); 1_000]);
    let mut sent = 0;
    while let Ok(count) = timeout(600 * SECOND, peer.stream.write(&all[sent..])).await {
        sent += count.unwrap();
    }
    assert!(sent < 1 << 15, "{sent} bytes were taken");
    assert!(!peer.served.is_finished());
    office.disk.fill(false);
    let (mut reader, mut writer) = tokio::io::split(peer.stream);
    let rest = all[sent..].to_vec();
    let writing = tokio::spawn(async move {
        writer.write_all(&rest).await.unwrap();
        writer
    });
    let mut text = Vec::new();
    let end = format!("@ack {GENERATION} 100000");
    while !text.ends_with(end.as_bytes()) {
        assert_ne!(timeout(60 * SECOND, reader.read_buf(&mut text)).await.unwrap().unwrap(), 0);
    }
    writing.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn half_a_frame_and_silence_have_their_time() {
    let (_dir, office) = office(Limits::default());
    let check = async |protocol: Protocol, said: &[u8], seconds: u64| {
        let mut peer = Peer::meet(&office, protocol, 1 << 16);
        peer.says(said).await;
        let begun = Instant::now();
        let ended = peer.served.await.unwrap();
        assert!(matches!(ended, Err(SessionError::Silent)), "{ended:?}");
        assert_eq!(begun.elapsed().as_secs(), seconds);
    };
    for protocol in [Protocol::Log, Protocol::Plain] {
        check(protocol, b"100 half", 15).await;
        check(protocol, b"1", 15).await;
    }
    // Who cannot be asked whether he is there may be silent for a day.
    for said in [&b""[..], b"5 whole"] {
        check(Protocol::Plain, said, 24 * 60 * 60).await;
    }
    check(Protocol::Log, b"", 120).await;
    check(Protocol::Log, &ping(), 120).await;
}

#[tokio::test(start_paused = true)]
async fn a_frame_byte_by_byte_has_no_more_time() {
    let (_dir, office) = office(Limits::default());
    let mut peer = Peer::meet(&office, Protocol::Plain, 1 << 16);
    let begun = Instant::now();
    peer.says(b"1000 ").await;
    while peer.stream.write_all(b"x").await.is_ok() {
        tokio::time::sleep(SECOND).await;
    }
    assert!((15..=16).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    assert!(matches!(peer.ended().await, Err(SessionError::Silent)));
}

#[tokio::test(start_paused = true)]
async fn what_came_whole_before_a_fault_is_kept() {
    let (_dir, office) = office(Limits::default());
    let check = async |fault: &[u8], from: u64| {
        let mut peer = Peer::meet(&office, Protocol::Log, 1 << 16);
        let mut said = frames(from, &["good"]);
        said.extend_from_slice(fault);
        peer.says(&said).await;
        let ended = peer.ended().await;
        assert!(matches!(ended, Err(SessionError::Receive(_))), "{ended:?}");
        let marks = office.desk.keeper.marks(host().id).await.unwrap();
        assert_eq!(marks, [at(from + 5)]);
    };
    check(b"268435456 ", 0).await;
    check(b"65537 ", 5).await;
    check(b"0", 10).await;
    check(b"x", 15).await;
    check(b"5 @nope", 20).await;
    check(b"6 @ready", 25).await;
}

#[tokio::test(start_paused = true)]
async fn what_does_not_follow_ends_the_connection() {
    let (_dir, office) = office(Limits::default());
    let mut peer = Peer::meet(&office, Protocol::Log, 1 << 16);
    peer.says(&frames(0, &["a"])).await;
    peer.says(&frames(10, &["b"])).await;
    let ended = peer.ended().await;
    assert!(matches!(ended, Err(SessionError::Refused(Refusal::Above { mark: 2, from: 10 }))), "{ended:?}");
    assert_eq!(office.desk.keeper.marks(host().id).await.unwrap(), [at(2)]);
}

#[tokio::test(start_paused = true)]
async fn who_does_not_listen_is_given_up() {
    let (_dir, office) = office(Limits::default());
    let mut peer = Peer::meet(&office, Protocol::Log, 1 << 10);
    let begun = Instant::now();
    let pings = ping().repeat(100);
    while peer.stream.write_all(&pings).await.is_ok() {}
    let ended = peer.ended().await;
    assert!(matches!(ended, Err(SessionError::Deaf)), "{ended:?}");
    assert!((30..45).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_host_is_read_no_faster_than_it_may_send() {
    let (_dir, office) = office(Limits { host_rate: 10_000, ..Limits::default() });
    let line = "x".repeat(999);
    let all = frames(0, &[line.as_str(); 60]);
    let begun = Instant::now();
    let mut peers = [Protocol::Plain; 2].map(|protocol| Peer::meet(&office, protocol, 1 << 10));
    let [one, other] = &mut peers;
    let ((), ()) = tokio::join!(one.says(&all), other.says(&all));
    // Twelve seconds' worth, of which one is credit, and what is on the way.
    assert!((10..=12).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn at_the_end_what_was_received_is_acknowledged() {
    let (_dir, office) = office(Limits::default());
    let mut peer = Peer::meet(&office, Protocol::Log, 1 << 16);
    assert_eq!(peer.hears().await, Some(Control::Ready));
    office.disk.fill(true);
    peer.says(&frames(0, &["one"])).await;
    tokio::time::sleep(SECOND / 2).await;
    peer.end.request();
    // What comes once it has heard of its end is for another time.
    tokio::time::sleep(SECOND / 2).await;
    peer.says(&frames(4, &["two"])).await;
    tokio::time::sleep(3 * SECOND).await;
    office.disk.fill(false);
    assert_eq!(peer.hears().await, ack(4));
    assert_eq!(peer.hears().await, None);
    assert!(peer.served.await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn other_senders_are_heard_and_told_nothing() {
    let (_dir, office) = office(Limits::default());
    let mut peer = Peer::meet(&office, Protocol::Plain, 1 << 16);
    peer.says(b"5 @pong11 <13>1 a\nb c6 @ping\n").await;
    tokio::time::sleep(SECOND).await;
    peer.stream.shutdown().await.unwrap();
    let mut told = Vec::new();
    peer.stream.read_to_end(&mut told).await.unwrap();
    assert!(told.is_empty());
    assert!(peer.served.await.unwrap().is_ok());
    let [(_, tally)] = office.hosts().snapshot().try_into().unwrap();
    assert_eq!((tally.lines, tally.kept.unwrap().offset), (3, 6 + 15 + 6));
}
