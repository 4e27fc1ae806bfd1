//! What a client may take of us, and what happens when it wants more.

use tokio::io::AsyncWriteExt as _;

use super::{Client, build, client::offer, echo, open, with_client};
use crate::{
    End, caps,
    ssh::{message, packet::LARGEST},
    testing,
};

fn plain(compression: &str) -> crate::ssh::kex::Offer {
    offer("curve25519-sha256", "ssh-ed25519", "aes128-gcm@openssh.com", "", compression)
}

/// A server whose session has already claimed all but this much memory.
fn with_memory(left: usize, compression: &str, payload: &[u8]) -> (Result<(), End>, Option<Vec<u8>>) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let host = testing::host(1);
    runtime.block_on(async {
        let (mut conn, stream) = open(&host);
        conn.claim(caps::SESSION_MEMORY - left).unwrap();
        let server = async {
            let ended = echo(&mut conn, build("debian")).await;
            drop(conn);
            ended
        };
        let client = async {
            let mut client = Client::connect(stream, plain(compression)).await;
            client.send(payload).await;
            client.receive().await
        };
        tokio::join!(server, client)
    })
}

#[test]
fn a_large_packet_claims_memory_and_gives_it_back() {
    let payload = vec![99; LARGEST - 100];
    let (ended, received) = with_memory(LARGEST + 100, "none", &payload);
    assert_eq!((ended, received), (Err(End::Peer), Some(payload.clone())));
    let (ended, received) = with_memory(LARGEST - 8_192, "none", &payload);
    assert_eq!((ended, received), (Err(End::Budget), None));
    let _ = with_client("debian", plain("none"), async |mut client| {
        for _ in 0..20 {
            client.send(&payload).await;
            assert_eq!(client.receive().await.as_ref(), Some(&payload));
        }
    });
}

#[test]
fn compression_claims_memory() {
    let (ended, received) = with_memory(caps::SSH_COMPRESSION, "zlib@openssh.com", &[60]);
    assert_eq!((ended, received), (Err(End::Peer), Some(vec![message::USERAUTH_SUCCESS])));
    let (ended, received) = with_memory(caps::SSH_COMPRESSION - 1, "zlib@openssh.com", &[60]);
    assert_eq!((ended, received), (Err(End::Budget), None));
}

#[test]
fn who_does_not_read_is_not_heard() {
    let (ended, _) = with_client("debian", plain("none"), async |mut client| {
        let mut wire = Vec::new();
        while wire.len() < 4 << 20 {
            client.sealer.seal(&[6], &mut wire).unwrap();
        }
        // Each is answered with more than it takes, and nothing is read.
        assert!(client.stream.write_all(&wire).await.is_err());
    });
    assert_eq!(ended, Err(End::Idle));
}

#[test]
fn slow_exchanges_wait_for_their_turn() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let host = testing::host(1);
    let clients = (0..caps::SLOW_KEY_EXCHANGES * 3).map(|_| {
        let (mut conn, stream) = open(&host);
        let method = "diffie-hellman-group-exchange-sha256";
        let offer = offer(method, "ssh-ed25519", "aes128-ctr", "hmac-sha1", "none");
        async move {
            let server = async {
                let _ = echo(&mut conn, build("debian")).await;
            };
            let client = async {
                let mut client = Client::connect(stream, offer).await;
                client.send(&[99]).await;
                assert_eq!(client.receive().await.unwrap(), [99]);
                drop(client);
            };
            tokio::join!(server, client);
        }
    });
    runtime.block_on(async {
        let mut all = tokio::task::JoinSet::new();
        clients.for_each(|client| drop(all.spawn(client)));
        all.join_all().await;
    });
}
