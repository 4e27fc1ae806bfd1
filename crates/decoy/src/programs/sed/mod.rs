//! sed.

mod parse;
mod run;

use std::collections::HashMap;

use self::{
    parse::{Command, What},
    run::Run,
};
use super::{context::Done, options::Spec, regex::Syntax};
use crate::{
    caps,
    shell::{Exit, Process},
};

const SPEC: Spec = Spec {
    short: "nrEe:f:i::suz",
    long: &[
        ("quiet", 'n'),
        ("silent", 'n'),
        ("regexp-extended", 'E'),
        ("expression=", 'e'),
        ("file=", 'f'),
        ("in-place?", 'i'),
        ("separate", 's'),
        ("null-data", 'z'),
    ],
};

pub(super) async fn sed(process: &mut Process) -> Done {
    let mut given = process.options(SPEC, 1).await?;
    let mut script: Vec<Vec<u8>> = Vec::new();
    for (letter, value) in &given.options {
        match (letter, value) {
            ('e', Some(text)) => script.push(text.clone()),
            ('f', Some(name)) => match process.read_input(name).await {
                Ok(text) => script.push(text),
                Err(error) => {
                    let text =
                        [b"couldn't open file ", name.as_slice(), b": ", error.text().as_bytes()].concat();
                    return Ok(process.fail(text).await);
                }
            },
            _ => {}
        }
    }
    if script.is_empty() {
        if given.operands.is_empty() {
            process
                .complain("Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n\n")
                .await;
            return Ok(Exit::FAILURE);
        }
        script.push(given.operands.remove(0));
    }
    let syntax = if given.has('E') || given.has('r') { Syntax::Extended } else { Syntax::Basic };
    let script = script.join(&b'\n');
    let mut commands = match parse::parse(&script, syntax) {
        Ok(commands) => commands,
        Err((at, text)) => {
            let text =
                if process.is_busybox() { text } else { format!("-e expression #1, char {at}: {text}") };
            return Ok(process.fail(text).await);
        }
    };
    let mut quiet = given.has('n');
    if script.starts_with(b"#n\n") {
        quiet = true;
    }
    commands.retain(|command| !matches!(command.what, What::Plain(b'#')));
    let in_place = given
        .options
        .iter()
        .rev()
        .find(|(letter, _)| *letter == 'i')
        .map(|(_, suffix)| suffix.clone().unwrap_or_default());
    match in_place {
        Some(suffix) => edit(process, &commands, quiet, &given.operands, &suffix).await,
        None => {
            let mut good = true;
            let mut all = Vec::new();
            for name in if given.operands.is_empty() { vec![b"-".to_vec()] } else { given.operands } {
                match process.read_input(&name).await {
                    Ok(text) => {
                        if all.last().is_some_and(|b| *b != b'\n') {
                            all.push(b'\n');
                        }
                        all.extend(text);
                    }
                    Err(error) => {
                        good = false;
                        unreadable(process, &name, error).await;
                    }
                }
            }
            let (out, status) = run(process, &commands, quiet, &all).await;
            process.print(out).await?;
            Ok(Exit::Code(if status == 0 && !good { 2 } else { status }))
        }
    }
}

async fn unreadable(process: &Process, name: &[u8], error: crate::machine::Errno) {
    let text = match error {
        crate::machine::Errno::IsDirectory => {
            [b"sed: couldn't edit ", name, b": not a regular file\n"].concat()
        }
        _ if process.is_busybox() => [b"sed: ", name, b": ", error.text().as_bytes(), b"\n"].concat(),
        _ => [b"sed: can't read ", name, b": ", error.text().as_bytes(), b"\n"].concat(),
    };
    let text = if error == crate::machine::Errno::IsDirectory {
        [b"sed: read error on ", name, b": Is a directory\n"].concat()
    } else {
        text
    };
    process.complain(text).await;
}

async fn edit(
    process: &Process,
    commands: &[Command],
    quiet: bool,
    names: &[Vec<u8>],
    suffix: &[u8],
) -> Done {
    if names.is_empty() {
        process.complain("sed: no input files\n").await;
        return Ok(Exit::Code(if process.is_busybox() { 1 } else { 4 }));
    }
    let (mut status, mut good) = (0, true);
    for name in names {
        let text = match process.files.read(name) {
            Ok(text) => text,
            Err(crate::machine::Errno::IsDirectory) => {
                process
                    .complain([b"sed: couldn't edit ", name.as_slice(), b": not a regular file\n"].concat())
                    .await;
                return Ok(Exit::Code(4));
            }
            Err(error) => {
                unreadable(process, name, error).await;
                good = false;
                continue;
            }
        };
        let (out, code) = run(process, commands, quiet, &text).await;
        status = code;
        let mode = process.files.stat(name).map_or(0o644, |m| m.mode);
        if !suffix.is_empty() {
            let _ = process.files.write(&[name.as_slice(), suffix].concat(), &text, mode);
        }
        if let Err(error) = process.files.write(name, &out, mode) {
            let directory =
                name.iter().rposition(|b| *b == b'/').and_then(|at| name.get(..at)).unwrap_or(b".");
            let text = [
                b"sed: couldn't open temporary file ",
                directory,
                b"/sedXq3fGh: ",
                error.text().as_bytes(),
                b"\n",
            ]
            .concat();
            process.complain(text).await;
            return Ok(Exit::Code(4));
        }
    }
    Ok(Exit::Code(if status == 0 && !good { 2 } else { status }))
}

async fn run(process: &Process, commands: &[Command], quiet: bool, all: &[u8]) -> (Vec<u8>, u8) {
    let terminated = all.is_empty() || all.ends_with(b"\n");
    let body = all.strip_suffix(b"\n").unwrap_or(all);
    let lines: Vec<&[u8]> = if all.is_empty() { Vec::new() } else { body.split(|b| *b == b'\n').collect() };
    let labels = commands.iter().enumerate().filter_map(|(at, command)| match &command.what {
        What::Label(name) => Some((name.as_slice(), at)),
        _ => None,
    });
    let mut run = Run {
        labels: labels.collect(),
        commands,
        quiet,
        lines,
        at: 0,
        pattern: Vec::new(),
        hold: Vec::new(),
        out: Vec::new(),
        appended: Vec::new(),
        active: vec![None; commands.len()],
        last_regex: None,
        files: HashMap::new(),
        reads: Vec::new(),
        steps: caps::SED_STEPS,
        terminated,
    };
    let status = run.lines_all();
    for (name, text) in std::mem::take(&mut run.files) {
        let _ = process.files.write(&name, &text, 0o666);
    }
    let mut out = std::mem::take(&mut run.out);
    for (place, name) in run.reads.iter().rev() {
        let text = process.files.read(name).unwrap_or_default();
        let place = (*place).min(out.len());
        out.splice(place..place, text);
    }
    (out, status)
}

/// Reads a script and throws it away; for fuzzing.
#[cfg(any(test, feature = "testing"))]
pub(super) fn reads(script: &[u8]) -> bool {
    parse::parse(script, Syntax::Basic).is_ok() || parse::parse(script, Syntax::Extended).is_ok()
}
