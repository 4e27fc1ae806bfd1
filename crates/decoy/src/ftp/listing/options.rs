//! The options of `ls` that FTP servers know.

use std::cmp::Reverse;

use super::Entry;

/// What is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::ftp) struct Options {
    /// `-a`.
    pub(in crate::ftp) all: bool,
    /// `-l`.
    pub(in crate::ftp) long: bool,
    /// `-t`.
    pub(in crate::ftp) by_time: bool,
    /// `-S`.
    pub(in crate::ftp) by_size: bool,
    /// `-r`.
    pub(in crate::ftp) reverse: bool,
    /// `-F`.
    pub(in crate::ftp) classify: bool,
    /// `-R`.
    pub(in crate::ftp) recursive: bool,
    /// `-d`: a directory itself, not what is in it.
    pub(in crate::ftp) itself: bool,
    /// `-n`: numbers for owners.
    pub(in crate::ftp) numeric: bool,
    /// `-h`: sizes in units of 1,024.
    pub(in crate::ftp) human: bool,
    /// Whether what has the same time is turned around with the rest, as in vsftpd.
    pub(in crate::ftp) turns_ties: bool,
}

/// The letters that vsftpd knows.
const VSFTPD: &[u8] = b"alrtF";
/// The letters that ProFTPD knows.
const PROFTPD: &[u8] = b"alrtFRSdnh";

impl Options {
    /// Takes those letters of one option word that are known.
    fn add(&mut self, letters: &[u8], known: &[u8]) {
        for letter in letters.iter().filter(|letter| known.contains(letter)) {
            match letter {
                b'a' => self.all = true,
                b'l' => self.long = true,
                b't' => self.by_time = true,
                b'S' => self.by_size = true,
                b'r' => self.reverse = true,
                b'F' => self.classify = true,
                b'R' => self.recursive = true,
                b'd' => self.itself = true,
                b'n' => self.numeric = true,
                b'h' => self.human = true,
                _ => {}
            }
        }
    }

    /// Splits one option word off the argument, as vsftpd does.
    pub(in crate::ftp) fn one_word(argument: &[u8]) -> (Self, &[u8]) {
        let mut options = Self { turns_ties: true, ..Self::default() };
        let Some(words) = argument.strip_prefix(b"-") else { return (options, argument) };
        let end = words.iter().position(|b| *b == b' ').unwrap_or(words.len());
        options.add(words.get(..end).unwrap_or_default(), VSFTPD);
        (options, words.get(end + 1..).unwrap_or_default())
    }

    /// Splits all option words off the argument, as ProFTPD does.
    pub(in crate::ftp) fn all_words(mut argument: &[u8]) -> (Self, &[u8]) {
        let mut options = Self::default();
        while argument.starts_with(b"-") {
            let end = argument.iter().position(|b| *b == b' ').unwrap_or(argument.len());
            options.add(argument.get(1..end).unwrap_or_default(), PROFTPD);
            argument = argument.get(end..).unwrap_or_default().trim_ascii_start();
        }
        // What is sorted by name is never turned around.
        options.reverse &= options.by_time || options.by_size;
        (options, argument)
    }

    /// Puts entries, which are sorted by name, in the order that is asked for.
    pub(super) fn sort(self, entries: &mut [Entry]) {
        if self.by_size {
            entries.sort_by_key(|entry| Reverse(entry.node.size()));
        } else if self.by_time && self.turns_ties {
            entries.sort_by_key(|entry| entry.node.modified);
            entries.reverse();
        } else if self.by_time {
            entries.sort_by_key(|entry| Reverse(entry.node.modified));
        }
        if self.reverse {
            entries.reverse();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn words_are_split_off() {
        let all = Options { all: true, long: true, ..Options::default() };
        let turning = Options { turns_ties: true, ..all };
        assert_eq!(Options::one_word(b"-la pub"), (turning, &b"pub"[..]));
        assert_eq!(Options::one_word(b"-la"), (turning, &b""[..]));
        assert_eq!(Options::one_word(b"-x pub").1, b"pub");
        assert_eq!(Options::all_words(b"-l -a  my dir"), (all, &b"my dir"[..]));
        assert_eq!(Options::all_words(b"-"), (Options::default(), &b""[..]));
    }
}
