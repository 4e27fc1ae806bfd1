//! Real daemons at the attacker's own address, for holding ours beside them.
//!
//! They run from Debian's packages, in the attacker's namespace, on data of their own in the lab's
//! folder; dropping one ends it.

mod mariadb;
mod snmpd;
mod telnetd;

pub use mariadb::{bootstrap, mariadb};
pub use snmpd::snmpd;
pub use telnetd::{Telnetd, telnetd};

use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

use crate::{process, workspace};

/// Packages that bring the daemons.
pub const PACKAGES: &[&str] = &["mariadb-server-core", "snmpd", "inetutils-telnetd"];

/// A running daemon.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
}

impl Daemon {
    fn start(command: &mut Command) -> Result<Self> {
        let shown = process::shown(command);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Ok(Self { child: child.with_context(|| format!("starting {shown}"))? })
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder for a daemon's files, empty.
fn scratch(name: &str) -> Result<std::path::PathBuf> {
    let folder = workspace::lab().join("daemons").join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    Ok(folder)
}
