//! What a connection costs the listener that brings nothing, or too much.

use std::{fs, path::Path, time::Duration};

use anyhow::{Context, Result};
use lab::{
    transport::{
        Site, Worker,
        callers::{self, Held},
        hostile::{UNFINISHED, waited},
        site::Programs,
    },
    wait,
};
use serde::Deserialize;

use super::folder;
use crate::bench::{
    machine,
    row::{Row, Target},
};

/// Hosts, and connections of each.
const HOSTS: u16 = 500;
const EACH: u16 = 2;

pub(super) fn rows(programs: &Programs) -> Result<Vec<Row>> {
    let site = Site::raise(&folder().join("door"), programs)?;
    let worker = Worker::enrol(&site, 1)?;
    let identity = worker.identity();
    let crowd = site.folder().join("crowd");
    callers::enrol(&site, &crowd, HOSTS)?;
    // The listener has heard of them all by then.
    wait::pause(Duration::from_secs(3));
    let mut rows = vec![overlong(&site, &identity)?];
    rows.extend(idle(&site, &crowd)?);
    for (what, most) in UNFINISHED {
        let seconds = waited(&site, &identity, what)?;
        rows.push(Row {
            what: format!("unfinished {what}: closed after"),
            // A clock rings when it is time, and is heard a moment later.
            figure: (seconds * 10.0).round() / 10.0,
            unit: "s",
            target: Target::AtMost(most),
            detail: format!("{:.0} ms; of a frame that is begun a byte comes each second", seconds * 1e3),
        });
    }
    Ok(rows)
}

#[derive(Deserialize)]
struct Overlong {
    sent: u64,
    closed: bool,
}

/// By how much the listener grows at most while somebody sends it 256 MiB in one frame.
fn overlong(site: &Site, identity: &Path) -> Result<Row> {
    let (listener, identity) = (site.address().to_string(), identity.to_string_lossy());
    let words = ["overlong", "--listener", &listener, "--identity", &identity];
    // Once, so that what is made for the first that comes is not counted.
    callers::ask::<Overlong>(site, &words)?;
    let id = site.listener.id()?;
    let before = status(id, "VmRSS:");
    // From here on the peak is counted anew.
    fs::write(format!("/proc/{id}/clear_refs"), "5").context("asking for a new peak")?;
    let found: Overlong = callers::ask(site, &words)?;
    let grown = status(id, "VmHWM:") - before;
    Ok(Row {
        what: "over-long frame of 256 MiB: growth".to_owned(),
        // Who is not closed may grow later.
        figure: if found.closed { grown / 1024.0 } else { f64::INFINITY },
        unit: "MiB",
        target: Target::AtMost(1.0),
        detail: format!("closed after {} KiB; {before:.0} KiB before", found.sent >> 10),
    })
}

fn idle(site: &Site, crowd: &Path) -> Result<Vec<Row>> {
    let id = site.listener.id()?;
    // Once, so that what is claimed for the first and kept is not counted to the others.
    drop(Held::of(site, crowd, 1)?);
    wait::pause(Duration::from_secs(2));
    let (memory, files) = (status(id, "VmRSS:"), descriptors(id)?);
    let held = Held::of(site, crowd, EACH)?;
    wait::pause(Duration::from_secs(2));
    let count = held.count as f64;
    let each = (status(id, "VmRSS:") - memory) / count;
    let files_each = (descriptors(id)? as f64 - files as f64) / count;
    let left = held.finish()?;
    let detail = format!("{count} connections of {HOSTS} hosts, {left} left; {memory:.0} KiB before");
    let row = |what: &str, figure, unit, most| Row {
        what: format!("idle TLS connection: {what}"),
        figure,
        unit,
        target: Target::AtMost(most),
        detail: detail.clone(),
    };
    Ok(vec![row("memory", each, "KiB", 40.0), row("descriptors", files_each, "", 1.0)])
}

fn status(id: u32, key: &str) -> f64 {
    machine::value(&format!("/proc/{id}/status"), key).and_then(|text| text.parse().ok()).unwrap_or(f64::NAN)
}

fn descriptors(id: u32) -> Result<usize> {
    let path = format!("/proc/{id}/fd");
    fs::read_dir(&path).map(Iterator::count).with_context(|| format!("listing {path}"))
}
