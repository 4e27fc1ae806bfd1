//! Both files have every line once, whatever happens.

mod cases;
mod schedule;

use std::{
    fs,
    path::{Path, PathBuf},
};

use decnet_event::Timestamp;
use decnet_proto::ids::HostId;
use uuid::Uuid;

use super::{Deriver, Paths, Progress};
use crate::{
    faulty::Faulty,
    medium::Medium,
    position::Generation,
    spool::{Entry, Host, Spool},
};

const NOW: Timestamp = Timestamp(1_764_154_033_000_042);

/// A folder with a spool that is written to, and both files.
struct Bench {
    folder: tempfile::TempDir,
    spool: Spool<Faulty>,
    host: Host,
    /// Lines that were committed, and their bytes.
    lines: Vec<String>,
    offset: u64,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("logs")).unwrap();
        let spool = Spool::open_on(Faulty::default(), &folder.path().join("spool"), 3_000).unwrap();
        let id = HostId(Uuid::from_bytes([7; 16]));
        let host = Host { id, name: "edge-01".parse().unwrap() };
        Self { folder, spool, host, lines: Vec::new(), offset: 0 }
    }

    fn logs(&self) -> PathBuf {
        self.folder.path().join("logs")
    }

    fn paths(&self) -> Paths {
        let at = |name: &str| self.logs().join(name);
        Paths { log: at("master.log"), json: at("master.json"), place: self.folder.path().join("place.json") }
    }

    fn open(&self) -> Deriver {
        Deriver::open(&self.paths(), &self.spool).unwrap()
    }

    /// Commits lines of which each third is none that decodes.
    fn commit(&mut self, count: usize) {
        let mut bytes = String::new();
        for _ in 0..count {
            let number = self.lines.len();
            let line = match number % 3 {
                2 => format!("line {number}"),
                _ => format!(
                    "<134>1 2026-01-01T00:00:00Z web-01 http - command [relay@55555 seq=\"{number}\" src_ip=\"192.0.2.1\"]"
                ),
            };
            bytes += &line;
            bytes.push('\n');
            self.lines.push(line);
        }
        if bytes.is_empty() {
            return;
        }
        let (from, to) = (self.offset, self.offset + bytes.len() as u64);
        let entry = Entry::Lines {
            host: &self.host,
            generation: Generation([1; 16]),
            from,
            to,
            bytes: bytes.as_bytes(),
        };
        self.spool.commit(&[entry], NOW).unwrap()[0].unwrap();
        self.offset = to;
    }

    /// That both files, with all that were rotated away, have every line once.
    fn check(&self) {
        assert_eq!(lines(&self.paths().log), self.lines);
        let json: Vec<serde_json::Value> =
            lines(&self.paths().json).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let raw: Vec<_> = json.iter().map(|object| object["raw_line"].as_str().unwrap()).collect();
        let decodable = self.lines.iter().filter(|line| line.starts_with('<'));
        assert_eq!(raw, decodable.collect::<Vec<_>>());
        assert!(json.iter().all(|object| object["source_worker"] == "edge-01"));
        assert!(json.iter().all(|object| object["host_uuid"] == self.host.id.to_string()));
    }
}

fn derive_all<M: Medium>(deriver: &mut Deriver<M>) {
    while deriver.step().unwrap() == Progress::More {}
}

/// Renames a file as rotation does; names sort as they came.
fn rotate(path: &Path, number: usize) {
    if path.exists() {
        let mut name = path.file_name().unwrap().to_owned();
        name.push(format!("-{number:06}"));
        fs::rename(path, path.with_file_name(name)).unwrap();
    }
}

/// All lines of the file and of those that were rotated away, the oldest first.
fn lines(path: &Path) -> Vec<String> {
    let name = path.file_name().unwrap().to_str().unwrap();
    let entries = fs::read_dir(path.parent().unwrap()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|other| other.starts_with(name) && other != name).collect();
    names.sort();
    names.push(name.to_owned());
    let text = |name| fs::read_to_string(path.with_file_name(name)).unwrap_or_default();
    let texts: Vec<_> = names.into_iter().map(text).collect();
    assert!(texts.iter().all(|text| text.is_empty() || text.ends_with('\n')), "a line is torn");
    texts.concat().lines().map(str::to_owned).collect()
}
