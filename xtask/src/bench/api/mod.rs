//! The API over a million events: how long questions take, how many clients it bears.

mod idle;
mod listeners;
mod questions;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use lab::{api::Host, transport::site::Programs, workspace};

pub(crate) use self::questions::questions;
use super::{decoy::alone, ingest, row::Row};
use crate::programs;

/// Events.
const EVENTS: u64 = 1_000_000;

/// An API that has taken a log in.
pub(crate) struct Filled {
    pub(crate) host: Host,
    /// File of the token of who asks it.
    pub(crate) token: PathBuf,
}

impl Filled {
    /// One in a folder of its own, over a log of so many lines.
    pub(crate) fn make(folder: &Path, programs: &Programs, events: u64) -> Result<(Self, ingest::Cost)> {
        let log = ingest::written(folder, events)?;
        let mut host = Host::make(&folder.join("host"), programs, "")?;
        let client = ingest::known(&mut host)?;
        let cost = ingest::ingest(&mut host, &client, &log, events)?;
        let token = host.token_file(&client)?;
        Ok((Self { host, token }, cost))
    }
}

/// Measures.
pub(super) fn run() -> Result<Vec<Row>> {
    programs::build_api()?;
    let programs = Programs::in_folder(&workspace::target().join("release"))?;
    alone()?;
    let folder = workspace::lab().join("bench-api");
    let (mut filled, _) = Filled::make(&folder, &programs, EVENTS)?;
    let mut rows = questions(&filled, 1.0)?;
    rows.extend(questions::crowd(&filled)?);
    rows.extend(listeners::rows(&filled)?);
    filled.host.api.end()?;
    rows.push(idle::row(&folder, &programs, &filled.host)?);
    fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))?;
    Ok(rows)
}
