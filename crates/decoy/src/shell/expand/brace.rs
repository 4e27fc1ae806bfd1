//! `{a,b}` and `{1..9}`, which come before everything else.

use crate::{
    caps,
    shell::language::ast::{Part, Word},
};

#[derive(Clone, Debug)]
enum Atom {
    Byte(u8),
    Part(Part),
}

/// The words that a word's braces make of it; itself when there are none.
pub(super) fn expand(word: &Word) -> Vec<Word> {
    let braced = word.parts.iter().any(|part| matches!(part, Part::Plain(bytes) if bytes.contains(&b'{')));
    if !braced {
        return vec![word.clone()];
    }
    let mut atoms = Vec::new();
    for part in &word.parts {
        match part {
            Part::Plain(bytes) => atoms.extend(bytes.iter().map(|byte| Atom::Byte(*byte))),
            part => atoms.push(Atom::Part(part.clone())),
        }
    }
    let mut left = caps::SHELL_WORDS;
    alternatives(&atoms, &mut left, 0).into_iter().map(|atoms| assemble(&atoms)).collect()
}

fn assemble(atoms: &[Atom]) -> Word {
    let mut parts: Vec<Part> = Vec::new();
    for atom in atoms {
        match (atom, parts.last_mut()) {
            (Atom::Byte(byte), Some(Part::Plain(bytes))) => bytes.push(*byte),
            (Atom::Byte(byte), _) => parts.push(Part::Plain(vec![*byte])),
            (Atom::Part(part), _) => parts.push(part.clone()),
        }
    }
    Word { parts }
}

/// What the first braces make, each followed by what the rest makes.
fn alternatives(atoms: &[Atom], left: &mut usize, depth: usize) -> Vec<Vec<Atom>> {
    if depth > caps::SHELL_DEPTH {
        return vec![atoms.to_vec()];
    }
    let mut from = 0;
    while let Some(open) = find(atoms, from, b'{') {
        if let Some((middles, close)) = group(atoms, open, left, depth) {
            let head = atoms.get(..open).unwrap_or_default();
            let tails = alternatives(atoms.get(close + 1..).unwrap_or_default(), left, depth + 1);
            let mut all = Vec::new();
            for middle in &middles {
                for tail in &tails {
                    *left = left.saturating_sub(1);
                    if *left == 0 {
                        return all;
                    }
                    all.push([head, middle, tail].concat());
                }
            }
            return all;
        }
        from = open + 1;
    }
    vec![atoms.to_vec()]
}

fn find(atoms: &[Atom], from: usize, wanted: u8) -> Option<usize> {
    let rest = atoms.iter().enumerate().skip(from);
    rest.filter(|(_, atom)| matches!(atom, Atom::Byte(byte) if *byte == wanted)).map(|(at, _)| at).next()
}

/// What the braces that open at `open` stand for, and where they close; nothing if they are
/// only bytes.
fn group(atoms: &[Atom], open: usize, left: &mut usize, depth: usize) -> Option<(Vec<Vec<Atom>>, usize)> {
    let mut level = 0_usize;
    let mut commas = Vec::new();
    let mut close = None;
    for (at, atom) in atoms.iter().enumerate().skip(open) {
        let Atom::Byte(byte) = atom else { continue };
        match byte {
            b'{' => level += 1,
            b'}' => {
                level -= 1;
                if level == 0 {
                    close = Some(at);
                    break;
                }
            }
            b',' if level == 1 => commas.push(at),
            _ => {}
        }
    }
    let close = close?;
    if commas.is_empty() {
        let inside = atoms.get(open + 1..close)?;
        return sequence(inside, left).map(|all| (all, close));
    }
    let mut all = Vec::new();
    let mut start = open + 1;
    for end in commas.into_iter().chain([close]) {
        all.extend(alternatives(atoms.get(start..end)?, left, depth + 1));
        start = end + 1;
    }
    Some((all, close))
}

/// `1..9`, `a..e`, `1..9..2`
fn sequence(inside: &[Atom], left: &mut usize) -> Option<Vec<Vec<Atom>>> {
    let bytes: Option<Vec<u8>> = inside
        .iter()
        .map(|atom| match atom {
            Atom::Byte(byte) => Some(*byte),
            Atom::Part(_) => None,
        })
        .collect();
    let text = String::from_utf8(bytes?).ok()?;
    let fields: Vec<&str> = text.split("..").collect();
    let (first, last, step) = match fields.as_slice() {
        [first, last] => (*first, *last, 1),
        [first, last, step] => (*first, *last, step.parse::<i64>().ok()?.checked_abs()?.max(1)),
        _ => return None,
    };
    let letter = |text: &str| {
        let byte = *text.as_bytes().first()?;
        (text.len() == 1 && byte.is_ascii_alphabetic()).then_some(i64::from(byte))
    };
    let (low, high, width, letters) = match (first.parse::<i64>(), last.parse::<i64>()) {
        (Ok(low), Ok(high)) => (low, high, width(first, last), false),
        _ => (letter(first)?, letter(last)?, 0, true),
    };
    let count = low.abs_diff(high) / step.unsigned_abs() + 1;
    if count > *left as u64 {
        return None;
    }
    let count = i64::try_from(count).ok()?;
    let step = if low <= high { step } else { -step };
    let value = |at: i64| low + at * step;
    let shown = |value: i64| match u8::try_from(value) {
        Ok(byte) if letters => vec![Atom::Byte(byte)],
        _ => format!("{value:0width$}").bytes().map(Atom::Byte).collect(),
    };
    Some((0..count).map(|at| shown(value(at))).collect())
}

/// How wide numbers are: as the wider of two, when one begins with a zero.
fn width(first: &str, last: &str) -> usize {
    let padded = |text: &str| {
        let digits = text.trim_start_matches('-');
        digits.len() > 1 && digits.starts_with('0')
    };
    if padded(first) || padded(last) { first.len().max(last.len()) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let words = expand(&Word::from_plain(text.as_bytes()));
        let words: Vec<_> = words
            .iter()
            .map(|w| String::from_utf8_lossy(w.plain().unwrap_or_default()).into_owned())
            .collect();
        assert_eq!(words.join(" "), expect, "{text}");
    }

    #[test]
    fn braces_make_what_bash_makes_of_them() {
        check("a{b,c}d", "abd acd");
        check("{a,b}{1,2}", "a1 a2 b1 b2");
        check("{a,{b,c}}x", "ax bx cx");
        check("{1..3}", "1 2 3");
        check("{3..1}", "3 2 1");
        check("{01..3}", "01 02 03");
        check("{a..e..2}", "a c e");
        check("{-1..1}", "-1 0 1");
        check("{a}", "{a}");
        check("{}", "{}");
        check("{a,b", "{a,b");
        check("x{a,}y", "xay xy");
        check("{{a,b}", "{a {b");
    }

    #[test]
    fn words_have_a_bound() {
        assert!(expand(&Word::from_plain("{1,2}".repeat(40))).len() <= caps::SHELL_WORDS);
        check("{1..99999999999}", "{1..99999999999}");
    }
}
