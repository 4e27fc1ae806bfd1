//! xargs.

use super::run;
use crate::{
    caps,
    programs::{
        context::{Done, number},
        options::Spec,
    },
    shell::{Exit, Process},
};

pub(in crate::programs) async fn xargs(process: &mut Process) -> Done {
    let spec = Spec {
        short: "+0a:d:E:e::I:i::L:l::n:P:prs:tx",
        long: &[
            ("null", '0'),
            ("max-args=", 'n'),
            ("replace?", 'i'),
            ("no-run-if-empty", 'r'),
            ("max-procs=", 'P'),
            ("verbose", 't'),
            ("delimiter=", 'd'),
            ("max-lines?", 'l'),
        ],
    };
    let given = process.options(spec, 1).await?;
    let text = match given.value('a').map(<[u8]>::to_vec) {
        Some(name) => process.read_input(&name).await.unwrap_or_default(),
        None => process.input.read_to_end(caps::PROGRAM_INPUT).await,
    };
    let replace = given
        .value('I')
        .map(<[u8]>::to_vec)
        .or_else(|| given.has('i').then(|| given.value('i').unwrap_or(b"{}").to_vec()));
    let delimiter = if given.has('0') {
        Some(0)
    } else {
        given.value('d').map(|d| if d == b"\\n" { b'\n' } else { d.first().copied().unwrap_or(b'\n') })
    };
    let Some(items) = items(&text, delimiter, replace.is_some()) else {
        process.complain("xargs: unmatched single quote; by default quotes are special to xargs unless you use the -0 option\n").await;
        return Ok(Exit::FAILURE);
    };
    let command = if given.operands.is_empty() { vec![b"echo".to_vec()] } else { given.operands.clone() };
    if items.is_empty() && (given.has('r') || replace.is_some() || process.is_busybox() && given.has('r')) {
        return Ok(Exit::SUCCESS);
    }
    let most = given
        .value('n')
        .or(given.value('L'))
        .and_then(number)
        .and_then(|(n, _)| usize::try_from(n).ok())
        .filter(|n| *n > 0)
        .unwrap_or(2_000);
    let mut calls: Vec<Vec<Vec<u8>>> = Vec::new();
    match replace {
        Some(sign) => calls.extend(
            items.iter().map(|item| command.iter().map(|part| substituted(part, &sign, item)).collect()),
        ),
        None if items.is_empty() => calls.push(command.clone()),
        None => calls.extend(items.chunks(most).map(|some| command.iter().chain(some).cloned().collect())),
    }
    let mut status = 0;
    let input = std::mem::replace(&mut process.input, crate::shell::pipe::Reader::empty());
    for args in calls {
        if given.has('t') {
            process.complain([args.join(&b' ').as_slice(), b"\n"].concat()).await;
        }
        match run(process, args).await.status() {
            0 => {}
            255 => {
                status = 124;
                break;
            }
            code @ (126 | 127) => {
                status = code;
                break;
            }
            _ => status = 123,
        }
    }
    process.input = input;
    Ok(Exit::Code(status))
}

/// The arguments in a text; none when a quote does not end.
fn items(text: &[u8], delimiter: Option<u8>, by_lines: bool) -> Option<Vec<Vec<u8>>> {
    match (delimiter, by_lines) {
        (Some(byte), _) => {
            let body = text.strip_suffix(&[byte]).unwrap_or(text);
            Some(body.split(|b| *b == byte).filter(|_| !text.is_empty()).map(<[u8]>::to_vec).collect())
        }
        (None, true) => {
            let lines = text.split(|b| *b == b'\n').map(<[u8]>::trim_ascii_start);
            Some(lines.filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect())
        }
        (None, false) => words(text),
    }
}

pub(super) fn substituted(part: &[u8], sign: &[u8], item: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < part.len() {
        let rest = part.get(at..).unwrap_or_default();
        if !sign.is_empty() && rest.starts_with(sign) {
            out.extend_from_slice(item);
            at += sign.len();
        } else {
            out.extend(rest.first());
            at += 1;
        }
    }
    out
}

/// Words with quotes and backslashes; none when a quote does not end.
pub(super) fn words(text: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut out = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut rest = text.iter().copied();
    while let Some(byte) = rest.next() {
        match byte {
            b'\'' | b'"' => {
                let word = word.get_or_insert_default();
                loop {
                    match rest.next() {
                        Some(b'\n') | None => return None,
                        Some(other) if other == byte => break,
                        Some(other) => word.push(other),
                    }
                }
            }
            b'\\' => word.get_or_insert_default().extend(rest.next()),
            b' ' | b'\t' | b'\n' => out.extend(word.take()),
            byte => word.get_or_insert_default().push(byte),
        }
    }
    out.extend(word);
    Some(out)
}
