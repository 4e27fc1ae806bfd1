//! An engine's log of one container, and following it as engines do.

use bytes::Bytes;

use super::super::{
    archive::Archive,
    intake::Level,
    patience::Stopped,
    position::{Finder, Position, Stretch},
    source::{Channel, Entry, LogContainer},
};

/// A container with its log.
pub(super) struct Log {
    pub(super) container: LogContainer,
    pub(super) entries: Vec<Entry>,
    /// The entry that following brings next.
    pub(super) followed: usize,
    clock: i64,
}

impl Log {
    pub(super) fn new(number: u64, decky: &str, custom: bool) -> Self {
        let container = LogContainer {
            id: format!("{number:016x}{:048x}", 0),
            name: format!("{decky}-{number}"),
            decky: decky.parse().unwrap(),
            service: "redis".to_owned(),
            custom,
            running: true,
        };
        Self { container, entries: Vec::new(), followed: 0, clock: 1_764_154_033_000_000_000 }
    }

    /// The engine takes in what the container wrote, in pieces of at most `width` bytes. The
    /// clock stands still, runs or is set back by `step` nanoseconds.
    pub(super) fn write(&mut self, stream: Channel, line: &[u8], width: usize, step: i64) {
        self.clock += step;
        let pieces: Vec<&[u8]> = if line.is_empty() { vec![line] } else { line.chunks(width).collect() };
        let last = pieces.len() - 1;
        for (number, piece) in pieces.into_iter().enumerate() {
            self.entries.push(Entry {
                time: self.clock,
                stream,
                bytes: Bytes::copy_from_slice(piece),
                ends_line: number == last,
            });
        }
    }

    /// What the reader task does, without the engine's part.
    pub(super) fn read(&self, archive: &mut Archive) -> Result<bool, Stopped> {
        match archive.rewind(&self.container) {
            None => archive.read(&self.container, &self.entries)?,
            Some(position) => self.read_after(archive, position)?,
        }
        archive.settle(&self.container)
    }

    fn read_after(&self, archive: &mut Archive, position: Position) -> Result<(), Stopped> {
        let tails = [1, 2, 3, 10, 100].map(|last| (last, Stretch::Tail));
        let wholes = [(usize::MAX, Stretch::Whole), (usize::MAX, Stretch::Cut)];
        for (last, stretch) in tails.into_iter().chain(wholes) {
            let start = self.entries.len().saturating_sub(last);
            let mut finder = Finder::new(position, stretch);
            let read = self.entries[start..].iter();
            let fresh: Vec<Entry> = read.filter(|entry| finder.is_after(entry)).cloned().collect();
            if finder.found() {
                return archive.read(&self.container, &fresh);
            }
        }
        archive.lose(&self.container);
        archive.read(&self.container, &self.entries)
    }

    /// Following brings `count` entries from `skip` entries further on (or back); what is
    /// skipped is lost to it, unless it comes back later.
    pub(super) fn follow(&mut self, archive: &mut Archive, skip: isize, count: usize) -> Result<(), Stopped> {
        let start = self.followed.saturating_add_signed(skip).min(self.entries.len());
        let end = (start + count).min(self.entries.len());
        self.followed = end;
        if archive.follow(&self.container, &self.entries[start..end])? == Level::Behind {
            self.read(archive)?;
        }
        Ok(())
    }
}
