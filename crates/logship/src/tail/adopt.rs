//! Looking at the folder: which files are there, which of them are known, and what became of the rest.

use std::{fs::File, io};

use super::{
    MAX_OPEN, Tail, TailError, failed,
    file::{self, Followed, Health, head_of},
    lines::find_feed_before,
    listing::{Found, Listing},
};
use crate::position::Generation;

/// How many finished files that are gone stay known, lest a copy of one be taken for a new file.
const REMEMBERED: usize = 64;

/// A file that is not known by device, inode and first bytes.
struct Stranger {
    found: Found,
    file: File,
    head: Vec<u8>,
}

impl Tail {
    /// Looks at the folder. What is written to the log comes without it; it is for a caller that does
    /// not ask for lines for long, so that files that others remove meanwhile are held.
    ///
    /// # Errors
    /// When something cannot be read, or the ledger cannot be written.
    pub fn look(&mut self) -> Result<(), TailError> {
        self.unlooked = 0;
        let lost = self.lose_what_changed()?;
        let mut listing = self.list(Listing::read)?;
        if lost || self.has_news(&listing)? {
            let Some(at_rest) = self.list(Listing::read_at_rest)? else { return Ok(()) };
            self.adopt(&at_rest)?;
            listing = at_rest;
        }
        self.note_successors(&listing)
    }

    fn list<T>(&self, read: impl FnOnce(&std::path::Path) -> io::Result<T>) -> Result<T, TailError> {
        read(&self.log).map_err(failed(&self.log))
    }

    /// Lets go of open files that were cut, or that begin with other bytes than they did.
    fn lose_what_changed(&mut self) -> Result<bool, TailError> {
        let mut lost = false;
        for file in &mut self.files {
            if file.look(file.read).map_err(failed(&file.path))? == Health::Changed {
                file.lose();
                lost = true;
            }
        }
        Ok(lost)
    }

    /// Whether there are files that are not known, or known ones are missing.
    fn has_news(&mut self, listing: &Listing) -> Result<bool, TailError> {
        if self.files.iter().any(|file| file.handle().is_none() && !file.known.is_finished()) {
            return Ok(true);
        }
        for found in listing.iter() {
            let counts = found.size > 0 || listing.is_current(found.id);
            if counts && !self.knows(found)? {
                return Ok(true);
            }
        }
        let current = listing.current.as_ref().map(|current| current.id);
        Ok(current.is_some() && self.files.last().and_then(|file| file.known.file) != current)
    }

    fn knows(&mut self, found: &Found) -> Result<bool, TailError> {
        for file in self.files.iter_mut().rev() {
            if file.is(found).map_err(failed(&found.path))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn adopt(&mut self, listing: &Listing) -> Result<(), TailError> {
        let mut strangers = self.strangers(listing)?;
        self.reclaim(&mut strangers, listing);
        self.drop_copies(&mut strangers, listing)?;
        let mut changed = self.welcome(strangers, listing)?;
        changed |= self.revive_current(listing)?;
        changed |= self.forget_finished(listing);
        if changed {
            self.record()?;
        }
        Ok(())
    }

    /// Files that are not known, with their first bytes.
    fn strangers(&mut self, listing: &Listing) -> Result<Vec<Stranger>, TailError> {
        let mut strangers = Vec::new();
        for found in listing.iter() {
            if self.knows(found)? || (found.size == 0 && !listing.is_current(found.id)) {
                continue;
            }
            let open = || {
                let Some(file) = file::open(found)? else { return Ok(None) };
                let head = head_of(&file)?;
                Ok(Some(Stranger { found: found.clone(), file, head }))
            };
            strangers.extend(open().map_err(failed(&found.path))?);
        }
        Ok(strangers)
    }

    /// Finds files that are wanted and lost: copied, moved to another file system, restored.
    fn reclaim(&mut self, strangers: &mut Vec<Stranger>, listing: &Listing) {
        let is_wanted = |file: &&mut Followed| {
            let has_name = file.known.prefix.length > 0;
            file.handle().is_none() && has_name && !file.told && !file.known.is_finished()
        };
        for file in self.files.iter_mut().filter(is_wanted) {
            let is_it = |stranger: &Stranger| file.fits(&stranger.head, stranger.found.size);
            let Some(at) = strangers.iter().rposition(is_it) else { continue };
            let Stranger { found, file: handle, head } = strangers.remove(at);
            // A copy is whole when its original is cut.
            file.succeeded |= !listing.is_current(found.id);
            tracing::info!("{}: found as {}", file.generation(), found.path.display());
            file.take(&found, handle, &head);
            self.dirty = true;
        }
    }

    /// Leaves aside rotated files that are copies of known ones, or are about to become one.
    fn drop_copies(&mut self, strangers: &mut Vec<Stranger>, listing: &Listing) -> Result<(), TailError> {
        let heads = self.heads_of_current(strangers, listing)?;
        let is_there = |file: &Followed| listing.iter().any(|found| file.known.file == Some(found.id));
        strangers.retain(|Stranger { found, head, .. }| {
            if listing.is_current(found.id) {
                return true;
            }
            let is_copy = |file: &&mut Followed| file.known.prefix.length > 0 && file.known.prefix.fits(head);
            let Some(original) = self.files.iter_mut().find(is_copy) else {
                return !heads.iter().any(|current| is_copy_of(head, current));
            };
            // Moved to another file system, or on a device that has another number since the machine
            // was started.
            if original.known.is_finished() && !is_there(original) {
                original.known.file = Some(found.id);
                self.dirty = true;
            }
            false
        });
        let mut seen: Vec<Vec<u8>> = Vec::new();
        strangers.retain(|Stranger { found, head, .. }| {
            let is_again = seen.contains(head);
            seen.push(head.clone());
            !is_again || listing.is_current(found.id)
        });
        Ok(())
    }

    /// What the file begins with that has the name of the log, known or not.
    fn heads_of_current(&self, strangers: &[Stranger], listing: &Listing) -> Result<Vec<Vec<u8>>, TailError> {
        let new = strangers.iter().filter(|stranger| listing.is_current(stranger.found.id));
        let mut heads: Vec<_> = new.map(|stranger| stranger.head.clone()).collect();
        let is_current = |file: &&Followed| file.known.file.is_some_and(|id| listing.is_current(id));
        for file in self.files.iter().filter(is_current) {
            if let Some(handle) = file.handle() {
                heads.push(head_of(handle).map_err(failed(&file.path))?);
            }
        }
        Ok(heads)
    }

    /// Takes files that were never seen, each before the next one that is known.
    fn welcome(&mut self, mut strangers: Vec<Stranger>, listing: &Listing) -> Result<bool, TailError> {
        let open = self.files.iter().filter(|file| file.handle().is_some()).count();
        let mut changed = false;
        strangers.truncate(MAX_OPEN.saturating_sub(open));
        for stranger in strangers.into_iter().rev() {
            let is_rotated = !listing.is_current(stranger.found.id);
            let begin = if is_rotated { 0 } else { self.rest_of_cut(&stranger)? };
            let generation = Generation::draw().map_err(TailError::Random)?;
            tracing::info!("{generation}: new file {}", stranger.found.path.display());
            let mut file = Followed::new(generation, &stranger.found, stranger.file, begin);
            file.look(begin).map_err(failed(&file.path))?;
            let at = self.place(&stranger.found, listing)?;
            self.files.insert(at, file);
            changed = true;
        }
        Ok(changed)
    }

    /// Where a new file belongs: before the next known one in the folder; without one, behind all but
    /// those that have no name any more and were written since.
    fn place(&self, new: &Found, listing: &Listing) -> Result<usize, TailError> {
        let mut later = listing.iter().skip_while(|found| found.id != new.id).skip(1);
        let place = |found: &Found| self.files.iter().rposition(|file| file.known.file == Some(found.id));
        if let Some(at) = later.find_map(place) {
            return Ok(at);
        }
        let mut at = self.files.len();
        if listing.is_current(new.id) {
            return Ok(at);
        }
        for file in self.files.iter().rev() {
            let is_named = listing.iter().any(|found| file.known.file == Some(found.id));
            let modified = file.modified().map_err(failed(&file.path))?;
            if is_named || modified.is_none_or(|modified| modified <= new.modified) {
                break;
            }
            at -= 1;
        }
        Ok(at)
    }

    /// Where to begin with a file that was cut in its middle: what is left of it was given before.
    fn rest_of_cut(&mut self, stranger: &Stranger) -> Result<u64, TailError> {
        let Stranger { found, file, head } = stranger;
        let is_it = |known: &&Followed| {
            let lost = known.handle().is_none() && !known.known.is_finished();
            lost && known.known.prefix.length > 0 && known.known.prefix.fits(head)
        };
        let Some(cut) = self.files.iter().find(is_it) else { return Ok(0) };
        let end = found.size.min(cut.read);
        let feed = find_feed_before(file, &mut self.buffer, end, 0).map_err(failed(&found.path))?;
        Ok(feed.unwrap_or(0))
    }

    /// A file that got the name of the log back is written to again.
    fn revive_current(&mut self, listing: &Listing) -> Result<bool, TailError> {
        let Some(current) = &listing.current else { return Ok(false) };
        let at = self.files.iter().rposition(|file| file.known.file == Some(current.id));
        let Some(at) = at.filter(|at| at + 1 < self.files.len()) else { return Ok(false) };
        let mut file = self.files.remove(at);
        file.known.end = None;
        file.succeeded = false;
        file.close();
        let opened = file.is(current).map_err(failed(&current.path));
        self.files.push(file);
        opened
    }

    /// Forgets finished files: those that never had anything in them, and those that are gone, but for
    /// the last ones.
    fn forget_finished(&mut self, listing: &Listing) -> bool {
        let before = self.files.len();
        let is_there = |file: &Followed| listing.iter().any(|found| file.known.file == Some(found.id));
        let is_spare = |file: &Followed| file.known.is_finished() && !is_there(file);
        let spare = self.files.iter().filter(|file| is_spare(file)).count();
        let mut surplus = spare.saturating_sub(REMEMBERED);
        self.files.retain(|file| {
            if file.known.end == Some(0) {
                return false;
            }
            let goes = surplus > 0 && is_spare(file);
            surplus -= usize::from(goes);
            !goes
        });
        self.files.len() < before
    }

    /// Notes which files nobody writes to any more, because something was written to a later one.
    fn note_successors(&mut self, listing: &Listing) -> Result<(), TailError> {
        let mut later = false;
        for file in self.files.iter_mut().rev() {
            let is_current = file.known.file.is_some_and(|id| listing.is_current(id));
            file.succeeded |= later && !is_current;
            later = later || file.has_content().map_err(failed(&file.path))?;
        }
        Ok(())
    }

    /// Whether what is before the acknowledged place of a file can be read.
    pub(super) fn is_at_hand(&mut self, generation: Generation) -> Result<bool, TailError> {
        let listing = self.list(Listing::read)?;
        let file = self.files.iter_mut().find(|file| file.generation() == generation);
        let Some(file) = file else { return Ok(false) };
        for found in listing.iter() {
            let mut look = || Ok(file.handle().is_some() || file.is(found)? || file.is_copied_as(found)?);
            if look().map_err(failed(&found.path))? {
                return Ok(true);
            }
        }
        Ok(file.handle().is_some())
    }
}

/// Whether a file that begins with `head` is a copy, or the beginning of one, of a file that begins
/// with `original`.
fn is_copy_of(head: &[u8], original: &[u8]) -> bool {
    let has_line = original.contains(&b'\n');
    !head.is_empty() && (original.starts_with(head) || (has_line && head.starts_with(original)))
}
