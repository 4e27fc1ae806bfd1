//! Decoys that write, a collector that is killed, and what must be true in the end.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use decnet_event::{Kind, wire};
use tempfile::TempDir;

use super::{
    super::{
        archive::Archive,
        config::{ArtifactLimits, Config, Rotation},
        patience::StopFlag,
        source::Channel,
    },
    engine::Log,
    files, lines,
};

/// One emitter: the process in a container.
struct Emitter {
    boot: u64,
    seq: u64,
    artifacts: u64,
}

/// Everything there is.
pub(super) struct World {
    directory: TempDir,
    pub(super) config: Config,
    archive: Option<Archive>,
    pub(super) logs: Vec<Log>,
    emitters: Vec<Emitter>,
    boots: u64,
    renames: u32,
    /// By decky and boot: the lines in order.
    expected: BTreeMap<(String, u64), Vec<Vec<u8>>>,
    artifacts: BTreeSet<String>,
}

impl World {
    /// Two decoys of two deckies, a second service of the first decky, and a container of
    /// the operator's own.
    pub(super) fn new(rotation: Option<Rotation>) -> Self {
        // In memory where there is such a place: checkpoints wait for the disk.
        let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let at = |name: &str| directory.path().join(name);
        let mut config = Config::new(at("state"), at("log/decnet.log"), at("artifacts"));
        config.rotation = rotation;
        config.artifacts = ArtifactLimits { size: 4_096, daily_bytes: u64::MAX, reserve: 0 };
        let kinds = [("web-01", false), ("db", false), ("web-01", false), ("db", true)];
        let logs =
            (1..).zip(kinds).map(|(number, (decky, custom))| Log::new(number, decky, custom)).collect();
        let emitters = (0..4).map(|number| Emitter { boot: 100 + number, seq: 0, artifacts: 0 }).collect();
        Self {
            directory,
            config,
            archive: None,
            logs,
            emitters,
            boots: 200,
            renames: 0,
            expected: BTreeMap::new(),
            artifacts: BTreeSet::new(),
        }
    }

    pub(super) fn log_path(&self) -> PathBuf {
        self.config.log_file.clone()
    }

    pub(super) fn json_path(&self) -> PathBuf {
        self.config.log_file.with_extension("json")
    }

    pub(super) fn artifact_path(&self, name: &str) -> PathBuf {
        self.directory.path().join("artifacts").join(name)
    }

    /// The collector, started where there is none.
    pub(super) fn archive(&mut self) -> (&mut Archive, &mut Vec<Log>) {
        let config = &self.config;
        let open = || Archive::open(config.clone(), StopFlag::default()).unwrap();
        (self.archive.get_or_insert_with(open), &mut self.logs)
    }

    /// A decoy writes its next event; a container of the operator's own writes some line.
    pub(super) fn emit(&mut self, who: usize, step: i64, width: usize) {
        let log = &mut self.logs[who];
        let (decky, emitter) = (log.container.decky.to_string(), &mut self.emitters[who]);
        emitter.seq += 1;
        let line = lines::command(&decky, emitter.boot, emitter.seq);
        if log.container.custom {
            // What looks like an event of another decky is a line like any other.
            let line = if emitter.seq.is_multiple_of(2) { line } else { b"same \xc3\xbc".to_vec() };
            self.foreign(who, Channel::Out, &line, step, width);
        } else {
            log.write(Channel::Out, &line, 16_384, step);
            self.expected.entry((decky, emitter.boot)).or_default().push(line);
        }
    }

    /// A container writes a line that is no event of its own.
    pub(super) fn foreign(&mut self, who: usize, stream: Channel, line: &[u8], step: i64, width: usize) {
        let log = &mut self.logs[who];
        log.write(stream, line, width, step);
        if stream == Channel::Err && !log.container.custom {
            return;
        }
        let boot = u64::from_str_radix(&log.container.id[..16], 16).unwrap();
        self.expected.entry((log.container.decky.to_string(), boot)).or_default().push(line.to_vec());
    }

    /// A decoy writes an artifact, its pieces mixed with events.
    pub(super) fn artifact(&mut self, who: usize, size: usize, step: i64) {
        let log = &mut self.logs[who];
        if log.container.custom {
            return;
        }
        let (decky, emitter) = (log.container.decky.to_string(), &mut self.emitters[who]);
        emitter.artifacts += 1;
        let seed = emitter.boot * 1_000 + emitter.artifacts;
        let content: Vec<u8> = (0..size as u64).map(|at| (at * seed % 251) as u8).collect();
        let sha256 = lines::sha256(&content);
        self.artifacts.insert(sha256.clone());
        for line in lines::pieces(&decky, emitter.boot, emitter.artifacts, &content, &sha256) {
            self.logs[who].write(Channel::Out, &line, 16_384, step);
            self.emit(who, step, 16_384);
        }
    }

    /// The container is restarted: same log, new run.
    pub(super) fn restart(&mut self, who: usize) {
        self.boots += 1;
        self.emitters[who] = Emitter { boot: self.boots, seq: 0, artifacts: 0 };
    }

    /// The engine drops all but about the last `keep` entries, which were read. It does not
    /// cut between entries of the same time here: those may be the same in all respects.
    pub(super) fn trim_read(&mut self, who: usize, keep: usize) {
        let (archive, logs) = self.archive();
        logs[who].read(archive).unwrap();
        archive.tick().unwrap();
        let entries = &mut logs[who].entries;
        let mut drop = entries.len().saturating_sub(keep.max(1));
        while drop > 0 && entries[drop - 1].time == entries[drop].time {
            drop -= 1;
        }
        entries.drain(..drop);
        logs[who].followed = logs[who].followed.saturating_sub(drop);
    }

    /// The collector dies; the disk keeps any beginning of what the checkpoint does not vouch for.
    pub(super) fn crash(&mut self, log_keep: u64, json_keep: u64) {
        self.archive = None;
        files::tear(&self.config.state_dir, log_keep, json_keep);
        self.logs.iter_mut().for_each(|log| log.followed = log.entries.len());
    }

    /// What logrotate does, to one file or both, whether the collector runs or not.
    pub(super) fn rename(&mut self, log: bool, json: bool) {
        self.renames += 1;
        for path in [log.then(|| self.log_path()), json.then(|| self.json_path())].into_iter().flatten() {
            let mut name = path.clone().into_os_string();
            name.push(format!("-{:04}", self.renames));
            // There is nothing to rename before the first line.
            let _ = fs::rename(path, name);
        }
    }

    /// What logrotate's `copytruncate` does while nothing is written.
    pub(super) fn copy_truncate(&mut self) {
        self.renames += 1;
        for path in [self.log_path(), self.json_path()].into_iter().filter(|path| path.exists()) {
            let mut name = path.clone().into_os_string();
            name.push(format!("-{:04}", self.renames));
            fs::copy(&path, name).unwrap();
            fs::OpenOptions::new().write(true).open(path).unwrap().set_len(0).unwrap();
        }
    }

    /// Reads everything, and compares the files with what was emitted.
    pub(super) fn check(&mut self) {
        let (archive, logs) = self.archive();
        for _ in 0..3 {
            for log in logs.iter() {
                log.read(archive).unwrap();
            }
        }
        archive.tick().unwrap();
        let log = files::lines(&self.log_path());
        self.check_lines(&log);
        let objects: Vec<String> = log.iter().map(|line| lines::object(line)).collect();
        let json: Vec<String> = files::lines(&self.json_path())
            .into_iter()
            .map(|line| String::from_utf8(line).unwrap())
            .collect();
        pretty(&json, &objects);
        let kept: BTreeSet<String> = fs::read_dir(self.directory.path().join("artifacts"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != ".partial")
            .collect();
        assert_eq!(kept, self.artifacts);
        for name in &kept {
            assert_eq!(&lines::sha256(&fs::read(self.artifact_path(name)).unwrap()), name);
        }
    }

    fn check_lines(&self, log: &[Vec<u8>]) {
        let mut seen: BTreeMap<(String, u64), BTreeMap<u64, Vec<u8>>> = BTreeMap::new();
        for line in log {
            let record = wire::decode(line).unwrap();
            let boot = u64::from_str_radix(record.field_str("boot").unwrap(), 16).unwrap();
            let seq = record.field_str("seq").unwrap().parse().unwrap();
            let content = match record.field("line") {
                Some(foreign) => foreign.to_vec(),
                None => line.clone(),
            };
            assert_ne!(record.app_name, "collector", "{}", String::from_utf8_lossy(line));
            let run = seen.entry((record.hostname.to_owned(), boot)).or_default();
            let text = String::from_utf8_lossy(line);
            assert!(run.insert(seq, content).is_none(), "twice: {text}");
        }
        for (run, lines) in &self.expected {
            let got = seen.remove(run).unwrap_or_default();
            let numbers: Vec<u64> = got.keys().copied().collect();
            assert_eq!(numbers, (1..=lines.len() as u64).collect::<Vec<_>>(), "run {run:?}");
            assert_eq!(got.into_values().collect::<Vec<_>>(), *lines, "run {run:?}");
        }
        assert!(seen.is_empty(), "never emitted: {seen:?}");
    }

    /// The collector's own events in the log: MSGID and the value of `field`.
    pub(super) fn incidents(&self, fields: &[&str]) -> Vec<String> {
        let log = files::lines(&self.log_path());
        let records = log.iter().map(|line| wire::decode(line).unwrap());
        let own = records.filter(|record| record.app_name == "collector");
        own.map(|record| {
            let values = fields.iter().map(|field| record.field_str(field).unwrap_or("?").to_owned());
            std::iter::once(record.msg_id.to_owned()).chain(values).collect::<Vec<_>>().join(" ")
        })
        .collect()
    }

    /// Writes a line as it is, and expects nothing.
    pub(super) fn write(&mut self, who: usize, line: &[u8]) {
        self.logs[who].write(Channel::Out, line, 16_384, 1);
    }

    /// Reads all logs `times` times.
    pub(super) fn read(&mut self, times: usize) {
        let (archive, logs) = self.archive();
        for _ in 0..times {
            logs.iter().for_each(|log| {
                log.read(archive).unwrap();
            });
        }
        archive.tick().unwrap();
    }

    /// An event of the decoy `who` with a number of its own, expected nowhere.
    pub(super) fn event(&self, who: usize, seq: u64) -> Vec<u8> {
        let decky = self.logs[who].container.decky.as_str();
        lines::event(decky, self.emitters[who].boot, seq, Kind::Connect {})
    }

    pub(super) fn boot(&self, who: usize) -> u64 {
        self.emitters[who].boot
    }
}

fn pretty(actual: &[String], expected: &[String]) {
    for (number, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        assert_eq!(actual, expected, "object {number}");
    }
    assert_eq!(actual.len(), expected.len(), "objects and lines");
}
