//! Whether a record has each line of a log once.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead as _, BufReader},
    path::Path,
};

use anyhow::{Context as _, Result, ensure};
use decnet_proto::record::{LogRow, Page};
use lab::api::Client;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// Events of a page.
const PAGE: usize = 1_000;

/// What is read of an object of the log.
#[derive(Deserialize)]
struct Object {
    raw_line: String,
}

/// Lines, each by its hash, with how often it is there.
type Lines = HashMap<[u8; 16], u32>;

/// Checks that the API tells each line of a log once, and nothing else; says how many there are.
pub(super) fn each_once(client: &Client, log: &Path) -> Result<usize> {
    let (written, told) = (of_log(log)?, of_api(client)?);
    let lost = written.keys().filter(|line| !told.contains_key(*line)).count();
    let twice = told.values().filter(|times| **times > 1).count();
    let made_up = told.keys().filter(|line| !written.contains_key(*line)).count();
    ensure!(
        lost == 0 && twice == 0 && made_up == 0,
        "of {} lines {lost} are lost, {twice} there twice, and {made_up} that nobody wrote",
        written.len()
    );
    Ok(told.len())
}

fn add(lines: &mut Lines, line: &str) {
    let hash = Sha256::digest(line);
    *lines.entry(hash.first_chunk().copied().unwrap_or_default()).or_default() += 1;
}

fn of_log(log: &Path) -> Result<Lines> {
    let wrong = || format!("reading {}", log.display());
    let mut lines = Lines::new();
    for line in BufReader::new(File::open(log).with_context(wrong)?).lines() {
        let object: Object = serde_json::from_str(&line.with_context(wrong)?).with_context(wrong)?;
        add(&mut lines, &object.raw_line);
    }
    Ok(lines)
}

/// Every event, page by page, by the cursors that the API gives.
fn of_api(client: &Client) -> Result<Lines> {
    let (mut lines, mut next) = (Lines::new(), String::new());
    loop {
        let page: Page<LogRow> = client.get(&format!("/api/v1/logs?limit={PAGE}&cursor={next}"))?;
        page.data.iter().for_each(|row| add(&mut lines, &row.raw_line));
        match page.next {
            Some(cursor) => next = lab::api::escaped(&cursor),
            None => return Ok(lines),
        }
    }
}
