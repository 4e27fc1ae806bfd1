//! Words that would tell an attacker where they are.

use std::{
    fs,
    path::Path,
    process::{Child, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;

use super::containment::{at, containers};
use crate::{attacker, lan, stage::Stage, wait, workspace};

/// What must not be readable, in any case.
const WORDS: [&str; 3] = ["decky", "decnet", "honeypot"];

/// No packet that a decky sends holds one of the words, whatever it is asked.
pub(super) fn nothing_on_the_wire_names_the_product(stage: &Stage) -> Result<String> {
    let path = workspace::lab().join("wire.pcap");
    let capture = Capture::start(&path)?;
    for ip in stage.addresses() {
        provoke(&ip.to_string())?;
    }
    capture.stop()?;
    let bytes = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
    ensure!(bytes.len() > 10_000, "the capture holds {} bytes, which cannot be all", bytes.len());
    no_words(&bytes).context("on the wire")?;
    Ok(format!("{} bytes from the deckies", bytes.len()))
}

/// Makes each service say as much as it can.
fn provoke(ip: &str) -> Result<()> {
    attacker::say(
        "nmap",
        [
            "-sV",
            "--version-all",
            "-sC",
            "-n",
            "-Pn",
            "--host-timeout",
            "60s",
            "-p",
            "21,25,80,443,587,6379",
            ip,
        ],
    )?;
    for path in ["/", "/robots.txt", "/nothing", "/wp-login.php", "/server-status", "/.git/config"] {
        attacker::say("curl", ["-sS", "-i", "-m", "5", &format!("http://{ip}{path}")])?;
        // What goes over TLS is not readable in the capture, so curl's words are looked at.
        let said =
            attacker::say("curl", ["-sS", "-k", "-i", "-v", "-m", "5", &format!("https://{ip}{path}")])?;
        no_words(said.as_bytes()).with_context(|| format!("https://{ip}{path}"))?;
    }
    attacker::say("curl", ["-sS", "-v", "-m", "8", &format!("ftp://{ip}/")])?;
    attacker::say("redis-cli", ["-h", ip, "-t", "3", "INFO"])?;
    attacker::say("swaks", ["--server", ip, "--quit-after", "HELO", "--timeout", "5"])?;
    Ok(())
}

/// Nothing that somebody inside a container can read holds one of the words.
pub(super) fn nothing_inside_names_the_product(stage: &Stage) -> Result<String> {
    let containers = containers(&stage.plan)?;
    let mut bytes = 0;
    for container in &containers {
        let name = at(container, "/Name").as_str().unwrap_or_default();
        for (what, text) in readable(container)? {
            bytes += text.len();
            no_words(&text).with_context(|| format!("{what} of container {name}"))?;
        }
    }
    Ok(format!("{bytes} bytes in {} containers", containers.len()))
}

/// What can be read inside: environment, arguments, names, mounts, files, the program.
fn readable(container: &Value) -> Result<Vec<(String, Vec<u8>)>> {
    let id = at(container, "/State/Pid").as_i64().filter(|id| *id > 0).context("it does not run")?;
    let mut paths: Vec<_> = [
        "environ",
        "cmdline",
        "comm",
        "mountinfo",
        "cgroup",
        "exe",
        "root/etc/hostname",
        "root/etc/hosts",
        "root/etc/resolv.conf",
    ]
    .map(|name| format!("/proc/{id}/{name}"))
    .into();
    paths.retain(|path| Path::new(path).exists());
    let read = |path: String| {
        let text = fs::read(&path).with_context(|| format!("reading {path}"))?;
        Ok((path, text))
    };
    paths.into_iter().map(read).collect()
}

fn no_words(bytes: &[u8]) -> Result<()> {
    let lower = bytes.to_ascii_lowercase();
    for word in WORDS {
        let found = lower.windows(word.len()).position(|part| part == word.as_bytes());
        if let Some(place) = found {
            let around = bytes.get(place.saturating_sub(24)..(place + 32).min(bytes.len()));
            let around = String::from_utf8_lossy(around.unwrap_or_default()).into_owned();
            anyhow::bail!("{word:?} stands there: {around:?}");
        }
    }
    Ok(())
}

/// A capture of what the deckies send, at the attacker's end of the wire.
struct Capture {
    child: Child,
}

impl Capture {
    fn start(path: &Path) -> Result<Self> {
        let mut command = attacker::command("tcpdump", ["-i", lan::ATTACKER_LINK, "-U", "-s", "0", "-w"]);
        command.arg(path);
        command.args(["src net 10.77.0.0/24 and not src host", &lan::ATTACKER_IP.to_string()]);
        let _ = fs::remove_file(path);
        let child =
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().context("starting tcpdump")?;
        // The header of the file is written when the capture runs.
        wait::until("tcpdump to begin", Duration::from_secs(10), || {
            fs::metadata(path).ok().filter(|metadata| metadata.len() > 0)
        })?;
        Ok(Self { child })
    }

    fn stop(mut self) -> Result<()> {
        let id = i32::try_from(self.child.id()).context("process id of tcpdump")?;
        kill(Pid::from_raw(id), Signal::SIGTERM).context("ending tcpdump")?;
        self.child.wait().context("waiting for tcpdump")?;
        Ok(())
    }
}
