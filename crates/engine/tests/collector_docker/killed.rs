//! `kill -9` of the collector while 10,000 events are emitted, containers are restarted and
//! one is redeployed: the log equals what was emitted.

use std::{
    collections::BTreeMap,
    fs,
    time::{Duration, Instant},
};

use sha2::{Digest as _, Sha256};

use crate::{
    child::Process,
    containers::Containers,
    output::{Written, pause, wait_for},
};

/// How often the collector is killed.
const KILLS: u32 = 16;

const ROOMY: [&str; 2] = ["max-size=10m", "max-file=3"];

/// The file that the emitter sends along, and its name among the artifacts.
fn artifact() -> (usize, String) {
    let content = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/ABCDEFGH".repeat(500);
    let sha256 = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
    (content.len(), sha256)
}

/// Lines as they were emitted, by boot.
fn by_boot(lines: &[String], into: &mut BTreeMap<String, Vec<String>>) {
    for line in lines.iter().filter(|line| line.contains(" - command ")) {
        let boot = line.split("boot=\"").nth(1).unwrap()[..16].to_owned();
        into.entry(boot).or_default().push(line.clone());
    }
}

#[test]
fn nothing_is_lost_or_repeated_when_the_collector_is_killed() {
    let containers = Containers::new(1);
    let directory = tempfile::tempdir().unwrap();
    let (size, sha256) = artifact();
    let size = size.to_string();
    let start = |decky: &str, events: &str| {
        containers.start(decky, "decoy", &ROOMY, &[decky, events, "700", &size, &sha256]);
    };
    start("steady", "6000");
    start("restarted", "2500");
    start("redeployed", "2500");

    let mut emitted: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut random = u64::from(std::process::id());
    for kills in 0..KILLS {
        let mut process = Process::start(directory.path(), containers.fleet());
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        pause(20 + (random >> 33) % 700);
        match kills {
            4 | 8 => containers.docker(&["restart", "--time=0"], "restarted"),
            6 => {
                containers.docker(&["stop", "--time=0"], "redeployed");
                process.drain(&containers.name("redeployed"));
                by_boot(&containers.log("redeployed"), &mut emitted);
                containers.docker(&["rm"], "redeployed");
                start("redeployed", "1500");
            }
            _ => {}
        }
        process.kill();
    }
    let process = Process::start(directory.path(), containers.fleet());
    for (decky, last) in [("steady", 6000), ("restarted", 2500), ("redeployed", 1500)] {
        let tail = format!(" {decky} redis - command [relay@55555 boot=\"");
        let seq = format!("\" seq=\"{last}\" ");
        let end = Instant::now() + Duration::from_secs(30);
        let is_last = |line: &String| line.contains(&tail) && line.contains(&seq);
        // The last of all: an earlier run may have come to its end as well.
        while !containers.log(decky).last().is_some_and(is_last) {
            assert!(Instant::now() < end, "{decky} does not come to its end");
            pause(200);
        }
    }
    for decky in ["steady", "restarted", "redeployed"] {
        by_boot(&containers.log(decky), &mut emitted);
    }
    let count: usize = emitted.values().map(Vec::len).sum();
    wait_for(directory.path(), " - command ", count);
    process.end();

    let written = Written::read(directory.path());
    let collected: BTreeMap<String, Vec<String>> =
        written.runs.iter().map(|((_, boot), run)| (boot.clone(), run.values().cloned().collect())).collect();
    assert!(written.gaps.is_empty(), "{:?}", written.gaps);
    assert!(count >= 10_000 && emitted.len() >= 6, "{count} events of {} runs", emitted.len());
    assert_eq!(collected.len(), emitted.len());
    for (boot, lines) in &emitted {
        let pairs = collected[boot].iter().zip(lines);
        if let Some((collected, emitted)) =
            pairs.into_iter().find(|(collected, emitted)| collected != emitted)
        {
            panic!("run {boot}: collected {collected}\n      where was emitted {emitted}");
        }
        assert_eq!(collected[boot].len(), lines.len(), "run {boot}");
    }
    let kept = fs::read(directory.path().join("artifacts").join(&sha256)).unwrap();
    assert_eq!(kept.len().to_string(), size);
    let log_files = fs::read_dir(directory.path().join("log")).unwrap().count() / 2;
    println!("{count} events of {} runs, {KILLS} kills, {log_files} log files: each once", emitted.len());
    assert!(log_files > 3);
}
