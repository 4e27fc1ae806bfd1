//! What the collector wrote.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    time::{Duration, Instant},
};

use decnet_event::{record, wire};

/// Log lines of the collector, by decky and boot, then by seq.
#[derive(Default)]
pub(crate) struct Written {
    pub(crate) runs: BTreeMap<(String, String), BTreeMap<u64, String>>,
    /// By decky and boot: numbers that gap records call missing.
    pub(crate) gaps: BTreeMap<(String, String), BTreeSet<u64>>,
    pub(crate) lines: usize,
}

impl Written {
    /// Reads every file of the log; panics on a repeated event and on a JSON file that is not
    /// level with its log.
    pub(crate) fn read(directory: &Path) -> Self {
        let mut written = Self::default();
        let (log, json) = (all(directory, "decnet.log"), all(directory, "decnet.json"));
        assert_eq!(log.len(), json.len());
        for (line, object) in log.iter().zip(json) {
            let record = wire::decode(line.as_bytes()).unwrap();
            let mut expected = Vec::new();
            record::write_json(&record, line.as_bytes(), &[], &mut expected);
            assert_eq!(String::from_utf8(expected).unwrap(), object);
            written.take(line, &record);
        }
        written.lines = log.len();
        written
    }

    fn take(&mut self, line: &str, record: &wire::Record<'_>) {
        let field = |name| record.field_str(name).unwrap().to_owned();
        let decky = record.hostname.to_owned();
        if record.app_name == "collector" {
            assert_eq!(record.msg_id, "gap", "{line}");
            let (from, to) = (field("from_seq").parse().unwrap(), field("to_seq").parse().unwrap());
            self.gaps.entry((decky, field("gap_boot"))).or_default().extend(numbers(from, to));
            return;
        }
        let run = self.runs.entry((decky, field("boot"))).or_default();
        let repeated = run.insert(field("seq").parse().unwrap(), line.to_owned());
        assert!(repeated.is_none(), "twice: {line}");
    }

    /// Lines of a decky's runs, ordered within each run.
    pub(crate) fn of(&self, decky: &str) -> Vec<&BTreeMap<u64, String>> {
        self.runs.iter().filter(|((name, _), _)| name == decky).map(|(_, run)| run).collect()
    }
}

/// Waits until the log has `count` lines that contain `text`.
pub(crate) fn wait_for(directory: &Path, text: &str, count: usize) {
    let end = Instant::now() + Duration::from_secs(50);
    while all(directory, "decnet.log").iter().filter(|line| line.contains(text)).count() < count {
        assert!(Instant::now() < end, "waiting for {count} lines with {text}");
        pause(100);
    }
}

/// Lines of `name.90` to `name.1` and `name`. Files may be renamed meanwhile, so a look is
/// only good when nothing writes; a torn last line is left out.
fn all(directory: &Path, name: &str) -> Vec<String> {
    let log = directory.join("log");
    let older = (1..=90).rev().map(|number| log.join(format!("{name}.{number}")));
    let texts = older.chain([log.join(name)]).filter_map(|path| fs::read_to_string(path).ok());
    texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// `from..=to`.
pub(crate) fn numbers(from: u64, to: u64) -> BTreeSet<u64> {
    (from..=to).collect()
}

/// Waits for some milliseconds.
#[expect(clippy::disallowed_methods, reason = "these tests have no runtime of their own")]
pub(crate) fn pause(milliseconds: u64) {
    std::thread::sleep(Duration::from_millis(milliseconds));
}
