//! The servers as their clients see them; MariaDB's answers were taken from 10.11 of Debian 12.

use std::sync::Arc;

use decnet_proto::{persona::ProductName, service::ServiceId};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

use super::{
    Mysql, failure,
    packet::{Fields, put_packets},
    product::{PLUGIN_AUTH, PROTOCOL_41, SECURE},
    proof,
};
use crate::{
    ConnectionService, Host, caps,
    testing::{self, Pace, Seen},
};

const MARIADB: (ProductName, &str) = (ProductName::Mariadb, "10.11.6-MariaDB-0+deb12u1");
const MYSQL_8: (ProductName, &str) = (ProductName::Mysql, "8.0.40-0ubuntu0.22.04.1");
const CAPABILITIES: u32 = PROTOCOL_41 | SECURE | PLUGIN_AUTH;

fn mysql(host: &Host, (name, version): (ProductName, &str)) -> Mysql {
    Mysql::build(&testing::spec(ServiceId::Mysql, name, version, &[]), host).unwrap()
}

/// Numbers and payloads of the packets in `bytes`.
fn packets(bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut fields = Fields::new(bytes);
    let mut out = Vec::new();
    while let Some(length) = fields.number(3) {
        let (sequence, payload) =
            (fields.byte().unwrap(), fields.bytes(usize::try_from(length).unwrap()).unwrap());
        out.push((sequence, payload.to_vec()));
    }
    out
}

fn packet(sequence: u8, payload: &[u8]) -> Vec<u8> {
    let (mut out, mut sequence) = (Vec::new(), sequence);
    put_packets(&mut out, &mut sequence, payload);
    out
}

fn introduction(user: &str, proof: &[u8], plugin: &str) -> Vec<u8> {
    let mut out = CAPABILITIES.to_le_bytes().to_vec();
    out.extend_from_slice(&[0, 0, 0, 1, 33]);
    out.extend_from_slice(&[0; 23]);
    out.extend_from_slice(user.as_bytes());
    out.extend_from_slice(&[0, u8::try_from(proof.len()).unwrap()]);
    out.extend_from_slice(proof);
    out.extend_from_slice(plugin.as_bytes());
    out.push(0);
    out
}

fn talk(
    host: &Arc<Host>,
    played: (ProductName, &str),
    input: &[u8],
    pace: Pace,
) -> (Vec<(u8, Vec<u8>)>, Vec<Seen>) {
    let (output, _, events) = testing::dialogue(&mysql(host, played), ServiceId::Mysql, host, input, pace);
    (packets(&output), events)
}

/// The answer to `input`, after the greeting: number of the packet, of the error, its words.
fn check(played: (ProductName, &str), input: &[u8], expect: (u8, u16, &str)) {
    for pace in [Pace::Whole, Pace::OneByte] {
        let host = testing::host(1);
        let (packets, _) = talk(&host, played, input, pace);
        assert_eq!(packets.len(), 2, "{packets:?}");
        let (sequence, payload) = &packets[1];
        let (code, text) = failure::read(payload).unwrap();
        assert_eq!((*sequence, code, text.as_str()), expect);
    }
}

#[test]
fn refusals_of_mariadb() {
    const NATIVE: &str = "mysql_native_password";
    let denied = |user: &str, proof: &[u8]| packet(1, &introduction(user, proof, NATIVE));
    check(MARIADB, &denied("admin", b""), (2, 1698, "Access denied for user 'admin'@'localhost'"));
    check(
        MARIADB,
        &denied("nobody", &[7; 20]),
        (2, 1045, "Access denied for user 'nobody'@'localhost' (using password: YES)"),
    );
    check(
        MARIADB,
        &denied("nobody", b""),
        (2, 1045, "Access denied for user 'nobody'@'localhost' (using password: NO)"),
    );
    check(MARIADB, &denied("nobody", b"short"), (2, 1043, "Bad handshake"));
    check(MARIADB, &packet(1, b"x"), (2, 1043, "Bad handshake"));
    check(MARIADB, &packet(1, b""), (2, 1043, "Bad handshake"));
    check(MARIADB, &packet(7, b"x"), (1, 1156, "Got packets out of order"));
    check(MARIADB, b"GET / HTTP/1.0\r\n\r\n", (1, 1156, "Got packets out of order"));
    check(MARIADB, b"\r\n\r\n", (1, 1130, "Proxy header is not accepted from 127.0.0.1"));
}

#[test]
fn refusals_of_mysql() {
    check(MYSQL_8, b"\r\n\r\n", (1, 1156, "Got packets out of order"));
    check(MYSQL_8, &packet(1, b"x")[..3], (1, 1158, "Got an error reading communication packets"));
}

#[test]
fn a_client_that_took_another_plugin_is_told_to_switch() {
    let host = testing::host(1);
    let input =
        [packet(1, &introduction("nobody", &[7; 32], "caching_sha2_password")), packet(3, &[9; 20])].concat();
    let (packets, events) = talk(&host, MARIADB, &input, Pace::Whole);
    assert!(packets[1].1.starts_with(b"\xfemysql_native_password\0"));
    assert_eq!(failure::read(&packets[2].1).unwrap().0, 1045);
    let attempt = events.iter().find(|event| event.kind == "auth_attempt").unwrap();
    assert_eq!((attempt.get("username"), attempt.get("mechanism")), ("nobody", "mysql_native_password"));
    let hash = attempt.get("hash");
    assert!(hash.starts_with("$mysqlna$") && hash.ends_with(&format!("*{}", "09".repeat(20))), "{hash}");
}

#[test]
fn numbers_of_connections_grow_and_challenges_differ() {
    let host = testing::host(1);
    let service = mysql(&host, MARIADB);
    let greet = || {
        let (output, _, _) = testing::dialogue(&service, ServiceId::Mysql, &host, b"", Pace::Whole);
        let greeting = packets(&output).remove(0).1;
        let mut fields = Fields::new(&greeting);
        fields.byte();
        fields.until_nul();
        (fields.number(4).unwrap(), fields.rest().to_vec())
    };
    let (one, two) = (greet(), greet());
    assert_eq!(one.0 + 1, two.0);
    assert_ne!(one.1, two.1);
}

/// A client that reads one packet after the other.
struct Client(DuplexStream);

impl Client {
    async fn read(&mut self) -> Option<Vec<u8>> {
        let mut header = [0; 4];
        self.0.read_exact(&mut header).await.ok()?;
        let length = usize::from(header[0]) | usize::from(header[1]) << 8 | usize::from(header[2]) << 16;
        let mut payload = vec![0; length];
        self.0.read_exact(&mut payload).await.ok()?;
        Some(payload)
    }

    /// Logs in with the bait of the machine, and returns the answer.
    async fn log_in(&mut self, user: &str, password: &str, capabilities: u32) -> Vec<u8> {
        let greeting = self.read().await.unwrap();
        let mut fields = Fields::new(&greeting);
        fields.byte();
        fields.until_nul();
        fields.bytes(4);
        let mut scramble = fields.bytes(8).unwrap().to_vec();
        fields.bytes(19);
        scramble.extend_from_slice(fields.bytes(12).unwrap());
        let proof = proof::native(password.as_bytes(), &scramble.try_into().unwrap());
        let mut payload = introduction(user, &proof, "mysql_native_password");
        payload[..4].copy_from_slice(&(CAPABILITIES | capabilities).to_le_bytes());
        self.0.write_all(&packet(1, &payload)).await.unwrap();
        self.read().await.unwrap()
    }

    /// Gives a command, and returns the first packet of the answer.
    async fn ask(&mut self, command: &[u8]) -> Option<Vec<u8>> {
        self.0.write_all(&packet(0, command)).await.ok()?;
        self.read().await
    }
}

/// Lets a client talk with MariaDB, and returns what the talk returned and what was told.
fn converse<T, F: Future<Output = T>>(talk: impl FnOnce(Client) -> F) -> (T, Vec<Seen>) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let host = testing::host(1);
    let service = mysql(&host, MARIADB);
    let result = runtime.block_on(async {
        let (mut conn, peer) = testing::open(&host, ServiceId::Mysql);
        let serve = async {
            let ended = service.serve(&mut conn).await;
            // Shown when the test fails.
            println!("the server ended with {ended:?}");
            drop(conn);
        };
        let drain = host.emitter.run(tokio::io::sink());
        let talk = async { tokio::join!(serve, talk(Client(peer))).1 };
        tokio::select! {
            result = talk => result,
            _ = drain => unreachable!("the writer ended"),
        }
    });
    (result, testing::events(&host))
}

fn bait() -> (String, String) {
    let bait = testing::persona(1).bait.remove(0);
    (bait.username, bait.password)
}

#[test]
fn the_bait_opens_the_server_and_nothing_else_does() {
    let (user, password) = bait();
    let tried = |user: String, password: String| {
        converse(|mut client| async move { client.log_in(&user, &password, 0).await }).0
    };
    assert_eq!(tried(user.clone(), password.clone()), b"\0\0\0\x02\0\0\0");
    for (user, password) in [
        (user.clone(), "wrong"),
        (user.to_uppercase(), password.as_str()),
        ("root".into(), &password),
        (user, ""),
    ] {
        let answer = tried(user, password.to_owned());
        assert!(matches!(failure::read(&answer), Some((1045 | 1698, _))), "{answer:?}");
    }
}

#[test]
fn commands_are_answered_as_by_the_server() {
    let talk = |mut client: Client| async move {
        let (user, password) = bait();
        client.log_in(&user, &password, 0).await;
        let mut answers = Vec::new();
        for command in
            [&b"\x0e"[..], b"\x02nope", b"\x7f", b"", b"\x03", b"\x0c\x01\0\0\0", b"\x1c\x01\0\0\0", b"\x1f"]
        {
            answers.push(client.ask(command).await.unwrap());
        }
        client.0.write_all(&packet(5, b"\x0e")).await.unwrap();
        answers.push(client.read().await.unwrap());
        answers
    };
    let answers = converse(talk).0;
    let codes: Vec<_> =
        answers.iter().map(|answer| failure::read(answer).map_or(0, |(code, _)| code)).collect();
    assert_eq!(codes, [0, 1044, 1047, 1047, 1065, 1094, 1243, 0, 1156]);
}

/// The bytes of the real server's answer to the same.
#[test]
fn rows_have_the_bytes_of_the_server() {
    let talk = |mut client: Client| async move {
        let (user, password) = bait();
        client.log_in(&user, &password, 0).await;
        let mut answer = vec![client.ask(b"\x03select 'a' x, null, 1.5").await.unwrap()];
        for _ in 0..6 {
            answer.push(client.read().await.unwrap());
        }
        answer
    };
    let expect: [&[u8]; 7] = [
        b"\x03",
        b"\x03def\0\0\0\x01x\0\x0c!\0\x03\0\0\0\xfd\x01\0'\0\0",
        b"\x03def\0\0\0\x04NULL\0\x0c?\0\0\0\0\0\x06\x80\0\0\0\0",
        b"\x03def\0\0\0\x031.5\0\x0c?\0\x04\0\0\0\xf6\x81\0\x01\0\0",
        b"\xfe\0\0\x02\0",
        b"\x01a\xfb\x031.5",
        b"\xfe\0\0\x02\0",
    ];
    assert_eq!(converse(talk).0, expect);
}

#[test]
fn a_long_statement_keeps_its_beginning_and_one_too_long_is_refused() {
    let talk = |mut client: Client| async move {
        let (user, password) = bait();
        client.log_in(&user, &password, 0).await;
        let mut long = b"\x03do 1 /* ".to_vec();
        long.resize(caps::MYSQL_MESSAGE + 100_000, b'x');
        let cut = client.ask(&long).await.unwrap();
        let header = [0xff, 0xff, 0xff, 0];
        client.0.write_all(&header).await.unwrap();
        for _ in 0..255 {
            client.0.write_all(&[b'x'; 65_536]).await.unwrap();
        }
        client.0.write_all(&[b'x'; 65_535]).await.unwrap();
        client.0.write_all(&[0xff, 0xff, 0xff, 1]).await.unwrap();
        (cut, client.read().await.unwrap())
    };
    let (cut, refused) = converse(talk).0;
    assert_eq!(cut, b"\0\0\0\x02\0\0\0", "an open comment hides the rest");
    assert_eq!(failure::read(&refused).unwrap().0, 1153);
}

#[test]
fn statements_that_are_kept_prepared_are_bounded() {
    let talk = |mut client: Client| async move {
        let (user, password) = bait();
        client.log_in(&user, &password, 0).await;
        for _ in 0..caps::MYSQL_PREPARED {
            assert_eq!(client.ask(b"\x16do 1").await.unwrap()[0], 0);
        }
        client.ask(b"\x16do 1").await.unwrap()
    };
    assert_eq!(failure::read(&converse(talk).0).unwrap().0, 1461);
}

/// Commands of every kind, broken in every way that is cheap, to somebody who logged in.
#[test]
fn any_commands_are_answered_or_end_the_connection() {
    let seeds: [&[u8]; 10] = [
        b"\x03select * from information_schema.tables where table_name like 'a%' order by 1 limit 3",
        b"\x16select ?, ? + 1",
        b"\x17\x01\0\0\0\0\x01\0\0\0\0\x01\xfd\0\x08\0\x01a\x01\0\0\0\0\0\0\0",
        b"\x18\x01\0\0\0\0\0long",
        b"\x02mysql",
        b"\x04user\0%",
        b"\x11root\0\x00\0\x21\0mysql_native_password\0",
        b"\x1b\0\0",
        b"\x09",
        b"\x03set @a=1; select @a; show variables like 'v%'",
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut roll = move |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % bound.max(1)
    };
    for _ in 0..60 {
        let mut input = Vec::new();
        for _ in 0..20 {
            let mut command = seeds[roll(seeds.len())].to_vec();
            for _ in 0..roll(4) {
                let at = roll(command.len());
                command[at] = u8::try_from(roll(256)).unwrap();
            }
            input.extend_from_slice(&packet(0, &command));
        }
        converse(|mut client| async move {
            let (user, password) = bait();
            client.log_in(&user, &password, 1 << 16).await;
            let (mut from, mut to) = tokio::io::split(client.0);
            let write = async {
                let _ = to.write_all(&input).await;
                let _ = to.shutdown().await;
            };
            let mut sink = Vec::new();
            let _ = tokio::join!(write, from.read_to_end(&mut sink));
        });
    }
}
