//! What the tab key completes.

use std::collections::BTreeSet;

use crate::{
    machine::Kind,
    shell::{builtins, interpreter::Shell, language::reserved_words},
};

/// What a word could become.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Completion {
    /// Where the word begins in the line.
    pub(super) start: usize,
    /// All possibilities, sorted, as they would stand in the line.
    pub(super) words: Vec<Vec<u8>>,
    /// What is put after a single one.
    pub(super) suffix: Option<u8>,
}

/// Names of all commands.
pub(crate) fn command_names(shell: &Shell) -> BTreeSet<Vec<u8>> {
    let mut names: BTreeSet<Vec<u8>> =
        builtins::of(shell.dialect).map(|builtin| builtin.name.as_bytes().to_vec()).collect();
    names.extend(shell.aliases.keys().cloned());
    names.extend(shell.functions.keys().cloned());
    names.extend(reserved_words(shell.dialect).map(|word| word.as_bytes().to_vec()));
    for place in shell.search_path().split(|byte| *byte == b':') {
        let entries = shell.files.read_dir(place).unwrap_or_default();
        names.extend(
            entries.into_iter().filter(|entry| entry.kind != Kind::Directory).map(|entry| entry.name),
        );
    }
    names
}

/// Completes the word before the cursor.
pub(super) fn complete(shell: &Shell, line: &[u8]) -> Completion {
    let breaks = |byte: &u8| b" \t\n;|&<>(){}=`\"'@:".contains(byte);
    let start = line.iter().rposition(breaks).map_or(0, |at| at + 1);
    let word = line.get(start..).unwrap_or_default();
    let head = line.get(..start).unwrap_or_default().trim_ascii_end();
    let begins = head.is_empty() || head.last().is_some_and(|byte| b";|&(`{".contains(byte));
    if let Some(name) = word.strip_prefix(b"$") {
        let words = shell.variables.all().into_keys().filter(|known| known.starts_with(name));
        let words = words.map(|known| [b"$", known].concat()).collect();
        return Completion { start, words, suffix: Some(b' ') };
    }
    if begins && !word.contains(&b'/') && !word.is_empty() {
        let words: Vec<Vec<u8>> =
            command_names(shell).into_iter().filter(|name| name.starts_with(word)).collect();
        if !words.is_empty() {
            return Completion { start, words, suffix: Some(b' ') };
        }
    }
    files(shell, start, word, begins)
}

fn files(shell: &Shell, start: usize, word: &[u8], executables: bool) -> Completion {
    let slash = word.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
    let (directory, prefix) = word.split_at(slash);
    let place = match shell.tilde(directory, false) {
        Some((home, length)) => [&home[..], directory.get(length..).unwrap_or_default()].concat(),
        None if directory.is_empty() => b".".to_vec(),
        None => directory.to_vec(),
    };
    let mut found: Vec<(Vec<u8>, bool)> = Vec::new();
    for entry in shell.files.read_dir(&place).unwrap_or_default() {
        let hidden = entry.name.starts_with(b".") && !prefix.starts_with(b".");
        if hidden || !entry.name.starts_with(prefix) {
            continue;
        }
        let path = [&place[..], b"/", &entry.name].concat();
        let is_directory = match entry.kind {
            Kind::Symlink => shell.files.stat(&path).is_ok_and(|metadata| metadata.is_directory()),
            kind => kind == Kind::Directory,
        };
        let runs = is_directory || shell.files.stat(&path).is_ok_and(|metadata| metadata.mode & 0o111 != 0);
        if !executables || slash == 0 || runs {
            found.push(([directory, &entry.name].concat(), is_directory));
        }
    }
    found.sort();
    let suffix = match found.as_slice() {
        [(_, true)] => Some(b'/'),
        _ => Some(b' '),
    };
    let words = found.into_iter().map(|(word, _)| word).collect();
    Completion { start, words, suffix }
}

/// The beginning that all words share.
pub(super) fn shared(words: &[Vec<u8>]) -> &[u8] {
    let Some((first, rest)) = words.split_first() else { return &[] };
    let mut length = first.len();
    for word in rest {
        let same = first.iter().zip(word).take_while(|(a, b)| a == b).count();
        length = length.min(same);
    }
    first.get(..length).unwrap_or_default()
}

/// A word as it is put into the line, with what is special in it quoted.
pub(super) fn quoted(word: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(word.len());
    for byte in word {
        if b" \t\n\\'\"`;|&<>()*?[]{}!#".contains(byte) {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out
}

/// Words in columns, as they are listed.
pub(super) fn columns(words: &[Vec<u8>], width: usize) -> Vec<u8> {
    let names: Vec<&[u8]> = words
        .iter()
        .map(|word| {
            let slash = word.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
            word.get(slash..).unwrap_or_default()
        })
        .collect();
    let widest = names.iter().map(|name| name.len()).max().unwrap_or(0) + 2;
    let across = (width / widest).max(1);
    let rows = names.len().div_ceil(across);
    let mut out = Vec::new();
    for row in 0..rows {
        let line: Vec<&[u8]> =
            (0..across).filter_map(|column| names.get(row + column * rows).copied()).collect();
        for (at, name) in line.iter().enumerate() {
            out.extend_from_slice(name);
            if at + 1 < line.len() {
                out.extend(std::iter::repeat_n(b' ', widest - name.len()));
            }
        }
        out.extend_from_slice(b"\r\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_share_a_beginning_and_stand_in_columns() {
        let words: Vec<Vec<u8>> =
            ["/a/foo", "/a/food", "/a/fox"].iter().map(|w| w.as_bytes().to_vec()).collect();
        assert_eq!(shared(&words), b"/a/fo");
        assert_eq!(columns(&words, 14), b"foo   fox\r\nfood\r\n");
        assert_eq!(quoted(b"a b"), b"a\\ b");
    }
}
