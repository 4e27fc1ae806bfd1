//! What came of numbered lines.

use std::{
    fmt,
    fs::File,
    io::{BufRead as _, BufReader},
    path::PathBuf,
};

use anyhow::{Context, Result, ensure};

use super::Corpus;

/// How the lines of one corpus came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many were written.
    pub written: u64,
    /// How many of them did not come.
    pub lost: u64,
    /// How often a line came that was there.
    pub twice: u64,
    /// How many came behind one that was written later.
    pub late: u64,
}

impl Tally {
    /// Whether each came once and in order.
    pub fn is_whole(&self) -> bool {
        self.lost == 0 && self.twice == 0 && self.late == 0
    }

    /// The same as an error where it is not so.
    ///
    /// # Errors
    /// When a line was lost, came twice or late.
    pub fn whole(self) -> Result<Self> {
        ensure!(self.is_whole(), "{self}");
        Ok(self)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { written, lost, twice, late } = self;
        write!(f, "{lost} lost, {twice} twice, {late} out of order, of {written} lines")
    }
}

/// Looks through files, in order, for the lines of every corpus, of each of which so many were
/// written. A line that is of none is an error: nobody wrote it.
///
/// # Errors
/// When a file cannot be read, or has such a line.
pub fn tally(files: &[PathBuf], written: &[(&Corpus, u64)]) -> Result<Vec<Tally>> {
    let mut counts: Vec<_> = written.iter().map(|(corpus, count)| Count::new(corpus, *count)).collect();
    for path in files {
        let failed = || format!("reading {}", path.display());
        let mut file = BufReader::with_capacity(1 << 20, File::open(path).with_context(failed)?);
        let mut line = Vec::new();
        loop {
            line.clear();
            if file.read_until(b'\n', &mut line).with_context(failed)? == 0 {
                break;
            }
            let whole = line.strip_suffix(b"\n").unwrap_or(&line);
            let is_known = counts.iter_mut().any(|count| count.take(whole));
            ensure!(is_known, "{} has {:?}", path.display(), String::from_utf8_lossy(whole));
        }
    }
    Ok(counts.into_iter().map(Count::finish).collect())
}

/// How many lines files have.
///
/// # Errors
/// When one cannot be read.
pub fn lines(files: &[PathBuf]) -> Result<u64> {
    let mut count = 0;
    for path in files {
        let failed = || format!("reading {}", path.display());
        let mut file = BufReader::with_capacity(1 << 20, File::open(path).with_context(failed)?);
        loop {
            let piece = file.fill_buf().with_context(failed)?;
            if piece.is_empty() {
                break;
            }
            count += piece.iter().filter(|byte| **byte == b'\n').count() as u64;
            let length = piece.len();
            file.consume(length);
        }
    }
    Ok(count)
}

struct Count<'a> {
    corpus: &'a Corpus,
    seen: Vec<bool>,
    tally: Tally,
    /// The number behind the highest that came.
    next: u64,
}

impl<'a> Count<'a> {
    fn new(corpus: &'a Corpus, written: u64) -> Self {
        let seen = vec![false; usize::try_from(written).unwrap_or(usize::MAX)];
        Self { corpus, seen, tally: Tally { written, ..Tally::default() }, next: 0 }
    }

    /// Takes a line if it is one of its own.
    fn take(&mut self, line: &[u8]) -> bool {
        let Some(number) = self.corpus.number(line) else { return false };
        let seen = usize::try_from(number).ok().and_then(|number| self.seen.get_mut(number));
        let Some(seen) = seen else { return false };
        if std::mem::replace(seen, true) {
            self.tally.twice += 1;
        } else if number < self.next {
            self.tally.late += 1;
        }
        self.next = self.next.max(number + 1);
        true
    }

    fn finish(self) -> Tally {
        let lost = self.seen.iter().filter(|seen| !**seen).count() as u64;
        Tally { lost, ..self.tally }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn told(numbers: &[u64], more: &[u8]) -> Result<Tally> {
        let corpus = Corpus::of("web-01").unwrap();
        let mut text = Vec::new();
        numbers.iter().for_each(|number| corpus.push(*number, &mut text));
        text.extend_from_slice(more);
        // Each test has a name of its own, and a process of its own.
        let path = std::env::temp_dir().join(format!("tally-{}-{}", std::process::id(), text.len()));
        std::fs::write(&path, text).unwrap();
        let outcome = tally(std::slice::from_ref(&path), &[(&corpus, 4)]);
        std::fs::remove_file(&path).unwrap();
        Ok(outcome?[0])
    }

    #[test]
    fn what_is_lost_twice_or_late_is_told() {
        let whole = Tally { written: 4, ..Tally::default() };
        assert_eq!(told(&[0, 1, 2, 3], b"").unwrap(), whole);
        assert_eq!(told(&[0, 1, 3], b"").unwrap(), Tally { lost: 1, ..whole });
        assert_eq!(told(&[0, 1, 1, 2, 3], b"").unwrap(), Tally { twice: 1, ..whole });
        assert_eq!(told(&[1, 0, 2, 3], b"").unwrap(), Tally { late: 1, ..whole });
        assert!(told(&[1, 0, 2], b"").unwrap().whole().is_err());
    }

    #[test]
    fn what_nobody_wrote_is_an_error() {
        assert!(told(&[0, 1, 2, 3, 4], b"").is_err());
        assert!(told(&[0, 1, 2, 3], b"forged\n").is_err());
        assert!(tally(&[Path::new("/no/such/file").to_owned()], &[]).is_err());
    }
}
