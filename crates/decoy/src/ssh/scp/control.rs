//! Lines of the protocol: which file comes, and with what.

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Control {
    /// Times of the next file: last change and last read.
    Times(i64, i64),
    /// A file or a directory.
    Entry { directory: bool, mode: u32, size: u64, name: Vec<u8> },
    /// The end of a directory.
    End,
}

/// Why a line is none, in OpenSSH's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The protocol is broken.
    Screwed(&'static str),
    /// The first line is something else altogether.
    Foreign,
    /// The name would leave the directory.
    Name,
}

/// Reads a line without its end; `first` says whether it is the first.
pub(super) fn parse(line: &[u8], first: bool) -> Result<Control, Fault> {
    match line.split_first() {
        Some((b'E', _)) => Ok(Control::End),
        Some((b'T', rest)) => times(rest),
        Some((b'C', rest)) => entry(rest, false),
        Some((b'D', rest)) => entry(rest, true),
        _ if first => Err(Fault::Foreign),
        _ => Err(Fault::Screwed("expected control record")),
    }
}

/// A number at the front, and what is behind it.
fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end).filter(|(digits, _)| !digits.is_empty())?;
    std::str::from_utf8(digits).ok()?.parse().ok().map(|number| (number, rest))
}

fn times(rest: &[u8]) -> Result<Control, Fault> {
    let mut rest = rest;
    let mut field = |absent: &'static str, bad: &'static str, last: bool| {
        let (value, after) = number(rest).ok_or(Fault::Screwed(absent))?;
        rest = match (after.split_first(), last) {
            (Some((b' ', after)), false) => after,
            (None, true) => after,
            _ => return Err(Fault::Screwed(bad)),
        };
        i64::try_from(value).map_err(|_| Fault::Screwed(bad))
    };
    let modified = field("mtime.sec not present", "mtime.sec not delimited", false)?;
    field("mtime.usec not delimited", "mtime.usec not delimited", false)?;
    let accessed = field("atime.sec not present", "atime.sec not delimited", false)?;
    field("atime.usec not delimited", "atime.usec not delimited", true)?;
    Ok(Control::Times(modified, accessed))
}

fn entry(rest: &[u8], directory: bool) -> Result<Control, Fault> {
    let (digits, rest) = rest.split_at_checked(4).ok_or(Fault::Screwed("bad mode"))?;
    let mut mode = 0;
    for digit in digits {
        if !(b'0'..=b'7').contains(digit) {
            return Err(Fault::Screwed("bad mode"));
        }
        mode = mode << 3 | u32::from(digit - b'0');
    }
    let Some((b' ', rest)) = rest.split_first() else { return Err(Fault::Screwed("mode not delimited")) };
    if !rest.first().is_some_and(u8::is_ascii_digit) {
        return Err(Fault::Screwed("size not present"));
    }
    let (size, rest) = number(rest).ok_or(Fault::Screwed("size out of range"))?;
    let Some((b' ', name)) = rest.split_first() else { return Err(Fault::Screwed("size not delimited")) };
    if name.is_empty() || name.contains(&b'/') || name == b"." || name == b".." {
        return Err(Fault::Name);
    }
    Ok(Control::Entry { directory, mode, size, name: name.to_vec() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_read_as_scp_reads_them() {
        let file = Control::Entry { directory: false, mode: 0o4755, size: 12, name: b"a b".to_vec() };
        assert_eq!(parse(b"C4755 12 a b", true), Ok(file));
        assert_eq!(parse(b"T5 0 6 0", true), Ok(Control::Times(5, 6)));
        assert_eq!(parse(b"E", false), Ok(Control::End));
        let screwed = |line: &[u8], why| assert_eq!(parse(line, true), Err(Fault::Screwed(why)));
        screwed(b"C064 3 a", "bad mode");
        screwed(b"C06443 a", "mode not delimited");
        screwed(b"C0644 a", "size not present");
        screwed(b"C0644 3a", "size not delimited");
        screwed(b"T1 0 2", "atime.sec not delimited");
        assert_eq!(parse(b"C0644 3 ../a", true), Err(Fault::Name));
        assert_eq!(parse(b"X", true), Err(Fault::Foreign));
        assert_eq!(parse(b"X", false), Err(Fault::Screwed("expected control record")));
    }

    proptest! {
        #[test]
        fn any_line_is_read_or_refused(line: Vec<u8>, first: bool) {
            let _ = parse(&line, first);
            let _ = parse(&[b"C", &line[..]].concat(), first);
            let _ = parse(&[b"T", &line[..]].concat(), first);
        }
    }
}
