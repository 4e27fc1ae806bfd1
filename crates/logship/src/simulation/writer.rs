//! Who writes the log that is shipped.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
};

/// A program that logs, and those who rotate its log.
#[derive(Debug)]
pub(super) struct Writer {
    log: PathBuf,
    number: u64,
    /// A line that is not ended yet.
    begun: Vec<u8>,
    /// Whether the file has a line by which it can be told from others.
    has_first: bool,
    /// Every line that a reader of all files would see.
    pub(super) lines: Vec<Vec<u8>>,
}

impl Writer {
    pub(super) fn new(log: &Path) -> Self {
        Self { log: log.to_owned(), number: 0, begun: Vec::new(), has_first: false, lines: Vec::new() }
    }

    /// Writes lines: events, and now and then what is no event.
    pub(super) fn write(&mut self, count: u8, length: u16) {
        for _ in 0..count {
            self.number += 1;
            let odd = self.has_first && self.begun.is_empty();
            let line = match self.number % 17 {
                5 if odd => Vec::new(),
                9 if odd => format!("@ack {}", self.number).into_bytes(),
                13 if odd => format!("\r\0\u{fffd} {}\r", self.number).into_bytes(),
                _ => self.event(length),
            };
            self.append(&line);
            self.append(b"\n");
            let mut whole = std::mem::take(&mut self.begun);
            whole.extend_from_slice(&line);
            self.lines.push(whole);
            self.has_first = true;
        }
    }

    fn event(&self, length: u16) -> Vec<u8> {
        let (number, more) = (self.number, "x".repeat(usize::from(length)));
        format!(
            "<134>1 2026-11-27T00:00:00.000000+00:00 web http - request \
             [relay@55555 boot=\"0000000000000001\" seq=\"{number}\" path=\"{more}\"]"
        )
        .into_bytes()
    }

    /// Writes the beginning of a line.
    pub(super) fn begin(&mut self) {
        if self.begun.is_empty() {
            self.number += 1;
            let begun = format!("begun {} ", self.number).into_bytes();
            self.append(&begun);
            self.begun = begun;
        }
    }

    fn append(&self, bytes: &[u8]) {
        let mut file = File::options().create(true).append(true).open(&self.log).unwrap();
        file.write_all(bytes).unwrap();
    }

    /// Gives the file another name, as `logrotate` and the collector do.
    pub(super) fn rename(&mut self) {
        if self.log.exists() {
            self.shift();
            fs::rename(&self.log, self.numbered(1)).unwrap();
            self.end();
        }
    }

    /// Copies the file and cuts it; nothing is written meanwhile.
    pub(super) fn copy_and_cut(&mut self) {
        if self.log.exists() {
            self.shift();
            fs::copy(&self.log, self.numbered(1)).unwrap();
            File::options().write(true).open(&self.log).unwrap().set_len(0).unwrap();
            self.end();
        }
    }

    /// A file is over: what was begun in it is a line.
    fn end(&mut self) {
        let begun = std::mem::take(&mut self.begun);
        if !begun.is_empty() {
            self.lines.push(begun);
        }
        self.has_first = false;
    }

    fn shift(&self) {
        let mut last = 1;
        while self.numbered(last).exists() {
            last += 1;
        }
        for number in (1..last).rev() {
            fs::rename(self.numbered(number), self.numbered(number + 1)).unwrap();
        }
    }

    fn numbered(&self, number: u32) -> PathBuf {
        PathBuf::from(format!("{}.{number}", self.log.display()))
    }
}
