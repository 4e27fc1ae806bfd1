//! bzip2 and xz: they know what is theirs and what is not, and have no memory for the rest.

use super::super::{
    context::Done,
    options::{Parsed, Spec, parse},
};
use crate::{
    machine::Open,
    shell::{Exit, Process, pipe::Reader},
};

/// What begins a stream of bzip2's and of xz's.
pub(super) const BZIP2: &[u8] = b"BZh";
/// See above.
pub(super) const XZ: &[u8] = b"\xfd7zXZ\0";

const BZIP2_VERSION: &str = "bzip2, a block-sorting file compressor.  Version 1.0.8, 13-Jul-2019.\n   \n   Copyright (C) 1996-2019 by Julian Seward.\n   \n   This program is free software; you can redistribute it and/or modify\n   it under the terms set out in the LICENSE file, which is included\n   in the bzip2 source distribution.\n   \n   This program is distributed in the hope that it will be useful,\n   but WITHOUT ANY WARRANTY; without even the implied warranty of\n   MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the\n   LICENSE file for more details.\n   \n";

/// The first bytes of an operand, or why there are none.
async fn head(process: &Process, name: &[u8]) -> Result<Vec<u8>, String> {
    if name == b"-" {
        return Ok(process.input.read(6).await);
    }
    match process.files.open(name, Open::reading()) {
        Ok(handle) => Ok(Reader::file(handle).read(6).await),
        Err(error) => Err(error.text().to_owned()),
    }
}

pub(super) async fn bzip2(process: &mut Process) -> Done {
    let called = process.called();
    let spec = Spec {
        short: "cdzkftvqsVLh123456789",
        long: &[
            ("decompress", 'd'),
            ("stdout", 'c'),
            ("keep", 'k'),
            ("force", 'f'),
            ("test", 't'),
            ("version", 'V'),
        ],
    };
    let given = match parse(process.arguments(), spec) {
        Ok(given) => given,
        Err(_) => {
            let flag = process.arguments().iter().find(|a| a.starts_with(b"-")).cloned().unwrap_or_default();
            process.complain([called.as_bytes(), b": Bad flag `", &flag, b"'\n"].concat()).await;
            return Ok(Exit::FAILURE);
        }
    };
    if given.has('V') || given.has('L') {
        process.complain(BZIP2_VERSION).await;
        return Ok(Exit::SUCCESS);
    }
    let expands = called != "bzip2" || given.has('d') || given.has('t');
    if given.operands.is_empty() {
        return bzip2_stream(process, expands).await;
    }
    let mut status = 0;
    for name in given.operands.clone() {
        status = status.max(bzip2_file(process, &called, &given, expands, &name).await);
    }
    Ok(Exit::Code(status))
}

async fn bzip2_stream(process: &Process, expands: bool) -> Done {
    let called = process.called();
    if expands && process.input.is_terminal() {
        process.complain(format!("{called}: I won't read compressed data from a terminal.\n{called}: For help, type: `{called} --help'.\n")).await;
        return Ok(Exit::FAILURE);
    }
    if !expands && process.output.is_terminal() {
        process.complain(format!("{called}: I won't write compressed data to a terminal.\n{called}: For help, type: `{called} --help'.\n")).await;
        return Ok(Exit::FAILURE);
    }
    let head = process.input.read(6).await;
    if expands && !head.starts_with(BZIP2) {
        process.complain(format!("{called}: (stdin) is not a bzip2 file.\n")).await;
        return Ok(Exit::Code(2));
    }
    process
        .complain(format!(
            "{called}: couldn't allocate enough memory\n\tInput file = (stdin), output file = (stdout)\n"
        ))
        .await;
    Ok(Exit::FAILURE)
}

async fn bzip2_file(process: &Process, called: &str, given: &Parsed, expands: bool, name: &[u8]) -> u8 {
    let shown = String::from_utf8_lossy(name).into_owned();
    if process.files.stat(name).is_ok_and(|m| m.is_directory()) {
        process.complain(format!("{called}: Input file {shown} is a directory.\n")).await;
        return 1;
    }
    let head = match head(process, name).await {
        Ok(head) => head,
        Err(reason) => {
            process.complain(format!("{called}: Can't open input file {shown}: {reason}.\n")).await;
            return 1;
        }
    };
    let prints = called == "bzcat" || given.has('c');
    let stem = shown.strip_suffix(".bz2").or(shown.strip_suffix(".bz")).map(str::to_owned);
    let output = match (expands, stem) {
        (true, Some(stem)) => stem,
        (true, None) => format!("{shown}.out"),
        (false, _) => format!("{shown}.bz2"),
    };
    if expands && !head.starts_with(BZIP2) {
        if given.has('t') {
            process.complain(format!("{called}: {shown}: bad magic number (file not created by bzip2)\n\nYou can use the `bzip2recover' program to attempt to recover\ndata from undamaged sections of corrupted files.\n\n")).await;
            return 2;
        }
        if !prints && output.ends_with(".out") {
            process
                .complain(format!("{called}: Can't guess original name for {shown} -- using {output}\n"))
                .await;
        }
        process.complain(format!("{called}: {shown} is not a bzip2 file.\n")).await;
        return 2;
    }
    if !expands && shown.ends_with(".bz2") {
        process.complain(format!("{called}: Input file {shown} already has .bz2 suffix.\n")).await;
        return 1;
    }
    let output = if prints { "(stdout)" } else { output.as_str() };
    process
        .complain(format!(
            "\n{called}: couldn't allocate enough memory\n\tInput file = {shown}, output file = {output}\n"
        ))
        .await;
    1
}

pub(super) async fn xz(process: &mut Process) -> Done {
    let called = process.called();
    let spec = Spec {
        short: "zdtlkfcS:F:C:T:M:eqvQhHV0123456789",
        long: &[
            ("decompress", 'd'),
            ("uncompress", 'd'),
            ("stdout", 'c'),
            ("to-stdout", 'c'),
            ("keep", 'k'),
            ("force", 'f'),
            ("test", 't'),
            ("list", 'l'),
            ("threads=", 'T'),
            ("version", 'V'),
            ("quiet", 'q'),
            ("verbose", 'v'),
            ("extreme", 'e'),
            ("format=", 'F'),
        ],
    };
    let given = match parse(process.arguments(), spec) {
        Ok(given) => given,
        Err(wrong) => {
            process
                .complain(format!(
                    "{called}: {}\n{called}: Try `{called} --help' for more information.\n",
                    wrong.0
                ))
                .await;
            return Ok(Exit::FAILURE);
        }
    };
    if given.has('V') {
        process.print("xz (XZ Utils) 5.4.1\nliblzma 5.4.1\n").await?;
        return Ok(Exit::SUCCESS);
    }
    let expands =
        !matches!(called.as_str(), "xz" | "lzma") || given.has('d') || given.has('t') || given.has('l');
    let standard = [b"-".to_vec()];
    let names = if given.operands.is_empty() { &standard[..] } else { &given.operands[..] };
    let mut status = 0;
    for name in names {
        if let Some(text) = xz_one(process, expands, name).await {
            let shown =
                if name == b"-" { "(stdin)".into() } else { String::from_utf8_lossy(name).into_owned() };
            let warns = text.ends_with("skipping");
            process.complain(format!("{called}: {shown}: {text}\n")).await;
            // An error counts more than a warning.
            status = if warns && status != 1 { 2 } else { 1 };
        }
    }
    Ok(Exit::Code(status))
}

/// What is wrong with one input.
async fn xz_one(process: &Process, expands: bool, name: &[u8]) -> Option<String> {
    if process.files.stat(name).is_ok_and(|m| m.is_directory()) {
        return Some("Is a directory, skipping".to_owned());
    }
    let head = match head(process, name).await {
        Ok(head) => head,
        Err(reason) => return Some(reason),
    };
    if expands && !head.starts_with(XZ) && !head.starts_with(b"\x5d\0\0") {
        return Some("File format not recognized".to_owned());
    }
    if !expands && name.ends_with(b".xz") {
        return Some("File already has `.xz' suffix, skipping".to_owned());
    }
    Some("Cannot allocate memory".to_owned())
}
