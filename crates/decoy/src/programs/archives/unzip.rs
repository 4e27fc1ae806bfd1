//! unzip.

use std::io::Write as _;

use flate2::{Crc, write::DeflateDecoder};

use super::{
    super::{
        context::Done,
        options::{Parsed, Spec, parse},
    },
    zip::{Entry, percent},
};
use crate::{
    caps,
    machine::{Open, Time, calendar, files::path},
    shell::{Exit, Process},
};

/// Entries of an archive, as its directory has them.
pub(super) fn entries(bytes: &[u8]) -> Option<Vec<Entry>> {
    let end = bytes.len().checked_sub(22)?;
    let lowest = end.saturating_sub(65_535);
    let at = (lowest..=end).rev().find(|at| bytes.get(*at..at + 4) == Some(b"PK\x05\x06"))?;
    let count = usize::from(word(bytes, at + 10)?);
    let mut at = usize::try_from(long(bytes, at + 16)?).ok()?;
    let mut out = Vec::new();
    for _ in 0..count.min(caps::PROGRAM_FILES) {
        let (entry, next) = entry(bytes, at)?;
        out.push(entry);
        at = next;
    }
    Some(out)
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(word(bytes, at)?) | u32::from(word(bytes, at + 2)?) << 16)
}

fn entry(bytes: &[u8], at: usize) -> Option<(Entry, usize)> {
    if bytes.get(at..at + 4)? != b"PK\x01\x02" {
        return None;
    }
    let size = |at| long(bytes, at).and_then(|n| usize::try_from(n).ok());
    let lengths = [word(bytes, at + 28)?, word(bytes, at + 30)?, word(bytes, at + 32)?].map(usize::from);
    let local = size(at + 42)?;
    let start = local + 30 + usize::from(word(bytes, local + 26)?) + usize::from(word(bytes, local + 28)?);
    let entry = Entry {
        name: bytes.get(at + 46..at + 46 + lengths[0])?.to_vec(),
        flags: word(bytes, at + 8)?,
        method: word(bytes, at + 10)?,
        modified: moment(word(bytes, at + 14)?, word(bytes, at + 12)?),
        sum: long(bytes, at + 16)?,
        size: long(bytes, at + 24)?,
        packed: bytes.get(start..start.checked_add(size(at + 20)?)?)?.to_vec(),
        mode: long(bytes, at + 38)? >> 16,
        ..Entry::default()
    };
    Some((entry, at + 46 + lengths.iter().sum::<usize>()))
}

/// Seconds of a date and time as DOS keeps them.
fn moment(date: u16, time: u16) -> i64 {
    let (date, time) = (i64::from(date), i64::from(time));
    let (year, month, day) = ((date >> 9) + 1_980, (date >> 5 & 15).clamp(1, 12), (date & 31).max(1));
    // Days of the civil calendar, years beginning in March.
    let (year, shifted) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (shifted * 153 + 2) / 5 + day - 719_469;
    days * 86_400 + (time >> 11) * 3_600 + (time >> 5 & 63) * 60 + (time & 31) * 2
}

/// The content of an entry; nothing when it is damaged.
fn content(entry: &Entry) -> Option<Vec<u8>> {
    let bytes = if entry.method == 8 {
        let mut decoder = DeflateDecoder::new(Vec::new());
        let most = usize::try_from(entry.size).ok()?.min(caps::MACHINE_READ);
        for piece in entry.packed.chunks(4_096) {
            decoder.write_all(piece).ok()?;
            if decoder.get_ref().len() > most {
                return None;
            }
        }
        decoder.finish().ok()?
    } else {
        entry.packed.clone()
    };
    let mut crc = Crc::new();
    crc.update(&bytes);
    (crc.sum() == entry.sum).then_some(bytes)
}

const USAGE: &str = "UnZip 6.00 of 20 April 2009, by Debian. Original by Info-ZIP.\n\nUsage: unzip [-Z] [-opts[modifiers]] file[.zip] [list] [-x xlist] [-d exdir]\n  Default action is to extract files in list, except those in xlist, to exdir;\n  file[.zip] may be a wildcard.  -Z => ZipInfo mode (\"unzip -Z\" for usage).\n\n  -p  extract files to pipe, no messages     -l  list files (short format)\n  -f  freshen existing files, create none    -t  test compressed archive data\n  -u  update files, create if necessary      -z  display archive comment only\n  -v  list verbosely/show version info       -T  timestamp archive to latest\n  -x  exclude files that follow (in xlist)   -d  extract files into exdir\nmodifiers:\n  -n  never overwrite existing files         -q  quiet mode (-qq => quieter)\n  -o  overwrite files WITHOUT prompting      -a  auto-convert any text files\n  -j  junk paths (do not make directories)   -aa treat ALL files as text\n  -U  use escapes for all non-ASCII Unicode  -UU ignore any Unicode fields\n  -C  match filenames case-insensitively     -L  make (some) names lowercase\n  -X  restore UID/GID info                   -V  retain VMS version numbers\n  -K  keep setuid/setgid/tacky permissions   -M  pipe through \"more\" pager\n  -O CHARSET  specify a character encoding for DOS, Windows and OS/2 archives\n  -I CHARSET  specify a character encoding for UNIX and other archives\n\nSee \"unzip -hh\" or unzip.txt for more help.  Examples:\n  unzip data1 -x joe   => extract all files except joe from zipfile data1.zip\n  unzip -p foo | more  => send contents of foo.zip via pipe into program more\n  unzip -fo foo ReadMe => quietly replace existing ReadMe if archive file newer\n";

pub(super) async fn unzip(process: &mut Process) -> Done {
    let spec = Spec { short: "plftuzvTxd:nqoajULCXVKMO:I:P:Zh1", long: &[] };
    let Ok(given) = parse(process.arguments(), spec) else {
        process.complain(USAGE).await;
        return Ok(Exit::Code(10));
    };
    let Some(name) = given.operands.first() else {
        process.print(USAGE).await?;
        return Ok(Exit::SUCCESS);
    };
    let candidates = [name.clone(), [&name[..], b".zip"].concat(), [&name[..], b".ZIP"].concat()];
    let found = candidates.iter().find(|path| process.files.stat(path).is_ok_and(|m| !m.is_directory()));
    let Some(file) = found else {
        let text = [&b"unzip:  cannot find or open "[..], name, b", ", name, b".zip or ", name, b".ZIP.\n"];
        process.complain(text.concat()).await;
        return Ok(Exit::Code(9));
    };
    let bytes = process.files.read(file).unwrap_or_default();
    let quiet = given.has('q') || given.has('p') || given.has('Z');
    if !quiet {
        process.print([b"Archive:  ", &file[..], b"\n"].concat()).await?;
    }
    let Some(all) = entries(&bytes) else {
        return Ok(no_archive(process, name, quiet).await);
    };
    let patterns = given.operands.get(1..).unwrap_or_default();
    let chosen: Vec<&Entry> = all.iter().filter(|entry| chooses(&given, patterns, &entry.name)).collect();
    match given.last_of("lvZtp") {
        Some('l' | 'v' | 'Z') => list(process, &given, &chosen).await?,
        Some('t') => return test(process, file, &chosen).await,
        Some(_) => {
            for entry in &chosen {
                process.print(content(entry).unwrap_or_default()).await?;
            }
        }
        None => return extract(process, &given, patterns, &all, &chosen).await,
    }
    Ok(Exit::SUCCESS)
}

/// Whether an entry is among those asked for; `-x` turns the list round.
fn chooses(given: &Parsed, patterns: &[Vec<u8>], name: &[u8]) -> bool {
    let matching = patterns.iter().any(|pattern| super::super::finding::glob(pattern, name));
    patterns.is_empty() || matching != given.has('x')
}

async fn no_archive(process: &Process, name: &[u8], quiet: bool) -> Exit {
    let name = String::from_utf8_lossy(name);
    if quiet {
        process.complain(format!("[{name}]\n")).await;
    }
    process
        .complain(format!(
            "  End-of-central-directory signature not found.  Either this file is not\n  a zipfile, or it constitutes one disk of a multi-part archive.  In the\n  latter case the central directory and zipfile comment will be found on\n  the last disk(s) of this archive.\nunzip:  cannot find zipfile directory in one of {name} or\n        {name}.zip, and cannot find {name}.ZIP, period.\n"
        ))
        .await;
    Exit::Code(9)
}

async fn list(process: &Process, given: &Parsed, entries: &[&Entry]) -> Result<(), Exit> {
    if given.has('Z') {
        return process
            .print(entries.iter().map(|entry| [&entry.name[..], b"\n"].concat()).collect::<Vec<_>>().concat())
            .await;
    }
    let long = given.has('v');
    let mut out = if long {
        b" Length   Method    Size  Cmpr    Date    Time   CRC-32   Name\n--------  ------  ------- ---- ---------- ----- --------  ----\n".to_vec()
    } else {
        b"  Length      Date    Time    Name\n---------  ---------- -----   ----\n".to_vec()
    };
    let (mut size, mut packed) = (0_u64, 0_u64);
    for entry in entries {
        let date = calendar::format(entry.modified, "%Y-%m-%d %H:%M");
        let method = if entry.method == 8 { "Defl:N" } else { "Stored" };
        let row = if long {
            format!(
                "{:8}  {method} {:8} {:3}% {date} {:08x}  ",
                entry.size,
                entry.packed.len(),
                entry.percent(),
                entry.sum
            )
        } else {
            format!("{:9}  {date}   ", entry.size)
        };
        out.extend([row.as_bytes(), &entry.name, b"\n"].concat());
        size += u64::from(entry.size);
        packed += entry.packed.len() as u64;
    }
    let files = format!("{} file{}\n", entries.len(), if entries.len() == 1 { "" } else { "s" });
    let tail = if long {
        let share = percent(size, packed);
        format!(
            "--------          -------  ---                            -------\n{size:8}         {packed:8} {share:3}%                            {files}"
        )
    } else {
        format!("---------                     -------\n{size:9}                     {files}")
    };
    out.extend(tail.into_bytes());
    process.print(out).await
}

async fn test(process: &Process, file: &[u8], entries: &[&Entry]) -> Done {
    let mut good = true;
    for entry in entries {
        let name = String::from_utf8_lossy(&entry.name);
        let fine = content(entry).is_some();
        good &= fine;
        process
            .print(format!("    testing: {name:<22}  {}\n", if fine { " OK" } else { " bad CRC" }))
            .await?;
    }
    let file = String::from_utf8_lossy(file);
    let text = if good {
        "No errors detected in compressed data of "
    } else {
        "At least one error was detected in "
    };
    process.print(format!("{text}{file}.\n")).await?;
    Ok(Exit::Code(if good { 0 } else { 2 }))
}

/// What is asked before a file is overwritten.
async fn overwrites(process: &Process, given: &Parsed, at: &[u8], all: &mut Option<bool>) -> bool {
    if given.has('o') || given.has('n') || all.is_some() {
        return all.unwrap_or(given.has('o'));
    }
    process.complain([b"replace ", at, b"? [y]es, [n]o, [A]ll, [N]one, [r]ename: "].concat()).await;
    let line = process.input.read_line(64).await;
    match line.first() {
        Some(b'A') => *all.insert(true),
        Some(b'N') => *all.insert(false),
        Some(letter) => *letter == b'y',
        None => {
            process.complain(" NULL\n(EOF or read error, treating as \"[N]one\" ...)\n").await;
            *all.insert(false)
        }
    }
}

async fn extract(
    process: &Process,
    given: &Parsed,
    patterns: &[Vec<u8>],
    all: &[Entry],
    chosen: &[&Entry],
) -> Done {
    let (mut status, mut answered) = (0, None);
    let base = given.value('d').unwrap_or_default();
    if !base.is_empty() {
        let _ = process.files.mkdir(base, 0o777);
    }
    for entry in chosen {
        status = status.max(one(process, given, entry, base, &mut answered).await?);
        tokio::task::yield_now().await;
    }
    for pattern in patterns.iter().filter(|_| !given.has('x')) {
        if !all.iter().any(|entry| super::super::finding::glob(pattern, &entry.name)) {
            process.complain([b"caution: filename not matched:  ", &pattern[..], b"\n"].concat()).await;
            status = 11;
        }
    }
    Ok(Exit::Code(if answered == Some(false) { status.max(1) } else { status }))
}

/// Unpacks one entry.
async fn one(
    process: &Process,
    given: &Parsed,
    entry: &Entry,
    base: &[u8],
    answered: &mut Option<bool>,
) -> Result<u8, Exit> {
    let parts = entry.name.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b"..");
    let mut parts: Vec<&[u8]> = parts.collect();
    if given.has('j') {
        parts = parts.last().copied().filter(|_| !entry.name.ends_with(b"/")).into_iter().collect();
    }
    let mut at = base.to_vec();
    let is_directory = entry.name.ends_with(b"/");
    for (place, part) in parts.iter().enumerate() {
        at = if at.is_empty() { part.to_vec() } else { path::join(&at, part) };
        let last = place + 1 == parts.len();
        if (!last || is_directory) && !process.files.exists(&at) {
            let _ = process.files.mkdir(&at, 0o755);
            if !given.has('q') {
                process.print([b"   creating: ", &at[..], b"/\n"].concat()).await?;
            }
        }
    }
    if is_directory || parts.is_empty() {
        return Ok(0);
    }
    let shown = String::from_utf8_lossy(&at).into_owned();
    if entry.flags & 1 > 0 {
        process.complain(format!("   skipping: {shown:<22}  unable to get password\n")).await;
        return Ok(82);
    }
    if process.files.exists(&at) && !overwrites(process, given, &at, answered).await {
        return Ok(0);
    }
    if !given.has('q') {
        let word = if entry.method == 8 { "  inflating" } else { " extracting" };
        process.print(format!("{word}: {shown:<22}  ")).await?;
    }
    let status = written(process, entry, &at).await;
    if !given.has('q') {
        process.print("\n").await?;
    }
    Ok(status)
}

async fn written(process: &Process, entry: &Entry, at: &[u8]) -> u8 {
    let Some(bytes) = content(entry) else {
        process.complain(format!(" bad CRC {:08x}\n", entry.sum)).await;
        return 2;
    };
    let mode = if entry.mode & 0o777 > 0 { entry.mode & 0o777 } else { 0o644 };
    let outcome = process.files.open(at, Open::writing(mode)).and_then(|mut handle| handle.write(&bytes));
    if let Err(error) = outcome {
        let text =
            format!("error:  cannot create {}\n        {}\n", String::from_utf8_lossy(at), error.text());
        process.complain(text).await;
        return 50;
    }
    let _ = process.files.utimes(at, None, Some(Time::at(entry.modified)));
    0
}
