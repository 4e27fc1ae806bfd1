//! What a master's daemons weigh when nothing happens.

use std::{path::Path, time::Duration};

use anyhow::Result;
use lab::{
    api::Host,
    transport::{Daemon, Site, site::Programs},
    wait,
};

use crate::bench::{
    machine,
    row::{Row, Target},
};

/// How long nothing happens.
const REST: Duration = Duration::from_secs(15);

/// Controller, listener, API over the record of `filled`, and page.
pub(super) fn row(folder: &Path, programs: &Programs, filled: &Host) -> Result<Row> {
    let site = Site::raise(&folder.join("site"), programs)?;
    let record = filled.record().join("record.db");
    let settings =
        format!("record-file = {}\nrecord-source = {}\n", record.display(), filled.log().display());
    let mut master = Host::beside(&site, &settings)?;
    master.start()?;
    master.start_web()?;
    wait::pause(REST);
    let (mut told, mut all) = (Vec::new(), 0.0);
    for daemon in [&site.controller, &site.listener, &master.api, &master.web] {
        let memory = resident(daemon)?;
        told.push(format!("{} {memory:.1}", daemon.name()));
        all += memory;
    }
    Ok(Row {
        what: "idle memory of all daemons of a master".to_owned(),
        figure: all,
        unit: "MiB",
        target: Target::AtMost(40.0),
        detail: format!("RSS: {}", told.join(", ")),
    })
}

fn resident(daemon: &Daemon) -> Result<f64> {
    let path = format!("/proc/{}/status", daemon.id()?);
    let kib = machine::value(&path, "VmRSS:").and_then(|text| text.parse::<f64>().ok());
    Ok(kib.unwrap_or(f64::NAN) / 1024.0)
}
