//! The program `traffic`: lines of attacks for a record, and who asks and listens to its API.

use std::{
    ffi::OsString,
    io::{BufRead as _, BufReader, Lines},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use lab::{process, workspace};
use serde::{Deserialize, de::DeserializeOwned};

/// Times in milliseconds.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Times {
    pub(crate) count: usize,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) most: f64,
}

/// What `ask` found.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Asked {
    /// Answers in a second.
    pub(crate) rate: f64,
    /// Bytes of an answer.
    pub(crate) bytes: f64,
    pub(crate) times: Times,
}

/// What `listen` heard.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Listened {
    /// Clients that ended before they should have, and why the first of them did.
    pub(crate) broken: u64,
    pub(crate) why: Option<String>,
    /// Events that the one that heard fewest heard, and the one that heard most.
    pub(crate) fewest: u64,
    pub(crate) most: u64,
    /// Events that were there again.
    pub(crate) again: u64,
    pub(crate) times: Times,
}

/// The program, which [`crate::programs::build_api`] builds.
fn program() -> PathBuf {
    workspace::target().join("release/traffic")
}

/// A command of it.
pub(crate) fn command(words: &[&str]) -> Command {
    process::command(&program().to_string_lossy(), words)
}

/// Runs a command to its end, and gives back its figures.
pub(crate) fn figures<T: DeserializeOwned>(command: &mut Command) -> Result<T> {
    let text = process::output(command)?;
    read(text.lines().last().unwrap_or_default())
}

fn read<T: DeserializeOwned>(line: &str) -> Result<T> {
    serde_json::from_str(line).with_context(|| format!("reading the figures {line:?}"))
}

/// Adds so many lines, those of `seed`, to a log.
pub(crate) fn write(log: &Path, lines: u64, seed: u64) -> Result<u64> {
    #[derive(Deserialize)]
    struct Written {
        bytes: u64,
    }
    let mut command = command(&["write", "--lines", &lines.to_string(), "--seed", &seed.to_string()]);
    Ok(figures::<Written>(command.arg("--file").arg(log))?.bytes)
}

/// The words for who asks whom.
pub(crate) fn of(api: std::net::SocketAddr, token: &Path) -> [OsString; 4] {
    ["--api".into(), api.to_string().into(), "--token".into(), token.into()]
}

/// Something of it that runs beside; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Beside {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
}

impl Beside {
    /// Starts it.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn().context("starting traffic")?;
        let said = BufReader::new(child.stdout.take().context("traffic has no output")?).lines();
        Ok(Self { child, said })
    }

    /// Starts listeners, and waits until each of them hears.
    pub(crate) fn listen(command: &mut Command) -> Result<Self> {
        let mut beside = Self::start(command)?;
        let line = beside.line()?;
        ensure!(line == "listening", "the listeners say {line:?}");
        Ok(beside)
    }

    /// Waits for its end, and gives back its figures.
    pub(crate) fn end<T: DeserializeOwned>(mut self) -> Result<T> {
        let line = self.line()?;
        let status = self.child.wait().context("waiting for traffic")?;
        ensure!(status.success(), "traffic ended with {status}");
        read(&line)
    }

    fn line(&mut self) -> Result<String> {
        self.said.next().context("traffic says nothing more")?.context("reading what traffic says")
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
