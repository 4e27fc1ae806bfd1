//! One file of the spool: its name, its beginning, its end.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, IoSlice},
    path::{Path, PathBuf},
};

use decnet_event::Timestamp;
use decnet_proto::ids::HostId;
use uuid::Uuid;

use super::{
    SpoolId,
    head::{HEAD, Head, Kind, MAGIC},
    marks::Marks,
};
use crate::medium::Medium;

/// The segment that is written to; all of it is durable.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) number: u64,
    pub(super) file: File,
    pub(super) length: u64,
}

/// What a new segment begins with.
#[derive(Debug)]
pub(super) struct Opening<'a> {
    pub(super) number: u64,
    /// Where the segment before it ends; what is behind that was never acknowledged.
    pub(super) end_before: u64,
    pub(super) spool: SpoolId,
    pub(super) marks: &'a Marks,
    pub(super) now: Timestamp,
}

impl Segment {
    /// Begins a segment. After an error its file may be there; it is begun anew then.
    pub(super) fn begin(medium: &mut impl Medium, folder: &Path, opening: &Opening<'_>) -> io::Result<Self> {
        let file = medium.create(&path(folder, opening.number))?;
        let body = opening.marks.encode();
        let head = opening.head().seal(&[], &body);
        medium.append(&file, &mut [IoSlice::new(MAGIC), IoSlice::new(&head), IoSlice::new(&body)])?;
        medium.sync(&file)?;
        medium.sync_folder(folder)?;
        let length = (MAGIC.len() + HEAD + body.len()) as u64;
        Ok(Self { number: opening.number, file, length })
    }
}

impl Opening<'_> {
    fn head(&self) -> Head {
        Head {
            kind: Kind::Marks,
            name: 0,
            tail: 0,
            host: HostId(Uuid::nil()),
            generation: self.spool.0,
            from: self.end_before,
            to: self.end_before,
            time: self.now,
            lines: 0,
        }
    }
}

/// The path of the segment of that number.
pub(super) fn path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:016}.spool"))
}

/// Numbers of the segments in a folder.
pub(super) fn list(folder: &Path) -> io::Result<BTreeSet<u64>> {
    let mut numbers = BTreeSet::new();
    for file in std::fs::read_dir(folder)? {
        numbers.extend(file?.file_name().to_str().and_then(number));
    }
    Ok(numbers)
}

/// The number in the name of a segment.
fn number(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".spool")?;
    let plain = digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_known_by_its_name() {
        let folder = Path::new("x");
        for segment in [1, 17, 9_999_999_999_999_999] {
            let path = path(folder, segment);
            assert_eq!(number(path.file_name().unwrap().to_str().unwrap()), Some(segment));
        }
        for other in ["1.spool", "spool.lock", "+000000000000001.spool", "0000000000000001.spool.damaged", ""]
        {
            assert_eq!(number(other), None, "{other}");
        }
    }
}
