//! What a spool is after whatever happened to its process: see *Recovery* in the crate's head.

use std::{
    fs::{File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use super::{
    OpenError, SpoolId,
    entry::mark_after,
    head::{HEAD, Kind, MAGIC},
    marks::Marks,
    segment::{self, Segment},
    window::{Found, Window},
};
use crate::medium::Medium;

/// What was found.
#[derive(Debug)]
pub(super) struct Recovered {
    pub(super) spool: SpoolId,
    pub(super) marks: Marks,
    /// The newest segment, cut to its last whole record and durable.
    pub(super) segment: Segment,
    /// The number of a segment behind it that was damaged after it had been begun.
    pub(super) damaged: Option<u64>,
}

/// Finds the newest segment that counts, and makes it whole; there may be none.
pub(super) fn recover(medium: &mut impl Medium, folder: &Path) -> Result<Option<Recovered>, OpenError> {
    let numbers = segment::list(folder).map_err(|source| error("list", folder, source))?;
    let mut torn = Vec::new();
    let mut found = None;
    for number in numbers.into_iter().rev() {
        let path = segment::path(folder, number);
        found = read(medium, number, &path).map_err(|source| error("recover", &path, source))?;
        if found.is_some() {
            break;
        }
        torn.push((number, path));
    }
    let begun = found.as_ref().map_or(0, |found| found.marks.encode().len()) + MAGIC.len() + HEAD;
    for (number, path) in torn {
        let damaged = set_aside(&path, begun as u64).map_err(|source| error("set aside", &path, source))?;
        if let Some(found) = found.as_mut().filter(|_| damaged) {
            found.damaged = found.damaged.max(Some(number));
        }
    }
    medium.sync_folder(folder).map_err(|source| error("sync", folder, source))?;
    Ok(found)
}

/// Reads a segment to its last whole record and cuts off the rest. `None` where not even its first
/// is whole.
fn read(medium: &mut impl Medium, number: u64, path: &Path) -> io::Result<Option<Recovered>> {
    let file = OpenOptions::new().read(true).append(true).open(path)?;
    let length = file.metadata()?.len();
    let mut window = Window::new(file.try_clone()?, 0);
    let Some((spool, mut marks)) = first(&mut window, length)? else { return Ok(None) };
    while let Found::Whole(head) = window.peek(length)? {
        if head.kind != Kind::Marks {
            marks.set(head.host, head.generation, mark_after(&head));
        }
        window.pass(&head);
    }
    let whole = window.at();
    if whole < length {
        let rest = length - whole;
        tracing::warn!("{}: the last {rest} bytes are no whole record and are cut off", path.display());
        medium.cut(&file, whole)?;
    }
    // What is whole was perhaps never made durable: its marks are told from now on.
    medium.sync(&file)?;
    Ok(Some(Recovered { spool, marks, segment: Segment { number, file, length: whole }, damaged: None }))
}

fn first(window: &mut Window, length: u64) -> io::Result<Option<(SpoolId, Marks)>> {
    let Found::Whole(head) = window.peek(length)? else { return Ok(None) };
    if head.kind != Kind::Marks {
        return Ok(None);
    }
    let (_, body) = window.pass(&head);
    Ok(Marks::decode(body).map(|marks| (SpoolId(head.generation), marks)))
}

/// Where the segment before this one ends.
pub(super) fn end_before(path: &Path) -> io::Result<Option<u64>> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    Ok(match Window::new(file, 0).peek(length)? {
        Found::Whole(head) if head.kind == Kind::Marks => Some(head.from),
        _ => None,
    })
}

/// Removes a segment that never was begun. One that has more than a beginning was damaged later:
/// it is kept under another name, and `true`.
fn set_aside(path: &Path, begun: u64) -> io::Result<bool> {
    let is_damaged = std::fs::metadata(path)?.len() > begun;
    if is_damaged {
        let aside = path.with_added_extension("damaged");
        tracing::error!("the beginning of {} is damaged: kept as {}", path.display(), aside.display());
        std::fs::rename(path, aside)?;
    } else {
        std::fs::remove_file(path)?;
    }
    Ok(is_damaged)
}

fn error(doing: &'static str, path: &Path, source: io::Error) -> OpenError {
    OpenError::System { doing, path: PathBuf::from(path), source }
}
