//! Regular expressions, as far as those who look around use them: alternatives of anchored
//! texts with classes and repetitions. The work is bounded by the pattern, not by luck.

/// Whether `pattern` is somewhere in `text`, without regard to case.
pub(super) fn matches(text: &str, pattern: &str) -> bool {
    const LONGEST: usize = 256;
    let text: Vec<char> = text.to_lowercase().chars().take(4_096).collect();
    let pattern = pattern.get(..LONGEST).unwrap_or(pattern).to_lowercase();
    pattern.split('|').any(|branch| {
        let branch = branch.trim_matches(['(', ')']);
        let (anchored, rest) = branch.strip_prefix('^').map_or((false, branch), |rest| (true, rest));
        let (ended, rest) = rest.strip_suffix('$').map_or((false, rest), |rest| (true, rest));
        let pieces = pieces(rest);
        let last = if anchored { 0 } else { text.len() };
        let mut budget = 100_000;
        (0..=last).any(|from| fits(&pieces, text.get(from..).unwrap_or_default(), ended, &mut budget))
    })
}

struct Piece {
    one: One,
    least: usize,
    most: usize,
}

enum One {
    Any,
    Exactly(char),
    Class(Vec<(char, char)>, bool),
}

fn pieces(pattern: &str) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        let one = match character {
            '.' => One::Any,
            '\\' => One::Exactly(characters.next().unwrap_or('\\')),
            '[' => class(&mut characters),
            '*' | '+' | '?' => {
                if let Some(last) = out.last_mut() {
                    (last.least, last.most) = match character {
                        '*' => (0, usize::MAX),
                        '+' => (1, usize::MAX),
                        _ => (0, 1),
                    };
                }
                continue;
            }
            other => One::Exactly(other),
        };
        out.push(Piece { one, least: 1, most: 1 });
    }
    out
}

fn class(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> One {
    let negated = characters.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    while let Some(first) = characters.next().filter(|c| *c != ']') {
        let last =
            if characters.next_if_eq(&'-').is_some() { characters.next().unwrap_or(first) } else { first };
        ranges.push((first, last));
    }
    One::Class(ranges, negated)
}

fn fits(pieces: &[Piece], text: &[char], ended: bool, budget: &mut u32) -> bool {
    *budget = budget.saturating_sub(1);
    if *budget == 0 {
        return false;
    }
    let Some((piece, rest)) = pieces.split_first() else { return !ended || text.is_empty() };
    let longest = text.iter().take(piece.most).take_while(|character| piece.one.is(**character)).count();
    (piece.least..=longest)
        .rev()
        .any(|count| fits(rest, text.get(count..).unwrap_or_default(), ended, budget))
}

impl One {
    fn is(&self, character: char) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(wanted) => *wanted == character,
            Self::Class(ranges, negated) => {
                ranges.iter().any(|(first, last)| (*first..=*last).contains(&character)) != *negated
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn usual_patterns() {
        assert!(
            matches("Debian 12", "^deb") && matches("10.11", "[0-9]+\\.[0-9]+$") && matches("abc", "x|b.?")
        );
        assert!(!matches("abc", "^b") && !matches("abc", "[^a-c]"));
    }

    proptest! {
        #[test]
        fn any_pattern_ends(text: String, pattern: String) {
            matches(&text, &pattern);
        }
    }
}
