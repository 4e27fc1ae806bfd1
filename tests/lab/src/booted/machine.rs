//! A machine that boots: systemd is its first process.

use std::{path::Path, process::Output, time::Duration};

use anyhow::{Context, Result, ensure};

use super::root;
use crate::{
    process::{both, command, output, succeeds},
    wait,
};

/// Begins the names of their containers.
const NAME: &str = "lab-booted";

/// How long a machine takes to boot at most.
const BOOT: Duration = Duration::from_secs(60);

/// A machine that runs, in a container without a network. Dropping it pulls its plug.
#[derive(Debug)]
pub struct Machine {
    name: String,
}

impl Machine {
    /// Boots a machine on which nothing was installed yet. One that was left behind under the same name
    /// goes first.
    ///
    /// # Errors
    /// When it is not up within a minute.
    pub fn boot(name: &str) -> Result<Self> {
        let image = root::image()?;
        let machine = Self { name: format!("{NAME}-{name}") };
        machine.remove()?;
        // The rights that systemd needs to make a sandbox for each unit, and the control groups of the
        // host, below which it finds its own.
        output(command("docker", ["run", "--detach", "--name", &machine.name, "--hostname", name]).args([
            "--network=none",
            "--cap-add=SYS_ADMIN",
            "--cap-add=NET_ADMIN",
            "--cap-add=SYS_PTRACE",
            "--security-opt=seccomp=unconfined",
            "--security-opt=apparmor=unconfined",
            "--cgroupns=host",
            "--volume=/sys/fs/cgroup:/sys/fs/cgroup",
            "--tmpfs=/run",
            "--tmpfs=/tmp",
            "--env=container=docker",
            "--stop-signal=SIGRTMIN+3",
            &image,
            "/sbin/init",
        ]))
        .with_context(|| format!("booting {name}"))?;
        machine.wait_until_up()?;
        Ok(machine)
    }

    /// Stops everything in order and boots again, with the same disk.
    ///
    /// # Errors
    /// When it does not end, or is not up within a minute.
    pub fn reboot(&self) -> Result<()> {
        output(&mut command("docker", ["restart", "--time=30", &self.name])).context("rebooting")?;
        self.wait_until_up()
    }

    /// Pulls the plug, and boots again with the same disk.
    ///
    /// # Errors
    /// When it is not up within a minute.
    pub fn crash(&self) -> Result<()> {
        output(&mut command("docker", ["kill", "--signal=KILL", &self.name])).context("pulling the plug")?;
        output(&mut command("docker", ["start", &self.name])).context("booting again")?;
        self.wait_until_up()
    }

    fn wait_until_up(&self) -> Result<()> {
        wait::until(&format!("{} to boot", self.name), BOOT, || {
            let state = self.sh("systemctl is-system-running").ok()?;
            let state = String::from_utf8_lossy(&state.stdout).trim().to_owned();
            ["running", "degraded"].contains(&state.as_str()).then_some(())
        })
    }

    /// Runs a script as root.
    ///
    /// # Errors
    /// When the engine cannot; what the script came to is in the answer.
    pub fn sh(&self, script: &str) -> Result<Output> {
        command("docker", ["exec", &self.name, "sh", "-c", script]).output().context("starting docker")
    }

    /// Runs a script as root and gives back what it wrote, without blanks around it.
    ///
    /// # Errors
    /// When it fails.
    pub fn say(&self, script: &str) -> Result<String> {
        let output = self.sh(script)?;
        ensure!(output.status.success(), "`{script}` ended with {}: {}", output.status, both(&output).trim());
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Waits until a script succeeds, and gives back what it wrote.
    ///
    /// # Errors
    /// When it does not within the time; the last answer is in the error.
    pub fn until(&self, script: &str, limit: Duration) -> Result<String> {
        let found = wait::until(script, limit, || self.say(script).ok());
        found.with_context(|| match self.sh(script) {
            Ok(output) => both(&output).trim().to_owned(),
            Err(error) => format!("{error:#}"),
        })
    }

    /// Copies a folder of this machine to a path that is not there yet.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub fn copy_in(&self, folder: &Path, to: &str) -> Result<()> {
        let place = format!("{}:{to}", self.name);
        output(command("docker", ["cp"]).arg(folder).arg(place)).context("copying into a machine").map(drop)
    }

    fn remove(&self) -> Result<()> {
        if succeeds(&mut command("docker", ["container", "inspect", &self.name])) {
            output(&mut command("docker", ["rm", "--force", &self.name])).context("removing a machine")?;
        }
        Ok(())
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // Whoever boots the next one of this name tries again, and says so.
        let _ = self.remove();
    }
}

/// Removes every machine that a test left behind.
///
/// # Errors
/// When the engine refuses.
pub fn remove_all() -> Result<()> {
    let filter = format!("name=^/{NAME}-");
    let found = output(&mut command("docker", ["ps", "--all", "--quiet", "--filter", &filter]))?;
    let ids: Vec<_> = found.lines().collect();
    if !ids.is_empty() {
        output(&mut command("docker", ["rm", "--force"].iter().chain(&ids))).context("removing machines")?;
    }
    Ok(())
}
