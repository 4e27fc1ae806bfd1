//! How much work a million lines are: `cargo test --release -p decnet-logship -- --ignored speed`.

use std::time::Instant;

use super::*;
use crate::derive::{Deriver, Paths, Progress};

const LINES: u64 = 1_000_000;

/// Processor time of this process.
fn cpu() -> f64 {
    let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF).unwrap();
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    seconds(usage.user_time()) + seconds(usage.system_time())
}

#[test]
#[ignore = "measures, and needs a release build"]
fn speed() {
    let head = "<134>1 2025-11-26T10:47:13.000042+00:00 web-01 http - command [relay@55555 \
        boot=\"0000000000000abc\" seq=\"7\" session=\"000000000000001f\" src_ip=\"10.77.0.9\" src_port=\"40000\" \
        dst_ip=\"10.77.0.20\" dst_port=\"80\" command=\"SET\" args=\"";
    let line = format!("{head}{:x<width$}\"]\n", "", width = 303 - head.len() - 2);
    measure("both files", &line);
    measure("the log alone, for nothing decodes", &line.replace('<', "-"));
}

fn measure(what: &str, line: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(&folder.path().join("spool"), super::super::SEGMENT_BYTES).unwrap();
    let host = host(1);
    let per_block = (256 << 10) / line.len();
    let block = line.repeat(per_block);
    let (mut from, mut count) = (0, 0);
    let (begin, before) = (Instant::now(), cpu());
    while count < LINES {
        spool.commit(&[lines(&host, from, block.as_bytes())], NOW).unwrap();
        from += block.len() as u64;
        count += per_block as u64;
    }
    println!("{count} lines of {} bytes: {what}", line.len());
    println!("spooled: {:.3} s of CPU, {:.3} s", cpu() - before, begin.elapsed().as_secs_f64());

    let before = cpu();
    let mut reader = spool.reader(Place::START);
    let mut bytes = 0;
    while let Some(record) = reader.advance().unwrap() {
        if let Content::Lines { bytes: lines, .. } = record.content {
            bytes += lines.len();
        }
    }
    assert_eq!(bytes as u64, from);
    println!("read: {:.3} s of CPU", cpu() - before);

    let at = |name: &str| folder.path().join(name);
    let paths = Paths { log: at("master.log"), json: at("master.json"), place: at("place.json") };
    let mut deriver = Deriver::open(&paths, &spool).unwrap();
    let before = cpu();
    while deriver.step().unwrap() == Progress::More {}
    deriver.save().unwrap();
    println!("derived: {:.3} s of CPU", cpu() - before);
    assert_eq!(deriver.counts().lines, count);
}
