//! Where lines end.

use std::{fs::File, io, os::unix::fs::FileExt as _};

use memchr::{memchr, memrchr};

/// How much of the front of `bytes` is whole lines of at most `limit` bytes before their line feed.
///
/// It looks once into each window that such a line fits in, from its end: no byte of a line is
/// looked at alone.
pub(super) fn whole(bytes: &[u8], limit: usize) -> usize {
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let window = rest.get(..=limit).unwrap_or(rest);
        let Some(feed) = memrchr(b'\n', window) else { break };
        at += feed + 1;
    }
    at
}

/// Reads at `offset` until `buffer` is full or the file has no more.
pub(super) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut length = 0;
    while let Some(rest) = buffer.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset + length as u64) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

/// What a search for a line feed came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Search {
    /// The offset behind it.
    Found(u64),
    /// There is none up to here, and here the file ends.
    End(u64),
    /// There is none up to here; how far one search goes is limited.
    Unfinished(u64),
}

/// Looks for a line feed from `offset` on, in at most `limit` bytes.
pub(super) fn find_feed(file: &File, buffer: &mut [u8], offset: u64, limit: u64) -> io::Result<Search> {
    let mut at = offset;
    while at - offset < limit {
        let length = read_at(file, buffer, at)?;
        let read = buffer.get(..length).unwrap_or_default();
        if let Some(feed) = memchr(b'\n', read) {
            return Ok(Search::Found(at + feed as u64 + 1));
        }
        at += length as u64;
        if length < buffer.len() {
            return Ok(Search::End(at));
        }
    }
    Ok(Search::Unfinished(at))
}

/// The offset behind the last line feed in what is between `floor` and `offset`.
pub(super) fn find_feed_before(
    file: &File,
    buffer: &mut [u8],
    offset: u64,
    floor: u64,
) -> io::Result<Option<u64>> {
    let mut end = offset;
    while end > floor {
        let start = end.saturating_sub(buffer.len() as u64).max(floor);
        let wanted = usize::try_from(end - start).unwrap_or(usize::MAX).min(buffer.len());
        let Some(window) = buffer.get_mut(..wanted) else { return Ok(None) };
        let length = read_at(file, window, start)?;
        if let Some(feed) = memrchr(b'\n', window.get(..length).unwrap_or_default()) {
            return Ok(Some(start + feed as u64 + 1));
        }
        end = start;
    }
    Ok(None)
}

/// Makes of the first bytes of a line one of `limit` bytes at most, which says how many of `length`
/// it lacks, and ends it.
pub(super) fn shorten(line: &mut Vec<u8>, length: u64, limit: usize) {
    let room = limit.saturating_sub(marker(u64::MAX).len());
    line.truncate(room);
    let kept = line.len() as u64;
    line.extend_from_slice(marker(length.saturating_sub(kept)).as_bytes());
    line.push(b'\n');
}

fn marker(cut: u64) -> String {
    format!(" [decnet: {cut} bytes cut]")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;

    use super::*;

    fn file_of(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    /// The plain way: line by line.
    fn whole_slowly(bytes: &[u8], limit: usize) -> usize {
        let lines = bytes.split_inclusive(|byte| *byte == b'\n');
        lines.take_while(|line| line.ends_with(b"\n") && line.len() <= limit + 1).map(<[u8]>::len).sum()
    }

    proptest! {
        #[test]
        fn whole_lines_are_those_of_a_plain_loop(text in "[a\n]{0,200}", limit in 1_usize..20) {
            prop_assert_eq!(whole(text.as_bytes(), limit), whole_slowly(text.as_bytes(), limit));
        }

        #[test]
        fn line_feeds_are_found_whatever_the_size_of_the_buffer(
            text in "[ab\n]{0,60}",
            size in 1_usize..40,
            from in 0_usize..60,
        ) {
            let from = from.min(text.len());
            let (file, mut buffer) = (file_of(text.as_bytes()), vec![0; size]);
            let after = find_feed(&file, &mut buffer, from as u64, u64::MAX).unwrap();
            prop_assert_eq!(after, match text[from..].find('\n') {
                Some(at) => Search::Found((from + at) as u64 + 1),
                None => Search::End(text.len() as u64),
            });
            let before = find_feed_before(&file, &mut buffer, from as u64, 0).unwrap();
            prop_assert_eq!(before, text[..from].rfind('\n').map(|at| at as u64 + 1));
        }
    }

    #[test]
    fn a_search_goes_no_further_than_it_may() {
        let (file, mut buffer) = (file_of(&[b'a'; 100]), vec![0; 10]);
        assert_eq!(find_feed(&file, &mut buffer, 20, 30).unwrap(), Search::Unfinished(50));
    }

    #[test]
    fn a_shortened_line_says_what_it_lacks() {
        let mut line = vec![b'x'; 3000];
        shorten(&mut line, 5000, 2048);
        assert!(line.len() <= 2049);
        let text = String::from_utf8(line).unwrap();
        let kept = text.matches('x').count();
        assert_eq!(text, format!("{} [decnet: {} bytes cut]\n", "x".repeat(kept), 5000 - kept));
    }
}
