//! `scp -f`: gives files.

use decnet_event::Kind as Event;

use super::{Options, Peer, last_name, travelling};
use crate::{
    machine::{Errno, Kind, Metadata, Open},
    shell::{Exit, Process},
};

/// How deep directories may be in each other.
const DEPTH: usize = 64;

/// The side that gives.
pub(super) struct Source<'a> {
    process: &'a Process,
    options: Options,
    peer: Peer,
    errors: u32,
}

/// What is still to be given: a path, or the end of a directory.
enum Step {
    Give(Vec<u8>, usize),
    End,
}

impl<'a> Source<'a> {
    pub(super) fn new(process: &'a Process, options: Options) -> Self {
        Self { process, options, peer: Peer::new(process.input.clone()), errors: 0 }
    }

    pub(super) async fn run(mut self, operands: &[Vec<u8>]) -> Result<Exit, Exit> {
        self.agreed().await?;
        for operand in operands {
            let mut steps = vec![Step::Give(operand.clone(), 0)];
            while let Some(step) = steps.pop() {
                match step {
                    Step::Give(path, depth) => self.give(&path, depth, &mut steps).await?,
                    Step::End => {
                        self.process.print(b"E\n").await?;
                        self.agreed().await?;
                    }
                }
            }
        }
        Ok(if self.errors == 0 { Exit::SUCCESS } else { Exit::FAILURE })
    }

    async fn give(&mut self, path: &[u8], depth: usize, steps: &mut Vec<Step>) -> Result<(), Exit> {
        let files = &self.process.files;
        let found = files.stat(path).and_then(|file| match file.kind {
            Kind::Directory => Ok(file),
            _ => files.open(path, Open::reading()).map(|_| file),
        });
        let file = match found {
            Ok(file) => file,
            Err(error) => {
                self.tell(path, error.text());
                let shown = String::from_utf8_lossy(path).into_owned();
                return self.complain(&format!("{shown}: {}", error.text())).await;
            }
        };
        match file.kind {
            Kind::File => self.file(path, &file).await,
            Kind::Directory if self.options.recursive && depth < DEPTH => {
                self.directory(path, &file, depth, steps).await
            }
            _ => {
                let shown = String::from_utf8_lossy(path).into_owned();
                self.complain(&format!("{shown}: not a regular file")).await
            }
        }
    }

    async fn directory(
        &mut self,
        path: &[u8],
        file: &Metadata,
        depth: usize,
        steps: &mut Vec<Step>,
    ) -> Result<(), Exit> {
        let entries = match self.process.files.read_dir(path) {
            Ok(entries) => entries,
            Err(error) => {
                let shown = String::from_utf8_lossy(path).into_owned();
                return self.complain(&format!("{shown}: {}", error.text())).await;
            }
        };
        if !self.times(file).await? {
            return Ok(());
        }
        let mut line = format!("D{:04o} 0 ", travelling(file)).into_bytes();
        let whole = path.strip_suffix(b"/").unwrap_or(path);
        line.extend_from_slice(last_name(whole));
        line.push(b'\n');
        self.process.print(line).await?;
        if !self.agreed().await? {
            return Ok(());
        }
        steps.push(Step::End);
        let below = entries.into_iter().rev();
        steps.extend(below.map(|entry| Step::Give([whole, b"/", &entry.name].concat(), depth + 1)));
        Ok(())
    }

    async fn file(&mut self, path: &[u8], file: &Metadata) -> Result<(), Exit> {
        self.tell(path, "sent");
        if !self.times(file).await? {
            return Ok(());
        }
        let mut line = format!("C{:04o} {} ", travelling(file), file.size).into_bytes();
        line.extend_from_slice(last_name(path));
        line.push(b'\n');
        self.process.print(line).await?;
        if !self.agreed().await? {
            return Ok(());
        }
        match self.content(path, file.size).await? {
            Ok(()) => self.process.print(b"\0").await?,
            Err(error) => {
                let shown = String::from_utf8_lossy(path).into_owned();
                self.complain(&format!("{shown}: {}", error.text())).await?;
            }
        }
        self.agreed().await?;
        Ok(())
    }

    /// As many bytes as were announced, whatever the file came to meanwhile.
    async fn content(&self, path: &[u8], size: u64) -> Result<Result<(), Errno>, Exit> {
        const PIECE: usize = 32 * 1024;
        let mut result = Ok(());
        let mut at = 0;
        while at < size {
            let most = usize::try_from(size - at).unwrap_or(PIECE).min(PIECE);
            let mut piece = match self.process.files.read_at(path, at, most) {
                Ok(piece) => piece,
                Err(error) => {
                    result = Err(error);
                    Vec::new()
                }
            };
            if piece.len() < most {
                result = result.and(Err(Errno::InputOutput));
                piece.resize(most, 0);
            }
            self.process.print(&piece).await?;
            at += most as u64;
        }
        Ok(result)
    }

    /// The times of what comes next; whether it may come.
    async fn times(&mut self, file: &Metadata) -> Result<bool, Exit> {
        if !self.options.preserves {
            return Ok(true);
        }
        let (modified, accessed) = (file.modified.seconds, file.accessed.seconds);
        self.process.print(format!("T{modified} 0 {accessed} 0\n")).await?;
        self.agreed().await
    }

    async fn agreed(&mut self) -> Result<bool, Exit> {
        let agrees = self.peer.agrees().await?;
        self.errors += u32::from(!agrees);
        Ok(agrees)
    }

    async fn complain(&mut self, text: &str) -> Result<(), Exit> {
        self.errors += 1;
        self.process.print(format!("\x01scp: {text}\n")).await
    }

    fn tell(&self, path: &[u8], status: &'static str) {
        self.process.seat.witness().emit(Event::DownloadAttempt { path: path.to_vec(), status });
    }
}
