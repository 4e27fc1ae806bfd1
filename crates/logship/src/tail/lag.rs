//! What is dropped when the receiver falls too far behind.

use super::{
    Tail, TailError, failed,
    file::Followed,
    lines::{Search, find_feed, find_feed_before},
};
use crate::position::{Gap, Loss};

impl Tail {
    /// Where more waits than may: drops lines that were not given yet, the oldest first, and an eighth
    /// more than needed, so that there is not a gap for each line that is written.
    /// Nothing of a new file before the folder was looked at, as with its lines.
    pub(super) fn drop_excess(&mut self, has_looked: bool) -> Result<Option<Gap>, TailError> {
        let Some(limit) = self.options.lag_limit else { return Ok(None) };
        let waiting = self.waiting()?;
        if waiting <= limit {
            return Ok(None);
        }
        let excess = waiting - (limit - limit / 8);
        for at in 0..self.files.len() {
            let can = |file: &&Followed| !file.is_exhausted() && self.flight.admits(file.generation());
            let Some(file) = self.files.get(at).filter(can) else { continue };
            let (generation, from) = (file.generation(), file.read);
            if file.waiting().map_err(failed(&file.path))? == 0 {
                continue;
            }
            if !has_looked && file.known.prefix.length == 0 {
                return Ok(None);
            }
            // The rest of a line at the end of a file is not dropped, and nothing before it.
            let Some(to) = self.end_of_drop(at, excess)? else { return Ok(None) };
            let gap = Gap { generation, from, to, why: Loss::Lag };
            return Ok(self.give(at, to, to)?.then_some(gap));
        }
        Ok(None)
    }

    /// How much was not given yet.
    fn waiting(&self) -> Result<u64, TailError> {
        self.files.iter().try_fold(0, |sum: u64, file| {
            let more = file.waiting().map_err(failed(&file.path))?;
            Ok(sum.saturating_add(more))
        })
    }

    /// The end of the line in which `excess` bytes more are read of a file, or of the last whole line
    /// that it has.
    fn end_of_drop(&mut self, at: usize, excess: u64) -> Result<Option<u64>, TailError> {
        let Some(file) = self.files.get(at) else { return Ok(None) };
        let Some(handle) = file.handle() else { return Ok(None) };
        let size = file.size().map_err(failed(&file.path))?.min(file.known.end.unwrap_or(u64::MAX));
        let target = file.read.saturating_add(excess).min(size);
        let mut find = || {
            if target < size
                && let Search::Found(end) =
                    find_feed(handle, &mut self.buffer, target.saturating_sub(1), size)?
                && end <= size
            {
                return Ok(Some(end));
            }
            find_feed_before(handle, &mut self.buffer, size, file.read)
        };
        find().map_err(failed(&file.path))
    }
}
