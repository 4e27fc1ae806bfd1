//! Who writes a log, and rotates it.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::{
    Corpus,
    corpus::LENGTH,
    site::{numbered, shift},
};

/// Writes numbered lines to a log, one after the other.
#[derive(Debug)]
pub struct Writer {
    log: PathBuf,
    corpus: Corpus,
    /// The number of the next line.
    next: u64,
    /// What is still to be written of the line before it.
    rest: Vec<u8>,
    file: Option<File>,
    /// Lines that were begun since the file was new.
    in_file: u64,
}

impl Writer {
    /// Writes to the file at `log`, which is not there yet.
    pub fn new(log: &Path, corpus: Corpus) -> Self {
        Self { log: log.to_owned(), corpus, next: 0, rest: Vec::new(), file: None, in_file: 0 }
    }

    /// What is written.
    pub fn corpus(&self) -> &Corpus {
        &self.corpus
    }

    /// How many lines were written.
    pub fn written(&self) -> u64 {
        self.next
    }

    /// How many bytes they are.
    pub fn bytes(&self) -> u64 {
        self.next * self.bytes_each()
    }

    /// How many bytes each is, its line feed included.
    pub const fn bytes_each(&self) -> u64 {
        LENGTH as u64 + 1
    }

    /// Writes so many lines at once.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&mut self, count: u64) -> Result<()> {
        let mut text = std::mem::take(&mut self.rest);
        for _ in 0..count {
            self.corpus.push(self.next, &mut text);
            self.next += 1;
        }
        self.in_file += count;
        self.append(&text)
    }

    /// Writes the beginning of a line; its end comes with whatever is done next.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn begin(&mut self) -> Result<()> {
        let mut text = std::mem::take(&mut self.rest);
        let end = text.len() + LENGTH / 2;
        self.corpus.push(self.next, &mut text);
        self.rest = text.split_off(end);
        self.next += 1;
        self.in_file += 1;
        self.append(&text)
    }

    fn append(&mut self, text: &[u8]) -> Result<()> {
        let failed = || format!("writing {}", self.log.display());
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let opened = File::options().create(true).append(true).open(&self.log);
                none.insert(opened.with_context(failed)?)
            }
        };
        file.write_all(text).with_context(failed)
    }

    /// Gives the file another name, and goes on in a new one.
    ///
    /// # Errors
    /// When it cannot be renamed.
    pub fn rename(&mut self) -> Result<()> {
        if self.in_file == 0 {
            return Ok(());
        }
        self.write(0)?;
        shift(&self.log)?;
        (self.file, self.in_file) = (None, 0);
        Ok(())
    }

    /// Copies the file and cuts it; nothing is written meanwhile.
    ///
    /// # Errors
    /// When it cannot be copied or cut.
    pub fn copy_and_cut(&mut self) -> Result<()> {
        if self.in_file == 0 {
            return Ok(());
        }
        self.write(0)?;
        let failed = || format!("copying {}", self.log.display());
        shift_older(&self.log)?;
        fs::copy(&self.log, numbered(&self.log, 1)).with_context(failed)?;
        if let Some(file) = &self.file {
            file.set_len(0).with_context(failed)?;
        }
        self.in_file = 0;
        Ok(())
    }
}

/// Renames the older ones of a file, and not itself.
fn shift_older(log: &Path) -> Result<()> {
    let count = (1..).take_while(|number| numbered(log, *number).exists()).count();
    for number in (1..=count).rev() {
        let from = numbered(log, number);
        fs::rename(&from, numbered(log, number + 1))
            .with_context(|| format!("renaming {}", from.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::tally::tally;

    #[test]
    fn every_line_is_in_one_of_the_files() {
        let folder = std::env::temp_dir().join(format!("writer-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let log = folder.join("decnet.log");
        let mut writer = Writer::new(&log, Corpus::of("web-01").unwrap());
        writer.write(3).unwrap();
        writer.begin().unwrap();
        writer.rename().unwrap();
        writer.write(2).unwrap();
        writer.copy_and_cut().unwrap();
        writer.copy_and_cut().unwrap();
        writer.begin().unwrap();
        writer.begin().unwrap();
        writer.copy_and_cut().unwrap();
        writer.write(1).unwrap();
        let files = [numbered(&log, 3), numbered(&log, 2), numbered(&log, 1), log];
        let tallies = tally(&files, &[(writer.corpus(), writer.written())]).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(tallies[0].written, 9);
        assert!(tallies[0].is_whole(), "{}", tallies[0]);
    }
}
