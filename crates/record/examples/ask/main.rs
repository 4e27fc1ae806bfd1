//! How quickly questions to a million events are answered.
//!
//! `cargo run --release -p decnet-record --example ask [-- EVENTS]` fills a record in a temporary folder with
//! made-up but lifelike lines, the same each time, and prints for each question how long the median answer
//! took, and the slowest of a hundred.
#![expect(clippy::print_stdout, reason = "figures are what it is for")]

mod fill;
mod lines;
mod questions;

use std::{error::Error, time::Instant};

use decnet_record::{Patience, Reader, index_words};

fn main() -> Result<(), Box<dyn Error>> {
    let events = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("record.db");

    let start = Instant::now();
    let bytes = fill::fill(&file, events)?;
    println!("{events} events of {} bytes each written in {:.1?}", bytes / events.max(1), start.elapsed());
    let start = Instant::now();
    let before = std::fs::metadata(&file)?.len();
    index_words(&file)?;
    let after = std::fs::metadata(&file)?.len();
    println!(
        "words indexed in {:.1?}: {} MiB beside {} MiB",
        start.elapsed(),
        (after - before) >> 20,
        before >> 20
    );

    let reader = Reader::open(&file, Patience::default())?;
    questions::ask(&reader, events)
}
