//! Reading by lines as the C library does: in blocks, and split afterwards.

use super::{Reader, effort};

/// Bytes read at once.
const BLOCK: usize = 16 * 1024;
/// What a line costs, in bytes moved: what is done with it, however short it is.
const LINE: usize = 64;

/// The lines of an input that one program reads alone. What was read beyond the line that was given
/// out last is lost to whoever reads the input afterwards, as with real programs.
#[derive(Debug)]
pub struct Lines {
    reader: Reader,
    held: Vec<u8>,
    at: usize,
    longest: usize,
    /// Lines given out of what was read last.
    given: usize,
}

impl Lines {
    /// Of `reader`; a line of more than `longest` bytes comes in parts.
    pub fn of(reader: Reader, longest: usize) -> Self {
        Self { reader, held: Vec::new(), at: 0, longest, given: 0 }
    }

    /// The next line with its end; the last may have none, and then there is nothing.
    pub async fn next(&mut self) -> &[u8] {
        let mut looked = 0;
        let count = loop {
            let rest = self.held.get(self.at..).unwrap_or_default();
            let end = rest.get(looked..).and_then(|new| new.iter().position(|byte| *byte == b'\n'));
            if let Some(at) = end {
                break (looked + at + 1).min(self.longest);
            }
            if rest.len() >= self.longest {
                break self.longest;
            }
            looked = rest.len();
            self.held.drain(..std::mem::take(&mut self.at));
            effort::spend(std::mem::take(&mut self.given) * LINE).await;
            let block = self.reader.read(BLOCK).await;
            if block.is_empty() {
                break looked;
            }
            self.held.extend_from_slice(&block);
        };
        let start = self.at;
        self.at += count;
        self.given += 1;
        self.held.get(start..self.at).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(bytes: &[u8], longest: usize) -> Vec<Vec<u8>> {
        let mut lines = Lines::of(Reader::bytes(bytes), longest);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let next = || Some(runtime.block_on(lines.next()).to_vec()).filter(|line| !line.is_empty());
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn lines_are_as_long_as_they_are() {
        assert_eq!(lines(b"ab\n\nc", 9), [&b"ab\n"[..], b"\n", b"c"]);
        assert_eq!(lines(b"abcde\nf\n", 3), [&b"abc"[..], b"de\n", b"f\n"]);
        let long = [vec![b'a'; 3 * BLOCK], b"\nb".to_vec()].concat();
        assert_eq!(lines(&long, 4 * BLOCK).iter().map(Vec::len).collect::<Vec<_>>(), [3 * BLOCK + 1, 1]);
        assert!(lines(b"", 9).is_empty());
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_is_longer(bytes: Vec<u8>, longest in 1_usize..9) {
            let lines = lines(&bytes, longest);
            prop_assert!(lines.iter().all(|line| line.len() <= longest));
            prop_assert_eq!(lines.concat(), bytes);
        }
    }
}
