//! Keys, out of the bytes that terminals send for them.

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// A byte of text.
    Byte(u8),
    /// A letter with control: 1 is ^A.
    Control(u8),
    /// A letter after escape.
    Meta(u8),
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    Delete,
    Backspace,
    PageUp,
    PageDown,
    /// What is pasted begins and ends.
    PasteBegin,
    PasteEnd,
    /// Something that means nothing here.
    Other,
}

/// The first key of `bytes` and its length; nothing while it is not whole.
pub(super) fn key(bytes: &[u8]) -> Option<(Key, usize)> {
    let first = *bytes.first()?;
    match first {
        0x1b => escape(bytes),
        0x7f | 0x08 => Some((Key::Backspace, 1)),
        0..=0x1f => Some((Key::Control(first), 1)),
        _ => Some((Key::Byte(first), 1)),
    }
}

fn escape(bytes: &[u8]) -> Option<(Key, usize)> {
    let second = *bytes.get(1)?;
    match second {
        b'[' => sequence(bytes),
        b'O' => {
            let key = match bytes.get(2)? {
                b'A' => Key::Up,
                b'B' => Key::Down,
                b'C' => Key::Right,
                b'D' => Key::Left,
                b'H' => Key::Home,
                b'F' => Key::End,
                _ => Key::Other,
            };
            Some((key, 3))
        }
        other => Some((Key::Meta(other), 2)),
    }
}

fn sequence(bytes: &[u8]) -> Option<(Key, usize)> {
    const LONGEST: usize = 16;
    let rest = bytes.get(2..)?;
    let Some(end) = rest.iter().take(LONGEST).position(|byte| matches!(byte, 0x40..=0x7e)) else {
        return (rest.len() >= LONGEST).then_some((Key::Other, LONGEST));
    };
    let (parameters, last) = (rest.get(..end)?, *rest.get(end)?);
    let key = match (last, parameters) {
        (b'A', _) => Key::Up,
        (b'B', _) => Key::Down,
        (b'C', b"1;5" | b"1;3") => Key::Meta(b'f'),
        (b'D', b"1;5" | b"1;3") => Key::Meta(b'b'),
        (b'C', _) => Key::Right,
        (b'D', _) => Key::Left,
        (b'H', _) | (b'~', b"1" | b"7") => Key::Home,
        (b'F', _) | (b'~', b"4" | b"8") => Key::End,
        (b'~', b"3") => Key::Delete,
        (b'~', b"5") => Key::PageUp,
        (b'~', b"6") => Key::PageDown,
        (b'~', b"200") => Key::PasteBegin,
        (b'~', b"201") => Key::PasteEnd,
        _ => Key::Other,
    };
    Some((key, 2 + end + 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_are_told_apart() {
        assert_eq!(key(b"\x1b[Ax"), Some((Key::Up, 3)));
        assert_eq!(key(b"\x1bOH"), Some((Key::Home, 3)));
        assert_eq!(key(b"\x1b[3~"), Some((Key::Delete, 4)));
        assert_eq!(key(b"\x1b[200~"), Some((Key::PasteBegin, 6)));
        assert_eq!(key(b"\x1b[24;80R"), Some((Key::Other, 8)));
        assert_eq!(key(b"\x1b["), None);
        assert_eq!(key(b"\x03"), Some((Key::Control(3), 1)));
    }

    proptest! {
        #[test]
        fn keys_never_go_beyond_the_bytes(bytes: Vec<u8>) {
            if let Some((_, length)) = key(&bytes) {
                prop_assert!(length > 0 && (length <= bytes.len() || bytes.len() >= 16));
            }
        }
    }
}
