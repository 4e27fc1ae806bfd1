//! A hundred mebibytes without a terminator, from one client: nothing grows by them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use decnet_proto::{persona::ProductName, service::ServiceId};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    sync::{Notify, mpsc},
};

use super::{
    measure::{peak_kib, resident_kib, runtime},
    shell::host,
    ssh::{about, data, open_with, request, sftp, string, terminal},
};
use crate::{Conn, Host, registry::Service, ssh::rehearsal, testing};

const MIB: usize = 1024 * 1024;
const FLOOD: usize = 100 * MIB;
/// What is sent before growth is looked at: what is claimed for a first visitor does not count.
const BEFORE: usize = 8 * MIB;
/// Most that the process may grow by the rest, in KiB.
const GROWTH: u64 = 1024;
/// Most that a visitor's definitions may take meanwhile, the files that the machine makes for its
/// first visitor and events among them, in KiB. Without a bound it would be gigabytes.
const PEAK: u64 = 24 * 1024;
/// What a client reads before it says so: more than any of these answers.
const READS: u32 = 1 << 30;
/// How long a client waits for somebody to read.
const PATIENCE: Duration = Duration::from_secs(9);
const DEBIAN: &str = "Debian GNU/Linux 12 (bookworm)";

/// Watches the memory of this process while something is sent.
#[derive(Default)]
struct Gauge {
    sent: usize,
    before: u64,
    most: u64,
}

impl Gauge {
    fn sent(&mut self, bytes: usize) {
        let last = self.sent;
        self.sent += bytes;
        if last / MIB == self.sent / MIB {
            return;
        }
        let now = resident_kib();
        if last < BEFORE {
            self.before = now;
        }
        self.most = self.most.max(now);
    }

    fn check(&self, name: &str) {
        let grown = self.most.saturating_sub(self.before);
        println!("flood: {name} took {} MiB, +{grown} KiB", self.sent / MIB);
        assert!(grown <= GROWTH, "{name} grew by {grown} KiB");
    }
}

/// Sends `head` and a flood of `byte`; what a stranger is answered, at most, and how much was taken.
fn strangers(id: ServiceId, product: ProductName, version: &str, head: &[u8], byte: u8) -> (Vec<u8>, Gauge) {
    let host = testing::host(9);
    let service = Service::build(&testing::spec(id, product, version, &[]), &host).unwrap();
    let mut gauge = Gauge::default();
    let answer = runtime().block_on(async {
        let (ours, theirs) = tokio::io::duplex(65_536);
        let mut conn =
            Conn::new(Box::new(ours), Arc::clone(&host), host.emitter.origin(id.slug()), testing::session());
        let (mut from, mut to) = tokio::io::split(theirs);
        let serving = async {
            let _ = service.serve(&mut conn).await;
            drop(conn);
        };
        let writing = async {
            let _ = to.write_all(head).await;
            let piece = [byte; 65_536];
            while gauge.sent < FLOOD && to.write_all(&piece).await.is_ok() {
                gauge.sent(piece.len());
            }
            let _ = to.shutdown().await;
        };
        let reading = async {
            let (mut kept, mut answer) = (Vec::new(), [0; 8192]);
            while let Ok(length @ 1..) = from.read(&mut answer).await {
                kept.extend_from_slice(&answer[..length.min(65_536 - kept.len())]);
            }
            kept
        };
        tokio::select! {
            (_, _, kept) = async { tokio::join!(serving, writing, reading) } => kept,
            _ = host.emitter.run(tokio::io::sink()) => Vec::new(),
        }
    });
    (answer, gauge)
}

#[test]
fn ssh_ends_who_does_not_say_what_it_is() {
    let check = |head: &[u8], says: &str| {
        let (answer, gauge) = strangers(ServiceId::Ssh, ProductName::Openssh, "9.2p1", head, b'A');
        let text = String::from_utf8_lossy(&answer);
        assert!(text.starts_with("SSH-2.0-OpenSSH_9.2p1") && text.ends_with(says), "{text:?}");
        assert!(gauge.sent < MIB, "{}", gauge.sent);
    };
    check(b"", "Invalid SSH identification string.\r\n");
    let (answer, gauge) = strangers(ServiceId::Ssh, ProductName::Openssh, "9.2p1", b"SSH-2.0-x\r\n", b'A');
    // A length that no packet has: "Bad packet length 1094795585."
    assert!(gauge.sent < MIB && answer.len() > 500, "{} {}", gauge.sent, answer.len());
}

#[test]
fn telnet_takes_keys_that_nobody_reads() {
    for system in [DEBIAN, "Alpine Linux v3.19"] {
        let (answer, gauge) = strangers(ServiceId::Telnet, ProductName::Telnetd, "2.4", b"", b'A');
        assert!(!answer.is_empty(), "{system}");
        assert_eq!(gauge.sent, FLOOD);
        gauge.check("telnet");
    }
}

#[test]
fn mysql_ends_who_breaks_its_packets() {
    for (product, version) in
        [(ProductName::Mariadb, "10.11.6-MariaDB-0+deb12u1"), (ProductName::Mysql, "8.0.40-0ubuntu0.22.04.1")]
    {
        let (answer, gauge) = strangers(ServiceId::Mysql, product, version, b"", b'A');
        assert!(answer.ends_with(b"Got packets out of order"), "{}", answer.escape_ascii());
        assert!(gauge.sent < MIB);
        // A packet as large as one can be, and no end of it.
        let (answer, gauge) = strangers(ServiceId::Mysql, product, version, b"\xff\xff\xff\x01", 0xff);
        println!("{} after {} bytes", answer.escape_ascii(), gauge.sent);
        gauge.check("mysql");
    }
}

/// Says `messages`, then data for as long as the window lets it, up to `length` bytes in pieces
/// that `piece` makes of their place.
fn visit(host: &Arc<Host>, messages: Vec<Vec<u8>>, length: usize, piece: impl Fn(usize) -> Vec<u8>) -> Gauge {
    let mut gauge = Gauge::default();
    let (window, adjusted) = (AtomicUsize::new(0), Notify::new());
    runtime().block_on(async {
        let (conn, _peer) = testing::open(host, ServiceId::Ssh);
        let (sender, receiver) = mpsc::channel(1);
        let saying = async {
            for message in messages {
                sender.send(message).await.unwrap();
            }
            while gauge.sent < length {
                let bytes = piece(gauge.sent);
                let count = bytes.len();
                let sending = async {
                    while window.load(Ordering::Relaxed) < count {
                        adjusted.notified().await;
                    }
                    window.fetch_sub(count, Ordering::Relaxed);
                    sender.send(data(&bytes)).await.is_ok()
                };
                if !tokio::time::timeout(PATIENCE, sending).await.unwrap_or(false) {
                    return;
                }
                gauge.sent(count);
            }
            let _ = sender.send(about(96)).await;
            drop(sender);
        };
        let hears = |answer: &[u8]| {
            if let [93, _, _, _, _, more @ ..] = answer {
                let more = u32::from_be_bytes(more.try_into().unwrap());
                window.fetch_add(more as usize, Ordering::Relaxed);
                adjusted.notify_one();
            }
        };
        tokio::select! {
            _ = async { tokio::join!(rehearsal::converse(&conn, "root", receiver, hears), saying) } => {}
            _ = host.emitter.run(tokio::io::sink()) => {}
        }
    });
    gauge
}

fn size(host: &Host, path: &str) -> u64 {
    let account = host.machine().account("root").unwrap();
    let files = host.machine().files(testing::session().src.ip(), &account);
    files.stat(path.as_bytes()).unwrap().size
}

fn exec(command: &str) -> Vec<Vec<u8>> {
    vec![open_with(READS), request("exec", &string(command.as_bytes()))]
}

#[test]
fn files_are_as_long_as_what_was_written() {
    let host = host(DEBIAN);
    let gauge = visit(&host, exec("cat > /tmp/f"), FLOOD, |_| vec![b'A'; 32 * 1024]);
    assert_eq!((gauge.sent, size(&host, "/tmp/f")), (FLOOD, FLOOD as u64));
    gauge.check("cat > file");
    let start = [0x1a_u32, 0].map(u32::to_be_bytes).concat();
    let begin = vec![
        open_with(READS),
        request("subsystem", &string(b"sftp")),
        data(&[b"\0\0\0\x05\x01\0\0\0\x03".to_vec(), sftp(3, &[&string(b"/tmp/g"), &start])].concat()),
    ];
    let gauge = visit(&host, begin, FLOOD, |at| {
        let head = 25 + 4 + 4;
        let body = string(&vec![b'A'; 32 * 1024 - head]);
        sftp(6, &[&string(&[0; 4]), &(at as u64).to_be_bytes(), &body])
    });
    assert!(gauge.sent >= FLOOD && size(&host, "/tmp/g") >= FLOOD as u64 - 99, "{}", size(&host, "/tmp/g"));
    gauge.check("sftp");
}

#[test]
fn programs_hold_a_part_of_what_they_read() {
    for command in [
        "cat",
        "wc -c",
        "sort",
        "while read x; do :; done",
        "sh",
        "bash",
        "read x",
        "awk '{print $1}'",
        "grep b",
        "sed s/A/b/",
        "tr A b",
        "rev",
        "base64",
        "md5sum",
        "xargs echo",
        "tee x",
        "dd of=y",
        "tail -c 9",
        "python3",
        "crontab -",
        "scp -t /tmp/z",
        "gzip -c | wc",
        "mysql",
        "cut -c3",
        "uniq",
        "od",
        "tac",
    ] {
        let host = host(DEBIAN);
        let gauge = visit(&host, exec(command), 24 * MIB, |_| vec![b'A'; 32 * 1024]);
        gauge.check(command);
    }
}

#[test]
fn who_is_not_read_waits() {
    let host = host(DEBIAN);
    let gauge = visit(&host, exec("sleep 1000"), FLOOD, |_| vec![b'A'; 32 * 1024]);
    assert!(gauge.sent <= 3 * MIB, "{}", gauge.sent);
    let gauge = visit(&host, exec("head -c 9"), FLOOD, |_| vec![b'A'; 32 * 1024]);
    assert!(gauge.sent <= 3 * MIB, "{}", gauge.sent);
}

#[test]
fn a_terminal_keeps_one_line() {
    for start in ["", "cat\r", "vi f\ri", "passwd\r", "python3\r"] {
        let host = host(DEBIAN);
        let begin = vec![open_with(READS), terminal(), request("shell", b""), data(start.as_bytes())];
        let gauge = visit(&host, begin, 24 * MIB, |_| vec![b'A'; 16 * 1024]);
        gauge.check(start);
    }
}

/// What a shell, and the machine's table of processes, keep of what a visitor defines.
#[test]
fn definitions_and_processes_are_bounded() {
    const BIG: &str = "x=$(head -c 100000 /dev/zero | tr '\\0' 1); i=0;";
    for text in [
        "while :; do alias a$((i++))=$x; done",
        "for s in {1..31}; do trap \"$x\" $s; done; sleep 1",
        "while :; do eval \"f$((i++)) () { : $x; }\"; done",
        "while :; do : & done",
        "while :; do (sleep 100 &); done",
    ] {
        let host = host(DEBIAN);
        let mut before = 0;
        let all = resident_kib();
        peak_kib(true);
        for run in 0..2 {
            super::shell::run(&runtime(), &host, format!("{BIG} {text}").as_bytes(), b"");
            if run == 0 {
                before = resident_kib();
            }
        }
        let grown = resident_kib().saturating_sub(before);
        let peak = peak_kib(false).saturating_sub(all);
        println!("flood: {text}: +{grown} KiB, at most +{peak} KiB");
        assert!(grown <= GROWTH, "{text} grew by {grown} KiB");
        assert!(peak <= PEAK, "{text} took {peak} KiB");
    }
}
