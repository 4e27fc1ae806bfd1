//! What a worker's daemons weigh when nothing happens.

use std::time::Duration;

use anyhow::Result;
use lab::{
    transport::{Daemon, Site, Worker, site::Programs},
    wait,
};

use super::folder;
use crate::bench::{
    machine,
    row::{Row, Target},
};

/// How long nothing happens.
const REST: Duration = Duration::from_secs(15);

pub(super) fn row(programs: &Programs) -> Result<Row> {
    let mut site = Site::raise(&folder().join("idle"), programs)?;
    let mut worker = Worker::enrol(&site, 1)?;
    worker.writer.write(1_000)?;
    for daemon in [&mut worker.forwarder, &mut worker.updater, &mut worker.agent] {
        daemon.start()?;
    }
    site.wait_for(worker.writer.bytes(), Duration::from_secs(30))?;
    wait::pause(REST);
    let mut told = Vec::new();
    let mut all = 0.0;
    for daemon in [&mut worker.agent, &mut worker.forwarder, &mut worker.updater] {
        daemon.check()?;
        let memory = resident(daemon)?;
        told.push(format!("{} {memory:.1}", daemon.name()));
        all += memory;
    }
    Ok(Row {
        what: "idle memory of all daemons of a worker".to_owned(),
        figure: all,
        unit: "MiB",
        target: Target::AtMost(30.0),
        detail: format!("RSS: {}; the listener {:.1}", told.join(", "), resident(&site.listener)?),
    })
}

fn resident(daemon: &Daemon) -> Result<f64> {
    let path = format!("/proc/{}/status", daemon.id()?);
    let kib = machine::value(&path, "VmRSS:").and_then(|text| text.parse::<f64>().ok());
    Ok(kib.unwrap_or(f64::NAN) / 1024.0)
}
