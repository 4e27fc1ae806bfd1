//! The log's way beside rsyslog's: what a million lines cost, what kills cost, what strangers cost.

mod deliveries;
mod door;
mod idle;
mod pipeline;

use std::path::PathBuf;

use anyhow::Result;
use lab::{
    packages,
    transport::{rsyslog, site::Programs},
    workspace,
};

use super::{decoy::alone, row::Row};
use crate::programs;

/// Runs every part and gives back its rows.
pub(super) fn run() -> Result<Vec<Row>> {
    packages::install_absent(rsyslog::PACKAGES)?;
    programs::build_transport(programs::Profile::Release)?;
    let programs = Programs::in_folder(&workspace::target().join("release"))?;
    alone()?;
    let mut rows = pipeline::rows(&programs)?;
    rows.extend(deliveries::rows(&programs)?);
    rows.extend(door::rows(&programs)?);
    rows.push(idle::row(&programs)?);
    Ok(rows)
}

/// The folder of everything that is measured.
fn folder() -> PathBuf {
    workspace::lab().join("bench-transport")
}
