//! file, cmp, diff.

use crate::{
    machine::{Elf, Kind},
    programs::{context::Done, options::Spec},
    shell::{Exit, Process},
};

pub(in crate::programs) async fn cmp(process: &mut Process) -> Done {
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

pub(in crate::programs) async fn diff(process: &mut Process) -> Done {
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
pub(super) fn describe(bytes: &[u8]) -> String {
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
        let executable = " executable";
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

pub(in crate::programs) async fn file(process: &mut Process) -> Done {
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
                        format!("{prefix}{}", describe(&bytes))
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
