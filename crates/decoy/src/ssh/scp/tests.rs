use std::sync::Arc;

use decnet_proto::service::ServiceId;

use super::scp;
use crate::{
    host::Host,
    machine::{Files, LogIn, Via},
    shell::{
        Exit, Process, Seat,
        pipe::{Reader, Writer},
    },
    testing::{self, Seen},
};

/// A run of the program as the persona's bait account.
struct Run {
    host: Arc<Host>,
    files: Files,
}

impl Run {
    fn new() -> Self {
        let host = testing::host(1);
        let machine = host.machine();
        let account = machine.account("backup").unwrap();
        let mut files = machine.files([127, 0, 0, 1].into(), &account);
        files.change_directory(account.home.as_bytes()).unwrap();
        Self { host, files }
    }

    /// What it says to `input`, in all, and how it ends.
    fn of(&self, line: &str, input: &[u8]) -> (Vec<u8>, Exit) {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let (conn, _peer) = testing::open(&self.host, ServiceId::Ftp);
            let machine = Arc::clone(self.host.machine());
            let account = machine.account("backup").unwrap();
            let witness = conn.witness();
            let entry =
                LogIn { account: &account, peer: witness.session().src, via: Via::Ssh, terminal: false };
            let presence = machine.log_in(entry);
            let seat = Arc::new(Seat::new(Arc::clone(&machine), witness, account.clone(), presence));
            let said = Arc::default();
            let output = Writer::bytes(Arc::clone(&said), 1 << 20);
            let mut process = Process {
                args: line.split(' ').map(|word| word.as_bytes().to_vec()).collect(),
                environment: Vec::new(),
                account,
                input: Reader::bytes(input),
                errors: output.clone(),
                output,
                files: self.files.clone(),
                machine,
                seat,
                pid: 1_000,
                parent: 999,
            };
            let (Ok(exit) | Err(exit)) = scp(&mut process).await;
            drop(process);
            let said = said.lock().unwrap().clone();
            (said, exit)
        })
    }

    fn check(&self, line: &str, input: &[u8], said: &[u8], exit: Exit) {
        let (heard, ended) = self.of(line, input);
        assert_eq!(
            (heard.escape_ascii().to_string(), ended),
            (said.escape_ascii().to_string(), exit),
            "{line}"
        );
    }

    fn events(&self) -> Vec<Seen> {
        testing::events(&self.host)
    }
}

#[test]
fn files_are_taken_as_the_real_one_takes_them() {
    let run = Run::new();
    run.check("scp -t q", b"C0644 3 a\nabc\0", b"\0\0\0", Exit::SUCCESS);
    assert_eq!(run.files.read(b"q").unwrap(), b"abc");
    let captured = run.events();
    let captured = captured.iter().find(|event| event.kind == "file_captured").unwrap();
    assert_eq!(
        (captured.get("orig_path"), captured.get("source"), captured.get("size")),
        ("q", "upload", "3")
    );
    run.check("scp -p -t .", b"T1 0 2 0\nC0600 1 z\nx\0", b"\0\0\0\0", Exit::SUCCESS);
    let file = run.files.stat(b"z").unwrap();
    assert_eq!((file.mode, file.modified.seconds, file.accessed.seconds), (0o600, 1, 2));
    run.check("scp -r -t .", b"D0755 0 d\nC0644 1 f\nx\0E\nC0644 1 g\ny\0", b"\0\0\0\0\0\0\0", Exit::SUCCESS);
    assert_eq!(run.files.read(b"d/f").unwrap(), b"x");
    assert_eq!(run.files.read(b"g").unwrap(), b"y");
}

#[test]
fn what_is_wrong_is_said_as_the_real_one_says_it() {
    let run = Run::new();
    let failure = |input: &[u8], said: &[u8]| run.check("scp -t .", input, said, Exit::FAILURE);
    failure(b"X\n", b"\0\x01scp: X\n");
    failure(b"C0644 3 ../a\nabc\0", b"\0\x01scp: error: unexpected filename: ../a\n");
    failure(b"D0755 0 d\nE\n", b"\0\x01scp: protocol error: received directory without -r\n");
    failure(b"C064 3 a\n", b"\0\x01scp: protocol error: bad mode\n");
    failure(b"C0644 3 a\nab", b"\0\0\x01scp: Broken pipe\n");
    failure(b"\x01foo\nC0644 1 a\nx\0", b"\0\0\0");
    failure(b"\x02foo\nC0644 1 a\nx\0", b"\0");
    failure(b"C06", b"\0\x01scp: protocol error: lost connection\n");
    let missing = b"\x01scp: /nonex: No such file or directory\n";
    run.check("scp -d -t /nonex", b"C0644 3 a\nabc\0", missing, Exit::FAILURE);
    run.check("scp -t", b"", b"\x01scp: ambiguous target\n", Exit::FAILURE);
}

#[test]
fn files_are_given_as_the_real_one_gives_them() {
    let run = Run::new();
    run.files.write(b"h", b"vm\n", 0o640).unwrap();
    run.check("scp -f h", b"\0\0\0", b"C0640 3 h\nvm\n\0", Exit::SUCCESS);
    run.check("scp -f /none", b"\0", b"\x01scp: /none: No such file or directory\n", Exit::FAILURE);
    run.check("scp -f /none", b"", b"", Exit::FAILURE);
    run.check("scp -f /", b"\0", b"\x01scp: /: not a regular file\n", Exit::FAILURE);
    run.files.mkdir(b"d", 0o755).unwrap();
    run.files.write(b"d/x", b"1", 0o600).unwrap();
    run.check("scp -r -f d", &[0; 9], b"D0755 0 d\nC0600 1 x\n1\0E\n", Exit::SUCCESS);
    assert!(run.events().iter().any(|e| e.kind == "download_attempt" && e.get("path") == "h"));
}

#[test]
fn nobody_is_reached_from_here() {
    let run = Run::new();
    let (said, exit) = run.of("scp h root@10.1.1.1:/tmp", b"");
    assert_eq!(exit, Exit::Code(255));
    assert!(said.starts_with(b"ssh: connect to host 10.1.1.1 port 22: No route to host"));
    let (said, exit) = run.of("scp", b"");
    assert_eq!(exit, Exit::FAILURE);
    assert!(said.starts_with(b"usage: scp [-346"));
    run.files.write(b"h", b"vm\n", 0o640).unwrap();
    run.check("scp h i", b"", b"", Exit::SUCCESS);
    assert_eq!(run.files.read(b"i").unwrap(), b"vm\n");
}
