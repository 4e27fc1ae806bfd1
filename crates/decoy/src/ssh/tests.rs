//! The whole service, with a client that holds the transport itself.

use std::{sync::Arc, time::Duration};

use decnet_proto::{
    persona::{ProductName, ServiceSpec},
    service::ServiceId,
};
use tokio::io::AsyncReadExt as _;

use super::{
    Ssh,
    transport::tests::client::{Client, offer},
    wire::{Reader, Writer as _},
};
use crate::{ConnectionService as _, End, Host, testing};

fn spec(config: &[(&str, &str)]) -> ServiceSpec {
    testing::spec(ServiceId::Ssh, ProductName::Openssh, "9.2p1", config)
}

fn service(host: &Arc<Host>) -> Ssh {
    Ssh::build(&spec(&[("password", "toor")]), host).unwrap()
}

fn payload(number: u8, strings: &[&[u8]]) -> Vec<u8> {
    let mut out = vec![number];
    strings.iter().for_each(|string| out.put_string(string));
    out
}

/// Talks to the service; how it ended.
fn converse<F: Future<Output = ()>>(host: &Arc<Host>, talk: impl FnOnce(Client) -> F) -> Result<(), End> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let service = service(host);
    runtime.block_on(async {
        let (mut conn, stream) = testing::open(host, ServiceId::Ssh);
        let client = async {
            let offer =
                offer("curve25519-sha256", "ssh-ed25519", "aes128-ctr", "umac-64@openssh.com", "none");
            talk(Client::connect(stream, offer).await).await;
        };
        let server = async {
            let ended = service.serve(&mut conn).await;
            drop(conn);
            ended
        };
        tokio::join!(server, client).0
    })
}

async fn log_in(client: &mut Client, user: &[u8], password: &[u8]) -> Vec<u8> {
    client.send(&payload(5, &[b"ssh-userauth"])).await;
    assert_eq!(client.receive().await.unwrap(), payload(6, &[b"ssh-userauth"]));
    let mut request = payload(50, &[user, b"ssh-connection", b"password"]);
    request.put_boolean(false);
    request.put_string(password);
    client.send(&request).await;
    client.receive().await.unwrap()
}

#[test]
fn root_comes_in_with_the_operators_password_and_moves_files() {
    let host = testing::host(1);
    let ended = converse(&host, async |mut client| {
        assert_eq!(log_in(&mut client, b"root", b"toor").await, [52]);
        client.authenticated();
        let keys = client.receive().await.unwrap();
        assert!(keys.starts_with(&payload(80, &[b"hostkeys-00@openssh.com"])));
        let mut open = payload(90, &[b"session"]);
        for number in [7, 1 << 21, 1 << 15] {
            open.put_u32(number);
        }
        client.send(&open).await;
        assert_eq!(client.receive().await.unwrap()[0], 91);
        let mut start = vec![98, 0, 0, 0, 0];
        start.put_string(b"subsystem");
        start.put_boolean(true);
        start.put_string(b"sftp");
        client.send(&start).await;
        let mut hello = vec![94, 0, 0, 0, 0];
        hello.put_string(b"\0\0\0\x05\x01\0\0\0\x03");
        client.send(&hello).await;
        let numbers = [client.receive().await, client.receive().await].map(|answer| answer.unwrap()[0]);
        assert_eq!(numbers, [93, 99]);
        let answer = client.receive().await.unwrap();
        let mut reader = Reader::new(&answer[5..]);
        assert!(
            reader.string().unwrap()[4..].starts_with(b"\x02\0\0\0\x03\0\0\0\x18posix-rename@openssh.com")
        );
    });
    assert_eq!(ended, Err(End::Peer));
    let events = testing::events(&host);
    let kinds: Vec<_> = events.iter().map(|event| event.kind.as_str()).collect();
    assert!(kinds.starts_with(&["ssh_client", "auth_attempt"]), "{kinds:?}");
    assert_eq!(events[1].get("password"), "toor");
}

#[test]
fn who_does_not_log_in_in_time_is_cut_off() {
    let host = testing::host(1);
    let started = std::cell::Cell::new(None);
    let ended = converse(&host, async |mut client| {
        let begun = tokio::time::Instant::now();
        assert_eq!(log_in(&mut client, b"root", b"wrong").await[0], 51);
        assert!(client.receive().await.is_none());
        started.set(Some(begun.elapsed()));
    });
    assert_eq!(ended, Ok(()));
    let took = started.get().unwrap();
    assert!(took > Duration::from_secs(119) && took < Duration::from_secs(121), "{took:?}");
}

#[test]
fn too_many_who_are_logging_in_are_told_so() {
    let host = testing::host(1);
    let service = service(&host);
    let waiting: Vec<_> =
        (0..100).map_while(|_| service.startups.enter().or_else(|| service.startups.enter())).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let said = runtime.block_on(async {
        let mut all = Vec::new();
        // A few are let in by chance before the bound, and say nothing of it.
        while all.is_empty() {
            let (mut conn, mut stream) = testing::open(&host, ServiceId::Ssh);
            let serving = async {
                tokio::select! {
                    ended = service.serve(&mut conn) => assert_eq!(ended, Ok(())),
                    () = tokio::time::sleep(Duration::from_millis(50)) => {}
                }
                drop(conn);
            };
            let mut heard = Vec::new();
            tokio::join!(serving, async { stream.read_to_end(&mut heard).await.unwrap() });
            if heard.starts_with(b"Exceeded") {
                all = heard;
            }
        }
        all
    });
    assert_eq!(said, b"Exceeded MaxStartups\r\n");
    assert!(waiting.len() >= 10);
}
