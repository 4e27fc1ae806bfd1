//! Runs a text in a shell of ours, and in a real one.

use std::{
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};

use crate::{
    Emitter, Host,
    machine::{LogIn, Via},
    shell::{
        dialect::Dialect,
        interpreter::Shell,
        pipe::{Reader, Writer},
        process::{Exit, Process},
        seat::Seat,
    },
    testing,
};

/// What came of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) out: String,
    pub(super) err: String,
    pub(super) status: u8,
}

/// What the real shells made of a text.
pub(super) struct Shells {
    pub(super) text: String,
    bash: Outcome,
    dash: Outcome,
    ash: Outcome,
}

impl Shells {
    pub(super) fn of(&self, dialect: Dialect) -> &Outcome {
        match dialect {
            Dialect::Bash => &self.bash,
            Dialect::Dash => &self.dash,
            Dialect::Ash => &self.ash,
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/shell/tests")
}

/// The texts.
pub(super) fn cases() -> Vec<String> {
    let text = std::fs::read_to_string(folder().join("cases.txt")).unwrap();
    text.split("\n%%\n").map(|case| case.strip_suffix('\n').unwrap_or(case).to_owned()).collect()
}

/// What was recorded.
pub(super) fn recorded() -> Vec<Shells> {
    let text = std::fs::read_to_string(folder().join("real.jsonl")).unwrap();
    text.lines().map(|line| shells(&serde_json::from_str(line).unwrap())).collect()
}

fn shells(value: &Value) -> Shells {
    let outcome = |name: &str| {
        let value = &value[name];
        let text = |key: &str| value[key].as_str().unwrap().to_owned();
        Outcome { out: text("out"), err: text("err"), status: value["status"].as_u64().unwrap() as u8 }
    };
    let text = value["text"].as_str().unwrap().to_owned();
    Shells { text, bash: outcome("bash"), dash: outcome("dash"), ash: outcome("ash") }
}

/// Asks the real shells.
pub(super) fn record() {
    let mut lines = String::new();
    for text in cases() {
        let mut line = json!({ "text": text });
        for (name, program, called) in
            [("bash", "bash", "bash"), ("dash", "dash", "sh"), ("ash", "busybox", "sh")]
        {
            let outcome = real(program, called, &text);
            line[name] = json!({ "out": outcome.out, "err": outcome.err, "status": outcome.status });
        }
        lines.push_str(&format!("{line}\n"));
    }
    std::fs::write(folder().join("real.jsonl"), lines).unwrap();
}

/// A real shell called `called`, with a directory of its own and the environment of ours.
fn real(program: &str, called: &str, text: &str) -> Outcome {
    let directory = tempfile::tempdir().unwrap();
    let bin = directory.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let search = std::env::var("PATH").unwrap();
    let find = |name: &str| {
        search.split(':').map(|place| Path::new(place).join(name)).find(|path| path.is_file()).unwrap()
    };
    std::os::unix::fs::symlink(find("cat"), bin.join("cat")).unwrap();
    let shell = if program == "busybox" { "busybox" } else { "dash" };
    std::os::unix::fs::symlink(find(shell), bin.join("sh")).unwrap();
    let work = directory.path().join("work");
    std::fs::create_dir(&work).unwrap();
    let output = Command::new(find(program))
        .arg0(called)
        .args(["-c", text])
        .env_clear()
        .envs([("PATH", bin.to_str().unwrap()), ("HOME", "/root"), ("USER", "root")])
        .current_dir(&work)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let clean = |bytes: Vec<u8>| {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        text.replace(work.to_str().unwrap(), "/tmp").replace(bin.to_str().unwrap(), "/usr/bin")
    };
    let status = output.status.code().unwrap_or(255) as u8;
    Outcome { out: clean(output.stdout), err: clean(output.stderr), status }
}

/// A machine on which `sh` is what it is beside the shell.
fn host(dialect: Dialect) -> Arc<Host> {
    let mut persona = testing::persona(3);
    if dialect == Dialect::Ash {
        persona.system.pretty_name = "Alpine Linux v3.19".into();
    }
    let emitter = Arc::new(Emitter::new("decky-03", decnet_event::Boot(7)));
    Arc::new(Host::new(persona, emitter))
}

/// A shell of ours in `/tmp` of a machine of its own.
pub(super) fn run(dialect: Dialect, text: &str) -> Outcome {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let host = host(dialect);
        let (conn, _peer) = testing::open(&host, decnet_proto::service::ServiceId::Http);
        let machine = Arc::clone(host.machine());
        let account = machine.account("root").unwrap();
        let witness = conn.witness();
        let peer = witness.session().src;
        let presence = machine.log_in(LogIn { account: &account, peer, via: Via::Ssh, terminal: false });
        let mut files = machine.files(peer.ip(), &account);
        files.change_directory(b"/tmp").unwrap();
        let pid = presence.shell();
        let seat = Arc::new(Seat::new(Arc::clone(&machine), witness, account.clone(), presence));
        let (out, err) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
        let name: &[u8] = if dialect.is_bash() { b"bash" } else { b"sh" };
        let environment = [("PATH", "/usr/bin:/bin"), ("HOME", "/root"), ("USER", "root")];
        let process = Process {
            args: vec![name.to_vec(), b"-c".to_vec(), text.as_bytes().to_vec()],
            environment: environment.map(|(name, value)| (name.into(), value.into())).to_vec(),
            account,
            input: Reader::empty(),
            output: Writer::bytes(Arc::clone(&out), 1 << 20),
            errors: Writer::bytes(Arc::clone(&err), 1 << 20),
            files: files.as_process(pid),
            machine,
            seat: Arc::clone(&seat),
            pid,
            parent: 1,
        };
        let mut shell = Shell::from_process(&process, dialect, name.to_vec());
        shell.letters = b"c".to_vec();
        let limit =
            tokio::time::timeout(std::time::Duration::from_secs(60), shell.command_string(text.as_bytes()));
        // What is told of is read away: who is held back because nobody does waits for ever.
        let exit = tokio::select! {
            exit = limit => exit.unwrap_or(Exit::Signal("ALRM")),
            _ = host.emitter.run(tokio::io::sink()) => Exit::FAILURE,
        };
        let written = process.output.clone();
        drop((shell, process));
        seat.settle(&written, 2).await;
        seat.end();
        let clean = |bytes: &Mutex<Vec<u8>>| String::from_utf8_lossy(&bytes.lock().unwrap()).into_owned();
        Outcome { out: clean(&out), err: clean(&err), status: exit.status() }
    })
}
