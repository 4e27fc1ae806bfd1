use decnet_proto::service::ServiceId;

use super::*;
use crate::{
    caps,
    host::Host,
    shell::pipe::pipe,
    ssh::wire::Reader as Fields,
    testing::{self, Seen},
};

/// A client that asks and is answered.
struct Client {
    to: Writer,
    from: Reader,
    buffer: Vec<u8>,
    id: u32,
}

impl Client {
    async fn send(&mut self, kind: u8, body: &[u8]) {
        self.id += 1;
        let mut message = vec![kind];
        message.put_u32(self.id);
        message.extend_from_slice(body);
        self.to.write(&reply::framed(&message)).await.unwrap();
    }

    /// Type and body of the answer; the body of one to a request without its number.
    async fn answer(&mut self) -> (u8, Vec<u8>) {
        let body = next(&self.from, &mut self.buffer).await.unwrap().unwrap();
        let (kind, rest) = body.split_first().unwrap();
        (*kind, rest[4..].to_vec())
    }

    async fn ask(&mut self, kind: u8, body: &[u8]) -> (u8, Vec<u8>) {
        self.send(kind, body).await;
        self.answer().await
    }

    async fn status(&mut self, kind: u8, body: &[u8]) -> u32 {
        let (kind, body) = self.ask(kind, body).await;
        assert_eq!(kind, 101);
        Fields::new(&body).u32().unwrap()
    }

    /// Opens a file and gives its handle.
    async fn open(&mut self, path: &str, flags: u32) -> Vec<u8> {
        let (kind, body) = self.ask(3, &opening(path, flags)).await;
        assert_eq!(kind, 102, "{path}: {body:?}");
        body
    }
}

fn opening(path: &str, flags: u32) -> Vec<u8> {
    let mut body = string(path.as_bytes());
    body.put_u32(flags);
    body.put_u32(0);
    body
}

fn string(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    out.put_string(bytes);
    out
}

/// Holds a conversation as the persona's bait account; how the server ended and what was said.
fn converse<F: Future<Output = ()>>(with: impl FnOnce(Client) -> F) -> (Exit, Vec<Seen>) {
    let host: Arc<Host> = testing::host(1);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let exit = runtime.block_on(async {
        let (conn, _peer) = testing::open(&host, ServiceId::Ftp);
        let machine = Arc::clone(host.machine());
        let account = machine.account("backup").unwrap();
        let mut files = machine.files([127, 0, 0, 1].into(), &account);
        files.change_directory(account.home.as_bytes()).unwrap();
        let transfer = Transfer { files, machine, account, witness: conn.witness(), extensions: 11 };
        let (input, to) = pipe(caps::SHELL_PIPE);
        let (from, output) = pipe(1 << 20);
        let mut client = Client { to, from, buffer: Vec::new(), id: 0 };
        let talk = async {
            client.to.write(&reply::framed(b"\x01\0\0\0\x03")).await.unwrap();
            assert_eq!(client.answer().await.0, 2);
            with(client).await;
        };
        let serving = serve(transfer, input, output);
        tokio::join!(serving, talk).0
    });
    (exit, testing::events(&host))
}

const READ: u32 = 1;
const WRITE: u32 = 2;
const CREATE: u32 = 8;
const TRUNCATE: u32 = 16;

#[test]
fn what_is_brought_is_kept_and_can_be_read_again() {
    let (exit, events) = converse(|mut client| async move {
        let handle = client.open("x.sh", WRITE | CREATE | TRUNCATE).await;
        for (offset, data) in [(0, &b"#!/bin/sh\n"[..]), (10, b"id\n")] {
            let mut body = handle.clone();
            body.put_u64(offset);
            body.put_string(data);
            assert_eq!(client.status(6, &body).await, 0);
        }
        assert_eq!(client.status(4, &handle).await, 0);
        assert_eq!(client.status(4, &handle).await, 2);
        let handle = client.open("x.sh", READ).await;
        let mut body = handle.clone();
        body.put_u64(2);
        body.put_u32(1_000_000);
        assert_eq!(client.ask(5, &body).await, (103, string(b"/bin/sh\nid\n")));
        let mut end = handle.clone();
        end.put_u64(13);
        end.put_u32(1);
        assert_eq!(client.status(5, &end).await, 1);
    });
    assert_eq!(exit, Exit::SUCCESS);
    let captured = events.iter().find(|event| event.kind == "file_captured").unwrap();
    assert_eq!(
        (captured.get("source"), captured.get("size"), captured.get("orig_path")),
        ("upload", "13", "x.sh")
    );
    let download = events.iter().find(|event| event.kind == "download_attempt").unwrap();
    assert_eq!((download.get("path"), download.get("status")), ("x.sh", "sent"));
}

#[test]
fn what_is_written_out_of_order_is_kept_whole_in_the_end() {
    let (_, events) = converse(|mut client| async move {
        let handle = client.open("y", WRITE | CREATE | TRUNCATE).await;
        for (offset, data) in [(3, &b"def"[..]), (0, b"abc")] {
            let mut body = handle.clone();
            body.put_u64(offset);
            body.put_string(data);
            assert_eq!(client.status(6, &body).await, 0);
        }
        client.status(4, &handle).await;
    });
    assert_eq!(events.iter().filter(|e| e.kind == "file_captured" && e.get("size") == "6").count(), 1);
}

#[test]
fn directories_are_listed_as_ls_does() {
    converse(|mut client| async move {
        let (kind, handle) = client.ask(11, &string(b"/")).await;
        assert_eq!(kind, 102);
        let (kind, body) = client.ask(12, &handle).await;
        assert_eq!(kind, 104);
        let mut fields = Fields::new(&body);
        assert!(fields.u32().unwrap() > 10);
        assert_eq!(fields.string().unwrap(), b".");
        let line = String::from_utf8_lossy(fields.string().unwrap()).into_owned();
        assert!(line.starts_with("drwxr-xr-x   ") && line.ends_with(" ."), "{line}");
        assert_eq!(client.status(12, &handle).await, 1);
        assert_eq!(client.status(11, &string(b"/root")).await, 3);
        assert_eq!(client.status(11, &string(b"/none")).await, 2);
    });
}

#[test]
fn names_come_and_go() {
    converse(|mut client| async move {
        let with = |one: &[u8], other: &[u8]| [string(one), string(other)].concat();
        let mut make = string(b"d");
        make.put_u32(0);
        assert_eq!(client.status(14, &make).await, 0);
        assert_eq!(client.status(14, &make).await, 4);
        assert_eq!(client.status(20, &with(b"d", b"l")).await, 0);
        let (kind, body) = client.ask(19, &string(b"l")).await;
        assert_eq!((kind, &body[..]), (104, &b"\0\0\0\x01\0\0\0\x01d\0\0\0\x01d\0\0\0\0"[..]));
        let (_, body) = client.ask(16, &string(b"l/new")).await;
        assert_eq!(
            &body[4..],
            [string(b"/home/backup/d/new"), string(b"/home/backup/d/new"), vec![0; 4]].concat()
        );
        assert_eq!(client.status(16, &string(b"l/new/er")).await, 2);
        client.open("d/f", WRITE | CREATE).await;
        client.open("d/g", WRITE | CREATE).await;
        assert_eq!(client.status(18, &with(b"d/f", b"d/g")).await, 4);
        assert_eq!(client.status(15, &string(b"d")).await, 4);
        let posix = [string(b"posix-rename@openssh.com"), with(b"d/f", b"d/g")].concat();
        assert_eq!(client.status(200, &posix).await, 0);
        assert_eq!(client.status(13, &string(b"d/g")).await, 0);
        assert_eq!(client.status(13, &string(b"/tmp")).await, 4);
        assert_eq!(client.status(200, &string(b"nothing@openssh.com")).await, 8);
    });
}

#[test]
fn a_message_that_cannot_be_read_is_the_end() {
    let ended =
        |bytes: &'static [u8]| converse(|client| async move { client.to.write(bytes).await.unwrap() }).0;
    assert_eq!(ended(b"\0\0\0\x05\x03\0\0\0\x01"), MALFORMED);
    assert_eq!(ended(b"\0\0\0\0\x01"), MALFORMED);
    assert_eq!(ended(b"\0\x04\0\x01\x03"), TOO_LONG);
    assert_eq!(ended(b"\0\0\0\x09"), Exit::SUCCESS);
}

#[test]
fn no_more_is_open_than_may_be() {
    converse(|mut client| async move {
        client.open("x", WRITE | CREATE).await;
        for _ in 1..caps::SFTP_HANDLES {
            client.open("x", READ).await;
        }
        assert_eq!(client.status(3, &opening("x", READ)).await, 4);
        assert_eq!(client.status(4, &string(&7_u32.to_be_bytes())).await, 0);
        assert_eq!(client.open("x", READ).await, string(&7_u32.to_be_bytes()));
    });
}

mod random {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_requests_are_answered_or_end_it(
            requests in proptest::collection::vec((0_u8..24, any::<Vec<u8>>(), "[a-z./~]{0,12}"), 0..24)
        ) {
            converse(|mut client| async move {
                for (kind, body, path) in requests {
                    let kind = if kind == 21 { 200 } else { kind };
                    let body = [string(path.as_bytes()), body].concat();
                    client.id += 1;
                    let mut message = vec![kind];
                    message.put_u32(client.id);
                    message.extend_from_slice(&body);
                    if client.to.write(&reply::framed(&message)).await.is_err() {
                        break;
                    }
                }
            });
        }
    }
}
