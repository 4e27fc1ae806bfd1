//! tr.

use super::{context::Done, options::Spec};
use crate::shell::{Exit, Process};

/// The bytes that a set of `tr` stands for.
pub(super) fn set(text: &[u8]) -> Vec<u8> {
    let mut plain: Vec<(u8, bool)> = Vec::new();
    let mut at = 0;
    while let Some(byte) = text.get(at).copied() {
        at += 1;
        if byte == b'[' && text.get(at) == Some(&b':') {
            let rest = text.get(at + 1..).unwrap_or_default();
            if let Some(end) = rest.windows(2).position(|pair| pair == b":]")
                && let Some(test) = super::regex::class(rest.get(..end).unwrap_or_default())
            {
                plain.extend((0..=255_u8).filter(test).map(|b| (b, true)));
                at += end + 3;
                continue;
            }
        }
        if byte != b'\\' {
            plain.push((byte, false));
            continue;
        }
        let digits = text.iter().skip(at).take(3).take_while(|b| (b'0'..=b'7').contains(b)).count();
        if digits > 0 {
            let value =
                text.iter().skip(at).take(digits).fold(0_u32, |value, b| value * 8 + u32::from(b - b'0'));
            plain.push((value.to_le_bytes()[0], true));
            at += digits;
            continue;
        }
        let escaped = text.get(at).copied().unwrap_or(b'\\');
        at += 1;
        let byte = match escaped {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'a' => 7,
            b'b' => 8,
            b'f' => 12,
            b'v' => 11,
            other => other,
        };
        plain.push((byte, true));
    }
    let mut out = Vec::new();
    let mut at = 0;
    while let Some((byte, _)) = plain.get(at).copied() {
        match (plain.get(at + 1), plain.get(at + 2)) {
            (Some((b'-', false)), Some((last, _))) if *last >= byte => {
                out.extend(byte..=*last);
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

pub(super) async fn tr(process: &mut Process) -> Done {
    let spec = Spec {
        short: "+cCdst",
        long: &[("complement", 'c'), ("delete", 'd'), ("squeeze-repeats", 's'), ("truncate-set1", 't')],
    };
    let given = process.options(spec, 1).await?;
    let Some(first) = given.operands.first() else {
        return Ok(process.misused("missing operand", 1).await);
    };
    let needs_two = !given.has('d') && !given.has('s');
    if given.operands.len() < 2 && needs_two {
        let quote = String::from_utf8_lossy(&process.quote(first)).into_owned();
        let text = format!("missing operand after {quote}\nTwo strings must be given when translating.");
        return Ok(process.misused(&text, 1).await);
    }
    let complement = given.has('c') || given.has('C');
    let mut from = set(first);
    if complement {
        from = (0..=255).filter(|b| !from.contains(b)).collect();
    }
    let to = given.operands.get(1).map(|text| set(text)).unwrap_or_default();
    let squeezed = if to.is_empty() || given.has('d') && given.operands.len() > 1 {
        if to.is_empty() { &from } else { &to }
    } else {
        &to
    };
    let last = to.last().copied();
    let map = |byte: u8| {
        from.iter().position(|b| *b == byte).map(|at| to.get(at).copied().or(last).unwrap_or(byte))
    };
    let mut before = None;
    loop {
        let piece = process.input.read(32 * 1024).await;
        if piece.is_empty() {
            return Ok(Exit::SUCCESS);
        }
        let mut out = Vec::with_capacity(piece.len());
        for byte in piece {
            let byte = match (given.has('d'), map(byte)) {
                (true, Some(_)) => continue,
                (false, Some(mapped)) if !to.is_empty() => mapped,
                _ => byte,
            };
            if given.has('s') && before == Some(byte) && squeezed.contains(&byte) {
                continue;
            }
            before = Some(byte);
            out.push(byte);
        }
        process.print(out).await?;
    }
}
