//! Command lines that the documents show.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A command line of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    /// The document, from the root of the workspace.
    pub document: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The program and its words.
    pub words: Vec<String>,
    /// Whether it stands within a sentence, where it may be told in part only.
    pub is_mentioned: bool,
}

/// All command lines of `program` in the README and below `docs/`. A program of several words, as
/// `cargo xtask`, is told by the first of `words` alone.
pub fn command_lines(root: &Path, program: &str) -> Vec<CommandLine> {
    let mut all = Vec::new();
    for document in documents(root) {
        let text = fs::read_to_string(&document).unwrap_or_default();
        let name = document.strip_prefix(root).unwrap_or(&document);
        all.extend(of_text(name, &text, program));
    }
    all
}

fn documents(root: &Path) -> Vec<PathBuf> {
    let mut found = vec![root.join("README.md")];
    let mut folders = vec![root.join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            match path.extension() {
                _ if path.is_dir() => folders.push(path),
                Some(kind) if kind == "md" => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

fn of_text(document: &Path, text: &str, program: &str) -> Vec<CommandLine> {
    let (mut all, mut in_block, mut carried) = (Vec::new(), false, String::new());
    for (line, text) in (1..).zip(text.lines()) {
        if text.trim_start().starts_with("```") {
            in_block = !in_block;
            carried.clear();
            continue;
        }
        let mut add = |text: &str, is_mentioned| {
            if let Some(words) = command(text, program) {
                all.push(CommandLine { document: document.to_owned(), line, words, is_mentioned });
            }
        };
        if !in_block {
            text.split('`').skip(1).step_by(2).for_each(|code| add(code, true));
        } else if let Some(begun) = text.strip_suffix('\\') {
            carried.push_str(begun);
        } else {
            add(&(std::mem::take(&mut carried) + text), false);
        }
    }
    all
}

/// The words of a command line of the program, without what sets it up and what follows it.
fn command(text: &str, program: &str) -> Option<Vec<String>> {
    let text = without_sudo(text.trim().trim_start_matches("$ "));
    let rest = text.strip_prefix(program)?;
    if !rest.is_empty() && !rest.starts_with(' ') {
        return None;
    }
    let ends = |word: &&str| !matches!(*word, "|" | "&&" | "||" | ";" | ">" | ">>" | "&" | "#" | "\\");
    let words = rest.split_whitespace().take_while(|word| ends(word) && !word.starts_with('#'));
    let bare = |word: &str| word.trim_matches(['"', '\'']).to_owned();
    Some(std::iter::once(program.to_owned()).chain(words.map(bare)).collect())
}

/// What `sudo` runs, as another user too.
fn without_sudo(text: &str) -> &str {
    let Some(rest) = text.strip_prefix("sudo ") else { return text };
    match rest.strip_prefix("-u ").and_then(|rest| rest.split_once(' ')) {
        Some((_, command)) => command,
        None => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines_are_found_where_they_are() {
        let text = "Run `a-b go --fast`, not `a-bc`.\n```\nsudo a-b go 'x' # why\nsudo -u me a-b stop\na-b go \\\n  --far | less\nls a-b\n```\n`a-b`\n";
        let found = of_text(Path::new("d.md"), text, "a-b");
        let seen: Vec<_> = found.iter().map(|c| (c.line, c.words.join(" "), c.is_mentioned)).collect();
        let expect = [
            (1, "a-b go --fast", true),
            (3, "a-b go x", false),
            (4, "a-b stop", false),
            (6, "a-b go --far", false),
            (9, "a-b", true),
        ];
        assert_eq!(seen, expect.map(|(line, words, mentioned)| (line, words.to_owned(), mentioned)));
    }
}
