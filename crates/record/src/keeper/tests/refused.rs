//! A server that is not there, or lets nobody in: it is told what is wrong and what would be right.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    thread,
};

use super::{super::*, bed::Bed};
use crate::{
    error::{NO_SERVER, NO_SUCH_DATABASE, NOT_LET_IN, chain},
    scratch,
};

/// What is told of a database that cannot be connected to. The password is not.
#[track_caller]
fn check(url: &str, shown: &str, why: &str) {
    let (bed, url) = (Bed::new(), url.parse().unwrap());
    let database = Database::Server { url, ledger: bed.path("log.follow") };
    let refused = Record::start(Options { database, ..bed.options() }).unwrap_err();
    let told = chain(&refused);
    assert!(matches!(refused, RecordError::Unreachable { .. }), "{refused:?}");
    let begin = format!("cannot connect to the database {shown} of db-url: {why}: ");
    assert!(told.starts_with(&begin), "{told}\n{begin}");
    assert!(!told.contains("geheim"), "{told}");
}

/// The port of a server that says `answer` to everybody, once it was asked or at once, and nothing else.
fn server(is_asked: bool, answer: Vec<u8>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            if is_asked {
                let _ = stream.read(&mut [0; 512]).unwrap();
            }
            stream.write_all(&answer).unwrap();
        }
    });
    port
}

#[test]
fn where_no_server_is_nothing_is_kept_and_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display();
    check(
        &format!("postgres://decnet:geheim@/record?host={path}"),
        &format!("postgres://decnet@{path}/record"),
        NO_SERVER,
    );
    check(
        &format!("mysql://decnet:geheim@/record?socket={path}/socket"),
        &format!("mariadb://decnet@{path}/socket/record"),
        NO_SERVER,
    );
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for scheme in ["postgres", "mariadb"] {
        let shown = format!("{scheme}://decnet@127.0.0.1:{closed}/record");
        check(&format!("{scheme}://decnet:geheim@127.0.0.1:{closed}/record"), &shown, NO_SERVER);
    }
}

#[test]
fn whom_a_server_does_not_let_in_is_told_why() {
    let postgres = |code: &str| {
        let fields = format!("SFATAL\0C{code}\0Mno\0\0");
        let length = u32::try_from(fields.len() + 4).unwrap().to_be_bytes();
        server(true, [b"E", &length[..], fields.as_bytes()].concat())
    };
    for (code, why) in
        [("28P01", NOT_LET_IN), ("28000", NOT_LET_IN), ("42501", NOT_LET_IN), ("3D000", NO_SUCH_DATABASE)]
    {
        let place = format!("127.0.0.1:{}/record", postgres(code));
        check(&format!("postgres://decnet:geheim@{place}"), &format!("postgres://decnet@{place}"), why);
    }
    let mariadb = |code: u16| {
        let packet = [&[0xff][..], &code.to_le_bytes(), b"#28000no"].concat();
        server(false, [&[packet.len() as u8, 0, 0, 0], &packet[..]].concat())
    };
    for (code, why) in [(1045, NOT_LET_IN), (1044, NOT_LET_IN), (1698, NOT_LET_IN), (1049, NO_SUCH_DATABASE)]
    {
        let place = format!("127.0.0.1:{}/record", mariadb(code));
        check(&format!("mariadb://decnet:geheim@{place}"), &format!("mariadb://decnet@{place}"), why);
    }
}

#[test]
fn a_server_says_whom_it_does_not_let_in() {
    let Some(text) = scratch::text() else { return };
    let url: crate::DatabaseUrl = text.parse().unwrap();
    let (user, database) = (format!("//{}@", url.user), format!("/{}?", url.database));
    let shown = url.to_string();
    let (nobody, nothing) = (shown.replace(&user, "//nobody_such@"), format!("{shown}_none"));
    check(&text.replace(&user, "//nobody_such:geheim@"), &nobody, NOT_LET_IN);
    let none = text.replace(&user, &format!("//{}:geheim@", url.user));
    if url.kind == crate::database::Kind::MariaDb {
        check(&none, &shown, NOT_LET_IN);
    }
    check(&text.replace(&database, &format!("/{}_none?", url.database)), &nothing, NO_SUCH_DATABASE);
}
