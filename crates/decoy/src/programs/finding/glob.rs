//! Patterns of the shell, as `find -name` takes them.

/// Whether a name matches a pattern of the shell.
pub(in crate::programs) fn glob(pattern: &[u8], name: &[u8]) -> bool {
    // The last star and where its text began, to go back to.
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
                continue;
            }
            Some(b'?') => {
                p += 1;
                n += 1;
                continue;
            }
            Some(b'[') => {
                match set(pattern.get(p..).unwrap_or_default(), name.get(n).copied().unwrap_or_default()) {
                    Some((length, true)) => {
                        p += length;
                        n += 1;
                        continue;
                    }
                    None if name.get(n) == Some(&b'[') => {
                        p += 1;
                        n += 1;
                        continue;
                    }
                    _ => {}
                }
            }
            Some(b'\\') if pattern.get(p + 1) == name.get(n) => {
                p += 2;
                n += 1;
                continue;
            }
            byte if byte.is_some() && byte == name.get(n) => {
                p += 1;
                n += 1;
                continue;
            }
            _ => {}
        }
        let Some((at, from)) = star else { return false };
        star = Some((at, from + 1));
        (p, n) = (at + 1, from + 1);
    }
    pattern.get(p..).unwrap_or_default().iter().all(|b| *b == b'*')
}

/// Length of the set at the beginning of a pattern, and whether it has the byte.
pub(super) fn set(pattern: &[u8], byte: u8) -> Option<(usize, bool)> {
    let negated = matches!(pattern.get(1), Some(b'!' | b'^'));
    let begin = 1 + usize::from(negated);
    let end = begin + 1 + pattern.get(begin + 1..)?.iter().position(|b| *b == b']')?;
    let inside = pattern.get(begin..end)?;
    let mut found = false;
    let mut at = 0;
    while let Some(first) = inside.get(at) {
        match (inside.get(at + 1), inside.get(at + 2)) {
            (Some(b'-'), Some(last)) => {
                found |= (*first..=*last).contains(&byte);
                at += 3;
            }
            _ => {
                found |= *first == byte;
                at += 1;
            }
        }
    }
    Some((end + 1, found != negated))
}
