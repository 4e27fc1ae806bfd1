//! What a master's daemons weigh when nothing happens.

use std::{net::Ipv4Addr, path::Path, time::Duration};

use anyhow::{Context as _, Result};
use lab::{
    api::{Client, Host, WEB_PORT},
    transport::{Daemon, Site, site::Programs},
    wait,
};

use crate::bench::{
    machine,
    row::{Row, Target},
};

/// How long nothing happens.
const REST: Duration = Duration::from_secs(15);

/// How long a part may take until it answers.
const PATIENCE: Duration = Duration::from_secs(60);

/// What its packages start: controller, API over the record of `filled` and page as one program, and the listener.
pub(super) fn row(folder: &Path, programs: &Programs, filled: &Host) -> Result<Row> {
    let mut site = Site::raise(&folder.join("site"), programs)?;
    let record = filled.record().join("record.db");
    let settings =
        format!("record-file = {}\nrecord-source = {}\n", record.display(), filled.log().display());
    // It writes the configuration of what runs next.
    let master = Host::beside(&site, &settings)?;
    site.controller.end()?;
    let run = run(&master, programs)?;
    wait::pause(REST);
    let (mut told, mut all) = (Vec::new(), 0.0);
    for daemon in [&run, &site.listener] {
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

fn run(master: &Host, programs: &Programs) -> Result<Daemon> {
    let words = ["--config-file".into(), master.ini().into_os_string(), "run".into(), "--no-listener".into()];
    let words = words.into_iter().chain(["--worker-host".into(), "127.0.0.1".into()]);
    let mut run = Daemon::new("run", programs.program("decnet-master"), words, master.folder());
    run.start()?;
    let page = Client::new((Ipv4Addr::LOCALHOST, WEB_PORT).into());
    let answered = wait::until("API and page to answer", PATIENCE, || {
        let api = master.client().ask("GET", "/api/v1/health", None).ok()?;
        page.ask("GET", "/", None).ok().map(|_| api)
    });
    run.check()?;
    answered.map(|_| run).context("running what a master has")
}

fn resident(daemon: &Daemon) -> Result<f64> {
    let path = format!("/proc/{}/status", daemon.id()?);
    let kib = machine::value(&path, "VmRSS:").and_then(|text| text.parse::<f64>().ok());
    Ok(kib.unwrap_or(f64::NAN) / 1024.0)
}
