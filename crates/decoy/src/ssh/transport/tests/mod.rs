//! The transport against a client of our own, and against what the real server answered.

mod bounds;
pub(in crate::ssh) mod client;
mod methods;
mod probes;
mod rekeying;

use std::sync::{Arc, LazyLock};

use decnet_proto::{ids::SecretKey, service::ServiceId};
use tokio::io::DuplexStream;

use super::Transport;
use crate::{
    Conn, End, Host,
    ssh::{
        hostkey::HostKeys,
        kex::Offer,
        message,
        product::Build,
        wire::{Reader, Writer as _},
    },
    testing,
};
use client::{Client, offer};

/// Host keys, which take long to derive, once for each test process.
fn keys() -> Arc<HostKeys> {
    static KEYS: LazyLock<Arc<HostKeys>> = LazyLock::new(|| {
        let build = Build::find("centos7").unwrap();
        Arc::new(HostKeys::derive(&SecretKey([1; 32]), build).unwrap())
    });
    Arc::clone(&KEYS)
}

fn build(slug: &str) -> &'static Build {
    Build::find(slug).unwrap()
}

fn open(host: &Arc<Host>) -> (Conn, DuplexStream) {
    testing::open(host, ServiceId::Redis)
}

/// A server that gives every payload back, and lets in whoever sends number 60.
async fn echo(conn: &mut Conn, build: &'static Build) -> Result<(), End> {
    let mut transport = Transport::accept(conn, build, &keys()).await?;
    loop {
        let payload = transport.next().await?;
        match payload[0] {
            60 => transport.send(&[message::USERAUTH_SUCCESS]).await?,
            61 => transport.unimplemented()?,
            62 => return Err(transport.disconnect("Too many authentication failures").await),
            _ => transport.queue(&payload)?,
        }
    }
}

/// Runs a server beside a client; how the server ended.
fn with_client<F: Future<Output = ()>>(
    slug: &str,
    offer: Offer,
    talk: impl FnOnce(Client) -> F,
) -> (Result<(), End>, Vec<testing::Seen>) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let host = testing::host(1);
    let ended = runtime.block_on(async {
        let (mut conn, stream) = open(&host);
        let client = async { talk(Client::connect(stream, offer).await).await };
        let server = async {
            let ended = echo(&mut conn, build(slug)).await;
            drop(conn);
            ended
        };
        tokio::join!(server, client).0
    });
    (ended, testing::events(&host))
}

async fn exchange_payloads(client: &mut Client) {
    for length in [1, 100, 32_768, 5] {
        let payload = vec![99; length];
        client.send(&payload).await;
        assert_eq!(client.receive().await.unwrap(), payload);
    }
}

#[test]
fn every_method_and_host_key_leads_to_the_same_secret() {
    let methods = [
        ("sntrup761x25519-sha512", "kali"),
        ("sntrup761x25519-sha512@openssh.com", "alpine"),
        ("mlkem768x25519-sha256", "kali"),
        ("curve25519-sha256", "debian"),
        ("curve25519-sha256@libssh.org", "debian"),
        ("ecdh-sha2-nistp256", "debian"),
        ("ecdh-sha2-nistp384", "debian"),
        ("ecdh-sha2-nistp521", "debian"),
        ("diffie-hellman-group14-sha256", "debian"),
        ("diffie-hellman-group14-sha1", "centos7"),
        ("diffie-hellman-group1-sha1", "centos7"),
        ("diffie-hellman-group-exchange-sha256", "debian"),
        ("diffie-hellman-group-exchange-sha1", "centos7"),
    ];
    for (method, slug) in methods {
        for host_key in ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256"] {
            let offer = offer(method, host_key, "aes128-ctr", "umac-64@openssh.com", "none");
            let (ended, events) = with_client(slug, offer, async |mut client| {
                exchange_payloads(&mut client).await;
            });
            assert_eq!(ended, Err(End::Peer), "{method} {host_key}");
            assert_eq!(events[0].kind, "ssh_client");
            assert_eq!(events[0].get("key_exchange"), method);
            assert_eq!(events[0].get("host_key"), host_key);
        }
    }
}

#[test]
fn every_cipher_and_code_of_a_build_carries_payloads() {
    let build = build("centos7");
    for cipher in build.ciphers.split(',') {
        for mac in build.macs.split(',') {
            for compression in ["none", "zlib@openssh.com"] {
                let offer = offer("curve25519-sha256", "ssh-ed25519", cipher, mac, compression);
                let _ = with_client("centos7", offer, async |mut client| {
                    client.send(&[60]).await;
                    assert_eq!(client.receive().await.unwrap(), [message::USERAUTH_SUCCESS]);
                    client.authenticated();
                    exchange_payloads(&mut client).await;
                });
            }
        }
    }
}

#[test]
fn extensions_are_announced_to_who_reads_them() {
    let methods = "curve25519-sha256,ext-info-c,kex-strict-c-v00@openssh.com";
    let offer = || offer(methods, "ssh-ed25519", "chacha20-poly1305@openssh.com", "", "none");
    let extensions = |payload: &[u8]| {
        let mut reader = Reader::new(&payload[1..]);
        let count = reader.u32().unwrap();
        let mut text = || String::from_utf8(reader.string().unwrap().to_vec()).unwrap();
        (0..count).map(|_| (text(), text())).collect::<Vec<_>>()
    };
    let _ = with_client("debian", offer(), async |mut client| {
        let payload = client.receive().await.unwrap();
        assert_eq!(payload[0], message::EXT_INFO);
        let announced = extensions(&payload);
        assert_eq!(announced.len(), 2);
        assert!(announced[0].1.starts_with("ssh-ed25519,sk-ssh-ed25519@openssh.com,ecdsa-sha2-nistp256"));
        assert_eq!(announced[1], ("publickey-hostbound@openssh.com".into(), "0".into()));
        // Its answer is not known to this version.
        client.send(&[message::EXT_INFO, 0, 0, 0, 0]).await;
        assert_eq!(client.receive().await.unwrap(), [message::UNIMPLEMENTED, 0, 0, 0, 0]);
    });
    let _ = with_client("alpine", offer(), async |mut client| {
        let announced = extensions(&client.receive().await.unwrap());
        assert_eq!(announced[2], ("ping@openssh.com".into(), "0".into()));
        let mut mine = vec![message::EXT_INFO];
        mine.put_u32(1);
        mine.put_string(b"ext-info-in-auth@openssh.com");
        mine.put_string(b"0");
        client.send(&mine).await;
        let mut ping = vec![message::PING];
        ping.put_string(b"there?");
        client.send(&ping).await;
        assert_eq!(client.receive().await.unwrap(), [&[message::PONG][..], &ping[1..]].concat());
        // What signatures are taken is said again when the client begins to log in.
        for _ in 0..2 {
            client.send(&[message::USERAUTH_REQUEST]).await;
        }
        assert_eq!(extensions(&client.receive().await.unwrap()), announced[..1]);
        for _ in 0..2 {
            assert_eq!(client.receive().await.unwrap(), [message::USERAUTH_REQUEST]);
        }
    });
}

#[test]
fn messages_that_nobody_knows_are_answered() {
    let offer = offer("curve25519-sha256", "ssh-ed25519", "aes128-ctr", "hmac-sha1", "none");
    let (ended, events) = with_client("debian", offer, async |mut client| {
        client.send(&[message::IGNORE, 0, 0, 0, 0]).await;
        client.send(&[6]).await;
        assert_eq!(client.receive().await.unwrap()[0], message::UNIMPLEMENTED);
        client.send(&[61]).await;
        let answer = client.receive().await.unwrap();
        assert_eq!(answer, [message::UNIMPLEMENTED, 0, 0, 0, 5]);
        // New keys are exchanged after the log-in only.
        client.say_offer().await;
        assert_eq!(client.receive().await.unwrap()[0], message::UNIMPLEMENTED);
        client.send(&[62]).await;
        let goodbye = client.receive().await.unwrap();
        assert_eq!(&goodbye[..9], [1, 0, 0, 0, 2, 0, 0, 0, 32]);
        assert!(goodbye.ends_with(b"Too many authentication failures\0\0\0\0"));
        assert_eq!(client.receive().await, None);
    });
    assert_eq!(ended, Err(End::Service));
    assert_eq!(events.len(), 1);
}

#[test]
fn a_broken_packet_is_told_of_and_ends_it() {
    let offer = offer("curve25519-sha256", "ssh-ed25519", "aes128-gcm@openssh.com", "", "none");
    let (ended, events) = with_client("debian", offer, async |mut client| {
        use tokio::io::AsyncWriteExt as _;
        client.stream.write_all(&[&[0, 0, 0, 16][..], &[7; 32]].concat()).await.unwrap();
        assert_eq!(client.receive().await, None);
    });
    assert_eq!(ended, Err(End::Service));
    assert_eq!(events[1].get("error"), "corrupted code on input");
}

#[test]
fn host_keys_are_announced_and_proven() {
    let host = testing::host(1);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let (mut conn, stream) = open(&host);
        let offer = offer("curve25519-sha256", "rsa-sha2-256", "aes128-ctr", "hmac-sha1", "none");
        let server = async {
            let mut transport = Transport::accept(&mut conn, build("debian"), &keys()).await.unwrap();
            transport.announce_host_keys().unwrap();
            transport.flush().await.unwrap();
            let request = transport.next().await.unwrap();
            let proof = transport.prove_host_keys(&request[1..]).unwrap();
            assert_eq!(transport.prove_host_keys(&[0, 0, 0, 1, 7]), None);
            assert_eq!(transport.prove_host_keys(&[0, 0, 0, 9]), None);
            assert_eq!(transport.client().identification, client::IDENTIFICATION);
            assert!(transport.host_key().starts_with(b"\0\0\0\x07ssh-rsa"));
            transport.send(&[&[81][..], &proof].concat()).await.unwrap();
        };
        let client = async {
            let mut client = Client::connect(stream, offer).await;
            let announced = client.receive().await.unwrap();
            let mut reader = Reader::new(&announced[1..]);
            assert_eq!(reader.string().unwrap(), b"hostkeys-00@openssh.com");
            assert!(!reader.boolean().unwrap());
            let blobs = reader.rest().to_vec();
            client.send(&[&[99][..], &blobs].concat()).await;
            let proof = client.receive().await.unwrap();
            let (mut keys, mut signatures) = (Reader::new(&blobs), Reader::new(&proof[1..]));
            for algorithm in [&b"rsa-sha2-256"[..], b"ecdsa-sha2-nistp256", b"ssh-ed25519"] {
                let mut signed = Vec::new();
                signed.put_string(b"hostkeys-prove-00@openssh.com");
                signed.put_string(&client.session);
                let key = keys.string().unwrap();
                signed.put_string(key);
                let signature = signatures.string().unwrap();
                assert_eq!(Reader::new(signature).string().unwrap(), algorithm);
                client::verify(key, signature, &signed);
            }
        };
        tokio::join!(server, client);
    });
}

#[test]
fn a_future_that_waits_for_the_identification_is_small() {
    let host = testing::host(1);
    let (mut conn, _stream) = open(&host);
    let keys = keys();
    let accept = Transport::accept(&mut conn, build("debian"), &keys);
    assert!(size_of_val(&accept) < 1_536, "{}", size_of_val(&accept));
}
