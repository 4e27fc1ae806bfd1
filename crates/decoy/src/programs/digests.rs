//! md5sum and kin, base64, xxd, od, hexdump, strings, cmp, file.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openssl::hash::{MessageDigest, hash};

use super::{
    context::{Done, number},
    options::Spec,
};
use crate::{
    machine::{Elf, Kind},
    shell::{Exit, Process},
};

fn end(good: bool) -> Done {
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub(super) async fn sum(process: &mut Process) -> Done {
    let digest = match process.name() {
        b"md5sum" => MessageDigest::md5(),
        b"sha1sum" => MessageDigest::sha1(),
        b"sha224sum" => MessageDigest::sha224(),
        b"sha384sum" => MessageDigest::sha384(),
        b"sha512sum" => MessageDigest::sha512(),
        _ => MessageDigest::sha256(),
    };
    let given = process
        .options(
            Spec {
                short: "bctwz",
                long: &[("check", 'c'), ("binary", 'b'), ("tag", 'g'), ("status", 's'), ("quiet", 'q')],
            },
            1,
        )
        .await?;
    let names = if given.operands.is_empty() { vec![b"-".to_vec()] } else { given.operands.clone() };
    let mut good = true;
    for name in names {
        if given.has('c') {
            good &= check(process, &name, digest).await?;
            continue;
        }
        match process.read_input(&name).await {
            Ok(bytes) => {
                let text = hash(digest, &bytes).map(|sum| hex(&sum)).unwrap_or_default();
                process
                    .print(
                        [text.as_bytes(), if given.has('b') { b" *" } else { b"  " }, &name, b"\n"].concat(),
                    )
                    .await?;
            }
            Err(error) => {
                good = false;
                process.trouble(&name, error).await;
            }
        }
    }
    end(good)
}

async fn check(process: &Process, list: &[u8], digest: MessageDigest) -> Result<bool, Exit> {
    let text = match process.read_input(list).await {
        Ok(text) => text,
        Err(error) => {
            process.trouble(list, error).await;
            return Ok(false);
        }
    };
    let mut wrong = 0;
    for line in text.split(|b| *b == b'\n') {
        let Some(at) = line.iter().position(|b| *b == b' ') else { continue };
        let (expect, name) = (line.get(..at).unwrap_or_default(), line.get(at + 2..).unwrap_or_default());
        let same = match process.read_input(name).await {
            Ok(bytes) => {
                hash(digest, &bytes).is_ok_and(|sum| hex(&sum).as_bytes() == expect.to_ascii_lowercase())
            }
            Err(error) => {
                process.trouble(name, error).await;
                false
            }
        };
        wrong += usize::from(!same);
        process.print([name, if same { &b": OK\n"[..] } else { b": FAILED\n" }].concat()).await?;
    }
    if wrong > 0 {
        let name = process.called();
        process
            .complain(format!(
                "{name}: WARNING: {wrong} computed checksum{} did NOT match\n",
                if wrong == 1 { "" } else { "s" }
            ))
            .await;
    }
    Ok(wrong == 0)
}

pub(super) async fn base64_program(process: &mut Process) -> Done {
    let given = process
        .options(
            Spec { short: "dDiw:", long: &[("decode", 'd'), ("ignore-garbage", 'i'), ("wrap=", 'w')] },
            1,
        )
        .await?;
    let name = given.operands.first().cloned().unwrap_or_else(|| b"-".to_vec());
    let bytes = match process.read_input(&name).await {
        Ok(bytes) => bytes,
        Err(error) => {
            process.trouble(&name, error).await;
            return Ok(Exit::FAILURE);
        }
    };
    if given.has('d') || given.has('D') {
        let kept: Vec<u8> = bytes
            .iter()
            .copied()
            .filter(|b| *b != b'\n' && (!given.has('i') || b.is_ascii_alphanumeric() || b"+/=".contains(b)))
            .collect();
        let valid = kept.iter().take_while(|b| b.is_ascii_alphanumeric() || b"+/=".contains(b)).count();
        let whole = valid / 4 * 4;
        let decoded = STANDARD.decode(kept.get(..whole).unwrap_or_default());
        let bad = valid < kept.len() || whole < kept.len() || decoded.is_err();
        process.print(decoded.unwrap_or_default()).await?;
        if bad {
            process.complain("base64: invalid input\n").await;
        }
        return end(!bad);
    }
    let text = STANDARD.encode(&bytes);
    let width = given.value('w').and_then(number).and_then(|(n, _)| usize::try_from(n).ok()).unwrap_or(76);
    let mut out = Vec::new();
    if width == 0 {
        out.extend(text.into_bytes());
    } else {
        for line in text.as_bytes().chunks(width) {
            out.extend_from_slice(line);
            out.push(b'\n');
        }
    }
    process.print(out).await?;
    Ok(Exit::SUCCESS)
}

fn printable(bytes: &[u8]) -> String {
    bytes.iter().map(|b| if (b' '..=b'~').contains(b) { char::from(*b) } else { '.' }).collect()
}

pub(super) async fn xxd(process: &mut Process) -> Done {
    let given = process.options(Spec { short: "abc:eg:il:pPrs:u", long: &[] }, 1).await?;
    let name = given.operands.first().cloned().unwrap_or_else(|| b"-".to_vec());
    let mut bytes = match process.read_input(&name).await {
        Ok(bytes) => bytes,
        Err(error) => {
            process.trouble(&name, error).await;
            return Ok(Exit::Code(2));
        }
    };
    let amount = |letter| given.value(letter).and_then(number).and_then(|(n, _)| usize::try_from(n).ok());
    if given.has('r') {
        let digits: Vec<u8> = if given.has('p') {
            bytes.iter().copied().filter(u8::is_ascii_hexdigit).collect()
        } else {
            bytes
                .split(|b| *b == b'\n')
                .filter_map(|line| line.split(|b| *b == b':').nth(1))
                .flat_map(|rest| {
                    let end = rest
                        .windows(2)
                        .skip(1)
                        .position(|pair| pair == b"  ")
                        .map_or(rest.len(), |at| at + 1);
                    rest.get(..end)
                        .unwrap_or_default()
                        .iter()
                        .copied()
                        .filter(u8::is_ascii_hexdigit)
                        .collect::<Vec<u8>>()
                })
                .collect()
        };
        let out: Vec<u8> = digits
            .chunks(2)
            .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect();
        process.print(out).await?;
        return Ok(Exit::SUCCESS);
    }
    bytes.drain(..amount('s').unwrap_or(0).min(bytes.len()));
    bytes.truncate(amount('l').unwrap_or(usize::MAX));
    let mut out = String::new();
    if given.has('p') {
        for line in bytes.chunks(amount('c').unwrap_or(30).max(1)) {
            out.push_str(&hex(line));
            out.push('\n');
        }
    } else {
        let (columns, group) = (amount('c').unwrap_or(16).clamp(1, 256), amount('g').unwrap_or(2).max(1));
        let width = columns * 2 + columns.div_ceil(group);
        for (at, line) in bytes.chunks(columns).enumerate() {
            let groups: Vec<String> = line.chunks(group).map(hex).collect();
            out.push_str(&format!(
                "{:08x}: {:<width$} {}\n",
                at * columns,
                groups.join(" "),
                printable(line)
            ));
        }
    }
    process.print(out).await?;
    Ok(Exit::SUCCESS)
}

pub(super) async fn hexdump(process: &mut Process) -> Done {
    let given = process
        .options(
            Spec {
                short: "bcCdn:os:vxe:",
                long: &[("canonical", 'C'), ("length=", 'n'), ("skip=", 's'), ("no-squeezing", 'v')],
            },
            1,
        )
        .await?;
    let (mut bytes, good) = process.read_inputs(&given.operands).await;
    let amount =
        |letter| given.value(letter).and_then(super::context::size).and_then(|n| usize::try_from(n).ok());
    bytes.drain(..amount('s').unwrap_or(0).min(bytes.len()));
    bytes.truncate(amount('n').unwrap_or(usize::MAX));
    let canonical = given.has('C') || process.name() == b"hd";
    let width = if canonical { 8 } else { 7 };
    let mut out = String::new();
    let mut before: Option<&[u8]> = None;
    let mut starred = false;
    for (at, line) in bytes.chunks(16).enumerate() {
        if before == Some(line) && line.len() == 16 && !given.has('v') {
            if !starred {
                out.push_str("*\n");
            }
            starred = true;
            continue;
        }
        (before, starred) = (Some(line), false);
        out.push_str(&format!("{:0width$x}", at * 16));
        if canonical {
            let halves: Vec<String> = line
                .chunks(8)
                .map(|half| half.iter().map(|b| format!("{b:02x} ")).collect::<String>())
                .collect();
            out.push_str(&format!("  {:<50}|{}|\n", halves.join(" "), printable(line)));
        } else {
            let words = line.chunks(2).map(|pair| match pair {
                [a, b] => format!(" {b:02x}{a:02x}"),
                [a] => format!(" 00{a:02x}"),
                _ => String::new(),
            });
            out.push_str(&words.collect::<String>());
            out.push('\n');
        }
    }
    if !bytes.is_empty() {
        out.push_str(&format!("{:0width$x}\n", bytes.len()));
    }
    process.print(out).await?;
    end(good)
}

pub(super) async fn od(process: &mut Process) -> Done {
    let given = process
        .options(
            Spec {
                short: "A:abcdij:lN:oSst:vw:x",
                long: &[
                    ("format=", 't'),
                    ("read-bytes=", 'N'),
                    ("skip-bytes=", 'j'),
                    ("address-radix=", 'A'),
                ],
            },
            1,
        )
        .await?;
    let amount =
        |letter| given.value(letter).and_then(super::context::size).and_then(|n| usize::try_from(n).ok());
    let most = amount('N').unwrap_or(usize::MAX);
    let (mut bytes, good) = if most < 65_536 && given.operands.len() == 1 {
        let name = given.operands.first().cloned().unwrap_or_default();
        match process.files.read_at(&name, 0, most + amount('j').unwrap_or(0)) {
            Ok(bytes) => (bytes, true),
            Err(error) => {
                process.trouble(&name, error).await;
                (Vec::new(), false)
            }
        }
    } else {
        process.read_inputs(&given.operands).await
    };
    bytes.drain(..amount('j').unwrap_or(0).min(bytes.len()));
    bytes.truncate(most);
    let format = given.value('t').map(|t| String::from_utf8_lossy(t).into_owned()).unwrap_or_else(|| {
        match given.last_of("abcdosx") {
            Some('c') => "c".into(),
            Some('b') => "o1".into(),
            Some('x') => "x2".into(),
            Some('d') => "u2".into(),
            _ => "o2".into(),
        }
    });
    let (kind, rest) = format.split_at(1.min(format.len()));
    let size = number(rest.as_bytes())
        .and_then(|(n, _)| usize::try_from(n).ok())
        .unwrap_or(if kind == "c" || kind == "a" { 1 } else { 4 })
        .clamp(1, 8);
    let address = |at: usize| match given.value('A') {
        Some(b"n") => String::new(),
        Some(b"x") => format!("{at:06x}"),
        Some(b"d") => format!("{at:07}"),
        _ => format!("{at:07o}"),
    };
    let mut out = String::new();
    for (at, line) in bytes.chunks(16).enumerate() {
        out.push_str(&address(at * 16));
        for piece in line.chunks(size) {
            let value = piece.iter().rev().fold(0_u64, |value, b| value << 8 | u64::from(*b));
            out.push_str(&match kind {
                "c" => format!(" {:>3}", character(piece.first().copied().unwrap_or(0))),
                "x" => format!(" {value:0width$x}", width = size * 2),
                "u" => format!(
                    " {value:>width$}",
                    width = [3, 3, 5, 8, 10, 13, 15, 18, 20].get(size).copied().unwrap_or(20)
                ),
                "d" => format!(
                    " {:>width$}",
                    value as i64,
                    width = [4, 4, 6, 8, 11, 13, 15, 18, 20].get(size).copied().unwrap_or(20)
                ),
                _ => format!(
                    " {value:0width$o}",
                    width = [3, 3, 6, 8, 11, 14, 16, 19, 22].get(size).copied().unwrap_or(22)
                ),
            });
        }
        out.push('\n');
    }
    if given.value('A') != Some(b"n") {
        out.push_str(&address(bytes.len()));
        out.push('\n');
    }
    process.print(out).await?;
    end(good)
}

fn character(byte: u8) -> String {
    match byte {
        0 => "\\0".into(),
        7 => "\\a".into(),
        8 => "\\b".into(),
        9 => "\\t".into(),
        10 => "\\n".into(),
        11 => "\\v".into(),
        12 => "\\f".into(),
        13 => "\\r".into(),
        b' '..=b'~' => char::from(byte).to_string(),
        byte => format!("{byte:03o}"),
    }
}

pub(super) async fn strings(process: &mut Process) -> Done {
    let given = process.options(Spec { short: "an:ft:", long: &[("bytes=", 'n'), ("all", 'a')] }, 1).await?;
    let least =
        given.value('n').and_then(number).and_then(|(n, _)| usize::try_from(n).ok()).unwrap_or(4).max(1);
    let (bytes, good) = process.read_inputs(&given.operands).await;
    let mut out = Vec::new();
    for run in bytes.split(|b| !(b' '..=b'~').contains(b) && *b != b'\t').filter(|run| run.len() >= least) {
        out.extend_from_slice(run);
        out.push(b'\n');
    }
    process.print(out).await?;
    end(good)
}

pub(super) async fn cmp(process: &mut Process) -> Done {
    let given =
        process.options(Spec { short: "bi:ln:s", long: &[("silent", 's'), ("quiet", 's')] }, 2).await?;
    let [first, second] = given.operands.as_slice() else {
        return Ok(process.misused("missing operand", 2).await);
    };
    let mut read = Vec::new();
    for name in [first, second] {
        match process.read_input(name).await {
            Ok(bytes) => read.push(bytes),
            Err(error) => {
                process.trouble(name, error).await;
                return Ok(Exit::Code(2));
            }
        }
    }
    let (a, b) = (read.first().cloned().unwrap_or_default(), read.get(1).cloned().unwrap_or_default());
    if a == b {
        return Ok(Exit::SUCCESS);
    }
    if given.has('s') {
        return Ok(Exit::FAILURE);
    }
    match a.iter().zip(&b).position(|(x, y)| x != y) {
        Some(at) => {
            let line = a.iter().take(at).filter(|b| **b == b'\n').count() + 1;
            process
                .print(
                    [
                        first.as_slice(),
                        b" ",
                        second,
                        format!(" differ: byte {}, line {line}\n", at + 1).as_bytes(),
                    ]
                    .concat(),
                )
                .await?;
        }
        None => {
            let shorter = if a.len() < b.len() { first } else { second };
            process
                .complain(
                    [
                        b"cmp: EOF on ",
                        shorter.as_slice(),
                        format!(" after byte {}\n", a.len().min(b.len())).as_bytes(),
                    ]
                    .concat(),
                )
                .await;
        }
    }
    Ok(Exit::FAILURE)
}

pub(super) async fn diff(process: &mut Process) -> Done {
    let given = process
        .options(
            Spec { short: "abBcNqrsuwy", long: &[("brief", 'q'), ("unified", 'u'), ("recursive", 'r')] },
            2,
        )
        .await?;
    let [first, second] = given.operands.as_slice() else {
        return Ok(process.misused("missing operand", 2).await);
    };
    let (a, first_good) = process.read_inputs(std::slice::from_ref(first)).await;
    let (b, second_good) = process.read_inputs(std::slice::from_ref(second)).await;
    if !first_good || !second_good {
        return Ok(Exit::Code(2));
    }
    if a == b {
        return Ok(Exit::SUCCESS);
    }
    if given.has('q') {
        process.print([b"Files ", first.as_slice(), b" and ", second, b" differ\n"].concat()).await?;
        return Ok(Exit::FAILURE);
    }
    let (x, y): (Vec<&[u8]>, Vec<&[u8]>) =
        (a.split_inclusive(|b| *b == b'\n').collect(), b.split_inclusive(|b| *b == b'\n').collect());
    let head = x.iter().zip(&y).take_while(|(a, b)| a == b).count();
    let tail = x.iter().skip(head).rev().zip(y.iter().skip(head).rev()).take_while(|(a, b)| a == b).count();
    let (old, new) =
        (x.get(head..x.len() - tail).unwrap_or_default(), y.get(head..y.len() - tail).unwrap_or_default());
    let range = |from: usize, count: usize| match count {
        0 => from.to_string(),
        1 => (from + 1).to_string(),
        count => format!("{},{}", from + 1, from + count),
    };
    let letter = match (old.is_empty(), new.is_empty()) {
        (true, _) => 'a',
        (_, true) => 'd',
        _ => 'c',
    };
    let mut out = format!("{}{letter}{}\n", range(head, old.len()), range(head, new.len())).into_bytes();
    out.extend(old.iter().flat_map(|line| [b"< ", *line].concat()));
    if letter == 'c' {
        out.extend_from_slice(b"---\n");
    }
    out.extend(new.iter().flat_map(|line| [b"> ", *line].concat()));
    process.print(out).await?;
    Ok(Exit::FAILURE)
}

/// What `file` says of bytes.
fn describe(bytes: &[u8], mode: u32) -> String {
    if let Some(elf) = Elf::parse(bytes) {
        let bits = if elf.wide { "64" } else { "32" };
        let order = if elf.little { "LSB" } else { "MSB" };
        let machine = match elf.machine {
            62 => "x86-64",
            3 => "Intel 80386",
            40 => "ARM",
            183 => "ARM aarch64",
            8 => "MIPS",
            20 => "PowerPC or cisco 4500",
            _ => "*unknown arch*",
        };
        let kind = if elf.kind == 3 { "pie executable" } else { "executable" };
        let linked = if elf.kind == 3 {
            "dynamically linked, interpreter /lib64/ld-linux-x86-64.so.2, for GNU/Linux 3.2.0, stripped"
        } else {
            "statically linked, stripped"
        };
        return format!("ELF {bits}-bit {order} {kind}, {machine}, version 1 (SYSV), {linked}");
    }
    let starts: &[(&[u8], &str)] = &[
        (b"\x1f\x8b", "gzip compressed data"),
        (b"PK\x03\x04", "Zip archive data, at least v2.0 to extract, compression method=deflate"),
        (b"BZh", "bzip2 compressed data, block size = 900k"),
        (b"\xfd7zXZ", "XZ compressed data, checksum CRC64"),
        (b"\x89PNG", "PNG image data"),
        (b"\xff\xd8\xff", "JPEG image data"),
        (b"%PDF", "PDF document"),
        (b"-----BEGIN OPENSSH PRIVATE KEY", "OpenSSH private key"),
        (b"<!DOCTYPE html", "HTML document, ASCII text"),
    ];
    if let Some((_, text)) = starts.iter().find(|(start, _)| bytes.starts_with(start)) {
        return (*text).to_owned();
    }
    if let Some(line) = bytes.strip_prefix(b"#!") {
        let end = line.iter().position(|b| *b == b'\n').unwrap_or(line.len());
        let program = String::from_utf8_lossy(line.get(..end).unwrap_or_default()).trim().to_owned();
        let executable = if mode & 0o111 != 0 { " executable" } else { " executable" };
        return match program.as_str() {
            "/bin/sh" => format!("POSIX shell script, ASCII text{executable}"),
            "/bin/bash" | "/usr/bin/bash" => format!("Bourne-Again shell script, ASCII text{executable}"),
            other => format!("a {other} script, ASCII text{executable}"),
        };
    }
    let odd = bytes.iter().any(|b| *b < 7 || (14..27).contains(b) || (28..32).contains(b) || *b == 127);
    match (odd, bytes.is_ascii(), std::str::from_utf8(bytes).is_ok()) {
        (true, ..) => "data".into(),
        (_, true, _) => {
            if bytes.windows(2).any(|p| p == b"\r\n") {
                "ASCII text, with CRLF line terminators".into()
            } else if bytes.contains(&b'\n') {
                "ASCII text".into()
            } else {
                "ASCII text, with no line terminators".into()
            }
        }
        (_, _, true) => "Unicode text, UTF-8 text".into(),
        _ => "ISO-8859 text".into(),
    }
}

pub(super) async fn file(process: &mut Process) -> Done {
    let given = process
        .options(
            Spec {
                short: "bihLkzrsvm:f:",
                long: &[("brief", 'b'), ("mime", 'i'), ("mime-type", 'i'), ("version", 'v')],
            },
            1,
        )
        .await?;
    if given.operands.is_empty() {
        process.complain("Usage: file [-bcCdEhikLlNnprsSvzZ0] [--apple] [--extension] [--mime-encoding]\n            [--mime-type] [-e <testname>] [-F <separator>]  [-f <namefile>]\n            [-m <magicfiles>] [-P <parameter=value>] [--exclude-quiet]\n            <file> ...\n       file -C [-m <magicfiles>]\n       file [--help]\n").await;
        return Ok(Exit::FAILURE);
    }
    let width = given.operands.iter().map(Vec::len).max().unwrap_or(0) + 2;
    for name in &given.operands {
        let text = match process.files.lstat(name) {
            Err(error) => format!("cannot open `{}' ({})", String::from_utf8_lossy(name), error.text()),
            Ok(metadata) => match metadata.kind {
                Kind::Directory if metadata.mode & 0o1000 != 0 => "sticky, directory".into(),
                Kind::Directory => "directory".into(),
                Kind::Symlink => format!(
                    "symbolic link to {}",
                    String::from_utf8_lossy(&process.files.read_link(name).unwrap_or_default())
                ),
                Kind::Fifo => "fifo (named pipe)".into(),
                Kind::Socket => "socket".into(),
                Kind::Character => {
                    format!("character special ({}/{})", metadata.special.0, metadata.special.1)
                }
                Kind::Block => format!("block special ({}/{})", metadata.special.0, metadata.special.1),
                Kind::File => match process.files.read_at(name, 0, 4_096) {
                    Ok(bytes) if bytes.is_empty() => "empty".into(),
                    Ok(bytes) => {
                        let prefix = if metadata.mode & 0o4000 != 0 { "setuid " } else { "" };
                        format!("{prefix}{}", describe(&bytes, metadata.mode))
                    }
                    Err(error) => format!("regular file, no read permission ({})", error.text())
                        .split(" (")
                        .next()
                        .unwrap_or_default()
                        .to_owned(),
                },
            },
        };
        let label = [name.as_slice(), b":"].concat();
        let pad = width.saturating_sub(label.len());
        let line = if given.has('b') {
            text.into_bytes()
        } else {
            [label, vec![b' '; pad], text.into_bytes()].concat()
        };
        process.print([line.as_slice(), b"\n"].concat()).await?;
    }
    Ok(Exit::SUCCESS)
}
