//! The servers as their clients see them; MariaDB's answers were taken from 10.11 of Debian 12.

use std::sync::Arc;

use decnet_proto::{persona::ProductName, service::ServiceId};

use super::{
    Mysql, failure,
    packet::{Fields, put_packets},
    product::{PLUGIN_AUTH, PROTOCOL_41, SECURE},
};
use crate::{
    ConnectionService, Host,
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
