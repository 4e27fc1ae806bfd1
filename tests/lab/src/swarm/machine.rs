//! A machine: booted, told what to run, and having its plug pulled.

use std::{
    ffi::OsStr,
    fs::{self, File},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::{found, wiring::Place};
use crate::{marker::Started, process, wait};

/// What runs on a machine until it is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `dockerd`.
    Engine,
    /// `decnet-agent`.
    Agent,
    /// `decnet-updater run`.
    Updater,
    /// `decnet-master run`.
    Controller,
    /// `decnet-listener`, which the controller starts.
    Listener,
    /// `decnet-forwarder`, which the agent starts.
    Forwarder,
}

impl Part {
    /// Its word, which names its files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Agent => "agent",
            Self::Updater => "updater",
            Self::Controller => "controller",
            Self::Listener => "listener",
            Self::Forwarder => "forwarder",
        }
    }
}

/// A machine and the folder of all its files.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Where it is.
    pub place: Place,
    /// Its files.
    pub folder: PathBuf,
}

impl Machine {
    /// A machine whose files are in a folder below `root`.
    pub fn new(root: &Path, place: Place) -> Self {
        Self { place, folder: root.join(place.name) }
    }

    /// Boots it.
    ///
    /// # Errors
    /// When a namespace or a mount cannot be made.
    pub fn boot(&self) -> Result<Started> {
        fs::create_dir_all(&self.folder).with_context(|| format!("making {}", self.folder.display()))?;
        let up = self.folder.join("up");
        if up.exists() {
            fs::remove_file(&up).with_context(|| format!("removing {}", up.display()))?;
        }
        let script = self.folder.join("boot.sh");
        fs::write(&script, include_str!("boot.sh"))
            .with_context(|| format!("writing {}", script.display()))?;
        let log = self.log("boot")?;
        let network = format!("--net=/run/netns/{}", self.place.namespace());
        let unshare = ["unshare", "--mount", "--pid", "--uts", "--fork", "--kill-child=KILL", "sh"];
        let mut command = process::command("nsenter", [network.as_str()]);
        command.args(unshare).arg(&script).arg(&self.folder).arg(self.place.name);
        let errors = log.try_clone().context("sharing the log of a machine")?;
        let child =
            command.stdout(log).stderr(errors).process_group(0).spawn().context("booting a machine")?;
        wait::until(&format!("{} to boot", self.place.name), Duration::from_secs(10), || {
            up.exists().then_some(())
        })?;
        let first = self.note("first", child.id())?;
        Ok(first)
    }

    /// Pulls the plug: everything that runs on it is gone at once.
    ///
    /// # Errors
    /// When something of it is still there ten seconds later.
    pub fn halt(&self) -> Result<()> {
        let Some(first) = self.noted("first") else { return Ok(()) };
        end(first, Signal::SIGKILL)?;
        wait::until(&format!("{} to halt", self.place.name), Duration::from_secs(10), || {
            (!first.runs()).then_some(())
        })
    }

    /// A command on the machine.
    ///
    /// # Errors
    /// When the machine does not run.
    pub fn command<A: AsRef<OsStr>>(
        &self,
        program: &Path,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<Command> {
        let first = self.noted("first").with_context(|| format!("{} does not run", self.place.name))?;
        let target = format!("--target={}", first.pid);
        let spaces = ["--mount", "--pid", "--uts", "--net", "--"];
        let mut command = process::command("nsenter", [target.as_str()].iter().chain(&spaces));
        command.arg(program).args(arguments);
        Ok(command)
    }

    /// Starts a part; what it says is in the machine's folder.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start<A: AsRef<OsStr>>(
        &self,
        part: Part,
        program: &Path,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<()> {
        let log = self.log(part.word())?;
        let errors = log.try_clone().context("sharing the log of a part")?;
        let mut command = self.command(program, arguments)?;
        let child = command.stdin(Stdio::null()).stdout(log).stderr(errors).process_group(0).spawn();
        self.note(part.word(), child.with_context(|| format!("starting {}", part.word()))?.id()).map(drop)
    }

    /// Whether a part runs.
    pub fn runs(&self, part: Part) -> bool {
        self.process(part).is_some()
    }

    /// The process of a part: the one that was started here, or the one that its PID file names since
    /// another part started it.
    pub fn process(&self, part: Part) -> Option<Started> {
        let first = || self.noted("first");
        self.noted(part.word()).or_else(|| found::by_pid_file(first()?, part.word()))
    }

    /// Ends a part with a signal, and waits until it is gone.
    ///
    /// # Errors
    /// When it is still there half a minute later.
    pub fn end(&self, part: Part, signal: Signal) -> Result<()> {
        let Some(started) = self.process(part) else { return Ok(()) };
        end(started, signal)?;
        let what = format!("{} of {} to end", part.word(), self.place.name);
        wait::until(&what, Duration::from_secs(30), || (!started.runs()).then_some(()))
    }

    /// Kills a part, also one that another part started: of that its pid file tells.
    ///
    /// # Errors
    /// When there is none.
    pub fn kill_part(&self, part: Part) -> Result<()> {
        if matches!(part, Part::Listener | Part::Forwarder) {
            let script = format!("read pid < /run/decnet/{}.pid && kill -KILL \"$pid\"", part.word());
            return process::run(&mut self.command(Path::new("sh"), ["-c", &script])?);
        }
        self.end(part, Signal::SIGKILL)
    }

    /// What a part, or the machine while it booted, said so far.
    ///
    /// # Errors
    /// When the log cannot be opened.
    fn log(&self, name: &str) -> Result<File> {
        let path = self.folder.join(format!("{name}.out"));
        File::options()
            .create(true)
            .append(true)
            .open(&path)
            .with_context(|| format!("writing {}", path.display()))
    }

    /// Writes down the process that `nsenter` or `unshare`, of which `id` is the number, forked.
    fn note(&self, name: &str, id: u32) -> Result<Started> {
        let what = format!("{name} of {} to start", self.place.name);
        let started = wait::until(&what, Duration::from_secs(10), || child_of(id).and_then(Started::of))?;
        let path = self.folder.join(format!("{name}.json"));
        let text = serde_json::to_vec(&started).context("encoding a process")?;
        fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        Ok(started)
    }

    /// A process that was written down and still runs.
    fn noted(&self, name: &str) -> Option<Started> {
        let text = fs::read(self.folder.join(format!("{name}.json"))).ok()?;
        serde_json::from_slice::<Started>(&text).ok().filter(Started::runs)
    }
}

/// Signals a process.
fn end(started: Started, signal: Signal) -> Result<()> {
    if started.runs() {
        kill(Pid::from_raw(started.pid), signal).context("signalling a process of the lab")?;
    }
    Ok(())
}

/// The first child of a process, by its number outside.
fn child_of(id: u32) -> Option<i32> {
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).ok()?;
    children.split_whitespace().next()?.parse().ok()
}
