//! The program `callers`, which calls at a listener as whoever is wanted.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Stdio},
};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, de::DeserializeOwned};

use super::Site;
use crate::process::{self, command};

/// Runs it and gives back what it found.
///
/// # Errors
/// When it finds nothing.
pub fn ask<T: DeserializeOwned>(site: &Site, words: &[&str]) -> Result<T> {
    let program = site.programs().program("callers");
    let output = command(&program.to_string_lossy(), words).output().context("starting the callers")?;
    let said = process::both(&output);
    ensure!(output.status.success(), "{}: {said}", words.join(" "));
    serde_json::from_str(&said).with_context(|| format!("{}: reading {said:?}", words.join(" ")))
}

/// Lets many hosts into the swarm, whose identities are below `folder`.
///
/// # Errors
/// When one is not let in.
pub fn enrol(site: &Site, folder: &Path, count: u16) -> Result<()> {
    let token = site.master().join("state/swarm/operator.token");
    let (token, folder, count) = (token.to_string_lossy(), folder.to_string_lossy(), count.to_string());
    ask::<u16>(site, &["enrol", "--token", &token, "--folder", &folder, "--count", &count]).map(drop)
}

/// Connections that are held and say nothing.
#[derive(Debug)]
pub struct Held {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// How many there are.
    pub count: usize,
}

#[derive(Deserialize)]
struct Found {
    held: usize,
}

impl Held {
    /// So many of each host whose identity is below `folder`.
    ///
    /// # Errors
    /// When a connection is not made.
    pub fn of(site: &Site, folder: &Path, each: u16) -> Result<Self> {
        let (listener, each) = (site.address().to_string(), each.to_string());
        let program = site.programs().program("callers");
        let mut hold =
            command(&program.to_string_lossy(), ["hold", "--listener", &listener, "--each", &each]);
        hold.arg("--folder").arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = hold.spawn().context("starting the callers")?;
        let input = child.stdin.take();
        let output = child.stdout.take().context("callers without output")?;
        let mut held = Self { child, input, output: BufReader::new(output), count: 0 };
        held.count = held.read()?;
        Ok(held)
    }

    fn read(&mut self) -> Result<usize> {
        let mut line = String::new();
        self.output.read_line(&mut line).context("reading what the callers say")?;
        let found: Found = serde_json::from_str(&line).with_context(|| format!("reading {line:?}"))?;
        Ok(found.held)
    }

    /// Lets them go, and says how many were still there.
    ///
    /// # Errors
    /// When that is not said.
    pub fn finish(mut self) -> Result<usize> {
        drop(self.input.take());
        self.read()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
