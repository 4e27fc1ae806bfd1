//! `scp -t`: takes files.

use super::{
    Options, Peer,
    control::{self, Control, Fault},
    rewriting,
};
use crate::{
    machine::{Errno, Handle, Time},
    shell::{Exit, Process},
};

/// How deep directories may be in each other.
const DEPTH: usize = 64;

/// The side that takes.
pub(super) struct Sink<'a> {
    process: &'a Process,
    options: Options,
    peer: Peer,
    errors: u32,
    first: bool,
}

/// A directory that is being filled.
struct Level {
    target: Vec<u8>,
    is_directory: bool,
    /// What is set when it is full: mode and times.
    mode: Option<u32>,
    times: Option<(i64, i64)>,
}

/// What comes: mode, size, and under what name here.
struct Coming {
    mode: u32,
    size: u64,
    path: Vec<u8>,
    exists: bool,
}

impl<'a> Sink<'a> {
    pub(super) fn new(process: &'a Process, options: Options) -> Self {
        Self { process, options, peer: Peer::new(process.input.clone()), errors: 0, first: true }
    }

    pub(super) async fn run(mut self, operands: &[Vec<u8>]) -> Result<Exit, Exit> {
        let [target] = operands else {
            self.complain("ambiguous target").await?;
            return Ok(Exit::FAILURE);
        };
        let target = if target.is_empty() { b"." } else { target.as_slice() };
        let found = self.process.files.stat(target);
        if self.options.into_directory {
            let refused = match &found {
                Ok(file) if file.is_directory() => None,
                Ok(_) => Some(Errno::NotDirectory),
                Err(error) => Some(*error),
            };
            if let Some(error) = refused {
                self.refuse(target, error).await?;
                return Ok(Exit::FAILURE);
            }
        }
        self.acknowledge().await?;
        let is_directory = found.is_ok_and(|file| file.is_directory());
        let top = Level { target: target.to_vec(), is_directory, mode: None, times: None };
        self.levels(top).await?;
        Ok(if self.errors == 0 { Exit::SUCCESS } else { Exit::FAILURE })
    }

    /// Takes everything; a directory that begins is one level deeper, its end one level up.
    async fn levels(&mut self, top: Level) -> Result<(), Exit> {
        let mut levels = vec![top];
        let mut times = None;
        while let Some(first) = self.peer.byte().await {
            let Some(line) = self.peer.line(first).await else {
                return self.screwed("lost connection").await;
            };
            if let Some((1 | 2, _)) = line.split_first() {
                // The other side says itself what went wrong.
                if line.first() == Some(&2) {
                    return Err(Exit::FAILURE);
                }
                self.errors += 1;
                continue;
            }
            match control::parse(&line, std::mem::replace(&mut self.first, false)) {
                Err(fault) => return self.fail(fault, &line).await,
                Ok(Control::Times(modified, accessed)) => {
                    times = Some((modified, accessed));
                    self.acknowledge().await?;
                }
                Ok(Control::End) => {
                    self.acknowledge().await?;
                    let Some(level) = levels.pop().filter(|_| !levels.is_empty()) else { return Ok(()) };
                    self.close(&level);
                }
                Ok(Control::Entry { directory, mode, size, name }) => {
                    let Some(level) = levels.last() else { return Ok(()) };
                    let path = if level.is_directory {
                        [&level.target, &b"/"[..], &name].concat()
                    } else {
                        level.target.clone()
                    };
                    let exists = self.process.files.stat(&path).is_ok();
                    let mode = if self.options.preserves { mode } else { mode & !self.process.files.umask() };
                    let coming = Coming { mode, size, path, exists };
                    if !directory {
                        self.file(coming, times.take()).await?;
                    } else if levels.len() >= DEPTH {
                        return Err(Exit::FAILURE);
                    } else if let Some(level) = self.directory(coming, times.take()).await? {
                        levels.push(level);
                    }
                }
            }
        }
        Ok(())
    }

    async fn directory(&mut self, coming: Coming, times: Option<(i64, i64)>) -> Result<Option<Level>, Exit> {
        if !self.options.recursive {
            self.screwed("received directory without -r").await?;
        }
        let files = &self.process.files;
        let mut mode = self.options.preserves.then_some(coming.mode);
        let made = match files.stat(&coming.path) {
            Ok(file) if !file.is_directory() => Err(Errno::NotDirectory),
            Ok(_) => Ok(()),
            Err(_) => {
                mode = Some(coming.mode);
                files.mkdir(&coming.path, coming.mode | 0o700)
            }
        };
        if let Err(error) = made {
            self.refuse(&coming.path, error).await?;
            return Ok(None);
        }
        self.acknowledge().await?;
        Ok(Some(Level { target: coming.path, is_directory: true, mode, times }))
    }

    /// A directory is full.
    fn close(&self, level: &Level) {
        let files = &self.process.files;
        set_times(self.process, &level.target, level.times);
        if let Some(mode) = level.mode {
            let _ = files.chmod(&level.target, mode);
        }
    }

    async fn file(&mut self, coming: Coming, times: Option<(i64, i64)>) -> Result<(), Exit> {
        let files = &self.process.files;
        let mut handle = match files.open(&coming.path, rewriting(coming.mode | 0o200)) {
            Ok(handle) => handle,
            Err(error) => return self.refuse(&coming.path, error).await,
        };
        self.acknowledge().await?;
        let written = self.content(&coming, &mut handle).await?;
        let _ = handle.truncate(coming.size);
        if self.options.preserves || !coming.exists {
            let _ = files.chmod(&coming.path, coming.mode);
        }
        let agrees = self.peer.agrees().await?;
        if !agrees {
            self.errors += 1;
        }
        set_times(self.process, &coming.path, times);
        match written {
            Ok(()) => self.acknowledge().await,
            Err(error) => self.refuse(&coming.path, error).await,
        }
    }

    /// The bytes of a file, which are also kept.
    async fn content(&mut self, coming: &Coming, handle: &mut Handle) -> Result<Result<(), Errno>, Exit> {
        const PIECE: usize = 32 * 1024;
        let mut kept = self.process.seat.witness().artifact(&coming.path, "upload");
        let mut written = Ok(());
        let mut left = coming.size;
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            let piece = self.peer.bytes(most).await;
            if piece.is_empty() {
                drop(kept);
                self.complain("Broken pipe").await?;
                return Err(Exit::FAILURE);
            }
            kept.write(&piece).await;
            if written.is_ok() {
                written = handle.write(&piece).map(drop);
            }
            left = left.saturating_sub(piece.len() as u64);
        }
        kept.finish();
        Ok(written)
    }

    async fn acknowledge(&self) -> Result<(), Exit> {
        self.process.print(b"\0").await
    }

    async fn refuse(&mut self, path: &[u8], error: Errno) -> Result<(), Exit> {
        let shown = String::from_utf8_lossy(path).into_owned();
        self.complain(&format!("{shown}: {}", error.text())).await
    }

    async fn screwed(&mut self, why: &str) -> Result<(), Exit> {
        self.complain(&format!("protocol error: {why}")).await?;
        Err(Exit::FAILURE)
    }

    async fn fail(&mut self, fault: Fault, line: &[u8]) -> Result<(), Exit> {
        match fault {
            Fault::Screwed(why) => return self.screwed(why).await,
            Fault::Foreign => self.complain(&String::from_utf8_lossy(line)).await?,
            Fault::Name => {
                let name = line.splitn(3, |byte| *byte == b' ').nth(2).unwrap_or_default();
                let name = String::from_utf8_lossy(name).into_owned();
                self.complain(&format!("error: unexpected filename: {name}")).await?;
            }
        }
        Err(Exit::FAILURE)
    }

    /// Tells the other side what went wrong.
    async fn complain(&mut self, text: &str) -> Result<(), Exit> {
        self.errors += 1;
        self.process.print(format!("\x01scp: {text}\n")).await
    }
}

fn set_times(process: &Process, path: &[u8], times: Option<(i64, i64)>) {
    if let Some((modified, accessed)) = times {
        let _ = process.files.utimes(path, Some(Time::at(accessed)), Some(Time::at(modified)));
    }
}
