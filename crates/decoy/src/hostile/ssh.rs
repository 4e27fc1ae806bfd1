//! What somebody who logged in says over SSH: messages about channels, transfers, `scp`.

use std::{sync::Arc, time::Duration};

use decnet_proto::service::ServiceId;
use tokio::{runtime::Runtime, sync::mpsc};

use super::{
    measure,
    shell::{forgotten, host, run},
};
use crate::{
    Host,
    shell::pipe::Reader,
    ssh::{fuzzing, rehearsal},
    testing,
};

const DEBIAN: &str = "Debian GNU/Linux 12 (bookworm)";
/// What is between two messages of an input.
const BETWEEN: &[u8] = b"\xfe\xed!|";
/// How long a transfer may wait.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) fn string(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// Opens a session, which is number 0 if it is the first.
fn open() -> Vec<u8> {
    open_with(1 << 21)
}

/// The same for a client that reads so much before it says so.
pub(super) fn open_with(window: u32) -> Vec<u8> {
    [&[90][..], &string(b"session"), &numbers(&[7, window, 1 << 15])].concat()
}

/// A request about the first session.
pub(super) fn request(name: &str, body: &[u8]) -> Vec<u8> {
    [&[98, 0, 0, 0, 0][..], &string(name.as_bytes()), &[1], body].concat()
}

pub(super) fn data(bytes: &[u8]) -> Vec<u8> {
    [&[94, 0, 0, 0, 0][..], &string(bytes)].concat()
}

/// A message about the first session.
pub(super) fn about(number: u8) -> Vec<u8> {
    vec![number, 0, 0, 0, 0]
}

pub(super) fn terminal() -> Vec<u8> {
    request("pty-req", &[string(b"xterm"), numbers(&[80, 24, 0, 0]), string(b"")].concat())
}

/// A request of a file transfer.
pub(super) fn sftp(kind: u8, body: &[&[u8]]) -> Vec<u8> {
    string(&[&[kind, 0, 0, 0, 9][..], &body.concat()].concat())
}

/// Everything that can be asked of a transfer.
fn transfers() -> Vec<Vec<u8>> {
    let (none, path, handle) = (numbers(&[0]), string(b"a/../x"), string(&[0; 4]));
    let hello = b"\0\0\0\x05\x01\0\0\0\x03".to_vec();
    let at = [0_u8; 8];
    let create = |flags: u32| sftp(3, &[&string(b"f"), &numbers(&[flags, 0])]);
    let extended = |name: &str, body: &[&[u8]]| sftp(200, &[&string(name.as_bytes()), &body.concat()]);
    let mut writes = vec![hello.clone(), create(0x1a), sftp(6, &[&handle, &at, &string(b"#!/bin/sh\nid\n")])];
    writes.extend([sftp(8, &[&handle]), sftp(10, &[&handle, &numbers(&[5, 0, 3, 0o777])])]);
    writes.extend([sftp(4, &[&handle]), create(1), sftp(5, &[&handle, &at, &numbers(&[1 << 20])])]);
    let mut paths =
        vec![hello.clone(), sftp(11, &[&string(b"/etc")]), sftp(12, &[&handle]), sftp(12, &[&handle])];
    for kind in [7, 13, 15, 16, 17, 19] {
        paths.push(sftp(kind, &[&path]));
    }
    paths.extend([9, 14].map(|kind| sftp(kind, &[&path, &none])));
    paths.extend([18, 20].map(|kind| sftp(kind, &[&path, &string(b"y")])));
    let mut more = vec![hello, create(0x1b)];
    for name in ["posix-rename@openssh.com", "hardlink@openssh.com", "users-groups-by-id@openssh.com"] {
        more.push(extended(name, &[&path, &string(b"/etc/passwd")]));
    }
    for name in ["statvfs@openssh.com", "expand-path@openssh.com", "home-directory", "limits@openssh.com"] {
        more.push(extended(name, &[&string(b"~root/x")]));
    }
    more.push(extended("copy-data", &[&handle, &at, &at, &handle, &at]));
    [writes, paths, more].map(|messages| messages.concat()).to_vec()
}

/// Conversations of whole connections, messages one after another.
fn connections() -> Vec<Vec<u8>> {
    let exec = |command: &[u8]| request("exec", &string(command));
    let signal = |name: &[u8]| request("signal", &string(name));
    let mut all = vec![
        vec![open(), exec(b"cat; id; exit 3"), data(b"hello\n"), about(96), about(97)],
        vec![
            open(),
            terminal(),
            request("shell", b""),
            data(b"uname -a\r"),
            data(b"\x03exit\r"),
            signal(b"HUP"),
        ],
        vec![
            open(),
            request("env", &[string(b"LC_ALL"), string(b"C")].concat()),
            exec(b"yes"),
            signal(b"TERM"),
        ],
        vec![open(), exec(b"scp -t /tmp"), data(b"C0644 3 x\n"), data(b"abc\0"), about(96)],
        vec![open(), exec(b"scp -pr -f /etc"), data(b"\0\0\0\0\0\0"), about(97)],
        vec![
            open(),
            terminal(),
            request("window-change", &numbers(&[1, 1, 0, 0])),
            request("x11-req", b"\0"),
        ],
        vec![
            [
                &[90][..],
                &string(b"direct-tcpip"),
                &numbers(&[1, 9, 9]),
                &string(b"10.0.0.9"),
                &numbers(&[445]),
                &string(b"h"),
                &numbers(&[9]),
            ]
            .concat(),
        ],
        vec![
            [&[80][..], &string(b"tcpip-forward"), &[1], &string(b""), &numbers(&[8080])].concat(),
            open(),
            open(),
            about(97),
            open(),
        ],
        vec![
            open(),
            exec(b"cat > /tmp/x; sh /tmp/x"),
            data(b"echo a\n"),
            [&about(93)[..], &[255; 4]].concat(),
            about(96),
        ],
    ];
    for transfer in transfers() {
        all.push(vec![open(), request("subsystem", &string(b"sftp")), data(&transfer), about(96), about(97)]);
    }
    all.into_iter().map(|messages| messages.join(BETWEEN)).collect()
}

/// Messages of `input`.
fn messages(input: &[u8]) -> Vec<Vec<u8>> {
    let (mut all, mut rest) = (Vec::new(), input);
    while let Some(at) = rest.windows(BETWEEN.len()).position(|window| window == BETWEEN) {
        all.push(rest[..at].to_vec());
        rest = &rest[at + BETWEEN.len()..];
    }
    all.push(rest.to_vec());
    all
}

fn converse(runtime: &Runtime, host: &Arc<Host>, input: &[u8]) {
    runtime.block_on(async {
        let (conn, _peer) = testing::open(host, ServiceId::Ssh);
        let (sender, receiver) = mpsc::channel(1);
        let saying = async move {
            for message in messages(input) {
                if sender.send(message).await.is_err() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            _ = async { tokio::join!(rehearsal::converse(&conn, "root", receiver, |_| ()), saying) } => {}
            _ = host.emitter.run(tokio::io::sink()) => {}
        }
    });
    host.emitter.take();
}

fn transfer(runtime: &Runtime, host: &Arc<Host>, input: &[u8]) {
    runtime.block_on(async {
        let (conn, _peer) = testing::open(host, ServiceId::Ssh);
        let (streams, reading) = forgotten(Reader::bytes(input));
        let serving = rehearsal::transfer(&conn, "root", streams.input, streams.output);
        tokio::select! {
            _ = tokio::time::timeout(PATIENCE, async { tokio::join!(serving, reading) }) => {}
            _ = host.emitter.run(tokio::io::sink()) => {}
        }
    });
    host.emitter.take();
}

/// Everything that reads bytes before there are keys, and under keys before somebody logged in.
#[test]
fn parsers() {
    measure::check("ssh, parsers", fuzzing::SEEDS, |_, _, input| {
        fuzzing::parse(input);
        fuzzing::open(input);
        fuzzing::session(input);
    });
}

#[test]
fn channels() {
    let connections = connections();
    let talks: Vec<&[u8]> = connections.iter().map(Vec::as_slice).collect();
    let host = host(DEBIAN);
    measure::check("ssh, channels", &talks, |runtime, _, input| converse(runtime, &host, input));
}

#[test]
fn sftp_transfers() {
    let transfers = transfers();
    let talks: Vec<&[u8]> = transfers.iter().map(Vec::as_slice).collect();
    let host = host(DEBIAN);
    measure::check("ssh, sftp", &talks, |runtime, _, input| transfer(runtime, &host, input));
}

#[test]
fn scp() {
    let talks: [&[u8]; 4] = [
        b"C0644 3 x\nabc\0C0755 5 y\nhello\0",
        b"T1764000000 0 1764000000 0\nD0755 0 d\nC0644 1 z\nz\0E\n\x01warning\n",
        b"C0644 99999999999 big\nabc\0",
        b"\0\0\0\0\0\0\x02fatal\n",
    ];
    let commands: [&[u8]; 5] =
        [b"scp -t /tmp", b"scp -rpt /tmp/d", b"scp -t -- ../x", b"scp -f /etc/passwd", b"scp -rf /etc/ssh"];
    let host = host(DEBIAN);
    measure::check("ssh, scp", &talks, |runtime, dice, input| {
        run(runtime, &host, commands[dice.below(commands.len())], input);
    });
}
