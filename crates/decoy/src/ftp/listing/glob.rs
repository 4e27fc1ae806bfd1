//! File name patterns.

/// Whether `name` matches `pattern`, in which `*` stands for any bytes and `?` for one. Takes at
/// most as many steps as the product of the lengths.
pub(super) fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    // Where the last star is, and how much of the name it stands for.
    let mut star: Option<(usize, usize)> = None;
    while let Some(byte) = name.get(n) {
        match (pattern.get(p), star) {
            (Some(b'*'), _) => {
                star = Some((p, n));
                p += 1;
            }
            (Some(wanted), _) if *wanted == b'?' || wanted == byte => {
                p += 1;
                n += 1;
            }
            (_, Some((at, from))) => {
                star = Some((at, from + 1));
                p = at + 1;
                n = from + 1;
            }
            _ => return false,
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|b| *b == b'*')
}

/// Alternatives that are looked at.
const ALTERNATIVES: usize = 32;

/// The patterns that `a{b,c}d` stands for; only the first braces count.
pub(super) fn alternatives(pattern: &[u8]) -> Vec<Vec<u8>> {
    let open = pattern.iter().position(|b| *b == b'{');
    let close = pattern.iter().position(|b| *b == b'}');
    let (Some(open), Some(close)) = (open, close) else { return vec![pattern.to_vec()] };
    if close < open {
        return vec![pattern.to_vec()];
    }
    let (before, after) = (pattern.get(..open), pattern.get(close + 1..));
    let inner = pattern.get(open + 1..close).unwrap_or_default().split(|b| *b == b',').take(ALTERNATIVES);
    inner.map(|part| [before.unwrap_or_default(), part, after.unwrap_or_default()].concat()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(pattern: &str, name: &str, expect: bool) {
        assert_eq!(matches(pattern.as_bytes(), name.as_bytes()), expect, "{pattern} {name}");
    }

    #[test]
    fn patterns_match_as_in_a_shell() {
        check("*.txt", "notes.txt", true);
        check("*.txt", "notes.text", false);
        check("n?tes*", "notes.txt", true);
        check("a*b*c", "aXXbYYbc", true);
        check("a*b*c", "acb", false);
        check("*", "", true);
        check("", "a", false);
        check("notes.txt", "notes.txt", true);
    }

    #[test]
    fn braces_stand_for_alternatives() {
        assert_eq!(alternatives(b"{a,bc}*"), [b"a*".to_vec(), b"bc*".to_vec()]);
        assert_eq!(alternatives(b"a}b{c"), [b"a}b{c".to_vec()]);
        assert_eq!(alternatives(b"a"), [b"a".to_vec()]);
        assert_eq!(alternatives(&[b"{".as_slice(), &b",".repeat(4_000), b"}"].concat()).len(), ALTERNATIVES);
    }

    proptest! {
        #[test]
        fn a_star_around_any_part_matches(name in "[a-z]{0,40}", from in 0usize..40, to in 0usize..40) {
            let (from, to) = (from.min(name.len()), to.min(name.len()));
            let part = name.get(from.min(to)..to.max(from)).unwrap();
            let pattern = format!("*{part}*");
            prop_assert!(matches(pattern.as_bytes(), name.as_bytes()));
        }

        #[test]
        fn any_pattern_ends(pattern in "[*?ab]{0,60}", name in "[ab]{0,60}") {
            let _ = matches(pattern.as_bytes(), name.as_bytes());
        }
    }
}
