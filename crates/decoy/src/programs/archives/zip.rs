//! zip, and the archives that it and unzip work on.

use std::io::Write as _;

use flate2::{Compression, Crc, write::DeflateEncoder};

use super::super::{
    context::Done,
    options::{Parsed, Spec, parse},
};
use crate::{
    caps,
    machine::calendar,
    shell::{Exit, Process},
};

/// One entry of an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: Vec<u8>,
    pub(super) flags: u16,
    /// 0 stored, 8 deflated.
    pub(super) method: u16,
    pub(super) modified: i64,
    pub(super) sum: u32,
    pub(super) size: u32,
    pub(super) packed: Vec<u8>,
    pub(super) mode: u32,
    pub(super) owner: (u32, u32),
}

/// When a file was modified, its kind and permissions, its owner and group.
type About = (i64, u32, (u32, u32));

impl Entry {
    fn new(name: Vec<u8>, content: &[u8], about: About, level: u32) -> Self {
        let mut crc = Crc::new();
        crc.update(content);
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(level));
        let deflated = encoder.write_all(content).and_then(|()| encoder.finish()).unwrap_or_default();
        let packs = level > 0 && !deflated.is_empty() && deflated.len() < content.len();
        Self {
            name,
            flags: 0,
            method: if packs { 8 } else { 0 },
            modified: about.0,
            sum: crc.sum(),
            size: u32::try_from(content.len()).unwrap_or(u32::MAX),
            packed: if packs { deflated } else { content.to_vec() },
            mode: about.1,
            owner: about.2,
        }
    }

    /// How much smaller it became.
    pub(super) fn percent(&self) -> i64 {
        percent(u64::from(self.size), self.packed.len() as u64)
    }

    fn said(&self) -> String {
        let how = if self.method == 8 { "deflated" } else { "stored" };
        format!("({how} {}%)", if self.method == 8 { self.percent() } else { 0 })
    }

    /// The fields that both of its headers have.
    fn common(&self, extra: usize) -> Vec<u8> {
        let (date, time) = moment(self.modified);
        let version = if self.method == 8 { 20_u16 } else { 10 };
        let mut out = version.to_le_bytes().to_vec();
        for word in [self.flags, self.method, time, date] {
            out.extend(word.to_le_bytes());
        }
        for word in [self.sum, u32::try_from(self.packed.len()).unwrap_or_default(), self.size] {
            out.extend(word.to_le_bytes());
        }
        out.extend((self.name.len() as u16).to_le_bytes());
        out.extend((extra as u16).to_le_bytes());
        out
    }

    fn extra(&self, local: bool) -> Vec<u8> {
        let seconds = (self.modified as u32).to_le_bytes();
        let mut out = [&b"UT"[..], if local { &[9, 0, 3] } else { &[5, 0, 3] }, &seconds].concat();
        if local {
            out.extend(seconds);
        }
        out.extend(b"ux\x0b\0\x01\x04");
        out.extend(self.owner.0.to_le_bytes());
        out.push(4);
        out.extend(self.owner.1.to_le_bytes());
        out
    }
}

/// How much smaller something became, rounded.
pub(super) fn percent(size: u64, packed: u64) -> i64 {
    if size == 0 {
        return 0;
    }
    let (size, packed) = (i64::try_from(size).unwrap_or(i64::MAX), i64::try_from(packed).unwrap_or(i64::MAX));
    let saved = size.saturating_sub(packed).saturating_mul(200) / size;
    (saved + 1).div_euclid(2)
}

/// Date and time as DOS keeps them.
fn moment(seconds: i64) -> (u16, u16) {
    let part = |format| calendar::format(seconds, format).parse::<u16>().unwrap_or_default();
    let date = part("%Y").saturating_sub(1_980).min(127) << 9 | part("%m") << 5 | part("%d");
    (date, part("%H") << 11 | part("%M") << 5 | (part("%S") / 2))
}

/// The bytes of an archive.
fn written(entries: &[Entry]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let (local, central) = (entry.extra(true), entry.extra(false));
        let at = u32::try_from(out.len()).unwrap_or_default();
        out.extend(b"PK\x03\x04");
        out.extend(entry.common(local.len()));
        out.extend_from_slice(&entry.name);
        out.extend(local);
        out.extend_from_slice(&entry.packed);
        directory.extend(b"PK\x01\x02\x1e\x03");
        directory.extend(entry.common(central.len()));
        directory.extend([0; 6]);
        directory.extend((entry.mode << 16 | u32::from(entry.name.ends_with(b"/")) << 4).to_le_bytes());
        directory.extend(at.to_le_bytes());
        directory.extend_from_slice(&entry.name);
        directory.extend(central);
    }
    let (count, at) = (entries.len() as u16, u32::try_from(out.len()).unwrap_or_default());
    let length = u32::try_from(directory.len()).unwrap_or_default();
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    out.extend([length.to_le_bytes(), at.to_le_bytes()].concat());
    out.extend([0, 0]);
    out
}

const USAGE: &str = "Copyright (c) 1990-2008 Info-ZIP - Type 'zip \"-L\"' for software license.\nZip 3.0 (July 5th 2008). Usage:\nzip [-options] [-b path] [-t mmddyyyy] [-n suffixes] [zipfile list] [-xi list]\n  The default action is to add or replace zipfile entries from list, which\n  can include the special name - to compress standard input.\n  If zipfile and list are omitted, zip compresses stdin to stdout.\n  -f   freshen: only changed files  -u   update: only changed or new files\n  -d   delete entries in zipfile    -m   move into zipfile (delete OS files)\n  -r   recurse into directories     -j   junk (don't record) directory names\n  -0   store only                   -l   convert LF to CR LF (-ll CR LF to LF)\n  -1   compress faster              -9   compress better\n  -q   quiet operation              -v   verbose operation/print version info\n  -c   add one-line comments        -z   add zipfile comment\n  -@   read names from stdin        -o   make zipfile as old as latest entry\n  -x   exclude the following names  -i   include only the following names\n  -F   fix zipfile (-FF try harder) -D   do not add directory entries\n  -A   adjust self-extracting exe   -J   junk zipfile prefix (unzipsfx)\n  -T   test zipfile integrity       -X   eXclude eXtra file attributes\n  -y   store symbolic links as the link instead of the referenced file\n  -e   encrypt                      -n   don't compress these suffixes\n  -h2  show more help\n";

pub(super) async fn zip(process: &mut Process) -> Done {
    let spec = Spec {
        short: "rjqmuvTdDeP:yXx:i:o@fAFJlz0123456789h",
        long: &[("recurse-paths", 'r'), ("quiet", 'q')],
    };
    let given = match parse(process.arguments(), spec) {
        Ok(given) => given,
        Err(wrong) => {
            let letter = wrong.0.rsplit('\'').nth(1).unwrap_or_default().to_owned();
            process
                .complain(format!(
                    "\nzip error: Invalid command arguments (short option '{letter}' not supported)\n"
                ))
                .await;
            return Ok(Exit::Code(16));
        }
    };
    if given.has('h') || given.operands.is_empty() {
        process.print(USAGE).await?;
        return Ok(Exit::SUCCESS);
    }
    if given.has('e') && process.tty().is_none() {
        process.complain("\nzip error: Invalid command arguments (stderr is not a tty)\n").await;
        return Ok(Exit::Code(16));
    }
    let (archive, names) = match given.operands.split_first() {
        Some((archive, names)) => (archive.clone(), names.to_vec()),
        None => return Ok(Exit::FAILURE),
    };
    let base = archive.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let file =
        if base.contains(&b'.') || archive == b"-" { archive } else { [&archive[..], b".zip"].concat() };
    let bytes = process.files.read(&file).unwrap_or_default();
    let mut entries = super::unzip::entries(&bytes).unwrap_or_default();
    if given.has('d') {
        return delete(process, &file, entries, &names).await;
    }
    if given.has('T') && names.is_empty() && !entries.is_empty() {
        process.print([b"test of ", &file[..], b" OK\n"].concat()).await?;
        return Ok(Exit::SUCCESS);
    }
    let count = add(process, &given, &file, &names, &mut entries).await?;
    if count == 0 {
        process.print([b"\nzip error: Nothing to do! (", &file[..], b")\n"].concat()).await?;
        return Ok(Exit::Code(12));
    }
    store(process, &file, &entries).await
}

async fn store(process: &Process, file: &[u8], entries: &[Entry]) -> Done {
    let bytes = written(entries);
    if file == b"-" {
        process.print(bytes).await?;
        return Ok(Exit::SUCCESS);
    }
    match process.files.write(file, &bytes, 0o666) {
        Ok(()) => Ok(Exit::SUCCESS),
        Err(error) => {
            let text = [
                b"zip I/O error: ",
                error.text().as_bytes(),
                b"\n\nzip error: Could not create output file (",
                file,
                b")\n",
            ];
            process.complain(text.concat()).await;
            Ok(Exit::Code(15))
        }
    }
}

async fn delete(process: &Process, file: &[u8], mut entries: Vec<Entry>, names: &[Vec<u8>]) -> Done {
    let doomed = |entry: &Entry| names.iter().any(|name| super::super::finding::glob(name, &entry.name));
    for entry in entries.iter().filter(|entry| doomed(entry)) {
        process.print([b"deleting: ", &entry.name[..], b"\n"].concat()).await?;
    }
    let before = entries.len();
    entries.retain(|entry| !doomed(entry));
    if entries.len() == before {
        for name in names {
            process.print([b"\tzip warning: name not matched: ", &name[..], b"\n"].concat()).await?;
        }
        process.print([b"\nzip error: Nothing to do! (", file, b")\n"].concat()).await?;
        return Ok(Exit::Code(12));
    }
    if entries.is_empty() {
        process.print("\tzip warning: zip file empty\n").await?;
        let _ = process.files.unlink(file);
        return Ok(Exit::SUCCESS);
    }
    store(process, file, &entries).await
}

/// Puts files into the archive; how many.
async fn add(
    process: &Process,
    given: &Parsed,
    file: &[u8],
    names: &[Vec<u8>],
    entries: &mut Vec<Entry>,
) -> Result<usize, Exit> {
    let level = given.last_of("0123456789").and_then(|digit| digit.to_digit(10)).unwrap_or(6);
    let (mut count, mut held) = (0, entries.iter().map(|entry| entry.packed.len()).sum::<usize>());
    for name in names {
        if !process.files.exists(name) {
            if !given.has('q') {
                process.print([b"\tzip warning: name not matched: ", &name[..], b"\n"].concat()).await?;
            }
            continue;
        }
        for path in super::super::changing::tree(process, name, given.has('r')).await {
            let left = caps::MACHINE_BYTES_PER_FILE.saturating_sub(held);
            let Some(entry) = entry(process, given, &path, level, left) else { continue };
            if entry.packed.len() > left {
                process.complain("\nzip error: Output file write failure (write error on zip file)\n").await;
                return Err(Exit::Code(14));
            }
            held += entry.packed.len();
            count += 1;
            let there = entries.iter().position(|known| known.name == entry.name);
            let word: &[u8] = if there.is_some() { b"updating: " } else { b"  adding: " };
            let line = [word, &entry.name, b" ", entry.said().as_bytes(), b"\n"].concat();
            match (given.has('q'), file == b"-") {
                (true, _) => {}
                (false, true) => process.complain(line).await,
                (false, false) => process.print(line).await?,
            }
            match there.and_then(|at| entries.get_mut(at)) {
                Some(known) => *known = entry,
                None => entries.push(entry),
            }
            if given.has('m') {
                let _ = process.files.unlink(&path);
            }
            tokio::task::yield_now().await;
        }
    }
    Ok(count)
}

/// What an archive holds of a file.
fn entry(process: &Process, given: &Parsed, path: &[u8], level: u32, left: usize) -> Option<Entry> {
    let metadata = process.files.stat(path).ok()?;
    let about = (metadata.modified.seconds, metadata.st_mode(), (metadata.uid, metadata.gid));
    let base = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let mut name = if given.has('j') { base.to_vec() } else { path.to_vec() };
    while let Some(rest) = name.strip_prefix(b"/").or_else(|| name.strip_prefix(b"./")) {
        name = rest.to_vec();
    }
    if metadata.is_directory() {
        if given.has('j') || given.has('D') || name.is_empty() || name == b"." {
            return None;
        }
        let name = if name.ends_with(b"/") { name } else { [&name[..], b"/"].concat() };
        return Some(Entry::new(name, b"", about, 0));
    }
    let most = left.saturating_mul(4).min(caps::MACHINE_READ);
    let content = process.files.read_at(path, 0, most).ok()?;
    Some(Entry::new(name, &content, about, level))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_is_read_as_it_was_written() {
        let about = (1_795_692_332, 0o100_644, (0, 0));
        let entry = |name: &str, text: &[u8], level| Entry::new(name.into(), text, about, level);
        let entries = [entry("d/", b"", 0), entry("d/a", &b"ab".repeat(400), 6), entry("b", b"x", 6)];
        assert_eq!((entries[1].method, entries[1].percent() > 90, entries[2].method), (8, true, 0));
        let read = super::super::unzip::entries(&written(&entries)).unwrap();
        let part = |entry: &Entry| (entry.name.clone(), entry.modified, entry.sum, entry.packed.clone());
        assert_eq!(read.iter().map(part).collect::<Vec<_>>(), entries.iter().map(part).collect::<Vec<_>>());
        assert_eq!(percent(3_893, 1_830), 53);
    }
}
