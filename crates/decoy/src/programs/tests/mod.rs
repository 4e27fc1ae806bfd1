//! The programs beside the real ones of Debian 12: what those said is in `real.jsonl`.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex},
};

use decnet_proto::service::ServiceId;

use super::*;
use crate::{
    machine::{LogIn, Machine, Via},
    shell::{
        Process, Seat,
        pipe::{Reader, Writer},
    },
    testing,
};

mod intrusions;
mod sessions;

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 77, 0, 9));

type Output = Arc<Mutex<Vec<u8>>>;

/// A process of root's in `/tmp/t`, and what it writes.
fn process(args: &[&str], input: &[u8]) -> (Process, Output, Output) {
    process_on(&Arc::new(Machine::new(&testing::persona(1))), HERE, args, input)
}

fn process_on(
    machine: &Arc<Machine>,
    source: IpAddr,
    args: &[&str],
    input: &[u8],
) -> (Process, Output, Output) {
    let host = testing::host(1);
    let (conn, _peer) = testing::open(&host, ServiceId::Http);
    let machine = Arc::clone(machine);
    let account = machine.account("root").unwrap();
    let login = LogIn { account: &account, peer: (source, 40_000).into(), via: Via::Ssh, terminal: false };
    let presence = machine.log_in(login);
    let mut files = machine.files(source, &account);
    files.mkdir(b"/tmp/t", 0o777).unwrap();
    files.change_directory(b"/tmp/t").unwrap();
    let pid = presence.shell() + 1;
    let seat = Arc::new(Seat::new(Arc::clone(&machine), conn.witness(), account.clone(), presence));
    let (output, errors) = (Output::default(), Output::default());
    let environment = [
        ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
        ("LANG", "C.UTF-8"),
        ("HOME", "/root"),
    ];
    let process = Process {
        args: args.iter().map(|a| a.as_bytes().to_vec()).collect(),
        environment: environment.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect(),
        account,
        input: Reader::bytes(input),
        output: Writer::bytes(Arc::clone(&output), 1 << 20),
        errors: Writer::bytes(Arc::clone(&errors), 1 << 20),
        files: files.as_process(pid),
        machine,
        seat,
        pid,
        parent: 1,
    };
    (process, output, errors)
}

fn run(process: &mut Process) -> Option<u8> {
    let program = named(&process.args[0].clone())?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    Some(runtime.block_on(program(process)).status())
}

const FILES: &[(&str, &[u8])] = &[
    ("a.txt", b"one\ntwo\nthree\nfour\nfive\n"),
    ("n.txt", b"10\n9\n100\n1.5\n-3\n"),
    ("w.txt", b"alpha beta  gamma\nAlpha:x:7\nbeta\tgamma delta\n\nbeta\n"),
    ("d.txt", b"b\nb\na\na\na\nc\n"),
    (
        "p",
        b"root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nanna:x:1000:1000:Anna,,,:/home/anna:/bin/bash\n",
    ),
    ("e", b""),
    ("bin", b"\x00\x01\x02abc\x7f\xff\n"),
    ("noeol", b"x y\nlast"),
];

fn prepare(process: &Process) {
    let files = &process.files;
    for (name, text) in FILES {
        files.write(name.as_bytes(), text, 0o666).unwrap();
    }
    files.mkdir(b"sub", 0o777).unwrap();
    files.mkdir(b"sub/deep", 0o777).unwrap();
    files.write(b"sub/f1", b"hello\n", 0o777).unwrap();
    files.write(b"sub/deep/f2", b"bye\n", 0o666).unwrap();
}

fn latin(bytes: &[u8]) -> String {
    bytes.iter().map(|b| char::from(*b)).collect()
}

/// Cases that differ, and why that is left so.
const DIFFERENT: &[&str] = &[
    // Long texts of help, of which ours say the first line.
    "sed",
    "awk",
    "kill",
    "hostname -x",
    // The author's name differs from program to program.
    "yes --version",
    // mawk's own ways with powers, unfinished programs, positions before the first, large numbers.
    "awk BEGIN{print 1/3, 10/2, 2**3, 7%3}",
    "awk {print $1 a.txt",
    "awk BEGIN{print substr(\"hello\",0),substr(\"hello\",-1,3),substr(\"hello\",4,10)}",
    "awk BEGIN{print 100000000000,0.1,1e300,123456789.123}",
    // Contexts of a security module.
    "ls -Z1x",
    // Every file system has an order of its own.
    "find . -name *.txt",
    "find sub",
    "find sub -type f",
    "find sub -type f -exec echo {} +",
    "find sub -printf %f %s %m %y\\n",
    // Takes another time at every run.
    "dd bs=1",
    // The recorded one had no /proc.
    "sysctl -n kernel.ostype",
];

#[test]
fn programs_say_what_the_real_ones_say() {
    let mut differing = Vec::new();
    let mut compared = 0;
    let machine = Arc::new(Machine::new(&testing::persona(1)));
    for (number, line) in include_str!("real.jsonl").lines().enumerate() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let args: Vec<&str> = case["args"].as_array().unwrap().iter().map(|a| a.as_str().unwrap()).collect();
        let input: Vec<u8> = case["input"].as_str().unwrap().chars().map(|c| c as u8).collect();
        let source =
            IpAddr::from([10, 1, u8::try_from(number / 200).unwrap(), u8::try_from(number % 200).unwrap()]);
        let (mut process, output, errors) = process_on(&machine, source, &args, &input);
        prepare(&process);
        // What the recorded system did not have cannot be compared.
        let absent = case["err"].as_str().unwrap().starts_with("/usr/bin/env:");
        let Some(status) = run(&mut process).filter(|_| !absent) else { continue };
        compared += 1;
        let (out, err) = (latin(&output.lock().unwrap()), latin(&errors.lock().unwrap()));
        let expect = (case["out"].as_str().unwrap(), case["err"].as_str().unwrap());
        let shown = args.join(" ");
        let same =
            (out.as_str(), err.as_str()) == expect && u64::from(status) == case["status"].as_u64().unwrap();
        if same == DIFFERENT.contains(&shown.as_str()) {
            differing.push(format!(
                "{shown}\n  ours {status} {out:?} {err:?}\n  real {} {:?} {:?}",
                case["status"], expect.0, expect.1
            ));
        }
    }
    assert!(compared > 300, "{compared}");
    assert!(differing.is_empty(), "{} of {compared} differ:\n{}", differing.len(), differing.join("\n"));
}

#[test]
fn every_program_has_one_line_and_a_file() {
    let machine = Arc::new(Machine::new(&testing::persona(1)));
    let files = machine.files(HERE, &machine.account("root").unwrap());
    let mut names = applets();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "a program has two lines");
    let present = |name: &&&str| {
        ["/usr/bin", "/usr/sbin"].iter().any(|d| files.exists(format!("{d}/{name}").as_bytes()))
    };
    assert!(names.iter().filter(present).count() * 10 > count * 8);
    assert!(find(&files, b"/bin/ls").is_some());
    assert!(find(&files, b"/usr/bin/awk").is_some());
    assert!(find(&files, b"/etc/passwd").is_none());
    files.write(b"/tmp/ls", b"#!/bin/sh\n", 0o755).unwrap();
    assert!(find(&files, b"/tmp/ls").is_none());
}

#[test]
fn what_never_ends_ends_when_nobody_reads() {
    let (mut process, ..) = process(&["yes"], b"");
    let (reader, writer) = crate::shell::pipe::pipe(1_024);
    drop(reader);
    process.output = writer;
    assert_eq!(run(&mut process), Some(141));
}
