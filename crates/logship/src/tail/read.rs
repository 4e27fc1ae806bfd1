//! The next lines.

use super::{
    Block, Next, Tail, TailError, failed,
    file::{Followed, Health},
    lines::{Search, find_feed, read_at, shorten, whole},
};
use crate::{
    ledger::FileId,
    position::{Gap, Generation, Loss},
};

/// Bytes read between two looks at the folder, when there is always more to be read.
const LOOK_EVERY: usize = 16 << 20;

/// Most bytes of one line that are looked through at a time.
const MAX_SCAN: u64 = 64 << 20;

/// How often files may turn out to be other ones before a caller is told to come again.
const MAX_SURPRISES: usize = 8;

/// What reading a file came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    /// The first `length` bytes of the buffer are lines up to `to`.
    Lines { length: usize, to: u64 },
    /// A line of so many bytes without its line feed, of which the buffer has the beginning.
    Long { length: u64, to: u64 },
    /// The last `length` bytes of the file have no line feed; the buffer has the beginning.
    Rest { length: u64 },
    /// The line is not at its end here, and where that is takes longer to find.
    Unfinished { to: u64 },
}

/// What one attempt to go on came to.
enum Step {
    /// So many bytes of the buffer are lines.
    Lines {
        at: usize,
        from: u64,
        to: u64,
        length: usize,
    },
    Gap(Gap),
    /// This file has nothing more for now.
    Further,
    /// A file is not the one that it was.
    Surprise,
    /// Nothing more for now.
    Dry,
}

impl Tail {
    /// What comes next. What was given stays under way until [`Tail::release`].
    ///
    /// # Errors
    /// When something cannot be read, or the ledger cannot be written. Nothing is lost by it: the same
    /// comes when it is asked again.
    pub fn advance(&mut self) -> Result<Next<'_>, TailError> {
        if self.unlooked >= LOOK_EVERY {
            self.look()?;
        }
        let mut looks = 0;
        loop {
            if let Some(gap) = self.drop_excess(looks > 0)? {
                return Ok(Next::Gap(gap));
            }
            match self.step(looks > 0)? {
                Step::Lines { at, from, to, length } => {
                    let generation = self.files.get(at).map_or(Generation([0; 16]), Followed::generation);
                    let bytes = self.buffer.get(..length).unwrap_or_default();
                    return Ok(Next::Block(Block { generation, from, to, bytes }));
                }
                Step::Gap(gap) => return Ok(Next::Gap(gap)),
                Step::Surprise if looks < MAX_SURPRISES => {}
                Step::Further if looks == 0 => {}
                Step::Dry | Step::Further | Step::Surprise => return Ok(Next::Nothing),
            }
            self.look()?;
            looks += 1;
        }
    }

    /// Goes on with the first file that is not over: what is in a later one waits for its end.
    ///
    /// Before the first lines of a file, the folder must have been looked at: it may have been copied,
    /// cut and written to since it was seen empty, and then the copy comes first.
    fn step(&mut self, has_looked: bool) -> Result<Step, TailError> {
        for at in 0..self.files.len() {
            let is_new = |file: &Followed| !file.is_exhausted() && file.known.prefix.length == 0;
            if !has_looked && self.files.get(at).is_some_and(is_new) {
                return Ok(Step::Surprise);
            }
            let step = self.step_in(at)?;
            let is_over = self.files.get(at).is_none_or(Followed::is_exhausted);
            if !(is_over && matches!(step, Step::Further)) {
                return Ok(step);
            }
        }
        Ok(Step::Further)
    }

    fn step_in(&mut self, at: usize) -> Result<Step, TailError> {
        let Some(file) = self.files.get_mut(at).filter(|file| !file.is_exhausted()) else {
            return Ok(Step::Further);
        };
        if !self.flight.admits(file.generation()) {
            return Ok(Step::Dry);
        }
        let Some(handle) = file.handle() else { return self.miss(at) };
        let from = file.read;
        let piece = read_piece(file, handle, &mut self.buffer, self.options.line_limit);
        match piece.map_err(failed(&file.path))? {
            Piece::Lines { length, to } => {
                self.unlooked += length;
                self.give_lines(at, to, to, length)
            }
            Piece::Long { length, to } => self.give_line(at, length, (to, to)),
            Piece::Rest { length } => {
                file.scanned = from + length;
                self.meet_end(at, length)
            }
            Piece::Unfinished { to } => {
                file.scanned = to;
                Ok(Step::Dry)
            }
        }
    }

    /// A file is not to be found. When nothing was written to a later one, it may come back.
    fn miss(&mut self, at: usize) -> Result<Step, TailError> {
        let Some(file) = self.files.get_mut(at).filter(|file| file.succeeded) else {
            return Ok(Step::Further);
        };
        if file.known.prefix.length == 0 && file.known.end.is_none() {
            // Nobody ever saw a line in it.
            file.end_at(file.read);
            self.dirty = true;
            return Ok(Step::Further);
        }
        let to = file.known.end.unwrap_or(file.read);
        let gap = Gap { generation: file.generation(), from: file.read, to, why: Loss::Gone };
        file.told = true;
        self.flight.closed(gap.generation, to);
        Ok(Step::Gap(gap))
    }

    /// Nothing is in the file behind what was given but `rest` bytes without line feed. Nobody writes
    /// to it any more when somebody wrote to a later one *before* this end was met.
    fn meet_end(&mut self, at: usize, rest: u64) -> Result<Step, TailError> {
        let Some(file) = self.files.get_mut(at).filter(|file| file.succeeded) else {
            return Ok(Step::Further);
        };
        let from = file.read;
        if file.look(from).map_err(failed(&file.path))? == Health::Changed {
            return Ok(Step::Surprise);
        }
        let to = from + rest + 1;
        if rest > 0 && file.known.end.is_none_or(|end| end == to) {
            let step = self.give_line(at, rest, (to, from + rest))?;
            if matches!(step, Step::Lines { .. })
                && let Some(file) = self.files.get_mut(at)
            {
                file.end_at(to);
                self.dirty = true;
            }
            return Ok(step);
        }
        if file.known.end.is_some() {
            // It was longer once.
            file.lose();
            return self.miss(at);
        }
        file.end_at(from);
        self.dirty = true;
        Ok(Step::Further)
    }

    /// Gives the one line that the buffer begins with, which has `length` bytes without its line feed,
    /// and ends at the first of `ends`; the file has it up to the second.
    fn give_line(&mut self, at: usize, length: u64, ends: (u64, u64)) -> Result<Step, TailError> {
        let limit = self.options.line_limit;
        let kept = usize::try_from(length).unwrap_or(usize::MAX);
        let mut line = self.buffer.get(..kept.min(limit)).unwrap_or_default().to_vec();
        if kept > limit {
            shorten(&mut line, length, limit);
        } else {
            line.push(b'\n');
        }
        if let Some(space) = self.buffer.get_mut(..line.len()) {
            space.copy_from_slice(&line);
        }
        self.give_lines(at, ends.0, ends.1, line.len())
    }

    fn give_lines(&mut self, at: usize, to: u64, in_file: u64, length: usize) -> Result<Step, TailError> {
        let from = self.files.get(at).map_or(0, |file| file.read);
        Ok(if self.give(at, to, in_file)? { Step::Lines { at, from, to, length } } else { Step::Surprise })
    }

    /// Everything of a file up to `to` is given, if it is still the file that it was and has all before
    /// `in_file`. Before that, the ledger knows it by what it begins with.
    pub(super) fn give(&mut self, at: usize, to: u64, in_file: u64) -> Result<bool, TailError> {
        let Some(file) = self.files.get_mut(at) else { return Ok(false) };
        let health = file.look(in_file).map_err(failed(&file.path))?;
        if health == Health::Changed || file.known.prefix.length == 0 {
            return Ok(false);
        }
        if file.recorded.is_none_or(|length| length == 0) {
            self.record()?;
        }
        if let Some(file) = self.files.get_mut(at) {
            file.read = to;
            file.scanned = to;
            self.flight.gave(file.generation(), to);
        }
        Ok(true)
    }

    /// A mark one byte behind the end of a file says that its last line was given without its line
    /// feed: the file is over, unless it has the name of the log; then it lost its end.
    pub(super) fn end_at_mark(&mut self, generation: Generation, mark: u64) -> Result<(), TailError> {
        let Some(file) = self.files.iter_mut().find(|file| file.generation() == generation) else {
            return Ok(());
        };
        let current = std::fs::metadata(&self.log).map(|meta| FileId::of(&meta)).ok();
        let may_end = file.known.end.is_none() && file.handle().is_some() && file.known.file != current;
        if may_end && mark == file.size().map_err(failed(&file.path))? + 1 {
            file.known.end = Some(mark);
        }
        file.acknowledge(mark);
        Ok(())
    }
}

/// Reads what comes next of a file.
fn read_piece(
    file: &Followed,
    handle: &std::fs::File,
    buffer: &mut [u8],
    limit: usize,
) -> std::io::Result<Piece> {
    let end = file.known.end.unwrap_or(u64::MAX);
    let wanted = usize::try_from(end.saturating_sub(file.read)).unwrap_or(usize::MAX).min(buffer.len());
    let length = read_at(handle, buffer.get_mut(..wanted).unwrap_or_default(), file.read)?;
    let lines = whole(buffer.get(..length).unwrap_or_default(), limit);
    if lines > 0 {
        return Ok(Piece::Lines { length: lines, to: file.read + lines as u64 });
    }
    // The last byte before a known end is a line feed, if only by courtesy.
    let most = end.saturating_sub(file.read).saturating_sub(1);
    if length <= limit {
        return Ok(Piece::Rest { length: most.min(length as u64) });
    }
    // The beginning stays where it is; what follows is looked through behind it.
    let space = buffer.get_mut(limit..).unwrap_or_default();
    let from = file.scanned.max(file.read + limit as u64);
    Ok(match find_feed(handle, space, from, MAX_SCAN)? {
        Search::Found(to) if to <= end => Piece::Long { length: to - 1 - file.read, to },
        Search::Found(_) => Piece::Rest { length: most },
        Search::End(size) => Piece::Rest { length: most.min(size - file.read) },
        Search::Unfinished(to) => Piece::Unfinished { to },
    })
}
