//! Over a connection: what comes is in its place, whoever hangs is let go, and nobody waits for others.

use std::{ops::Range, path::PathBuf};

use decnet_logship::{
    artifact::{
        Digest,
        wire::{Control, Decoder, Message, Piece, Step},
    },
    spool::Host,
};
use decnet_proto::{frame::Limit, swarm::role::Role};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream},
    task::JoinHandle,
};

use super::*;
use crate::{
    guest::Protocol,
    limits::Limits,
    testing::{Office, host},
};

struct Hall {
    folder: TempDir,
    office: Office,
    artifacts: Arc<Artifacts>,
}

impl Hall {
    fn open(daily_bytes: u64) -> Self {
        let folder = TempDir::new().unwrap();
        let office = Office::open(&folder.path().join("spool"), Limits::default());
        let artifacts = Arc::new(Artifacts::open(&folder.path().join("artifacts"), daily_bytes).unwrap());
        Self { folder, office, artifacts }
    }

    fn place(&self, content: &[u8]) -> PathBuf {
        self.folder.path().join("artifacts").join(Digest::of(content).to_string())
    }

    async fn meet(&self, host: Host) -> Peer {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let guest = Guest { role: Role::Agent, host, protocol: Protocol::Artifacts };
        let (desk, artifacts) = (Arc::clone(&self.office.desk), Arc::clone(&self.artifacts));
        let (trigger, mut shutdown) = Shutdown::by_hand();
        let serving =
            tokio::spawn(
                async move { receive_artifacts(theirs, &guest, &desk, &artifacts, &mut shutdown).await },
            );
        let mut peer = Peer { stream: ours, heard: Vec::new(), decoder: Decoder::new(Limit::LEAST), serving };
        assert_eq!(peer.next().await, Control::Ready);
        // Nobody asks for the end of a test.
        mem::forget(trigger);
        peer
    }
}

struct Peer {
    stream: DuplexStream,
    heard: Vec<u8>,
    decoder: Decoder,
    serving: JoinHandle<Result<(), SessionError>>,
}

impl Peer {
    async fn say(&mut self, control: Control) {
        let mut out = Vec::new();
        control.push(&mut out);
        self.stream.write_all(&out).await.unwrap();
    }

    async fn next(&mut self) -> Control {
        loop {
            let mut rest = self.heard.as_slice();
            if let Step::Message(Message::Control(control)) = self.decoder.next(&mut rest).unwrap() {
                let left = rest.len();
                self.heard.drain(..self.heard.len() - left);
                return control;
            }
            assert_ne!(self.stream.read_buf(&mut self.heard).await.unwrap(), 0, "it hung up");
        }
    }

    /// The next that does not only say how far it is.
    async fn decision(&mut self) -> Control {
        loop {
            match self.next().await {
                Control::Got { .. } => {}
                control => return control,
            }
        }
    }

    async fn offer(&mut self, content: &[u8]) -> Control {
        self.say(Control::Have { digest: Digest::of(content), size: content.len() as u64 }).await;
        self.decision().await
    }

    async fn send(&mut self, content: &[u8], which: Range<usize>) {
        let (digest, mut from) = (Digest::of(content), which.start as u64);
        for data in content[which].chunks(30_000) {
            let mut out = Vec::new();
            Piece { digest, from, data }.push(&mut out);
            self.stream.write_all(&out).await.unwrap();
            from += data.len() as u64;
        }
    }
}

fn other() -> Host {
    Host { id: "1b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b".parse().unwrap(), name: "w2".parse().unwrap() }
}

#[tokio::test]
async fn several_hosts_bring_what_is_then_in_its_place() {
    let hall = Hall::open(100 * MIB);
    let mut peers = [hall.meet(host()).await, hall.meet(other()).await];
    let contents = [vec![1; 3_000_000], vec![2; 100]];
    for (peer, content) in peers.iter_mut().zip(&contents) {
        assert_eq!(peer.offer(content).await, Control::From { digest: Digest::of(content), offset: 0 });
    }
    // The larger one is on its way while the other is kept.
    peers[0].send(&contents[0], 0..2_000_000).await;
    peers[1].send(&contents[1], 0..100).await;
    assert_eq!(peers[1].decision().await, Control::Kept(Digest::of(&contents[1])));
    assert!(!hall.place(&contents[0]).exists());
    peers[0].send(&contents[0], 2_000_000..3_000_000).await;
    assert_eq!(peers[0].decision().await, Control::Kept(Digest::of(&contents[0])));
    for content in &contents {
        assert_eq!(&std::fs::read(hall.place(content)).unwrap(), content);
    }
    let counts = hall.artifacts.counts();
    assert_eq!((counts.kept, counts.bytes), (2, 3_000_100));
    // Both have the same now.
    assert_eq!(peers[1].offer(&contents[0]).await, Control::Kept(Digest::of(&contents[0])));
}

#[tokio::test]
async fn the_next_connection_goes_on_where_the_last_one_ended() {
    let hall = Hall::open(100 * MIB);
    let content = vec![3; 100_000];
    let mut peer = hall.meet(host()).await;
    peer.offer(&content).await;
    peer.send(&content, 0..40_000).await;
    let mut got = 0;
    while got < 40_000 {
        if let Control::Got { offset, .. } = peer.next().await {
            got = offset;
        }
    }
    drop(peer.stream);
    peer.serving.await.unwrap().unwrap();
    let mut peer = hall.meet(host()).await;
    assert_eq!(peer.offer(&content).await, Control::From { digest: Digest::of(&content), offset: 40_000 });
    peer.send(&content, 40_000..100_000).await;
    assert_eq!(peer.decision().await, Control::Kept(Digest::of(&content)));
    assert_eq!(std::fs::read(hall.place(&content)).unwrap(), content);
}

#[tokio::test]
async fn a_quota_is_a_hosts_own() {
    let hall = Hall::open(1000);
    let (mut peer, mut second) = (hall.meet(host()).await, hall.meet(other()).await);
    let content = vec![4; 900];
    for peer in [&mut peer, &mut second] {
        peer.offer(&content).await;
    }
    peer.send(&content, 0..900).await;
    assert_eq!(peer.decision().await, Control::Kept(Digest::of(&content)));
    let next = vec![5; 900];
    assert_eq!(peer.offer(&next).await, Control::No(Digest::of(&next), Refusal::Quota));
    assert_eq!(second.offer(&next).await, Control::From { digest: Digest::of(&next), offset: 0 });
    assert_eq!(hall.artifacts.counts().refused["quota"], 1);
}

#[tokio::test(start_paused = true)]
async fn who_hangs_is_let_go_in_time() {
    let hall = Hall::open(MIB);
    // Half a frame; nothing at all.
    for (bytes, seconds) in [(&b"50 @have"[..], 15), (b"", 120)] {
        let mut peer = hall.meet(host()).await;
        let begun = Instant::now();
        peer.stream.write_all(bytes).await.unwrap();
        let error = peer.serving.await.unwrap().unwrap_err();
        assert!(matches!(error, SessionError::Silent), "{error}");
        assert_eq!(begun.elapsed().as_secs(), seconds);
    }
}

#[tokio::test(start_paused = true)]
async fn who_does_not_listen_is_let_go_and_holds_no_more_than_his_answers() {
    let hall = Hall::open(MIB);
    let peer = hall.meet(host()).await;
    let (_unread, mut writing) = tokio::io::split(peer.stream);
    let asking =
        tokio::spawn(async move { while writing.write_all(&b"5 @ping".repeat(1000)).await.is_ok() {} });
    let error = peer.serving.await.unwrap().unwrap_err();
    assert!(matches!(error, SessionError::Deaf), "{error}");
    asking.await.unwrap();
}

#[tokio::test]
async fn who_breaks_the_protocol_is_let_go_and_others_are_not() {
    let hall = Hall::open(MIB);
    let mut good = hall.meet(other()).await;
    for bytes in [&b"9999999 "[..], b"GET / HTTP/1.1\r\n", b"6 @ready", b"3 abc"] {
        let mut peer = hall.meet(host()).await;
        peer.stream.write_all(bytes).await.unwrap();
        let error = peer.serving.await.unwrap().unwrap_err();
        assert!(matches!(error, SessionError::Artifacts(_)), "{error}");
    }
    good.offer(b"good").await;
    good.send(b"good", 0..4).await;
    assert_eq!(good.decision().await, Control::Kept(Digest::of(b"good")));
}
