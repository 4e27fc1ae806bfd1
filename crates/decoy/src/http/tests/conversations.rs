//! Time, connections, and the keys of the section.

use std::{sync::Arc, time::Duration};

use decnet_proto::{persona::ProductName, service::ServiceId};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{Web, apache, get, nginx, of_kind, talk, web};
use crate::{ConnectionService as _, Host, ServiceError, testing};

/// Sends `pieces`, waits without closing, and returns what came and after how many seconds the
/// service closed.
fn patience(host: &Arc<Host>, web: &Web, pieces: &[&str]) -> (String, u64) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let (mut conn, mut peer) = testing::open(host, ServiceId::Http);
        let start = tokio::time::Instant::now();
        let serve = async {
            let _ = web.serve(&mut conn).await;
            drop(conn);
        };
        let read = async {
            for piece in pieces {
                peer.write_all(piece.as_bytes()).await.unwrap();
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            let mut output = Vec::new();
            peer.read_to_end(&mut output).await.unwrap();
            (String::from_utf8_lossy(&output).into_owned(), start.elapsed().as_secs())
        };
        tokio::join!(serve, read).1
    })
}

#[test]
fn slow_peers_are_left_as_the_products_leave_them() {
    const NOPE: &str = "GET /nope HTTP/1.1\r\nHost: a\r\n\r\n";
    let host = testing::host(1);
    let check = |web: &Web, pieces: &[&str], begins: &str, seconds: u64| {
        let (output, after) = patience(&host, web, pieces);
        assert!(output.starts_with(begins) && output.is_empty() == begins.is_empty(), "{pieces:?}: {output}");
        // What the service reads away after it closed is not the product's.
        assert!((seconds..=seconds + 2).contains(&after), "{pieces:?}: {after} s");
    };
    let server = apache(&host, &[]);
    check(&server, &[], "", 51);
    check(&server, &["GET /nope HT"], "", 20);
    check(&server, &["GET /nope HTTP/1.1\r\nHost: a\r\n"], "HTTP/1.1 408 Request Timeout\r\n", 20);
    check(&server, &[NOPE], "HTTP/1.1 404 Not Found\r\n", 5);
    check(
        &server,
        &["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"],
        "HTTP/1.1 408 Request Timeout\r\n",
        10,
    );
    let server = nginx(&host, &[]);
    check(&server, &[], "", 60);
    check(&server, &["GET /nope HTTP/1.1\r\nHost: a\r\n"], "", 60);
    check(&server, &[NOPE], "HTTP/1.1 404 Not Found\r\n", 75);
    check(
        &server,
        &["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"],
        "HTTP/1.1 405 Not Allowed\r\n",
        5,
    );
    check(&server, &["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\nabc"], "HTTP/1.1 413 ", 5);
}

#[test]
fn go_aheads_come_before_the_body() {
    let host = testing::host(1);
    let head = "POST /nope HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
    let (output, _) = patience(&host, &apache(&host, &[]), &[head, "hello"]);
    assert!(output.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\n"), "{output}");
    let (output, _) = patience(&host, &nginx(&host, &[]), &[head, "hello"]);
    assert!(output.starts_with("HTTP/1.1 404 Not Found\r\n"), "{output}");
}

#[test]
fn connections_end_after_as_many_requests_as_the_product_allows() {
    let host = testing::host(1);
    let request = "GET /nope HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n";
    let (output, _) = talk(&host, &apache(&host, &[]), &request.repeat(110));
    assert_eq!(output.matches("HTTP/1.1 404").count(), 101);
    assert!(output.contains("Keep-Alive: timeout=5, max=100\r\n") && output.contains("timeout=5, max=1\r\n"));
    let (output, _) = talk(&host, &nginx(&host, &[]), &request.repeat(1_010));
    assert_eq!(output.matches("HTTP/1.1 404").count(), 1_000);
}

#[test]
fn limits_of_lines_and_of_their_number() {
    let check = |server: &Web, host: &Arc<Host>, input: String, status: &str| {
        let (output, events) = talk(host, server, &input);
        assert!(
            output.starts_with(&format!("HTTP/1.1 {status}")),
            "{status}: {}",
            &output[..60.min(output.len())]
        );
        if !status.starts_with("200") && !status.starts_with("404") && !status.starts_with("403") {
            assert_eq!(of_kind(&events, "protocol_error").len(), 1);
        }
    };
    let with_field =
        |length: usize| format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "a".repeat(length - 3));
    let with_line = |length: usize| format!("GET /?{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(length - 15));
    let host = testing::host(1);
    let server = apache(&host, &[]);
    check(&server, &host, with_field(8_191), "200");
    check(&server, &host, with_field(8_192), "400");
    check(&server, &host, with_line(8_191), "200");
    check(&server, &host, with_line(8_192), "414 Request-URI Too Long");
    check(&server, &host, format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: a\r\n".repeat(99)), "200");
    check(&server, &host, format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: a\r\n".repeat(100)), "400");
    // More than a connection's buffer holds, but not more than Apache takes.
    let long = format!("X: {}\r\n", "a".repeat(8_000)).repeat(30);
    check(&server, &host, format!("GET / HTTP/1.1\r\nHost: a\r\n{long}\r\n"), "200");
    let longer = long.repeat(2);
    check(&server, &host, format!("GET / HTTP/1.1\r\nHost: a\r\n{longer}\r\n"), "400");
    check(&server, &host, format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(256)), "403");
    let server = nginx(&host, &[]);
    check(&server, &host, with_field(8_190), "200");
    check(&server, &host, with_field(8_191), "400");
    check(&server, &host, with_line(8_190), "200");
    check(&server, &host, with_line(8_191), "414 Request-URI Too Large");
    check(&server, &host, format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: a\r\n".repeat(200)), "200");
    check(&server, &host, format!("GET / HTTP/1.1\r\nHost: a\r\n{long}\r\n"), "400");
    check(&server, &host, "A".repeat(100_000), "414");
    check(&server, &host, "a".repeat(100_000), "400");
}

#[test]
fn pages_of_apache_name_the_html_of_their_release() {
    let host = testing::host(1);
    let old = get(&host, &web(&host, ProductName::Apache, "2.4.65", &[]), "/nope");
    let new = get(&host, &web(&host, ProductName::Apache, "2.4.66", &[]), "/nope");
    assert!(old.contains("\r\n\r\n<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n"));
    assert!(new.contains("\r\n\r\n<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\" \"http"));
    assert!(old.contains("Content-Length: 277\r\n"), "{old}");
}

/// A decoy of another system than Debian.
fn host_on(system: &str) -> Arc<Host> {
    let mut persona = testing::persona(1);
    persona.system.banner_name = system.to_owned();
    persona.system.pretty_name = system.to_owned();
    let emitter = Arc::new(crate::Emitter::new("decky", decnet_event::Boot(1)));
    Arc::new(Host::new(persona, emitter))
}

#[test]
fn packages_of_other_systems_have_other_habits() {
    let fedora = host_on("Fedora Linux");
    let server = apache(&fedora, &[]);
    let page = get(&fedora, &server, "/nope");
    assert!(
        page.contains("Server: Apache/2.4.62 (Fedora Linux)\r\n") && !page.contains("<address>"),
        "{page}"
    );
    let (echo, _) = talk(&fedora, &server, "TRACE /a?b HTTP/1.1\r\nHost: x\r\nY:  z\r\n\r\n");
    assert!(
        echo.ends_with("\r\n\r\n26\r\nTRACE /a?b HTTP/1.1\r\nHost: x\r\nY: z\r\n\r\n\r\n0\r\n\r\n"),
        "{echo}"
    );
    let zipped = "GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n";
    assert!(!talk(&fedora, &server, zipped).0.contains("Content-Encoding"));
    assert!(!talk(&fedora, &nginx(&fedora, &[]), zipped).0.contains("Content-Encoding"));
    let ubuntu = host_on("Ubuntu");
    assert!(talk(&ubuntu, &nginx(&ubuntu, &[]), zipped).0.contains("Content-Encoding: gzip"));
    assert!(get(&ubuntu, &nginx(&ubuntu, &[]), "/x").contains("<hr><center>nginx/1.22.1 (Ubuntu)</center>"));
    let old = web(&ubuntu, ProductName::Apache, "2.4.38", &[]);
    assert!(
        get(&ubuntu, &old, "/a%20b<")
            .contains("<p>The requested URL /a b&lt; was not found on this server.</p>")
    );
}

/// What waits for its peer holds next to nothing.
#[test]
fn an_idle_connection_is_small() {
    let host = testing::host(1);
    let server = apache(&host, &[]);
    let (mut conn, _peer) = testing::open(&host, ServiceId::Http);
    assert!(size_of_val(&server.serve(&mut conn)) <= 2_048);
}

#[test]
fn the_banner_chooses_the_behaviour() {
    let host = testing::host(1);
    let check = |keys: &[(&str, &str)], expect: &str| {
        let answer = get(&host, &apache(&host, keys), "/nope");
        assert!(answer.contains(expect), "{keys:?}: {answer}");
    };
    check(&[("server_header", "nginx/1.18.0 (Ubuntu)")], "<hr><center>nginx/1.18.0 (Ubuntu)</center>\r\n");
    check(&[("server_header", "Apache")], "<address>Apache Server at www.example.com Port 80</address>\n");
    check(&[("fake_app", "iis_default")], "Server: Microsoft-IIS/10.0\r\n");
    check(&[("server_header", "gws")], "Server: gws\r\n");
    check(&[("response_code", "403")], "HTTP/1.1 403 Forbidden\r\n");
    check(&[("response_code", "200")], "Default Page");
    check(&[("extra_headers", r#"{"X-Frame-Options":"DENY"}"#)], "\r\nX-Frame-Options: DENY\r\n");
    let front = get(&host, &apache(&host, &[("custom_body", "<h1>Hello</h1>")]), "/");
    assert!(front.ends_with("\r\n\r\n<h1>Hello</h1>"), "{front}");
}

#[test]
fn keys_that_make_no_sense_are_named() {
    let host = testing::host(1);
    let check = |key: &str, value: &str| {
        let spec = testing::spec(ServiceId::Http, ProductName::Apache, "2.4.62", &[(key, value)]);
        match Web::build(&spec, &host) {
            Err(ServiceError::Key { key: named, .. }) => assert_eq!(named, key),
            other => panic!("{key}={value}: {other:?}"),
        }
    };
    check("fake_app", "joomla");
    check("response_code", "99");
    check("extra_headers", "[]");
    check("extra_headers", r#"{"a":1}"#);
}

#[test]
fn no_header_of_the_operators_begins_another_line() {
    let host = testing::host(1);
    let web = apache(&host, &[("extra_headers", r#"{"X":"a\r\nSet-Cookie: b"}"#)]);
    assert!(get(&host, &web, "/").contains("\r\nX: aSet-Cookie: b\r\n"));
}
