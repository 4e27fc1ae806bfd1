//! A disk without room: nothing is kept, which is said, and all of it is once there is room.

use std::{fs, path::PathBuf, time::Duration};

use anyhow::{Context as _, Result, ensure};
use lab::{
    api::{Client, Host},
    process, wait,
};
use serde_json::Value;

use super::{Ground, kept::each_once};
use crate::{bench::ingest, traffic};

/// Lines, which have no room in the first size and enough in the second.
const LINES: u64 = 200_000;
const SIZES: [&str; 2] = ["32m", "1g"];

/// How long it may take until something is said, or kept.
const PATIENCE: Duration = Duration::from_secs(120);

/// A file system of a size, which goes with this.
struct Small(PathBuf);

impl Small {
    fn mount(folder: PathBuf) -> Result<Self> {
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        let size = format!("size={},mode=0700", SIZES[0]);
        let mut mount = process::command("mount", ["-t", "tmpfs", "-o", &size, "tmpfs"]);
        process::output(mount.arg(&folder))?;
        Ok(Self(folder))
    }

    fn enlarge(&self) -> Result<()> {
        let size = format!("remount,size={}", SIZES[1]);
        process::output(process::command("mount", ["-o", &size]).arg(&self.0)).map(drop)
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // What still has a file open there lets it go later.
        let _ = process::output(process::command("umount", ["--lazy"]).arg(&self.0));
    }
}

/// Fills the disk, looks for the alarm, makes room, and compares what is kept with the log.
pub(super) fn holds(ground: &Ground) -> Result<String> {
    let mut host = Host::make(&ground.folder("full"), &ground.programs, "")?;
    let small = Small::mount(host.record())?;
    let client = ingest::known(&mut host)?;
    traffic::write(host.log(), LINES, 21)?;
    host.start()?;
    wait::until("the API to say that nothing is kept", PATIENCE, || {
        client.metric("decnet_record_paused").ok().filter(|paused| *paused > 0.0)
    })?;
    let before = kept(&client)?;
    ensure!(before < LINES, "all of it is kept");
    let health = client.ask("GET", "/api/v1/health", None)?;
    ensure!(health.status == 503 && health.text().contains("failing"), "health says {}", health.text());
    // Whoever is logged in can look meanwhile.
    client.get::<Value>("/api/v1/logs")?;
    small.enlarge()?;
    host.wait_for(&client, LINES, PATIENCE)?;
    ensure!(client.metric("decnet_record_paused")? < 1.0, "it still says that nothing is kept");
    let said = fs::read_to_string(host.folder().join("system.log")).unwrap_or_default() + &host.api.said();
    ensure!(said.contains("nothing is kept for now"), "no alarm in its log");
    let all = each_once(&client, host.log())?;
    host.api.end()?;
    Ok(format!("stopped at {before} lines with an alarm, then all {all}, each once"))
}

fn kept(client: &Client) -> Result<u64> {
    let stats: Value = client.get("/api/v1/stats")?;
    stats.get("total_logs").and_then(Value::as_u64).context("no count of events")
}
