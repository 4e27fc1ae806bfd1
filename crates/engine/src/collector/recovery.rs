//! After a crash: what the log says beyond the checkpoint is true.
//!
//! 1. A line without line feed at the end of the log or the JSON file was torn and is cut off;
//!    no reader took it, and the engine still has it.
//! 2. Every complete line of the log after the checkpoint's mark goes into the book.
//! 3. The JSON file is brought level: it must hold one object for each line that decodes. What
//!    it holds after its mark is compared with what it should hold, and the rest is appended.
//!
//! A file that was renamed meanwhile is found by its inode and treated where it is. Without a
//! checkpoint, every file that is left of the log is read.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use decnet_event::{Boot, wire};

use super::{
    appender::Mark,
    book::Book,
    incidents::Told,
    line::{COLLECTOR, number},
    outputs::{json_path, numbered, push_json},
    position::fnv,
};

/// Most renamed files that are looked for without a checkpoint.
const MAX_NUMBERED: u32 = 100;

/// What recovery fills.
pub(super) struct Recovery<'a> {
    pub(super) book: &'a mut Book,
    pub(super) told: &'a mut Told,
}

impl Recovery<'_> {
    /// Brings book and JSON file level with the log that `log` and `json` mark.
    pub(super) fn follow_marks(&mut self, log: &Mark, json: &Mark) -> io::Result<()> {
        let Some((path, from)) = locate(log)? else {
            tracing::warn!(
                "{} is gone: lines written after the checkpoint may come twice",
                log.path.display()
            );
            return Ok(());
        };
        let expected = self.replay(&path, from)?;
        if let Some((json, json_from)) = locate(json)? {
            let basis = if from == log.offset { Basis::Marks } else { Basis::Content };
            level(&json, json_from, &path, from, &expected, basis)?;
        }
        if path != log.path && log.path.exists() {
            self.replay(&log.path, 0)?;
        }
        Ok(())
    }

    /// Fills the book from whatever is left of the log.
    pub(super) fn read_files(&mut self, log: &Path) -> io::Result<()> {
        for number in (1..=MAX_NUMBERED).rev() {
            let path = numbered(log, number);
            if path.exists() {
                self.replay(&path, 0)?;
            }
        }
        if log.exists() {
            let expected = self.replay(log, 0)?;
            if json_path(log).exists() {
                level(&json_path(log), 0, log, 0, &expected, Basis::Content)?;
            }
        }
        Ok(())
    }

    /// Takes every line from byte `from` into the book and returns the digest of the JSON
    /// line that each should have.
    fn replay(&mut self, path: &Path, from: u64) -> io::Result<Vec<u64>> {
        let mut expected = Vec::new();
        cut_torn_line(path)?;
        for_each_line(path, from, |line, _| {
            if let Ok(record) = wire::decode(line) {
                self.take(&record);
                expected.push(digest(&json_line(&record, line)));
            }
            Ok(())
        })?;
        Ok(expected)
    }

    fn take(&mut self, record: &wire::Record<'_>) {
        let boot = |field| record.field_str(field).and_then(|text| text.parse::<Boot>().ok());
        match (record.app_name, record.msg_id) {
            (COLLECTOR, "gap") => {
                let range = number(record, "from_seq").zip(number(record, "to_seq"));
                if let Some((boot, (from, to))) = boot("gap_boot").zip(range) {
                    self.book.note_run(record.hostname, boot, None).events.record_gap(from, to);
                }
            }
            (COLLECTOR, "artifact_incomplete") => {
                self.told.note(record.hostname, record.field_str("sha256").unwrap_or_default());
            }
            (COLLECTOR, _) => {}
            _ => {
                if let Some((boot, seq)) = boot("boot").zip(number(record, "seq")) {
                    self.book.note_run(record.hostname, boot, None).wrote(seq, record.time);
                }
            }
        }
    }
}

/// Where the marked file is now, and from where it has not been accounted for.
fn locate(mark: &Mark) -> io::Result<Option<(PathBuf, u64)>> {
    let is_it = |meta: &std::fs::Metadata| (meta.dev(), meta.ino()) == (mark.device, mark.inode);
    let from = |meta: &std::fs::Metadata| if meta.len() < mark.offset { 0 } else { mark.offset };
    if let Ok(meta) = std::fs::metadata(&mark.path)
        && is_it(&meta)
    {
        return Ok(Some((mark.path.clone(), from(&meta))));
    }
    let Some(directory) = mark.path.parent().filter(|directory| directory.exists()) else { return Ok(None) };
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let meta = entry.metadata()?;
        if meta.is_file() && is_it(&meta) {
            return Ok(Some((entry.path(), from(&meta))));
        }
    }
    Ok(None)
}

/// Calls `line` with each complete line from byte `from` on, without its line feed, and
/// with the offset of its end.
fn for_each_line(
    path: &Path,
    from: u64,
    mut line: impl FnMut(&[u8], u64) -> io::Result<()>,
) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(1 << 16, File::open(path)?);
    reader.seek(SeekFrom::Start(from))?;
    let (mut buffer, mut at) = (Vec::new(), from);
    loop {
        buffer.clear();
        at += reader.read_until(b'\n', &mut buffer)? as u64;
        match buffer.split_last() {
            Some((b'\n', complete)) => line(complete, at)?,
            _ => return Ok(()),
        }
    }
}

/// Cuts off what stands after the last line feed.
fn cut_torn_line(path: &Path) -> io::Result<()> {
    const BLOCK: u64 = 1 << 16;
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let length = file.metadata()?.len();
    let mut end = length;
    while end > 0 {
        let start = end.saturating_sub(BLOCK);
        let mut block = vec![0; usize::try_from(end - start).unwrap_or_default()];
        file.seek(SeekFrom::Start(start))?;
        io::Read::read_exact(&mut file, &mut block)?;
        if let Some(feed) = block.iter().rposition(|byte| *byte == b'\n') {
            end = start + feed as u64 + 1;
            break;
        }
        end = start;
    }
    if end < length {
        file.set_len(end)?;
    }
    Ok(())
}

fn json_line(record: &wire::Record<'_>, line: &[u8]) -> Vec<u8> {
    let mut json = Vec::new();
    push_json(record, line, &mut json);
    json
}

fn digest(line: &[u8]) -> u64 {
    fnv(line.iter().copied().filter(|byte| *byte != b'\n'))
}

/// What a JSON file needs.
#[derive(Debug, PartialEq, Eq)]
enum Repair {
    /// The objects from this one on are missing.
    Append(usize),
    /// There are objects after this many that the log does not have.
    CutAfter(usize),
    /// Nothing fits.
    Unknown,
}

/// Compares the digests of what is there with those of what should be.
fn compare(actual: &[u64], expected: &[u64]) -> Repair {
    if actual.len() > expected.len() && actual.starts_with(expected) {
        return Repair::CutAfter(expected.len());
    }
    // Objects of lines from before the mark may stand first, where the log was cut by others.
    let overlap = (0..=actual.len()).map(|skip| actual.get(skip..).unwrap_or_default());
    match overlap.into_iter().find(|rest| expected.starts_with(rest)).map(<[u64]>::len) {
        Some(0) if !actual.is_empty() => Repair::Unknown,
        Some(there) => Repair::Append(there),
        None => Repair::Unknown,
    }
}

/// What says which lines of the two files belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Basis {
    /// Both marks of the checkpoint.
    Marks,
    /// Only what stands in them: others cut one of them, or there is no checkpoint.
    Content,
}

fn level(
    json: &Path,
    json_from: u64,
    log: &Path,
    log_from: u64,
    expected: &[u64],
    basis: Basis,
) -> io::Result<()> {
    cut_torn_line(json)?;
    let (mut actual, mut ends) = (Vec::new(), vec![json_from]);
    for_each_line(json, json_from, |line, end| {
        actual.push(digest(line));
        ends.push(end);
        Ok(())
    })?;
    match compare(&actual, expected) {
        Repair::Append(from) => append(json, log, log_from, from),
        Repair::CutAfter(count) if basis == Basis::Marks => {
            let end = ends.get(count).copied().unwrap_or(json_from);
            OpenOptions::new().write(true).open(json)?.set_len(end)
        }
        // Another version wrote the same lines in other words.
        Repair::Unknown if basis == Basis::Marks && actual.len() <= expected.len() => {
            append(json, log, log_from, actual.len())
        }
        Repair::CutAfter(_) | Repair::Unknown => {
            tracing::warn!("{} does not fit its log: left as it is", json.display());
            Ok(())
        }
    }
}

/// Appends the objects of the log's lines after `log_from`, but for the first `skip` ones.
fn append(json: &Path, log: &Path, log_from: u64, skip: usize) -> io::Result<()> {
    let mut out = io::BufWriter::new(OpenOptions::new().append(true).open(json)?);
    let mut count = 0;
    for_each_line(log, log_from, |line, _| {
        let Ok(record) = wire::decode(line) else { return Ok(()) };
        count += 1;
        if count > skip { out.write_all(&json_line(&record, line)) } else { Ok(()) }
    })?;
    out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_data()
}
