//! Permissions as text: `755`, `u+x,go-w`.

/// The permissions after a change; `umask` counts where nobody is named.
pub(super) fn apply(text: &[u8], mode: u32, directory: bool, umask: u32) -> Option<u32> {
    if text.first().is_some_and(u8::is_ascii_digit) {
        let text = std::str::from_utf8(text).ok()?;
        let octal = u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o7777)?;
        // Of a directory, set-id bits stay unless they are written out.
        let kept = if directory && text.len() <= 4 { mode & 0o6000 & !octal } else { 0 };
        return Some(octal | kept);
    }
    let mut mode = mode;
    for clause in text.split(|b| *b == b',') {
        mode = one(clause, mode, directory, umask)?;
    }
    Some(mode)
}

fn one(clause: &[u8], mut mode: u32, directory: bool, umask: u32) -> Option<u32> {
    let end = clause.iter().position(|b| !b"ugoa".contains(b))?;
    let who = clause.get(..end)?;
    let mut mask = 0;
    for letter in who {
        mask |= match letter {
            b'u' => 0o4700,
            b'g' => 0o2070,
            b'o' => 0o1007,
            _ => 0o7777,
        };
    }
    let unnamed = who.is_empty();
    let mask = if unnamed { 0o7777 & !umask } else { mask };
    let mut rest = clause.get(end..)?;
    while let Some((sign, after)) = rest.split_first() {
        if !b"+-=".contains(sign) {
            return None;
        }
        let length = after.iter().take_while(|b| !b"+-=".contains(b)).count();
        let mut bits = 0;
        for letter in after.get(..length)? {
            bits |= match letter {
                b'r' => 0o444,
                b'w' => 0o222,
                b'x' => 0o111,
                b'X' if directory || mode & 0o111 != 0 => 0o111,
                b'X' => 0,
                b's' => 0o6000,
                b't' => 0o1000,
                b'u' => (mode >> 6 & 7) * 0o111,
                b'g' => (mode >> 3 & 7) * 0o111,
                b'o' => (mode & 7) * 0o111,
                _ => return None,
            };
        }
        let bits = bits & if unnamed { mask | 0o7000 } else { mask };
        match sign {
            b'+' => mode |= bits,
            b'-' => mode &= !bits,
            _ => mode = mode & !(if unnamed { 0o777 } else { mask & 0o777 }) | bits,
        }
        rest = after.get(length..)?;
    }
    Some(mode)
}

#[cfg(test)]
mod tests {
    use super::apply;

    #[test]
    fn modes_are_those_of_chmod() {
        let check = |text: &str, mode, expect| {
            assert_eq!(apply(text.as_bytes(), mode, false, 0o022), expect, "{text}")
        };
        check("755", 0o644, Some(0o755));
        check("0777", 0o644, Some(0o777));
        check("+x", 0o644, Some(0o755));
        check("u+s", 0o755, Some(0o4755));
        check("go-rwx", 0o755, Some(0o700));
        check("a=r", 0o777, Some(0o444));
        check("u=rwx,g=rx,o=", 0, Some(0o750));
        check("u+x,g+w", 0o644, Some(0o764));
        check("9", 0, None);
        check("z+x", 0, None);
        check("u+q", 0, None);
    }
}
