//! What each host brought today: `.days/<host>`, a line with the day since the Unix epoch and bytes.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use decnet_event::Timestamp;
use decnet_proto::ids::HostId;

use crate::medium::FILE_MODE;

/// Longest line: two numbers of 20 digits, a space, a line feed.
const LONGEST: u64 = 42;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Day {
    number: i64,
    bytes: u64,
}

/// The days of all hosts.
#[derive(Debug)]
pub(super) struct Days {
    folder: PathBuf,
    days: BTreeMap<HostId, Day>,
}

impl Days {
    /// Opens the folder, which is made where it is missing.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let mut days = BTreeMap::new();
        for file in std::fs::read_dir(folder)? {
            let file = file?;
            let host = file.file_name().to_str().and_then(|name| name.parse().ok());
            let Some(host) = host else { continue };
            let mut text = String::new();
            // What is no text is no day.
            let _ = File::open(file.path())?.take(LONGEST).read_to_string(&mut text);
            if let Some(day) = parse(&text) {
                days.insert(host, day);
            }
        }
        Ok(Self { folder: folder.to_owned(), days })
    }

    /// How much of `limit` a host has left today.
    pub(super) fn left(&self, host: HostId, limit: u64, now: Timestamp) -> u64 {
        limit.saturating_sub(self.today(host, now).bytes)
    }

    /// The host brings so many bytes more.
    pub(super) fn spend(&mut self, host: HostId, bytes: u64, now: Timestamp) -> io::Result<()> {
        let today = self.today(host, now);
        let day = Day { bytes: today.bytes.saturating_add(bytes), ..today };
        let path = self.folder.join(host.to_string());
        let mut options = OpenOptions::new();
        let mut file = options.create(true).truncate(false).write(true).mode(FILE_MODE).open(path)?;
        // One line has the length of any other, so that none is left of the one before.
        writeln!(file, "{:020} {:020}", day.number, day.bytes)?;
        self.days.insert(host, day);
        Ok(())
    }

    /// They were not kept after all. Until more is spent, the file says too much rather than too little.
    pub(super) fn refund(&mut self, host: HostId, bytes: u64, now: Timestamp) {
        let today = self.today(host, now);
        self.days.insert(host, Day { bytes: today.bytes.saturating_sub(bytes), ..today });
    }

    fn today(&self, host: HostId, now: Timestamp) -> Day {
        let number = now.0.div_euclid(86_400_000_000);
        let known = self.days.get(&host).filter(|day| day.number == number);
        known.copied().unwrap_or(Day { number, bytes: 0 })
    }
}

fn parse(text: &str) -> Option<Day> {
    let (number, bytes) = text.strip_suffix('\n')?.split_once(' ')?;
    Some(Day { number: number.parse().ok()?, bytes: bytes.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000_000;

    fn host(number: u128) -> HostId {
        HostId(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn a_restart_gives_nothing_back() {
        let folder = tempfile::tempdir().unwrap();
        let now = Timestamp(20_000 * DAY + 5);
        let mut days = Days::open(folder.path()).unwrap();
        days.spend(host(1), 12_345, now).unwrap();
        days.spend(host(1), 5, now).unwrap();
        let days = Days::open(folder.path()).unwrap();
        assert_eq!(days.left(host(1), 20_000, now), 7_650);
        assert_eq!(days.left(host(1), 10, now), 0);
        assert_eq!(days.left(host(2), 20_000, now), 20_000);
        assert_eq!(days.left(host(1), 20_000, Timestamp(20_001 * DAY)), 20_000);
    }

    #[test]
    fn what_was_refunded_can_be_spent() {
        let folder = tempfile::tempdir().unwrap();
        let now = Timestamp(0);
        let mut days = Days::open(folder.path()).unwrap();
        days.spend(host(1), 900, now).unwrap();
        days.refund(host(1), 100, now);
        assert_eq!(days.left(host(1), 1_000, now), 200);
        days.spend(host(1), 1, now).unwrap();
        assert_eq!(Days::open(folder.path()).unwrap().left(host(1), 1_000, now), 199);
    }

    #[test]
    fn what_makes_no_sense_is_no_day() {
        let folder = tempfile::tempdir().unwrap();
        for (number, text) in ["", "1", "x y\n", "1 2", "1 -2\n", "\u{fffd}"].iter().enumerate() {
            std::fs::write(folder.path().join(host(number as u128).to_string()), text).unwrap();
        }
        std::fs::write(folder.path().join("0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b"), [0xff; 50]).unwrap();
        std::fs::write(folder.path().join("else"), "0 5\n").unwrap();
        assert!(Days::open(folder.path()).unwrap().days.is_empty());
    }
}
