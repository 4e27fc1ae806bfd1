//! How much work a million lines are to both ends, without disks and TLS:
//! `cargo test --release -p decnet-logship -- --ignored both_ends --nocapture`.

use std::{fs::File, io::Write as _, time::Duration};

use decnet_proto::frame::Limit;
use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeVal,
};

use super::receiver::host;
use crate::{
    position::Position,
    receive::{Arrival, Session, Speaker},
    ship::{Filled, Sender, Window},
    spool::Entry,
    tail::{Options, Tail},
    wire::Control,
};

const LINES: usize = 1_000_000;

/// Processor time of this process, in seconds.
fn cpu() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).unwrap();
    let seconds = |time: TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    seconds(usage.user_time()) + seconds(usage.system_time())
}

#[test]
#[ignore = "measures, and needs a release build"]
fn both_ends() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("decnet.log");
    let mut file = std::io::BufWriter::new(File::create(&log).unwrap());
    for number in 0..LINES {
        let head = format!(
            "<134>1 2026-11-27T10:47:13.000042+00:00 web-01 http - request [relay@55555 seq=\"{number}\" path=\""
        );
        writeln!(file, "{head}{:x<1$}\"]", "", 303 - head.len() - 2).unwrap();
    }
    file.flush().unwrap();
    let tail = Tail::open(&log, &folder.path().join("ledger"), Options::default()).unwrap();
    let mut sender = Sender::new(tail, Window::default());
    let mut session = Session::new(Speaker::Host(host()), Limit::DEFAULT, Duration::ZERO);
    let (mut greeting, mut out, mut answer) = (Vec::new(), Vec::new(), Vec::new());
    Session::greet(&[], &mut greeting);
    sender.connect(Duration::ZERO);
    sender.receive(&mut greeting, Duration::ZERO).unwrap();
    let (mut sent, mut received, mut lines) = (0.0, 0.0, 0);
    loop {
        let begin = cpu();
        let filled = sender.fill(&mut out).unwrap();
        let middle = cpu();
        // As TLS gives it.
        for record in out.chunks(16 << 10) {
            session.receive(record, Duration::ZERO).unwrap();
        }
        let arrivals = session.arrivals();
        sent += middle - begin;
        received += cpu() - middle;
        for entry in arrivals.iter().map(Arrival::entry) {
            let Entry::Lines { generation, to, bytes, .. } = entry else { continue };
            lines += bytes.iter().filter(|byte| **byte == b'\n').count();
            Control::Ack(Position { generation, offset: to }).push(&mut answer);
        }
        sender.receive(&mut answer, Duration::ZERO).unwrap();
        if filled == Filled::Idle {
            break;
        }
        out.clear();
    }
    assert_eq!(lines, LINES);
    println!("{lines} lines: sender {sent:.3} s, receiver {received:.3} s of CPU");
}
