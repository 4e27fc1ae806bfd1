//! A static program finds hosts as others do: by the files of its host and by DNS.

use std::{
    fs,
    net::UdpSocket,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use lab::{process, workspace};

/// Where our server of names answers: an address of loopback that nobody else has.
const SERVER: &str = "127.53.53.53";
/// What the host's own file knows.
const IN_FILE: &str = "by-file.proof.example";
/// What the server knows.
const IN_DNS: &str = "by-dns.proof.example";
/// What nobody knows.
const NOWHERE: &str = "nowhere.proof.example";

/// What a host of a distribution with systemd says, and a module that is on every such host: a static
/// program that loads it crashes.
const SWITCH: &str = "hosts: mymachines resolve [!UNAVAIL=return] systemd files dns\n";

/// Has the forwarder, which looks its listener up before anything else, look up names on such a host.
pub(super) fn found(forwarder: &Path) -> Result<String> {
    let folder = workspace::target().join("proof-names");
    fs::create_dir_all(folder.join("identity"))?;
    for (name, text) in [
        ("hosts", format!("127.0.0.1 localhost\n192.0.2.7 {IN_FILE}\n")),
        ("resolv.conf", format!("nameserver {SERVER}\noptions timeout:1 attempts:1\n")),
        ("nsswitch.conf", SWITCH.to_owned()),
        ("decnet.ini", String::new()),
        // What it looks for before it looks anything up.
        ("identity/agent-client.crt", String::new()),
    ] {
        fs::write(folder.join(name), text).with_context(|| format!("writing {name}"))?;
    }
    let server = Server::start()?;
    for (name, is_known) in [(IN_FILE, true), (IN_DNS, true), (NOWHERE, false)] {
        let said = ask(&folder, forwarder, name)?;
        let is_found = !said.contains("cannot find master-host");
        ensure!(said.contains("decnet-forwarder:"), "it did not come to an end with {name}: {said}");
        ensure!(is_found == is_known, "{name}: {said}");
    }
    drop(server);
    fs::remove_dir_all(&folder)?;
    Ok("by file and by DNS; what nobody knows is told".to_owned())
}

/// What the forwarder says on a host with our files, before it fails for want of a place to keep its ledger.
fn ask(folder: &Path, forwarder: &Path, name: &str) -> Result<String> {
    let files = ["hosts", "resolv.conf", "nsswitch.conf"];
    let mounts = files.map(|file| format!("mount --bind \"$0/{file}\" /etc/{file} && "));
    // Nobody's locks are in its way, nor it in theirs.
    let script = format!("mount -t tmpfs none /run && {}exec timeout 20 \"$@\"", mounts.concat());
    let at = |name: &str| folder.join(name);
    let mut command = process::command("unshare", ["--mount", "sh", "-c", &script]);
    command.arg(folder).arg(forwarder).args(["--master-host", name]);
    command.arg("--config-file").arg(at("decnet.ini")).arg("--agent-dir").arg(at("identity"));
    command.arg("--forwarder-state").arg(at("hosts/none")).env("DECNET_SYSTEM_LOGS", "");
    let output = command.output().context("starting unshare")?;
    ensure!(!output.status.success(), "{} ran", forwarder.display());
    Ok(process::both(&output))
}

/// The program that is tried.
pub(super) fn forwarder() -> Result<PathBuf> {
    let shipped = crate::dist::list::Shipped::load()?;
    crate::dist::origins::Origins::build(&shipped)?.program(&shipped, "decnet-forwarder")
}

/// Answers one name with one address, until it is dropped.
struct Server {
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn start() -> Result<Self> {
        let socket = UdpSocket::bind((SERVER, 53)).with_context(|| format!("binding {SERVER}:53"))?;
        socket.set_read_timeout(Some(Duration::from_millis(100)))?;
        let ends = Arc::new(AtomicBool::new(false));
        let thread = thread::spawn({
            let ends = Arc::clone(&ends);
            move || serve(&socket, &ends)
        });
        Ok(Self { ends, thread: Some(thread) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        // It has nothing to say.
        drop(self.thread.take().map(JoinHandle::join));
    }
}

fn serve(socket: &UdpSocket, ends: &AtomicBool) {
    let mut packet = [0; 512];
    while !ends.load(Ordering::Relaxed) {
        let Ok((length, from)) = socket.recv_from(&mut packet) else { continue };
        if let Some(answer) = packet.get(..length).and_then(answer) {
            // Who asked asks again.
            let _ = socket.send_to(&answer, from);
        }
    }
}

/// The answer to a question (RFC 1035): an address for the one name, if an address is asked for.
fn answer(question: &[u8]) -> Option<Vec<u8>> {
    let (header, body) = question.split_at_checked(12)?;
    let end = body.iter().position(|byte| *byte == 0)? + 5;
    let asked = body.get(..end)?;
    let name = IN_DNS.split('.').flat_map(|label| {
        let length = u8::try_from(label.len()).unwrap_or(0);
        [length].into_iter().chain(label.bytes())
    });
    let is_known = asked.get(..end - 5)?.to_ascii_lowercase() == name.collect::<Vec<u8>>();
    let wants_address = asked.get(end - 4..end - 2)? == [0, 1];
    let code = if is_known { 0 } else { 3 };
    let count = u8::from(is_known && wants_address);
    let mut out = header.get(..2)?.to_vec();
    out.extend([0x81, 0x80 | code, 0, 1, 0, count, 0, 0, 0, 0]);
    out.extend(asked);
    if count == 1 {
        // The name of the question, type A, class IN, a minute, four bytes.
        out.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 8]);
    }
    Some(out)
}
