//! Archives of tar that are listed or unpacked.

use std::collections::HashSet;

use super::{
    super::{context::Done, people},
    coding::{Broken, Source},
    member::{BLOCK, Member},
    tar::{Run, child, delayed, fatal},
};
use crate::{
    caps,
    machine::{Errno, Open, Time, calendar},
    shell::{Exit, Process, pipe::Writer},
};

/// An archive that is read.
pub(super) struct Archive {
    source: Source,
    ready: Vec<u8>,
    /// Bytes of the member that are not read yet, and those that fill its last block.
    left: (u64, u64),
    position: u64,
    members: usize,
}

/// Why the next member cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// It is no archive; whether a whole block was there to see it.
    NoArchive(bool),
    /// It ends in the middle of something.
    Short,
    /// What it is compressed with does not go on.
    Broken(Broken),
}

impl From<Broken> for Stop {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

impl Archive {
    pub(super) fn new(source: Source) -> Self {
        Self { source, ready: Vec::new(), left: (0, 0), position: 0, members: 0 }
    }

    /// Where it is.
    pub(super) const fn position(&self) -> u64 {
        self.position
    }

    /// At most so many bytes; fewer at the end.
    async fn take(&mut self, most: usize) -> Result<Vec<u8>, Stop> {
        while self.ready.len() < most {
            let more = self.source.next().await?;
            if more.is_empty() {
                break;
            }
            self.ready.extend(more);
        }
        let rest = self.ready.split_off(most.min(self.ready.len()));
        let taken = std::mem::replace(&mut self.ready, rest);
        self.position += taken.len() as u64;
        Ok(taken)
    }

    /// Some bytes of the member; none after its last.
    pub(super) async fn data(&mut self) -> Result<Vec<u8>, Stop> {
        let want = usize::try_from(self.left.0.min(64 * 1024)).unwrap_or_default();
        if want == 0 {
            let rest = std::mem::take(&mut self.left.1);
            self.take(usize::try_from(rest).unwrap_or_default()).await?;
            return Ok(Vec::new());
        }
        let mut piece = self.take(want).await?;
        if piece.len() < want {
            // Only whole blocks are taken.
            piece.truncate(piece.len() / BLOCK * BLOCK);
        }
        self.left.0 -= piece.len() as u64;
        if piece.is_empty() { Err(Stop::Short) } else { Ok(piece) }
    }

    /// Passes over what is left of the member.
    pub(super) async fn skip(&mut self) -> Result<(), Stop> {
        while !self.data().await?.is_empty() {}
        Ok(())
    }

    async fn text(&mut self) -> Result<Vec<u8>, Stop> {
        let mut out = Vec::new();
        loop {
            let piece = self.data().await?;
            if piece.is_empty() {
                return Ok(out);
            }
            if out.len() < 64 * 1024 {
                out.extend(piece);
            }
        }
    }

    /// The next member, whose bytes come next.
    pub(super) async fn next(&mut self) -> Result<Option<Member>, Stop> {
        let (mut name, mut target, mut records) = (None, None, Vec::new());
        loop {
            let block = self.take(BLOCK).await?;
            if block.len() < BLOCK {
                return if self.members == 0 { Err(Stop::NoArchive(false)) } else { Ok(None) };
            }
            if block.iter().all(|byte| *byte == 0) {
                return Ok(None);
            }
            let Some(mut member) = Member::parse(&block) else { return Err(Stop::NoArchive(true)) };
            self.members += 1;
            self.left = (0, 0);
            if member.has_data() {
                self.left = (member.size, member.size.next_multiple_of(BLOCK as u64) - member.size);
            }
            let text = |mut bytes: Vec<u8>| {
                bytes.truncate(bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len()));
                bytes
            };
            match member.kind {
                b'L' => name = Some(text(self.text().await?)),
                b'K' => target = Some(text(self.text().await?)),
                b'x' => records = self.text().await?,
                b'g' => self.skip().await?,
                _ => {
                    member.take_records(&records);
                    member.name = name.unwrap_or(member.name);
                    member.target = target.unwrap_or(member.target);
                    return Ok(Some(member));
                }
            }
        }
    }
}

/// A member as `-v` shows it; the columns grow with what they have to take.
pub(super) fn row(member: &Member, width: &mut usize) -> Vec<u8> {
    let kind = match member.kind {
        b'1' => 'h',
        b'2' => 'l',
        b'3' => 'c',
        b'4' => 'b',
        b'5' => 'd',
        b'6' => 'p',
        _ => '-',
    };
    let mut letters = String::from(kind);
    for (shift, special, mark) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = member.mode >> shift & 7;
        letters.push(if bits & 4 > 0 { 'r' } else { '-' });
        letters.push(if bits & 2 > 0 { 'w' } else { '-' });
        letters.push(match (member.mode & special > 0, bits & 1 > 0) {
            (true, true) => mark,
            (true, false) => mark.to_ascii_uppercase(),
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    let name = |name: &str, id: u32| if name.is_empty() { id.to_string() } else { name.to_owned() };
    let owner = format!("{}/{}", name(&member.user, member.uid), name(&member.group, member.gid));
    let size = member.size.to_string();
    *width = (*width).max(owner.len() + 1 + size.len());
    let fill = *width - owner.len();
    let date = calendar::format(member.modified, "%Y-%m-%d %H:%M");
    let mut out = format!("{letters} {owner}{size:>fill$} {date} ").into_bytes();
    out.extend_from_slice(&member.name);
    match member.kind {
        b'1' => out.extend([b" link to ", &member.target[..]].concat()),
        b'2' => out.extend([b" -> ", &member.target[..]].concat()),
        _ => {}
    }
    out.push(b'\n');
    out
}

/// What is remembered while an archive is unpacked.
struct Unpacking<'a> {
    run: &'a Run,
    found: HashSet<usize>,
    said: HashSet<&'static str>,
    width: usize,
    good: bool,
    directories: Vec<(Vec<u8>, Member)>,
}

pub(super) async fn walk(process: &Process, run: &Run, source: Source) -> Done {
    let mut archive = Archive::new(source);
    let mut state = Unpacking {
        run,
        found: HashSet::new(),
        said: HashSet::new(),
        width: 19,
        good: true,
        directories: Vec::new(),
    };
    let stopped = loop {
        if archive.members > caps::PROGRAM_FILES {
            break Stop::Broken(Broken::Full);
        }
        let member = match archive.next().await {
            Ok(Some(member)) => member,
            Ok(None) => break Stop::Short,
            Err(Stop::NoArchive(whole)) => {
                state.good = false;
                let text =
                    if archive.members == 0 { "tar: This does not look like a tar archive\n" } else { "" };
                let skips = if whole { "tar: Skipping to next header\n" } else { "" };
                process.complain(format!("{text}{skips}")).await;
                break Stop::NoArchive(whole);
            }
            Err(Stop::Short) => return Ok(fatal(process, "Unexpected EOF in archive").await),
            Err(stop) => break stop,
        };
        let outcome = state.member(process, &mut archive, member).await?;
        match outcome {
            Ok(()) => {}
            Err(stop) => return Ok(cut_off(process, run, stop).await),
        }
    };
    state.finish(process);
    if let Stop::Broken(broken) = stopped {
        process.complain(format!("\ngzip: stdin: {}\n", broken.text())).await;
        return Ok(child(process, 1).await);
    }
    for (at, name) in run.given.operands.iter().enumerate() {
        if !state.found.contains(&at) {
            state.good = false;
            process.complain([b"tar: ", &name[..], b": Not found in archive\n"].concat()).await;
        }
    }
    if state.good { Ok(Exit::SUCCESS) } else { Ok(delayed(process).await) }
}

/// Ends it because the archive ended within a member.
async fn cut_off(process: &Process, run: &Run, stop: Stop) -> Exit {
    if let Stop::Broken(broken) = stop {
        process.complain(format!("\ngzip: stdin: {}\n", broken.text())).await;
    }
    if run.mode == 'x' {
        process.complain("tar: Unexpected EOF in archive\n").await;
    }
    fatal(process, "Unexpected EOF in archive").await
}

impl Unpacking<'_> {
    /// Whether a member is asked for.
    fn wants(&mut self, name: &[u8]) -> bool {
        if self.run.excludes(name) {
            return false;
        }
        let operands = &self.run.given.operands;
        let bare = name.strip_suffix(b"/").unwrap_or(name);
        let matching = operands.iter().enumerate().filter(|(_, asked)| {
            let asked = asked.strip_suffix(b"/").unwrap_or(asked);
            bare == asked
                || bare.strip_prefix(asked).is_some_and(|rest| rest.starts_with(b"/"))
                || super::super::finding::glob(asked, bare)
        });
        let before = self.found.len();
        let places: Vec<usize> = matching.map(|(at, _)| at).collect();
        self.found.extend(&places);
        operands.is_empty() || !places.is_empty() || self.found.len() > before
    }

    /// Where a member goes, if anywhere.
    async fn place(&mut self, process: &Process, name: &[u8]) -> Option<Vec<u8>> {
        let mut name = name;
        if !self.run.given.has('P') {
            let safe = name
                .windows(3)
                .rposition(|w| w == b"../")
                .filter(|at| *at == 0 || name.get(at - 1) == Some(&b'/'))
                .map(|at| at + 3);
            let slashes = name.iter().take_while(|byte| **byte == b'/').count();
            if let Some(after) = safe {
                self.say_once(process, "../").await;
                name = name.get(after..).unwrap_or_default();
            } else if slashes > 0 {
                self.say_once(process, "/").await;
                name = name.get(slashes..).unwrap_or_default();
            }
        }
        let strip = self.run.given.value('s').and_then(super::super::context::number).map_or(0, |(n, _)| n);
        for _ in 0..strip {
            let at = name.iter().position(|byte| *byte == b'/')?;
            name = name.get(at + 1..).unwrap_or_default();
        }
        (!name.is_empty()).then(|| name.to_vec())
    }

    async fn say_once(&mut self, process: &Process, prefix: &'static str) {
        if self.said.insert(prefix) {
            process.complain(format!("tar: Removing leading `{prefix}' from member names\n")).await;
        }
    }

    async fn member(
        &mut self,
        process: &Process,
        archive: &mut Archive,
        member: Member,
    ) -> Result<Result<(), Stop>, Exit> {
        if !self.wants(&member.name) {
            return Ok(archive.skip().await);
        }
        let at =
            if self.run.mode == 'x' { self.place(process, &member.name).await } else { Some(Vec::new()) };
        let Some(at) = at else { return Ok(archive.skip().await) };
        let long = self.run.verbosity() + usize::from(self.run.mode == 't');
        if long > 0 {
            let line =
                if long > 1 { row(&member, &mut self.width) } else { [&member.name[..], b"\n"].concat() };
            if self.run.given.has('O') { process.complain(line).await } else { process.print(line).await? }
        }
        if self.run.mode != 'x' {
            return Ok(archive.skip().await);
        }
        if self.run.given.has('O') {
            return self.pour(process, archive, process.output.clone()).await;
        }
        self.parents(&at);
        if member.kind == b'0' {
            return self.file(process, archive, &member, &at).await;
        }
        let outcome = self.special(&member, &at);
        if let Err((what, error)) = outcome {
            self.complain(process, &at, &what, error).await;
        }
        Ok(archive.skip().await)
    }

    async fn complain(&mut self, process: &Process, name: &[u8], what: &[u8], error: Errno) {
        self.good = false;
        process.complain([b"tar: ", name, b": ", what, b": ", error.text().as_bytes(), b"\n"].concat()).await;
    }

    fn parents(&self, at: &[u8]) {
        for (place, byte) in at.iter().enumerate().skip(1) {
            if let Some(parent) = at.get(..place).filter(|_| *byte == b'/') {
                let _ = self.run.files.mkdir(parent, 0o777);
            }
        }
    }

    async fn pour(
        &self,
        process: &Process,
        archive: &mut Archive,
        writer: Writer,
    ) -> Result<Result<(), Stop>, Exit> {
        let mut failed = false;
        loop {
            match archive.data().await {
                Ok(piece) if piece.is_empty() => return Ok(Ok(())),
                Ok(_) if failed => {}
                Ok(piece) => match writer.write(&piece).await {
                    Ok(()) => {}
                    Err(Errno::BrokenPipe) => return Err(Exit::Signal("PIPE")),
                    Err(error) => {
                        failed = true;
                        process.complain(format!("tar: Cannot write: {}\n", error.text())).await;
                    }
                },
                Err(stop) => return Ok(Err(stop)),
            }
        }
    }

    async fn file(
        &mut self,
        process: &Process,
        archive: &mut Archive,
        member: &Member,
        at: &[u8],
    ) -> Result<Result<(), Stop>, Exit> {
        let files = &self.run.files;
        if files.lstat(at).is_ok() && !self.run.given.has('k') {
            let _ = files.unlink(at);
        }
        let how = Open { write: true, create: true, exclusive: true, mode: 0o600, ..Open::default() };
        let handle = match files.open(at, how) {
            Ok(handle) => handle,
            Err(error) => {
                self.complain(process, at, b"Cannot open", error).await;
                return Ok(archive.skip().await);
            }
        };
        let outcome = self.pour(process, archive, Writer::file(handle)).await;
        self.dress(process, at, member);
        outcome
    }

    /// Everything that is no file and no directory's content.
    fn special(&mut self, member: &Member, at: &[u8]) -> Result<(), (Vec<u8>, Errno)> {
        let files = &self.run.files;
        let keeps = self.run.given.has('k');
        let cannot = |what: &str, error: Errno| {
            let target =
                [&b"Cannot "[..], what.as_bytes(), b" to \xe2\x80\x98", &member.target, b"\xe2\x80\x99"];
            (target.concat(), error)
        };
        if member.kind != b'5' && !keeps && files.lstat(at).is_ok() {
            let _ = files.unlink(at);
        }
        match member.kind {
            b'5' => {
                let at = at.strip_suffix(b"/").unwrap_or(at).to_vec();
                match files.mkdir(&at, 0o700) {
                    Err(Errno::Exists) if files.stat(&at).is_ok_and(|m| m.is_directory()) => {}
                    Err(error) => return Err((b"Cannot mkdir".to_vec(), error)),
                    Ok(()) => {
                        let _ = files.chmod(&at, 0o755);
                    }
                }
                self.directories.push((at, member.clone()));
                Ok(())
            }
            b'2' => files.symlink(&member.target, at).map_err(|error| cannot("create symlink", error)),
            b'1' => files.link(&member.target, at).map_err(|error| cannot("hard link", error)),
            b'6' => files
                .make_special(at, crate::machine::Kind::Fifo, member.mode)
                .map_err(|error| (b"Cannot mkfifo".to_vec(), error)),
            _ => Err((b"Cannot mknod".to_vec(), Errno::NotPermitted)),
        }
    }

    /// Gives a file the owner, the mode and the time that its header tells.
    fn dress(&self, process: &Process, at: &[u8], member: &Member) {
        let files = &self.run.files;
        let root = process.account.is_root();
        if root && !self.run.given.has('o') {
            let user = people::users(process).into_iter().find(|user| user.name == member.user);
            let group = people::groups(process).into_iter().find(|(name, ..)| *name == member.group);
            let uid = user.map_or(member.uid, |user| user.uid);
            let gid = group.map_or(member.gid, |(_, gid, _)| gid);
            let _ = files.chown(at, Some(uid), Some(gid), false);
        }
        let mask = if root || self.run.given.has('p') { 0 } else { files.umask() };
        let _ = files.chmod(at, member.mode & !mask);
        if !self.run.given.has('m') {
            let _ = files.utimes(at, None, Some(Time::at(member.modified)));
        }
    }

    fn finish(&mut self, process: &Process) {
        for (at, member) in std::mem::take(&mut self.directories).into_iter().rev() {
            self.dress(process, &at, &member);
        }
    }
}
