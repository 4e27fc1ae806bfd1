//! A process of ours: started, signalled, ended.

use std::{
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{process, wait};

/// How long a process may take to end once it was asked to.
const PATIENCE: Duration = Duration::from_secs(30);

/// A process that runs; dropping it kills it.
#[derive(Debug)]
pub struct Running {
    child: Child,
    what: String,
}

impl Running {
    /// Starts a command; what it says is added to the file `log`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(command: &mut Command, log: &Path) -> Result<Self> {
        let what = process::shown(command);
        let file = File::options().create(true).append(true).open(log);
        let file = file.with_context(|| format!("writing {}", log.display()))?;
        let errors = file.try_clone().with_context(|| format!("writing {}", log.display()))?;
        let child = command.stdout(file).stderr(errors).spawn();
        Ok(Self { child: child.with_context(|| format!("starting {what}"))?, what })
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it was started as.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Signals it.
    ///
    /// # Errors
    /// When it is gone.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        kill(Pid::from_raw(self.id().cast_signed()), signal)
            .with_context(|| format!("signalling {}", self.what))
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.child.try_wait().with_context(|| format!("waiting for {}", self.what))
    }

    /// Kills it.
    ///
    /// # Errors
    /// When it had ended before by itself.
    pub fn kill(mut self) -> Result<()> {
        if let Some(status) = self.ended()? {
            bail!("{} ended before it was killed: {status}", self.what);
        }
        self.signal(Signal::SIGKILL)?;
        self.child.wait().with_context(|| format!("waiting for {}", self.what)).map(drop)
    }

    /// Asks it to end, and waits until it has.
    ///
    /// # Errors
    /// When it does not end, or badly.
    pub fn end(mut self) -> Result<()> {
        self.signal(Signal::SIGTERM)?;
        let what = format!("{} to end", self.what);
        let status = wait::until(&what, PATIENCE, || self.ended().transpose())??;
        if !status.success() {
            bail!("{} ended with {status}", self.what);
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program that can be started again and again, with a `/run` of its own.
#[derive(Debug)]
pub struct Daemon {
    name: &'static str,
    program: PathBuf,
    arguments: Vec<OsString>,
    folder: PathBuf,
    running: Option<Running>,
}

impl Daemon {
    /// A program that does not run yet, of the machine whose files are in `folder`.
    pub fn new(
        name: &'static str,
        program: PathBuf,
        arguments: impl IntoIterator<Item = OsString>,
        folder: &Path,
    ) -> Self {
        let arguments = arguments.into_iter().collect();
        Self { name, program, arguments, folder: folder.to_owned(), running: None }
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// A command on its machine.
    ///
    /// # Errors
    /// When the machine's folders cannot be made.
    pub fn command(&self) -> Result<Command> {
        let mut command = on_machine(&self.folder, &self.program)?;
        command.args(&self.arguments);
        Ok(command)
    }

    /// Starts it, if it does not run.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&mut self) -> Result<()> {
        if self.running.is_some() {
            return Ok(());
        }
        let log = self.folder.join(format!("{}.out", self.name));
        let running = Running::start(&mut self.command()?, &log)?;
        // What comes before the program on its way into a process takes no signals as it does.
        let exe = format!("/proc/{}/exe", running.id());
        self.running = Some(running);
        wait::until(&format!("the {} to start", self.name), PATIENCE, || {
            fs::read_link(&exe).is_ok_and(|exe| exe == self.program).then_some(())
        })
    }

    /// The process, if it was started and not ended.
    pub fn running(&self) -> Option<&Running> {
        self.running.as_ref()
    }

    /// The process's number.
    ///
    /// # Errors
    /// When it does not run.
    pub fn id(&self) -> Result<u32> {
        self.running.as_ref().map(Running::id).with_context(|| format!("the {} does not run", self.name))
    }

    /// An error if it has ended by itself, with what it said last.
    ///
    /// # Errors
    /// When it has.
    pub fn check(&mut self) -> Result<()> {
        let Some(running) = &mut self.running else { return Ok(()) };
        if let Some(status) = running.ended()? {
            bail!("the {} ended by itself with {status}: {}", self.name, self.said());
        }
        Ok(())
    }

    /// The last of what it said.
    pub fn said(&self) -> String {
        let text = fs::read(self.folder.join(format!("{}.out", self.name))).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let last: Vec<_> = text.lines().rev().take(5).collect();
        last.into_iter().rev().collect::<Vec<_>>().join(" | ")
    }

    /// Kills it as `kill -9` does, if it runs.
    ///
    /// # Errors
    /// When it had ended by itself.
    pub fn kill(&mut self) -> Result<()> {
        self.check()?;
        self.running.take().map_or(Ok(()), Running::kill)
    }

    /// Asks it to end and waits for that, if it runs.
    ///
    /// # Errors
    /// When it does not, or badly.
    pub fn end(&mut self) -> Result<()> {
        self.check()?;
        let ended = self.running.take().map_or(Ok(()), Running::end);
        ended.with_context(|| format!("the {} said {}", self.name, self.said()))
    }
}

/// A command on the machine whose files are in `folder`: one that has `/run` for itself. The number
/// of the process is the program's own, as nothing is forked.
///
/// # Errors
/// When its folder cannot be made.
pub fn on_machine(folder: &Path, program: &Path) -> Result<Command> {
    let run = folder.join("run");
    fs::create_dir_all(&run).with_context(|| format!("making {}", run.display()))?;
    let script = r#"mount --bind "$0" /run && exec "$@""#;
    let mut command = process::command("unshare", ["--mount", "sh", "-c", script]);
    command.arg(run).arg(program);
    Ok(command)
}
