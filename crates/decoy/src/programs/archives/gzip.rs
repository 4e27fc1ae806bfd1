//! gzip, gunzip, zcat.

use super::{
    super::{
        context::Done,
        options::{Parsed, Spec, parse},
    },
    coding::{Broken, Sink, Source},
};
use crate::{
    machine::{Errno, Kind, Metadata, Open},
    shell::{Exit, Process, pipe::Reader, pipe::Writer},
};

const SPEC: Spec = Spec {
    short: "acdfhklLnNqrS:tvV123456789",
    long: &[
        ("stdout", 'c'),
        ("to-stdout", 'c'),
        ("decompress", 'd'),
        ("uncompress", 'd'),
        ("force", 'f'),
        ("help", 'h'),
        ("keep", 'k'),
        ("list", 'l'),
        ("no-name", 'n'),
        ("name", 'N'),
        ("quiet", 'q'),
        ("recursive", 'r'),
        ("suffix=", 'S'),
        ("test", 't'),
        ("verbose", 'v'),
        ("version", 'V'),
        ("fast", '1'),
        ("best", '9'),
    ],
};

const VERSION: &str = "Copyright (C) 2018 Free Software Foundation, Inc.\nCopyright (C) 1993 Jean-loup Gailly.\nThis is free software.  You may redistribute copies of it under the terms of\nthe GNU General Public License <https://www.gnu.org/licenses/gpl.html>.\nThere is NO WARRANTY, to the extent permitted by law.\n\nWritten by Jean-loup Gailly.\n";

const HELP: &str = "Usage: gzip [OPTION]... [FILE]...\nCompress or uncompress FILEs (by default, compress FILES in-place).\n\nMandatory arguments to long options are mandatory for short options too.\n\n  -c, --stdout      write on standard output, keep original files unchanged\n  -d, --decompress  decompress\n  -f, --force       force overwrite of output file and compress links\n  -h, --help        give this help\n  -k, --keep        keep (don't delete) input files\n  -l, --list        list compressed file contents\n  -L, --license     display software license\n  -n, --no-name     do not save or restore the original name and timestamp\n  -N, --name        save or restore the original name and timestamp\n  -q, --quiet       suppress all warnings\n  -r, --recursive   operate recursively on directories\n      --rsyncable   make rsync-friendly archive\n  -S, --suffix=SUF  use suffix SUF on compressed files\n      --synchronous synchronous output (safer if system crashes, but slower)\n  -t, --test        test compressed file integrity\n  -v, --verbose     verbose mode\n  -V, --version     display version number\n  -1, --fast        compress faster\n  -9, --best        compress better\n\nWith no FILE, or when FILE is -, read standard input.\n\nReport bugs to <bug-gzip@gnu.org>.\n";

/// How one run goes.
struct Run {
    given: Parsed,
    expands: bool,
    prints: bool,
    level: u32,
}

pub(super) async fn gzip(process: &mut Process) -> Done {
    let called = process.called();
    let given = match parse(process.arguments(), SPEC) {
        Ok(given) => given,
        Err(wrong) => {
            let text = match wrong.0.strip_prefix("invalid option -- '").and_then(|rest| rest.chars().next())
            {
                Some(letter) if letter.is_ascii_uppercase() => {
                    format!("-{letter} not supported in this version")
                }
                _ => wrong.0,
            };
            process.complain(format!("gzip: {text}\nTry `gzip --help' for more information.\n")).await;
            return Ok(Exit::FAILURE);
        }
    };
    if given.has('h') || given.has('V') {
        let version = format!("gzip 1.12\n{VERSION}");
        process.print(if given.has('h') { HELP } else { &version }).await?;
        return Ok(Exit::SUCCESS);
    }
    let level = given.last_of("123456789").and_then(|digit| digit.to_digit(10)).unwrap_or(6);
    let run = Run {
        expands: called != "gzip" || given.has('d') || given.has('t') || given.has('l'),
        prints: called == "zcat" || given.has('c'),
        level,
        given,
    };
    let mut status = 0_u8;
    if run.given.operands.is_empty() {
        status = standard(process, &run).await?;
    }
    if run.given.has('l') && !run.given.operands.is_empty() {
        process.print("         compressed        uncompressed  ratio uncompressed_name\n").await?;
    }
    for name in names(process, &run.given).await {
        let outcome =
            if name == b"-" { standard(process, &run).await? } else { file(process, &run, &name).await? };
        // An error counts more than a warning.
        status = if status == 1 || outcome == 1 { 1 } else { status.max(outcome) };
    }
    Ok(Exit::Code(status))
}

/// The operands, and with `-r` what is below those that are directories.
async fn names(process: &Process, given: &Parsed) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    for name in &given.operands {
        let directory = process.files.stat(name).is_ok_and(|m| m.is_directory());
        if given.has('r') && directory {
            let all = super::super::changing::tree(process, name, true).await;
            out.extend(
                all.into_iter().filter(|path| process.files.lstat(path).is_ok_and(|m| m.kind == Kind::File)),
            );
        } else {
            out.push(name.clone());
        }
    }
    out
}

/// Says what is wrong, and with which status the program will end.
async fn warn(process: &Process, run: &Run, status: u8, text: &[u8]) -> u8 {
    if status != 2 || !run.given.has('q') {
        process.complain([b"gzip: ", text, b"\n"].concat()).await;
    }
    status
}

async fn broken(process: &Process, name: &[u8], error: Broken) -> u8 {
    let name = if error == Broken::Full { b"stdout" } else { name };
    process.complain([b"\ngzip: ", name, b": ", error.text().as_bytes(), b"\n"].concat()).await;
    1
}

async fn standard(process: &Process, run: &Run) -> Result<u8, Exit> {
    let forced = run.given.has('f');
    if run.expands && process.input.is_terminal() && !forced {
        let text = b"compressed data not read from a terminal. Use -f to force decompression.\nFor help, type: gzip -h";
        return Ok(warn(process, run, 1, text).await);
    }
    if !run.expands && process.output.is_terminal() && !forced {
        let text = b"compressed data not written to a terminal. Use -f to force compression.\nFor help, type: gzip -h";
        return Ok(warn(process, run, 1, text).await);
    }
    if run.expands {
        let writer = if run.given.has('t') { Writer::nowhere() } else { process.output.clone() };
        return Ok(match expand(process.input.clone(), writer, run.prints && forced).await? {
            Ok(_) => 0,
            Err(error) => broken(process, b"stdin", error).await,
        });
    }
    compress(process, process.input.clone(), Sink::deflate(process.output.clone(), run.level, None)).await?;
    Ok(0)
}

/// Bytes that were read and that came out.
async fn expand(reader: Reader, writer: Writer, lenient: bool) -> Result<Result<(u64, u64), Broken>, Exit> {
    let mut source = Source::plain(reader);
    match source.inflate().await {
        Err(Broken::Format) if lenient => {}
        Err(error) => return Ok(Err(error)),
        Ok(()) => {}
    }
    loop {
        match source.next().await {
            Ok(piece) if piece.is_empty() => return Ok(Ok((source.taken, source.given))),
            Ok(piece) => match writer.write(&piece).await {
                Ok(()) => {}
                Err(Errno::BrokenPipe) => return Err(Exit::Signal("PIPE")),
                Err(_) => return Ok(Err(Broken::Full)),
            },
            Err(error) => return Ok(Err(error)),
        }
    }
}

async fn compress(process: &Process, reader: Reader, mut sink: Sink) -> Result<Sink, Exit> {
    loop {
        let piece = reader.read(32 * 1024).await;
        let outcome = if piece.is_empty() { sink.finish().await } else { sink.write(&piece).await };
        match outcome {
            Ok(()) if piece.is_empty() => return Ok(sink),
            Ok(()) => {}
            Err(Errno::BrokenPipe) => return Err(Exit::Signal("PIPE")),
            Err(error) => {
                process.complain(format!("\ngzip: stdout: {}\n", error.text())).await;
                return Err(Exit::FAILURE);
            }
        }
    }
}

/// What is left of a name without its suffix.
fn stem(name: &[u8]) -> Option<Vec<u8>> {
    for (suffix, instead) in [(&b".tgz"[..], &b".tar"[..]), (b".taz", b".tar")] {
        if let Some(stem) = name.strip_suffix(suffix) {
            return Some([stem, instead].concat());
        }
    }
    let suffixes: [&[u8]; 5] = [b".gz", b".z", b"-gz", b"-z", b".Z"];
    let stem = suffixes.iter().find_map(|suffix| name.strip_suffix(*suffix))?;
    (!stem.is_empty() && !stem.ends_with(b"/")).then(|| stem.to_vec())
}

async fn file(process: &Process, run: &Run, name: &[u8]) -> Result<u8, Exit> {
    let with_suffix = [name, b".gz"].concat();
    let name = if run.expands && !process.files.exists(name) && stem(name).is_none() {
        &with_suffix[..]
    } else {
        name
    };
    let metadata = match process.files.stat(name) {
        Ok(metadata) => metadata,
        Err(error) => return Ok(trouble(process, name, error).await),
    };
    if metadata.is_directory() {
        return Ok(warn(process, run, 2, &[name, b" is a directory -- ignored"].concat()).await);
    }
    let reader = match process.files.open(name, Open::reading()) {
        Ok(handle) => Reader::file(handle),
        Err(error) => return Ok(trouble(process, name, error).await),
    };
    if run.given.has('l') {
        return list(process, name, reader).await;
    }
    if run.prints || run.given.has('t') {
        return streamed(process, run, name, reader).await;
    }
    let target = if run.expands { stem(name) } else { Some(with_suffix.clone()) };
    if !run.expands && stem(name).is_some() && !run.given.has('f') {
        let suffix: &[u8] =
            name.iter().rposition(|b| *b == b'.').and_then(|at| name.get(at..)).unwrap_or(b".gz");
        return Ok(warn(
            process,
            run,
            2,
            &[name, b" already has ", suffix, b" suffix -- unchanged"].concat(),
        )
        .await);
    }
    let Some(target) = target else {
        return Ok(warn(process, run, 2, &[name, b": unknown suffix -- ignored"].concat()).await);
    };
    replace(process, run, name, &target, reader, &metadata).await
}

async fn trouble(process: &Process, name: &[u8], error: Errno) -> u8 {
    process.complain([b"gzip: ", name, b": ", error.text().as_bytes(), b"\n"].concat()).await;
    1
}

async fn streamed(process: &Process, run: &Run, name: &[u8], reader: Reader) -> Result<u8, Exit> {
    if !run.expands {
        let base = name.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        let time = process.files.stat(name).map_or(0, |m| u32::try_from(m.modified.seconds).unwrap_or(0));
        compress(process, reader, Sink::deflate(process.output.clone(), run.level, Some((base, time))))
            .await?;
        return Ok(0);
    }
    let writer = if run.given.has('t') { Writer::nowhere() } else { process.output.clone() };
    Ok(match expand(reader, writer, run.prints && run.given.has('f')).await? {
        Ok(_) => {
            if run.given.has('v') && run.given.has('t') {
                process.complain([name, b":\t OK\n"].concat()).await;
            }
            0
        }
        Err(error) => broken(process, name, error).await,
    })
}

/// Puts the other form of a file in its place.
async fn replace(
    process: &Process,
    run: &Run,
    name: &[u8],
    target: &[u8],
    reader: Reader,
    metadata: &Metadata,
) -> Result<u8, Exit> {
    if process.files.exists(target) && !run.given.has('f') {
        process.complain([b"gzip: ", target, b" already exists;"].concat()).await;
        if process.input.is_terminal() {
            process.complain(b" do you wish to overwrite (y or n)? ").await;
        }
        let answer = if process.input.is_terminal() { process.input.read_line(64).await } else { Vec::new() };
        if !answer.first().is_some_and(|byte| matches!(byte, b'y' | b'Y')) {
            process.complain(b"\tnot overwritten\n").await;
            return Ok(2);
        }
    }
    let writer = match process.files.open(target, Open::writing(metadata.mode & 0o777)) {
        Ok(handle) => Writer::file(handle),
        Err(error) => return Ok(trouble(process, target, error).await),
    };
    let (packed, plain) = if run.expands {
        match expand(reader, writer, false).await? {
            Ok(counts) => counts,
            Err(error) => {
                let _ = process.files.unlink(target);
                return Ok(broken(process, name, error).await);
            }
        }
    } else {
        let base = name.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        let time = u32::try_from(metadata.modified.seconds).unwrap_or_default();
        let sink = Sink::deflate(writer, run.level, Some((base, time)));
        let sink = compress(process, reader, sink).await?;
        (sink.given, sink.taken)
    };
    let _ = process.files.chmod(target, metadata.mode & 0o777);
    let _ = process.files.chown(target, Some(metadata.uid), Some(metadata.gid), true);
    let _ = process.files.utimes(target, Some(metadata.accessed), Some(metadata.modified));
    if !run.given.has('k') {
        let _ = process.files.unlink(name);
    }
    if run.given.has('v') {
        let inner = if run.expands { target } else { name };
        let kept = if run.given.has('k') { "created" } else { "replaced with" };
        let text = format!(":\t{} -- {kept} ", ratio(packed, plain, inner));
        process.complain([name, text.as_bytes(), target, b"\n"].concat()).await;
    }
    Ok(0)
}

/// How much smaller it became, its header and trailer not counted.
fn ratio(packed: u64, plain: u64, name: &[u8]) -> String {
    let base = name.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let body = packed.saturating_sub(10 + base.len() as u64 + 1 + 8);
    if plain == 0 {
        return "  0.0%".to_owned();
    }
    format!("{:5.1}%", 100.0 * (plain as f64 - body as f64) / plain as f64)
}

async fn list(process: &Process, name: &[u8], reader: Reader) -> Result<u8, Exit> {
    match expand(reader, Writer::nowhere(), false).await? {
        Ok((packed, plain)) => {
            let inner = stem(name).unwrap_or_else(|| name.to_vec());
            let line = format!("{packed:19} {plain:19} {} ", ratio(packed, plain, &inner));
            process.print([line.as_bytes(), &inner, b"\n"].concat()).await?;
            Ok(0)
        }
        Err(error) => Ok(broken(process, name, error).await),
    }
}
