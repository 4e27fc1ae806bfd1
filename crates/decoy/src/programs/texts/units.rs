//! numfmt and tsort.

use std::collections::{BTreeMap, HashMap};

use super::super::{
    context::Done,
    options::{Parsed, Spec},
};
use crate::shell::{Exit, Process};

const LETTERS: &[u8] = b"KMGTPEZY";
const SCALES: &[&str] = &["none", "si", "iec", "iec-i"];

/// Reads a number with a unit.
fn read(text: &str, from: &str) -> Result<f64, String> {
    let end = text
        .bytes()
        .enumerate()
        .find(|(at, byte)| !(byte.is_ascii_digit() || *byte == b'.' || *at == 0 && *byte == b'-'))
        .map_or(text.len(), |(at, _)| at);
    let (digits, unit) = (text.get(..end).unwrap_or_default(), text.get(end..).unwrap_or_default());
    let Some(value) = digits.parse::<f64>().ok().filter(|_| digits.len() < 64) else {
        return Err(format!("invalid number: \u{2018}{text}\u{2019}"));
    };
    if unit.is_empty() {
        return Ok(value);
    }
    let power = unit.bytes().next().and_then(|letter| LETTERS.iter().position(|known| *known == letter));
    let (base, tail) = match from {
        "si" => (1_000_f64, ""),
        "iec" => (1_024.0, ""),
        "iec-i" => (1_024.0, "i"),
        "auto" => {
            (if unit.ends_with('i') { 1_024.0 } else { 1_000.0 }, if unit.ends_with('i') { "i" } else { "" })
        }
        _ if power.is_some() && unit.len() == 1 => {
            let text = format!("rejecting suffix in input: \u{2018}{text}\u{2019} (consider using --from)");
            return Err(text);
        }
        _ => return Err(format!("invalid suffix in input: \u{2018}{text}\u{2019}")),
    };
    match power.filter(|_| unit.get(1..) == Some(tail)) {
        Some(power) => Ok(value * base.powi(i32::try_from(power + 1).unwrap_or(0))),
        None if power.is_some() && tail == "i" => {
            Err(format!("missing 'i' suffix in input: \u{2018}{text}\u{2019} (e.g Ki/Mi/Gi)"))
        }
        None if power.is_some() => {
            let rest = unit.get(1..).unwrap_or_default();
            Err(format!("invalid suffix in input \u{2018}{text}\u{2019}: \u{2018}{rest}\u{2019}"))
        }
        None => Err(format!("invalid suffix in input: \u{2018}{text}\u{2019}")),
    }
}

/// A number in a scale, rounded away from zero.
fn shown(value: f64, to: &str) -> String {
    let base = if to == "si" { 1_000_f64 } else { 1_024.0 };
    if to == "none" {
        let away = if value < 0.0 { value.floor() } else { value.ceil() };
        return format!("{away:.0}");
    }
    let (mut size, mut power) = (value.abs(), 0);
    while size >= base && power < LETTERS.len() {
        size /= base;
        power += 1;
    }
    if power == 0 {
        return format!("{:.0}", if value < 0.0 { value.floor() } else { value.ceil() });
    }
    let mut text = if size < 10.0 { format!("{:.1}", (size * 10.0).ceil() / 10.0) } else { String::new() };
    if size >= 10.0 || text == "10.0" {
        let whole = size.ceil();
        let (whole, next) = if whole >= base { (1.0, 1) } else { (whole, 0) };
        power += next;
        text = if next > 0 { "1.0".to_owned() } else { format!("{whole:.0}") };
    }
    let letter = power.checked_sub(1).and_then(|at| LETTERS.get(at)).map_or('Y', |byte| char::from(*byte));
    let sign = if value < 0.0 { "-" } else { "" };
    format!("{sign}{text}{letter}{}", if to == "iec-i" { "i" } else { "" })
}

async fn scale(process: &mut Process, given: &Parsed, letter: char, name: &str) -> Result<String, Exit> {
    let Some(text) = given.value(letter) else { return Ok("none".to_owned()) };
    let text = String::from_utf8_lossy(text).into_owned();
    if SCALES.contains(&text.as_str()) || letter == 'f' && text == "auto" {
        return Ok(text);
    }
    let known = ["none", "auto", "si", "iec", "iec-i"];
    let list: String = known
        .iter()
        .filter(|known| letter == 'f' || **known != "auto")
        .map(|known| format!("  - \u{2018}{known}\u{2019}\n"))
        .collect();
    process
        .complain(format!("numfmt: invalid argument \u{2018}{text}\u{2019} for \u{2018}{name}\u{2019}\nValid arguments are:\n{list}Try 'numfmt --help' for more information.\n"))
        .await;
    Err(Exit::FAILURE)
}

pub(in crate::programs) async fn numfmt(process: &mut Process) -> Done {
    let spec = Spec {
        short: "+d:z",
        long: &[("from=", 'f'), ("to=", 't'), ("suffix=", 's'), ("padding=", 'p'), ("grouping", 'g')],
    };
    let negative = process
        .arguments()
        .iter()
        .any(|word| word.len() > 1 && word.starts_with(b"-") && word.iter().skip(1).all(u8::is_ascii_digit));
    let given = match negative {
        true => Parsed { options: Vec::new(), operands: process.arguments().to_vec() },
        false => process.options(spec, 1).await?,
    };
    let from = scale(process, &given, 'f', "--from").await?;
    let to = scale(process, &given, 't', "--to").await?;
    let suffix = given.value('s').map(|text| String::from_utf8_lossy(text).into_owned()).unwrap_or_default();
    let padding = given
        .value('p')
        .and_then(|text| std::str::from_utf8(text).ok()?.parse::<i64>().ok())
        .map_or(0, |padding| padding.clamp(-1_000, 1_000));
    let lines: Vec<Vec<u8>> = if given.operands.is_empty() {
        let text = process.read_input(b"-").await.unwrap_or_default();
        let text = text.strip_suffix(b"\n").unwrap_or(&text);
        text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
    } else {
        given.operands
    };
    for line in lines {
        let line = String::from_utf8_lossy(&line).into_owned();
        let start = line.len() - line.trim_start().len();
        let end = line
            .get(start..)
            .and_then(|rest| rest.find(char::is_whitespace))
            .map_or(line.len(), |at| start + at);
        let (word, rest) = (line.get(start..end).unwrap_or_default(), line.get(end..).unwrap_or_default());
        let bare = word.strip_suffix(suffix.as_str()).unwrap_or(word);
        match read(bare, &from) {
            Ok(value) => {
                let text = shown(value, &to) + &suffix;
                let width = usize::try_from(padding.unsigned_abs()).unwrap_or(0);
                let text = if padding < 0 { format!("{text:<width$}") } else { format!("{text:>width$}") };
                process.print(format!("{text}{rest}\n")).await?;
            }
            Err(why) => {
                process.fail(why).await;
                return Ok(Exit::Code(2));
            }
        }
    }
    Ok(Exit::SUCCESS)
}

/// Orders names so that the first of each pair is before the second, or gives what was ordered
/// and a loop: parts in order.
fn ordered(pairs: &[(Vec<u8>, Vec<u8>)]) -> (Vec<Vec<u8>>, Vec<Vec<Vec<u8>>>) {
    let mut after: BTreeMap<&[u8], (usize, Vec<&[u8]>)> = BTreeMap::new();
    for (first, second) in pairs {
        after.entry(first).or_default();
        after.entry(second).or_default();
        if first != second {
            after.entry(first).or_default().1.push(second);
            after.entry(second).or_default().0 += 1;
        }
    }
    let mut waiting: HashMap<&[u8], usize> = after.iter().map(|(name, (count, _))| (*name, *count)).collect();
    let mut queue: std::collections::VecDeque<&[u8]> =
        after.iter().filter(|(_, (count, _))| *count == 0).map(|(name, _)| *name).collect();
    let (mut out, mut loops) = (Vec::new(), Vec::new());
    loop {
        while let Some(name) = queue.pop_front() {
            if waiting.remove(name).is_none() {
                continue;
            }
            out.push(name.to_vec());
            // Successors are kept in the order opposite to that of the input.
            for next in after.get(name).into_iter().flat_map(|(_, all)| all.iter().rev()) {
                if let Some(count) = waiting.get_mut(next) {
                    *count -= 1;
                    if *count == 0 {
                        queue.push_back(next);
                    }
                }
            }
        }
        // A loop: it is named, and its first one goes on as if nothing came before it.
        let Some(first) = after.keys().find(|name| waiting.contains_key(**name)).copied() else {
            return (out, loops);
        };
        let mut seen: Vec<&[u8]> = Vec::new();
        let mut at = first;
        while !seen.contains(&at) && seen.len() < 256 {
            seen.push(at);
            let before =
                after.iter().find(|(name, (_, all))| waiting.contains_key(**name) && all.contains(&at));
            let Some((before, _)) = before else { break };
            at = before;
        }
        let begin = seen.iter().position(|name| *name == at).unwrap_or(0);
        let mut named: Vec<Vec<u8>> = seen.iter().skip(begin).map(|name| name.to_vec()).collect();
        named.reverse();
        named.rotate_right(1);
        loops.push(named);
        if loops.len() > 64 {
            return (out, loops);
        }
        queue.push_back(at);
    }
}

/// How many pairs are ordered: ways back are looked for among all of them.
const PAIRS: usize = 4_096;

pub(in crate::programs) async fn tsort(process: &mut Process) -> Done {
    let given = process.options(Spec { short: "", long: &[] }, 1).await?;
    if let Some(extra) = given.operands.get(1) {
        let text = format!("extra operand {}", String::from_utf8_lossy(&process.quote(extra)));
        return Ok(process.misused(&text, 1).await);
    }
    let name = given.operands.first().cloned().unwrap_or_else(|| b"-".to_vec());
    let text = match process.read_input(&name).await {
        Ok(text) => text,
        Err(error) => {
            process.trouble(&name, error).await;
            return Ok(Exit::FAILURE);
        }
    };
    let words: Vec<&[u8]> = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
    if words.len() % 2 == 1 {
        return Ok(process.fail([&name[..], b": input contains an odd number of tokens"].concat()).await);
    }
    let pairs: Vec<(Vec<u8>, Vec<u8>)> = words
        .chunks(2)
        .take(PAIRS)
        .filter_map(|pair| Some((pair.first()?.to_vec(), pair.get(1)?.to_vec())))
        .collect();
    process.seat.work(pairs.len() as u64 / 4).await;
    let (out, loops) = ordered(&pairs);
    for names in &loops {
        process.fail([&name[..], b": input contains a loop:"].concat()).await;
        for one in names {
            process.fail(one).await;
        }
    }
    process.print(out.iter().flat_map(|name| [name.as_slice(), b"\n"].concat()).collect::<Vec<u8>>()).await?;
    Ok(if loops.is_empty() { Exit::SUCCESS } else { Exit::FAILURE })
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn any_number_is_read(text: String, value: f64) {
            let _ = (read(&text, "iec"), read(&text, "none"), shown(value, "si"), shown(value, "iec-i"));
        }

        #[test]
        fn any_pairs_are_ordered(pairs: Vec<(u8, u8)>) {
            let pairs: Vec<_> = pairs.into_iter().map(|(a, b)| (vec![a], vec![b])).collect();
            let _ = ordered(&pairs);
        }
    }
}
