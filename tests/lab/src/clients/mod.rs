//! Clients that attackers and administrators use, run from the attacker's namespace.

pub mod ftp;
pub mod library;
pub mod openssh;
pub mod putty;
pub mod telnet;

use std::{fs, net::Ipv4Addr, os::unix::fs::PermissionsExt, path::PathBuf, process::Command};

use anyhow::{Context, Result};

use crate::{process, workspace};

/// Who logs in where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The machine.
    pub host: Ipv4Addr,
    /// The account.
    pub user: String,
    /// What is given as its password.
    pub password: String,
}

impl Login {
    /// The same account with another password.
    #[must_use]
    pub fn with_password(&self, password: &str) -> Self {
        Self { password: password.to_owned(), ..self.clone() }
    }

    fn target(&self) -> String {
        format!("{}@{}", self.user, self.host)
    }
}

/// What a client did: whether it ended well, and all that it said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether its exit code was 0.
    pub success: bool,
    /// What it wrote to standard output.
    pub output: String,
    /// What it wrote to standard error.
    pub errors: String,
}

impl Outcome {
    fn of(command: &mut Command) -> Result<Self> {
        let shown = process::shown(command);
        let output = command.output().with_context(|| format!("starting {shown}"))?;
        Ok(Self {
            success: output.status.success(),
            output: String::from_utf8_lossy(&output.stdout).into_owned(),
            errors: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Its standard output, if it ended well.
    ///
    /// # Errors
    /// When it did not; what it said is in the message.
    pub fn said(self) -> Result<String> {
        anyhow::ensure!(
            self.success,
            "it ended badly and said: {} {}",
            self.output.trim(),
            self.errors.trim()
        );
        Ok(self.output)
    }
}

/// Writes a file of a client's own into the lab's folder.
fn scratch(name: &str, content: &[u8], mode: u32) -> Result<PathBuf> {
    let path = workspace::lab().join(name);
    fs::create_dir_all(workspace::lab()).context("making the lab's folder")?;
    fs::write(&path, content).with_context(|| format!("writing {}", path.display()))?;
    fs::set_permissions(&path, fs::Permissions::from_mode(mode))
        .with_context(|| format!("setting the mode of {}", path.display()))?;
    Ok(path)
}
