//! expand and unexpand: tabs to blanks and back.

use super::super::{
    context::Done,
    options::{Parsed, Spec},
};
use crate::shell::{Exit, Process};

/// Where tabs stop.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stops {
    Every(usize),
    At(Vec<usize>),
}

/// How many stops one may name.
const MOST: usize = 1_024;

impl Stops {
    /// Reads what `-t` gives.
    fn parse(text: &[u8]) -> Result<Self, String> {
        let (mut all, mut rest) = (Vec::<usize>::new(), text);
        while let Some(byte) = rest.first() {
            if matches!(byte, b',' | b' ' | b'\t') {
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits == 0 {
                return Err(format!(
                    "tab size contains invalid character(s): \u{2018}{}\u{2019}",
                    String::from_utf8_lossy(rest)
                ));
            }
            let number = String::from_utf8_lossy(rest.get(..digits).unwrap_or_default()).into_owned();
            let Ok(stop) = number.parse::<u32>() else {
                return Err(format!("tab stop is too large \u{2018}{number}\u{2019}"));
            };
            let stop = stop as usize;
            if stop == 0 {
                return Err("tab size cannot be 0".to_owned());
            }
            if all.last().is_some_and(|last| *last >= stop) {
                return Err("tab sizes must be ascending".to_owned());
            }
            if all.len() < MOST {
                all.push(stop);
            }
            rest = rest.get(digits..).unwrap_or_default();
        }
        Ok(match all.as_slice() {
            [] => Self::Every(8),
            [one] => Self::Every(*one),
            _ => Self::At(all),
        })
    }

    /// The stop after a column; nothing after the last.
    fn after(&self, column: usize) -> Option<usize> {
        match self {
            Self::Every(size) => Some(column - column % size + size),
            Self::At(all) => all.get(all.partition_point(|stop| *stop <= column)).copied(),
        }
    }
}

/// How far one tab may reach: a few bytes may not become a disk full of blanks.
const WIDEST: usize = 64 * 1_024;

fn expanded(line: &[u8], stops: &Stops, initial: bool) -> Vec<u8> {
    let (mut out, mut column, mut leading) = (Vec::with_capacity(line.len()), 0_usize, true);
    for byte in line {
        match byte {
            b'\t' if leading || !initial => {
                let next = stops.after(column).unwrap_or(column + 1);
                let blanks = (next - column).min(WIDEST);
                out.resize(out.len() + blanks, b' ');
                column = next;
            }
            b'\x08' => {
                out.push(*byte);
                column = column.saturating_sub(1);
            }
            _ => {
                out.push(*byte);
                column = if *byte == b'\t' { stops.after(column).unwrap_or(column + 1) } else { column + 1 };
            }
        }
        leading &= matches!(byte, b' ' | b'\t');
    }
    out
}

fn unexpanded(line: &[u8], stops: &Stops, all: bool) -> Vec<u8> {
    let (mut out, mut column, mut leading) = (Vec::with_capacity(line.len()), 0_usize, true);
    let mut blanks: Vec<u8> = Vec::new();
    // A single blank before a stop stays a blank unless more follow it.
    let mut single = false;
    for byte in line {
        let converts = leading || all;
        match (byte, stops.after(column)) {
            (b' ', Some(next)) if converts => {
                column += 1;
                if column == next {
                    if blanks.is_empty() && !leading {
                        single = true;
                        blanks.push(b' ');
                    } else {
                        single = false;
                        blanks.clear();
                        out.push(b'\t');
                    }
                } else {
                    if single {
                        (single, blanks) = (false, Vec::new());
                        out.push(b'\t');
                    }
                    blanks.push(b' ');
                }
            }
            (b'\t', Some(next)) if converts => {
                if single {
                    out.push(b'\t');
                }
                (single, column) = (false, next);
                blanks.clear();
                out.push(b'\t');
            }
            (b'\x08', _) => {
                out.append(&mut blanks);
                single = false;
                out.push(*byte);
                column = column.saturating_sub(1);
            }
            _ => {
                out.append(&mut blanks);
                single = false;
                out.push(*byte);
                column += 1;
            }
        }
        leading &= matches!(byte, b' ' | b'\t');
    }
    out.append(&mut blanks);
    out
}

/// The stops of the options, or the words for why they are none; `-4,8` counts too.
async fn stops(process: &mut Process, given: &Parsed) -> Result<Stops, Exit> {
    let digits: String = given
        .options
        .iter()
        .filter(|(letter, _)| letter.is_ascii_digit() || *letter == ',')
        .map(|(letter, _)| *letter)
        .collect();
    let text = given.value('t').map_or_else(|| digits.into_bytes(), <[u8]>::to_vec);
    match Stops::parse(&text) {
        Ok(stops) => Ok(stops),
        Err(why) => Err(process.fail(why).await),
    }
}

/// Passes every line of the inputs through `with`.
async fn each(
    process: &mut Process,
    names: &[Vec<u8>],
    with: impl Fn(&[u8]) -> Vec<u8> + Send + Sync,
) -> Done {
    let (text, good) = process.read_inputs(names).await;
    for piece in text.split_inclusive(|byte| *byte == b'\n') {
        let line = piece.strip_suffix(b"\n");
        let mut out = with(line.unwrap_or(piece));
        if line.is_some() {
            out.push(b'\n');
        }
        process.seat.work(1 + out.len() as u64 / 256).await;
        process.print(out).await?;
    }
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

pub(in crate::programs) async fn expand(process: &mut Process) -> Done {
    let spec = Spec { short: "it:0123456789,", long: &[("initial", 'i'), ("tabs=", 't')] };
    let given = process.options(spec, 1).await?;
    let stops = stops(process, &given).await?;
    let initial = given.has('i');
    each(process, &given.operands, |line| expanded(line, &stops, initial)).await
}

pub(in crate::programs) async fn unexpand(process: &mut Process) -> Done {
    let spec = Spec { short: "at:0123456789,", long: &[("all", 'a'), ("first-only", 'f'), ("tabs=", 't')] };
    let given = process.options(spec, 1).await?;
    let stops = stops(process, &given).await?;
    let all = (given.has('a') || given.has('t')) && !given.has('f');
    each(process, &given.operands, |line| unexpanded(line, &stops, all)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tab_is_not_a_flood() {
        let stops = Stops::parse(b"4000000000").unwrap();
        assert!(expanded(b"\t", &stops, false).len() <= WIDEST);
        assert!(matches!(Stops::parse(&b"1,".repeat(9)), Err(text) if text.contains("ascending")));
        let many: String = (1..5_000).map(|stop| format!("{stop},")).collect();
        assert!(matches!(Stops::parse(many.as_bytes()), Ok(Stops::At(all)) if all.len() == MOST));
    }

    proptest::proptest! {
        #[test]
        fn any_line_is_laid_out(line: Vec<u8>, all: bool) {
            let stops = Stops::Every(8);
            let _ = (expanded(&line, &stops, all), unexpanded(&line, &stops, all));
        }
    }
}
