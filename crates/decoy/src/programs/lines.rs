//! Programs that pass lines on: cat, tac, rev, nl, head, tail, tee.

use super::{
    context::{Done, number},
    options::Spec,
};
use crate::{
    caps,
    machine::Errno,
    shell::{
        Exit, Process,
        pipe::{Lines, Reader, Writer},
    },
};

const PIECE: usize = 32 * 1024;

fn end(good: bool) -> Done {
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

fn or_standard(names: &[Vec<u8>]) -> Vec<Vec<u8>> {
    if names.is_empty() { vec![b"-".to_vec()] } else { names.to_vec() }
}

pub(super) async fn cat(process: &mut Process) -> Done {
    let spec = Spec {
        short: "AbeEnstTuv",
        long: &[
            ("number", 'n'),
            ("number-nonblank", 'b'),
            ("show-all", 'A'),
            ("show-ends", 'E'),
            ("show-tabs", 'T'),
            ("squeeze-blank", 's'),
            ("show-nonprinting", 'v'),
        ],
    };
    let given = process.options(spec, 1).await?;
    let plain = given.options.iter().all(|(letter, _)| *letter == 'u');
    let (mut good, mut line, mut blank) = (true, 0_u64, false);
    for name in or_standard(&given.operands) {
        let reader = match process.open_input(&name) {
            Ok(reader) => reader,
            Err(error) => {
                if process.is_busybox() && error != Errno::IsDirectory {
                    process.unable("cannot open", &name, error).await;
                } else if process.is_busybox() {
                    process.complain("cat: read error: Is a directory\n").await;
                } else {
                    process.trouble(&name, error).await;
                }
                good = false;
                continue;
            }
        };
        if plain {
            loop {
                let piece = reader.read(PIECE).await;
                if piece.is_empty() {
                    break;
                }
                process.print(&piece).await?;
            }
            continue;
        }
        let has = |letters: &str| given.options.iter().any(|(name, _)| letters.contains(*name));
        let mut lines = Lines::of(reader, PIECE);
        loop {
            let text = lines.next().await;
            if text.is_empty() {
                break;
            }
            let empty = text == b"\n";
            if has("s") && empty && blank {
                continue;
            }
            blank = empty;
            let mut out = Vec::new();
            if has("b") && !empty || has("n") && !has("b") {
                line += 1;
                out.extend_from_slice(format!("{line:>6}\t").as_bytes());
            }
            visible(text, (has("AvetT"), has("AtT"), has("AeE")), &mut out);
            process.print(&out).await?;
        }
    }
    end(good)
}

/// Bytes as `cat -v` shows them.
pub(super) fn visible(text: &[u8], (odd, tabs, ends): (bool, bool, bool), out: &mut Vec<u8>) {
    for byte in text {
        match byte {
            b'\n' => {
                if ends {
                    out.push(b'$');
                }
                out.push(b'\n');
            }
            b'\t' if !tabs => out.push(b'\t'),
            0..32 if odd => out.extend([b'^', byte + 64]),
            127 if odd => out.extend(b"^?"),
            128.. if odd => {
                out.extend(b"M-");
                match byte - 128 {
                    low @ 0..32 => out.extend([b'^', low + 64]),
                    127 => out.extend(b"^?"),
                    low => out.push(low),
                }
            }
            byte => out.push(*byte),
        }
    }
}

pub(super) async fn tac(process: &mut Process) -> Done {
    let given = process.options(Spec { short: "bs:r", long: &[] }, 1).await?;
    let (all, good) = process.read_inputs(&given.operands).await;
    let mut lines: Vec<&[u8]> = all.split_inclusive(|b| *b == b'\n').collect();
    lines.reverse();
    process.print(lines.concat()).await?;
    end(good)
}

pub(super) async fn rev(process: &mut Process) -> Done {
    let given = process.options(Spec { short: "0", long: &[] }, 1).await?;
    let (all, good) = process.read_inputs(&given.operands).await;
    let mut out = Vec::new();
    for line in all.split_inclusive(|b| *b == b'\n') {
        let (text, newline) = line.strip_suffix(b"\n").map_or((line, &b""[..]), |text| (text, b"\n"));
        out.extend(String::from_utf8_lossy(text).chars().rev().collect::<String>().into_bytes());
        out.extend_from_slice(newline);
    }
    process.print(out).await?;
    end(good)
}

pub(super) async fn nl(process: &mut Process) -> Done {
    let given = process.options(Spec { short: "b:w:s:v:n:", long: &[] }, 1).await?;
    let every = given.value('b') == Some(b"a");
    let (all, good) = process.read_inputs(&given.operands).await;
    let mut line = given.value('v').and_then(number).map_or(1, |(n, _)| n);
    let mut out = Vec::new();
    for text in all.split_inclusive(|b| *b == b'\n') {
        if text != b"\n" || every {
            out.extend(format!("{line:>6}\t").into_bytes());
            line += 1;
        } else {
            out.extend_from_slice(b"       ");
        }
        out.extend_from_slice(text);
    }
    process.print(out).await?;
    end(good)
}

/// `-5` as head and tail take it.
fn old_count(process: &mut Process) {
    if let Some(first) = process.args.get_mut(1)
        && let Some(digits) = first.strip_prefix(b"-")
        && digits.first().is_some_and(u8::is_ascii_digit)
    {
        *first = [b"-n", digits].concat();
    }
}

const HEAD: Spec = Spec {
    short: "c:n:qvz",
    long: &[("bytes=", 'c'), ("lines=", 'n'), ("quiet", 'q'), ("silent", 'q'), ("verbose", 'v')],
};

pub(super) async fn head(process: &mut Process) -> Done {
    old_count(process);
    let given = process.options(HEAD, 1).await?;
    let bytes = given.last_of("cn") == Some('c');
    let text = given.value(if bytes { 'c' } else { 'n' }).unwrap_or(b"10").to_vec();
    let (from_end, digits) = text.strip_prefix(b"-").map_or((false, text.as_slice()), |rest| (true, rest));
    let Some(count) = super::context::size(digits) else {
        let what = if bytes { "bytes" } else { "lines" };
        let text = [format!("invalid number of {what}: ").as_bytes(), &process.quote(&text)].concat();
        return Ok(process.fail(text).await);
    };
    let names = or_standard(&given.operands);
    let titles = (names.len() > 1 || given.has('v')) && !given.has('q');
    let (mut good, mut first) = (true, true);
    for name in &names {
        let reader = match process.open_input(name) {
            Ok(reader) => reader,
            Err(Errno::IsDirectory) if !process.is_busybox() => {
                process
                    .complain(
                        [
                            process.name(),
                            b": error reading ",
                            &super::context::quoted(name),
                            b": Is a directory\n",
                        ]
                        .concat(),
                    )
                    .await;
                good = false;
                continue;
            }
            Err(error) => {
                if process.is_busybox() {
                    process.trouble(name, error).await
                } else {
                    process.unable_to_read(name, error).await;
                }
                good = false;
                continue;
            }
        };
        if titles {
            print_title(process, name, first).await?;
        }
        first = false;
        if from_end {
            let all = reader.read_to_end(caps::PROGRAM_INPUT).await;
            let keep = if bytes {
                all.len().saturating_sub(count as usize)
            } else {
                line_start_from_end(&all, count as usize)
            };
            process.print(all.get(..keep).unwrap_or_default()).await?;
        } else {
            pass(process, &reader, count, bytes).await?;
        }
    }
    end(good)
}

async fn print_title(process: &Process, name: &[u8], first: bool) -> Result<(), Exit> {
    let shown: &[u8] = if name == b"-" { b"standard input" } else { name };
    process.print([if first { &b"==> "[..] } else { b"\n==> " }, shown, b" <==\n"].concat()).await
}

/// Passes on so many lines or bytes, and no more is read.
async fn pass(process: &Process, reader: &Reader, count: u64, bytes: bool) -> Result<(), Exit> {
    let mut left = count;
    while left > 0 {
        let piece = if bytes {
            reader.read(usize::try_from(left).unwrap_or(PIECE).min(PIECE)).await
        } else {
            reader.read_line(PIECE).await
        };
        if piece.is_empty() {
            break;
        }
        left -= if bytes { piece.len() as u64 } else { u64::from(piece.ends_with(b"\n")) };
        process.print(&piece).await?;
    }
    Ok(())
}

/// Where the last `count` lines begin.
fn line_start_from_end(all: &[u8], count: usize) -> usize {
    if count == 0 {
        return all.len();
    }
    let body = all.strip_suffix(b"\n").unwrap_or(all);
    let breaks = body.iter().enumerate().rev().filter(|(_, b)| **b == b'\n').map(|(at, _)| at);
    breaks.skip(count - 1).map(|at| at + 1).next().unwrap_or(0)
}

pub(super) async fn tail(process: &mut Process) -> Done {
    old_count(process);
    let spec = Spec {
        short: "c:n:fFqvs:z",
        long: &[
            ("bytes=", 'c'),
            ("lines=", 'n'),
            ("follow?", 'f'),
            ("quiet", 'q'),
            ("verbose", 'v'),
            ("retry", 'r'),
            ("pid=", 'p'),
            ("sleep-interval=", 's'),
        ],
    };
    let given = process.options(spec, 1).await?;
    let bytes = given.last_of("cn") == Some('c');
    let text = given.value(if bytes { 'c' } else { 'n' }).unwrap_or(b"10").to_vec();
    let (from_start, digits) = text
        .strip_prefix(b"+")
        .map_or((false, text.strip_prefix(b"-").unwrap_or(&text)), |rest| (true, rest));
    let Some(count) = super::context::size(digits).and_then(|n| usize::try_from(n).ok()) else {
        let what = if bytes { "bytes" } else { "lines" };
        let text = [format!("invalid number of {what}: ").as_bytes(), &process.quote(&text)].concat();
        return Ok(process.fail(text).await);
    };
    let names = or_standard(&given.operands);
    let titles = (names.len() > 1 || given.has('v')) && !given.has('q');
    let (mut good, mut first) = (true, true);
    let mut follow = Vec::new();
    for name in &names {
        let all = match process.read_input(name).await {
            Ok(all) => all,
            Err(Errno::IsDirectory) => {
                process
                    .complain(
                        [
                            process.name(),
                            b": error reading ",
                            &super::context::quoted(name),
                            b": Is a directory\n",
                        ]
                        .concat(),
                    )
                    .await;
                good = false;
                continue;
            }
            Err(error) => {
                process.unable_to_read(name, error).await;
                good = false;
                continue;
            }
        };
        if titles {
            print_title(process, name, first).await?;
        }
        first = false;
        let start = match (bytes, from_start) {
            (true, true) => count.saturating_sub(1).min(all.len()),
            (true, false) => all.len().saturating_sub(count),
            (false, true) => {
                all.split_inclusive(|b| *b == b'\n').take(count.saturating_sub(1)).map(<[u8]>::len).sum()
            }
            (false, false) => line_start_from_end(&all, count),
        };
        process.print(all.get(start..).unwrap_or_default()).await?;
        if name != b"-" {
            follow.push((name.clone(), process.files.stat(name).map_or(0, |m| m.size)));
        }
    }
    if given.has('f') || given.has('F') {
        followed(process, follow).await?;
    }
    end(good)
}

/// Shows what is added to files, until somebody interrupts.
async fn followed(process: &Process, mut files: Vec<(Vec<u8>, u64)>) -> Result<(), Exit> {
    while !files.is_empty() {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        for (name, seen) in &mut files {
            let size = process.files.stat(name).map_or(0, |m| m.size);
            if size > *seen {
                let more = process.files.read_at(name, *seen, PIECE).unwrap_or_default();
                process.print(&more).await?;
                *seen += more.len() as u64;
            } else if size < *seen {
                *seen = size;
            }
        }
        if process.output.is_broken() {
            return Err(Exit::Signal("PIPE"));
        }
    }
    Ok(())
}

pub(super) async fn tee(process: &mut Process) -> Done {
    let given = process
        .options(Spec { short: "aip", long: &[("append", 'a'), ("ignore-interrupts", 'i')] }, 1)
        .await?;
    let mut good = true;
    let mut outputs = Vec::new();
    for name in &given.operands {
        let how = if given.has('a') {
            crate::machine::Open::appending(0o666)
        } else {
            crate::machine::Open::writing(0o666)
        };
        match process.files.open(name, how) {
            Ok(handle) => outputs.push(Writer::file(handle)),
            Err(error) => {
                process.trouble(name, error).await;
                good = false;
            }
        }
    }
    loop {
        let piece = process.input.read(PIECE).await;
        if piece.is_empty() {
            return end(good);
        }
        for output in &outputs {
            let _ = output.write(&piece).await;
        }
        process.print(&piece).await?;
    }
}
