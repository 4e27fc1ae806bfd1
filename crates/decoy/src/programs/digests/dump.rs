//! xxd, hexdump, od, strings.

use super::{end, hex};
use crate::{
    programs::{
        context::{Done, number, size},
        options::{Parsed, Spec},
    },
    shell::{Exit, Process},
};

pub(super) fn printable(bytes: &[u8]) -> String {
    bytes.iter().map(|b| if (b' '..=b'~').contains(b) { char::from(*b) } else { '.' }).collect()
}

pub(in crate::programs) async fn xxd(process: &mut Process) -> Done {
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

pub(in crate::programs) async fn hexdump(process: &mut Process) -> Done {
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
    let amount = |letter| given.value(letter).and_then(size).and_then(|n| usize::try_from(n).ok());
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
            out.push_str(&format!("{:<40}\n", words.collect::<String>()));
        }
    }
    if !bytes.is_empty() {
        out.push_str(&format!("{:0width$x}\n", bytes.len()));
    }
    process.print(out).await?;
    end(good)
}

pub(in crate::programs) async fn od(process: &mut Process) -> Done {
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
    let amount = |letter| given.value(letter).and_then(size).and_then(|n| usize::try_from(n).ok());
    let most = amount('N').unwrap_or(usize::MAX);
    let (mut bytes, good) = dumped(process, &given, most, amount('j').unwrap_or(0)).await;
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

/// What is dumped: no more is read than is asked for.
async fn dumped(process: &Process, given: &Parsed, most: usize, skip: usize) -> (Vec<u8>, bool) {
    if most < 65_536 && given.operands.len() == 1 {
        let name = given.operands.first().cloned().unwrap_or_default();
        match process.files.read_at(&name, 0, most + skip) {
            Ok(bytes) => (bytes, true),
            Err(error) => {
                process.trouble(&name, error).await;
                (Vec::new(), false)
            }
        }
    } else {
        process.read_inputs(&given.operands).await
    }
}

pub(super) fn character(byte: u8) -> String {
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

pub(in crate::programs) async fn strings(process: &mut Process) -> Done {
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
