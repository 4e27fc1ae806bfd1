//! New keys after the log-in, on either side's wish.

use super::{Client, build, client::offer, echo, keys, open, with_client};
use crate::{
    End,
    ssh::{kex::Offer, message, transport::Transport},
    testing,
};

fn fast(compression: &str) -> Offer {
    offer(
        "curve25519-sha256,kex-strict-c-v00@openssh.com",
        "ssh-ed25519",
        "chacha20-poly1305@openssh.com",
        "",
        compression,
    )
}

#[test]
fn the_client_may_ask_for_new_keys_at_any_time_after_the_log_in() {
    for compression in ["none", "zlib@openssh.com"] {
        let (ended, events) = with_client("debian", fast(compression), async |mut client| {
            client.send(&[60]).await;
            assert_eq!(client.receive().await.unwrap(), [message::USERAUTH_SUCCESS]);
            client.authenticated();
            let session = client.session.clone();
            for round in 0..3 {
                client.send(&[90, round]).await;
                client.say_offer().await;
                // What is sent while keys are exchanged is answered after that.
                let before = client.exchange().await;
                assert_eq!(before, [[90, round]]);
                client.send(&[91, round]).await;
                assert_eq!(client.receive().await.unwrap(), [91, round]);
            }
            assert_eq!(client.session, session);
        });
        assert_eq!(ended, Err(End::Peer));
        assert_eq!(events.len(), 1, "told once");
    }
}

#[test]
fn payloads_wait_while_keys_are_exchanged() {
    let _ = with_client("debian", fast("none"), async |mut client| {
        client.send(&[60]).await;
        client.receive().await.unwrap();
        client.authenticated();
        client.say_offer().await;
        client.send(&[92]).await;
        assert!(client.exchange().await.is_empty());
        assert_eq!(client.receive().await.unwrap(), [92]);
    });
}

#[test]
fn the_server_asks_when_its_keys_are_worn_out() {
    let host = testing::host(1);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let (mut conn, stream) = open(&host);
        let server = async {
            let mut transport = Transport::accept(&mut conn, build("debian"), &keys()).await.unwrap();
            transport.next().await.unwrap();
            transport.send(&[message::USERAUTH_SUCCESS]).await.unwrap();
            transport.state.sealer.spend(1 << 27);
            transport.send(&[93]).await.unwrap();
            transport.send(&[94]).await.unwrap();
            assert!(transport.backlog() > 0);
            assert_eq!(transport.next().await.unwrap(), [95]);
        };
        let client = async {
            let mut client = Client::connect(stream, fast("none")).await;
            client.send(&[60]).await;
            client.receive().await.unwrap();
            client.authenticated();
            client.say_offer().await;
            assert!(client.exchange().await.is_empty());
            assert_eq!(client.receive().await.unwrap(), [93]);
            assert_eq!(client.receive().await.unwrap(), [94]);
            client.send(&[95]).await;
        };
        tokio::join!(server, client);
    });
}

#[test]
fn waiting_can_be_given_up_at_any_time() {
    let host = testing::host(1);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let (mut conn, stream) = open(&host);
        let server = async {
            let mut transport = Transport::accept(&mut conn, build("debian"), &keys()).await.unwrap();
            let mut seen = Vec::new();
            while seen.len() < 20 {
                tokio::select! {
                    biased;
                    payload = transport.next() => seen.push(payload.unwrap()[1]),
                    () = tokio::task::yield_now() => {}
                }
                if seen.len() == 1 && !transport.state.authenticated {
                    transport.send(&[message::USERAUTH_SUCCESS]).await.unwrap();
                }
            }
            assert_eq!(seen, (0..20).collect::<Vec<_>>());
        };
        let client = async {
            let group = "diffie-hellman-group-exchange-sha256";
            let offer = offer(group, "ssh-ed25519", "aes128-ctr", "hmac-sha1", "none");
            let mut client = Client::connect(stream, offer).await;
            for number in 0..20 {
                client.send(&[99, number]).await;
                if number == 0 {
                    assert_eq!(client.receive().await.unwrap(), [message::USERAUTH_SUCCESS]);
                }
                if number % 7 == 1 {
                    client.say_offer().await;
                    client.exchange().await;
                }
            }
        };
        tokio::join!(server, client);
    });
}

#[test]
fn a_server_without_a_log_in_never_asks() {
    let host = testing::host(1);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let (mut conn, stream) = open(&host);
        let server = async { echo(&mut conn, build("debian")).await };
        let client = async {
            let mut client = Client::connect(stream, fast("none")).await;
            client.sealer.spend(1 << 27);
            client.send(&[96]).await;
            assert_eq!(client.receive().await.unwrap(), [96]);
            drop(client);
        };
        let (ended, ()) = tokio::join!(server, client);
        assert_eq!(ended, Err(End::Peer));
    });
}
