//! Archives of tar that are made or added to.

use std::collections::HashMap;

use super::{
    super::{context::Done, listing},
    coding::{Sink, Source},
    extract::Archive,
    member::{BLOCK, Member, letter},
    tar::{Run, delayed, fatal},
};
use crate::{
    machine::{Errno, Kind, Open, files::path},
    shell::{Exit, Process, pipe::Reader, pipe::Writer},
};

/// What is remembered while an archive is made.
struct Making<'a> {
    run: &'a Run,
    sink: Sink,
    names: HashMap<(bool, u32), String>,
    linked: HashMap<u64, Vec<u8>>,
    said_stripped: bool,
    good: bool,
    count: usize,
}

pub(super) async fn create(process: &Process, run: &Run, sink: Sink) -> Done {
    let making = Making {
        run,
        sink,
        names: HashMap::new(),
        linked: HashMap::new(),
        said_stripped: false,
        good: true,
        count: 0,
    };
    fill(process, making).await
}

async fn fill(process: &Process, mut making: Making<'_>) -> Done {
    for name in &making.run.given.operands {
        let mut waiting = vec![name.clone()];
        while let Some(path) = waiting.pop() {
            if making.count > crate::caps::PROGRAM_FILES || making.run.excludes(&path) {
                continue;
            }
            making.count += 1;
            making.add(process, &path, &mut waiting).await?;
        }
    }
    if making.run.mode != 'u' || making.sink.taken > 0 {
        let end = making.sink.taken + 2 * BLOCK as u64;
        let zeros = end.next_multiple_of(20 * BLOCK as u64) - making.sink.taken;
        let zeros = vec![0; usize::try_from(zeros).unwrap_or(2 * BLOCK)];
        making.put(process, &zeros).await?;
    }
    if let Err(error) = making.sink.finish().await {
        return Ok(full(process, error).await);
    }
    if making.good { Ok(Exit::SUCCESS) } else { Ok(delayed(process).await) }
}

async fn full(process: &Process, error: Errno) -> Exit {
    if error == Errno::BrokenPipe {
        return Exit::Signal("PIPE");
    }
    fatal(process, format!("-: Cannot write: {}", error.text())).await
}

impl Making<'_> {
    async fn put(&mut self, process: &Process, bytes: &[u8]) -> Result<(), Exit> {
        match self.sink.write(bytes).await {
            Ok(()) => Ok(()),
            Err(error) => Err(full(process, error).await),
        }
    }

    async fn complain(&mut self, process: &Process, name: &[u8], what: &str, error: Errno) {
        self.good = false;
        let text = [b"tar: ", name, format!(": {what}: {}\n", error.text()).as_bytes()].concat();
        process.complain(text).await;
    }

    /// The name that a path has in the archive.
    async fn stored(&mut self, process: &Process, path: &[u8]) -> Vec<u8> {
        let mut name = path;
        if !self.run.given.has('P') && name.starts_with(b"/") {
            let kept = name.iter().take_while(|byte| **byte == b'/').count();
            name = name.get(kept..).unwrap_or_default();
            if !self.said_stripped {
                self.said_stripped = true;
                process.complain("tar: Removing leading `/' from member names\n").await;
            }
        }
        if name.is_empty() { b"./".to_vec() } else { name.to_vec() }
    }

    async fn add(&mut self, process: &Process, at: &[u8], waiting: &mut Vec<Vec<u8>>) -> Result<(), Exit> {
        let mut name = self.stored(process, at).await;
        let files = &self.run.files;
        let metadata = if self.run.given.has('h') { files.stat(at) } else { files.lstat(at) };
        let metadata = match metadata {
            Ok(metadata) => metadata,
            Err(error) => {
                self.complain(process, at, "Cannot stat", error).await;
                return Ok(());
            }
        };
        let Some(mut kind) = letter(metadata.kind) else {
            process.complain([b"tar: ", at, b": socket ignored\n"].concat()).await;
            return Ok(());
        };
        if metadata.is_directory() && !name.ends_with(b"/") {
            name.push(b'/');
        }
        let mut target = Vec::new();
        if kind == b'2' {
            target = files.read_link(at).unwrap_or_default();
        } else if kind == b'0' {
            match self.linked.get(&metadata.inode) {
                Some(first) => (kind, target) = (b'1', first.clone()),
                None => drop(self.linked.insert(metadata.inode, name.clone())),
            }
        }
        let member = Member {
            mode: metadata.mode,
            uid: metadata.uid,
            gid: metadata.gid,
            size: if kind == b'0' { metadata.size } else { 0 },
            modified: metadata.modified.seconds,
            user: self.owner(process, true, metadata.uid),
            group: self.owner(process, false, metadata.gid),
            kind,
            target,
            name,
        };
        self.say(process, &member).await?;
        if kind == b'0' {
            self.add_file(process, at, member).await
        } else {
            self.add_rest(process, at, &member, metadata.kind, waiting).await
        }
    }

    async fn add_rest(
        &mut self,
        process: &Process,
        at: &[u8],
        member: &Member,
        kind: Kind,
        waiting: &mut Vec<Vec<u8>>,
    ) -> Result<(), Exit> {
        self.put(process, &member.blocks()).await?;
        if kind == Kind::Directory {
            match self.run.files.read_dir(at) {
                Ok(entries) => {
                    waiting.extend(entries.into_iter().rev().map(|entry| path::join(at, &entry.name)))
                }
                Err(error) => self.complain(process, at, "Cannot open", error).await,
            }
        }
        Ok(())
    }

    async fn add_file(&mut self, process: &Process, at: &[u8], member: Member) -> Result<(), Exit> {
        let archive = self.run.given.value('f').map(|name| process.files.absolute(name));
        if archive.as_deref() == Some(&self.run.files.absolute(at)) {
            self.good &= true;
            process.complain([b"tar: ", at, b": file is the archive; not dumped\n"].concat()).await;
            return Ok(());
        }
        let mut handle = match self.run.files.open(at, Open::reading()) {
            Ok(handle) => handle,
            Err(error) => {
                self.complain(process, at, "Cannot open", error).await;
                return Ok(());
            }
        };
        self.put(process, &member.blocks()).await?;
        let mut left = member.size;
        while left > 0 {
            let mut piece = handle.read(32 * 1024).unwrap_or_default();
            // A file of the kernel's is often shorter than it says, or says that it is empty.
            if piece.is_empty() {
                piece = vec![0; 32 * 1024];
            }
            piece.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            left -= piece.len() as u64;
            self.put(process, &piece).await?;
        }
        let rest = member.size.next_multiple_of(BLOCK as u64) - member.size;
        self.put(process, &vec![0; usize::try_from(rest).unwrap_or_default()]).await?;
        if self.run.given.has('R') {
            let _ = self.run.files.unlink(at);
        }
        Ok(())
    }

    fn owner(&mut self, process: &Process, user: bool, id: u32) -> String {
        let name = || if user { listing::user_name(process, id) } else { listing::group_name(process, id) };
        let name = self.names.entry((user, id)).or_insert_with(name).clone();
        // One without a name has only its number.
        if name == id.to_string() { String::new() } else { name }
    }

    async fn say(&self, process: &Process, member: &Member) -> Result<(), Exit> {
        let line = match self.run.verbosity() {
            0 => return Ok(()),
            1 => [&member.name[..], b"\n"].concat(),
            _ => super::extract::row(member, &mut 19),
        };
        if self.run.given.value('f').is_none_or(|name| name == b"-") {
            process.complain(line).await;
            return Ok(());
        }
        process.print(line).await
    }
}

/// Adds to an archive that is there.
pub(super) async fn append(process: &Process, run: &Run) -> Done {
    let name = run.given.value('f').unwrap_or(b"-").to_vec();
    if run.given.last_of("zjJ").is_some() {
        process.complain("tar: Cannot update compressed archives\nTry 'tar --help' or 'tar --usage' for more information.\n").await;
        return Ok(Exit::Code(2));
    }
    let mut end = 0;
    if let Ok(handle) = process.files.open(&name, Open::reading()) {
        let mut archive = Archive::new(Source::plain(Reader::file(handle)));
        while let Ok(Some(_)) = archive.next().await {
            if archive.skip().await.is_err() {
                break;
            }
            end = archive.position();
        }
    }
    let how = Open { write: true, create: true, mode: 0o666, ..Open::reading() };
    let mut handle = match process.files.open(&name, how) {
        Ok(handle) => handle,
        Err(error) => {
            return Ok(
                fatal(process, [&name[..], b": Cannot open: ", error.text().as_bytes()].concat()).await
            );
        }
    };
    let _ = handle.truncate(end);
    handle.seek(end);
    create(process, run, Sink::plain(Writer::file(handle))).await
}
