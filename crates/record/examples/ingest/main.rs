//! How much keeping a million lines costs: `ingest [lines] [folder] [URL of an empty database]`.
//!
//! Writes a log as a fleet writes it, and has it kept as the master keeps it, in a file or on a server.
#![expect(clippy::print_stdout, reason = "that is what it is for")]

mod lines;

use std::{
    error::Error,
    fs::{self, File},
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use decnet_record::{Database, Limits, Options, Record};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let count: u64 = arguments.next().map_or(Ok(1_000_000), |text| text.parse())?;
    let folder = arguments.next().map_or_else(|| std::env::temp_dir().join("decnet-ingest"), PathBuf::from);
    fs::create_dir_all(&folder)?;
    let log = folder.join("decnet.json");
    let bytes = write(&log, count)?;
    println!("{count} lines of {} bytes, as objects", bytes / count.max(1));
    let database = match arguments.next() {
        None => folder.join("kept/record.db").into(),
        Some(url) => Database::Server { url: url.parse()?, ledger: folder.join("kept/log.follow") },
    };
    measure(count, &database, log)?;
    fs::remove_dir_all(&folder)?;
    Ok(())
}

fn write(log: &Path, count: u64) -> Result<u64, Box<dyn Error>> {
    let mut fleet = lines::Fleet::new(7, count);
    let (mut file, mut object, mut bytes) = (BufWriter::new(File::create(log)?), Vec::new(), 0);
    for _ in 0..count {
        object.clear();
        fleet.write(&mut object);
        bytes += object.len() as u64;
        file.write_all(&object)?;
    }
    file.flush()?;
    Ok(bytes)
}

fn measure(count: u64, database: &Database, log: PathBuf) -> Result<(), Box<dyn Error>> {
    let (begin, before) = (Instant::now(), cpu()?);
    let record = Record::start(Options { database: database.clone(), log, limits: Limits::default() })?;
    let watch = record.watch();
    while record.status().lines < count {
        watch.wait(watch.newest(), Duration::from_millis(200));
    }
    let (wall, after) = (begin.elapsed().as_secs_f64(), cpu()?);
    println!("{:?}", record.status());
    drop(record);
    let million = count as f64 / 1e6;
    let (user, system) = (after.0 - before.0, after.1 - before.1);
    println!("{:.2} CPU-s a million ({user:.2} user, {system:.2} system)", (user + system) / million);
    println!("{:.0} rows/s", count as f64 / wall);
    if let Ok(file) = database.file() {
        println!("{:.0} bytes a row", fs::metadata(file)?.len() as f64 / count as f64);
    }
    println!(
        "{}",
        fs::read_to_string("/proc/self/status")?
            .lines()
            .filter(|line| line.starts_with("VmHWM") || line.starts_with("VmRSS"))
            .collect::<Vec<_>>()
            .join(", ")
    );
    Ok(())
}

/// Seconds of the processor in user and in system mode, of this process.
fn cpu() -> Result<(f64, f64), Box<dyn Error>> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (_, behind) = stat.rsplit_once(") ").ok_or("no name")?;
    let mut ticks = behind.split(' ').skip(11).map(|ticks| ticks.parse::<f64>().map(|ticks| ticks / 100.0));
    Ok((ticks.next().ok_or("no time")??, ticks.next().ok_or("no time")??))
}
