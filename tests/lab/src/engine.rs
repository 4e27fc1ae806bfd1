//! Docker: used where it answers, started where it does not.

use std::{
    fs::{self, File},
    os::unix::process::CommandExt,
    time::Duration,
};

use anyhow::{Context, Result};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{
    marker::Started,
    process::{command, output, succeeds},
    wait, workspace,
};

/// Label of every container of a fleet.
const FLEET_LABEL: &str = "decnet.fleet";
/// Name of a fleet's network.
const NETWORK: &str = "decnet_lan";

/// Whether an engine answers.
pub fn answers() -> bool {
    succeeds(&mut command("docker", ["version", "--format", "{{.Server.Version}}"]))
}

/// Starts an engine that changes nothing of the host's network: no bridge, no packet
/// filter. Its log is in the lab's folder.
///
/// # Errors
/// When it cannot be started or does not answer within half a minute.
pub fn start() -> Result<Started> {
    let folder = workspace::lab();
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let log_path = folder.join("dockerd.log");
    let log = File::create(&log_path).with_context(|| format!("writing {}", log_path.display()))?;
    let errors = log.try_clone().context("sharing the engine's log")?;
    let arguments = ["--bridge=none", "--iptables=false", "--ip6tables=false", "--pidfile"];
    let child = command("dockerd", arguments)
        .arg(folder.join("dockerd.pid"))
        .stdout(log)
        .stderr(errors)
        .process_group(0)
        .spawn()
        .context("starting dockerd")?;
    let limit = Duration::from_secs(30);
    wait::until("the engine to answer", limit, || answers().then_some(()))
        .with_context(|| format!("see {}", log_path.display()))?;
    let pid = i32::try_from(child.id()).context("process id of dockerd")?;
    Started::of(pid).context("dockerd ended at once")
}

/// Stops an engine that the lab started.
///
/// # Errors
/// When it is still there half a minute after it was asked to end.
pub fn stop(engine: Started) -> Result<()> {
    if !engine.runs() {
        return Ok(());
    }
    kill(Pid::from_raw(engine.pid), Signal::SIGTERM).context("asking dockerd to end")?;
    wait::until("dockerd to end", Duration::from_secs(30), || (!engine.runs()).then_some(()))
}

/// Removes containers and network of a fleet that was deployed on the interface `parent`;
/// fleets on other interfaces are left alone.
///
/// # Errors
/// When Docker refuses.
pub fn remove_fleet_on(parent: &str) -> Result<()> {
    let format = r#"{{index .Options "parent"}}"#;
    let found = output(&mut command("docker", ["network", "inspect", NETWORK, "--format", format]));
    if !found.is_ok_and(|text| text.trim() == parent) {
        return Ok(());
    }
    let filter = format!("label={FLEET_LABEL}");
    let ids = output(&mut command("docker", ["ps", "--all", "--quiet", "--filter", &filter]))?;
    let ids: Vec<_> = ids.lines().collect();
    if !ids.is_empty() {
        output(&mut command("docker", ["rm", "--force"].iter().chain(&ids)))
            .context("removing containers")?;
    }
    output(&mut command("docker", ["network", "rm", NETWORK])).context("removing the fleet's network")?;
    Ok(())
}
