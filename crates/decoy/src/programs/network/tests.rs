//! What the real programs said, in a network whose router lets nothing out, and what ours say.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use serde_json::Value;

use crate::{
    Emitter, Host,
    machine::{LogIn, Via},
    programs::named,
    shell::{
        Exit, Process, Seat,
        pipe::{Reader, Writer},
    },
    testing,
};

/// What came of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::programs) struct Outcome {
    pub(in crate::programs) out: String,
    pub(in crate::programs) err: String,
    pub(in crate::programs) status: u8,
}

/// The machine on which the real ones were recorded, or one with BusyBox or another system.
fn host(system: &str) -> Arc<Host> {
    let mut persona = testing::persona(3);
    persona.ip = [10, 20, 30, 40].into();
    persona.mac = "bc:24:11:5a:9c:31".parse().ok();
    system.clone_into(&mut persona.system.pretty_name);
    Arc::new(Host::new(persona, Arc::new(Emitter::new("decky-03", decnet_event::Boot(7)))))
}

pub(in crate::programs) const DEBIAN: &str = "Debian GNU/Linux 12 (bookworm)";
pub(in crate::programs) const ALPINE: &str = "Alpine Linux v3.19";

/// Runs a command line without a shell, as `user`, on a machine of its own.
pub(in crate::programs) fn run(system: &str, user: &str, line: &str) -> Outcome {
    run_at(system, user, line, std::time::Duration::from_secs(3_600))
}

fn run_at(system: &str, user: &str, line: &str, limit: std::time::Duration) -> Outcome {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let host = host(system);
        let (conn, _peer) = testing::open(&host, decnet_proto::service::ServiceId::Http);
        let machine = Arc::clone(host.machine());
        let account = machine.account(user).unwrap();
        let witness = conn.witness();
        let peer = std::net::SocketAddr::from(([10, 20, 30, 1], 51_514));
        let presence = machine.log_in(LogIn { account: &account, peer, via: Via::Ssh, terminal: false });
        let mut files = machine.files(peer.ip(), &account);
        files.change_directory(b"/tmp").unwrap();
        let pid = presence.shell();
        let seat = Arc::new(Seat::new(Arc::clone(&machine), witness, account.clone(), presence));
        let (out, err) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
        let args: Vec<Vec<u8>> = line.split_whitespace().map(|word| word.trim_matches('"').into()).collect();
        let program = named(&args[0]).unwrap_or_else(|| panic!("{line}: not found"));
        let environment = [("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"), ("HOME", "/root"), ("LANG", "C.UTF-8")];
        let mut process = Process {
            args,
            environment: environment.map(|(name, value)| (name.into(), value.into())).to_vec(),
            account,
            input: Reader::empty(),
            output: Writer::bytes(Arc::clone(&out), 1 << 20),
            errors: Writer::bytes(Arc::clone(&err), 1 << 20),
            files: files.as_process(pid),
            machine,
            seat,
            pid,
            parent: 1,
        };
        let exit = tokio::time::timeout(limit, program(&mut process)).await.unwrap_or(Exit::Signal("ALRM"));
        let clean = |bytes: &Mutex<Vec<u8>>| String::from_utf8_lossy(&bytes.lock().unwrap()).into_owned();
        Outcome { out: clean(&out), err: clean(&err), status: exit.status() }
    })
}

/// What differs from one machine, and from one moment, to the other.
fn plain(text: &str) -> String {
    let text = text
        .replace("BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1)", "BusyBox")
        .replace("BusyBox v1.36.1 (2023-11-30 15:07:46 UTC)", "BusyBox")
        // The C library of Alpine has other words than that of Debian.
        .replace("invalid option -- '", "unrecognized option: ")
        .replace("58:97:bd:12:34:56", "GATEWAY");
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let line = match (line.strip_prefix("--20"), line.find("--  ")) {
            (Some(_), Some(end)) => format!("--STAMP{}", &line[end..]),
            _ => line.to_owned(),
        };
        let line = spans(&line);
        match line.strip_suffix("'\n").filter(|line| line.contains("unrecognized option: ")) {
            Some(bare) => out.push_str(&format!("{bare}\n")),
            None => out.push_str(&line),
        }
    }
    out
}

/// Hides how long something took.
fn spans(line: &str) -> String {
    let Some((before, after)) = line.split_once(" after ") else { return line.to_owned() };
    let rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
    format!("{before} after N{rest}")
}

pub(in crate::programs) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/programs").join(name)
}

/// Compares with what was recorded, and says how many commands there were.
pub(in crate::programs) fn compare(file: &Path, tidy: impl Fn(&str) -> String) -> usize {
    let text = std::fs::read_to_string(file).unwrap();
    let mut wrong = Vec::new();
    for line in text.lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        let field = |name: &str| value[name].as_str().unwrap().to_owned();
        let command = field("cmd");
        let (system, user) = (if command.starts_with("busybox ") { ALPINE } else { DEBIAN }, "root");
        let ordinary = command.strip_prefix("user: ");
        let ours = match ordinary {
            Some(line) => run(DEBIAN, "mhansen", line),
            None => run(system, user, command.trim_start_matches("busybox ")),
        };
        let real =
            Outcome { out: field("out"), err: field("err"), status: value["status"].as_u64().unwrap() as u8 };
        let both = |one: &Outcome| Outcome { out: tidy(&one.out), err: tidy(&one.err), status: one.status };
        if both(&ours) != both(&real) {
            wrong.push(format!("$ {command}\n--- real\n{:#?}\n--- ours\n{:#?}", both(&real), both(&ours)));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    text.lines().count()
}

#[test]
fn what_fetches_says_what_the_real_ones_say() {
    let count: usize = ["wget", "curl", "tftp"]
        .map(|name| compare(&folder(&format!("network/real/{name}.jsonl")), plain))
        .iter()
        .sum();
    assert!(count > 100, "{count}");
}

#[test]
fn what_connects_says_what_the_real_ones_say() {
    assert!(compare(&folder("network/real/reach.jsonl"), plain) > 60);
}

#[test]
fn what_shows_the_network_says_what_the_real_ones_say() {
    let tidy = |text: &str| {
        // The namespace of the real ones had a link without a queue and without a further name.
        plain(
            &text
                .replace("qdisc fq_codel", "qdisc noqueue")
                .replace("    altname enp0s18\n", "")
                .replace("ens18@ens18", "ens18")
                .replace("eth0", "ens18"),
        )
    };
    assert!(compare(&folder("network/real/interfaces.jsonl"), tidy) > 40);
}

#[test]
fn filters_say_what_the_real_ones_say() {
    assert!(compare(&folder("network/real/firewall.jsonl"), plain) > 20);
}

#[test]
fn the_visitors_connection_is_seen_and_the_table_is_laid_out_as_the_real_one() {
    let outcome = run(DEBIAN, "root", "ss -tn");
    let expect = "State Recv-Q Send-Q Local Address:Port Peer Address:Port Process\nESTAB 0      0        10.20.30.40:22     10.20.30.1:51514       \n";
    assert_eq!(outcome.out, expect);
    let expect = "State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\nLISTEN 0      128          0.0.0.0:22        0.0.0.0:*          \nLISTEN 0      128             [::]:22           [::]:*          \n";
    assert_eq!(run(DEBIAN, "mhansen", "ss -tlnp").out, expect);
    let expect = "LISTEN 0      128          0.0.0.0:22        0.0.0.0:*    users:((\"sshd\",pid=";
    let programs = run(DEBIAN, "root", "ss -tlnp").out;
    assert!(programs.contains(expect), "{programs}");
    let netstat = run(DEBIAN, "root", "netstat -ant").out;
    let expect = "Active Internet connections (servers and established)\nProto Recv-Q Send-Q Local Address           Foreign Address         State      \ntcp        0      0 0.0.0.0:22              0.0.0.0:*               LISTEN     \ntcp        0      0 10.20.30.40:22          10.20.30.1:51514        ESTABLISHED\ntcp6       0      0 :::22                   :::*                    LISTEN     \n";
    assert_eq!(netstat, expect);
    let programs = run(DEBIAN, "root", "netstat -tlnp").out;
    assert!(programs.contains("/sshd: /usr/sbin"), "{programs}");
}

#[test]
fn answers_of_pings_have_the_form_of_the_real_ones() {
    let outcome = run(DEBIAN, "root", "ping -c 1 127.0.0.1");
    let lines: Vec<&str> = outcome.out.lines().collect();
    assert_eq!(lines[0], "PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.");
    assert!(lines[1].starts_with("64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.0"), "{outcome:?}");
    assert_eq!(lines[4], "1 packets transmitted, 1 received, 0% packet loss, time 0ms");
    assert!(lines[5].starts_with("rtt min/avg/max/mdev = 0.0"), "{outcome:?}");
}

#[test]
fn an_attempt_tells_only_so_much_and_tries_only_so_many() {
    let long = "x".repeat(crate::caps::PROGRAM_TARGET + 1);
    assert_eq!(super::clipped(long.as_bytes()).len(), crate::caps::PROGRAM_TARGET);
    let urls = vec!["http://203.0.113.9/"; crate::caps::PROGRAM_URLS + 9].join(" ");
    let outcome = run(DEBIAN, "root", &format!("wget {urls}"));
    assert_eq!(outcome.err.matches("Connecting").count(), crate::caps::PROGRAM_URLS);
}

#[test]
fn a_listener_waits_until_it_is_ended() {
    let outcome = run_at(DEBIAN, "root", "nc -lvp 4444", std::time::Duration::from_secs(60));
    assert_eq!((outcome.err.as_str(), outcome.status), ("Listening on 0.0.0.0 4444\n", 142));
}
