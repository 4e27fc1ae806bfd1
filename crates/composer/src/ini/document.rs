//! Text to sections, keys and values with their lines: the dialect, and nothing of fleets.
//!
//! The dialect is that of Python's configparser as fleet files use it: `[section]`,
//! `key = value` or `key: value`, keys in any case and with `-` for `_`, lines indented deeper
//! than their key continue its value, `[DEFAULT]` is inherited. Unlike there, ` ;` and ` #`
//! begin a comment anywhere on a line (`\;` and `\#` stand for the characters themselves), `%`
//! is an ordinary character, and nothing may be written twice.

use std::{collections::BTreeMap, sync::Arc};

use crate::diagnostic::{Diagnostics, Place};

/// Name of the section that all others inherit from.
pub(super) const DEFAULT: &str = "DEFAULT";

/// A key with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The key, folded to lower case and underscores.
    pub(super) key: String,
    /// The key as it was written.
    pub(super) written: Arc<str>,
    /// The value; `\n` where it was continued.
    pub(super) value: String,
    /// Line of the key.
    pub(super) line: u32,
}

/// A section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    /// Its name.
    pub(super) name: Arc<str>,
    /// Line of its header.
    pub(super) line: u32,
    /// Its keys, each once.
    pub(super) entries: Vec<Entry>,
}

/// A file that could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Document {
    /// Name of the file in messages.
    pub(super) file: Arc<str>,
    /// Every section in the order of the file, each name once, [`DEFAULT`] among them.
    pub(super) sections: Vec<Section>,
}

impl Document {
    /// Where a section begins.
    pub(super) fn place(&self, section: &Section) -> Place {
        place(&self.file, section.line, Some(&section.name), None)
    }

    /// Where a key of a section is.
    pub(super) fn place_of(&self, section: &Section, entry: &Entry) -> Place {
        place(&self.file, entry.line, Some(&section.name), Some(&entry.written))
    }
}

fn place(file: &Arc<str>, line: u32, section: Option<&Arc<str>>, key: Option<&Arc<str>>) -> Place {
    Place::File { file: file.clone(), line, section: section.cloned(), key: key.cloned() }
}

/// Reads a whole text; what cannot be read is reported and left out.
pub(super) fn read(file: &str, text: &str, found: &mut Diagnostics) -> Document {
    let mut reader = Reader {
        document: Document { file: file.into(), sections: Vec::new() },
        found,
        names: BTreeMap::new(),
        keys: BTreeMap::new(),
        indent: None,
        dropping: false,
        skipping: false,
    };
    for (line, raw) in (1..).zip(text.strip_prefix('\u{feff}').unwrap_or(text).split('\n')) {
        reader.line(line, raw.strip_suffix('\r').unwrap_or(raw));
    }
    reader.document
}

struct Reader<'a> {
    document: Document,
    found: &'a mut Diagnostics,
    /// Lines of the sections so far.
    names: BTreeMap<Arc<str>, u32>,
    /// Lines of the current section's keys so far.
    keys: BTreeMap<String, u32>,
    /// How deep the key is indented that a deeper line would continue.
    indent: Option<usize>,
    /// Whether the current key is wrong, so that what continues it is passed over.
    dropping: bool,
    /// Whether the current section is there already, so that its keys are passed over.
    skipping: bool,
}

impl Reader<'_> {
    fn line(&mut self, line: u32, raw: &str) {
        if raw.contains(|c: char| c.is_control() && c != '\t') {
            return self.error(line, "the line holds a control character; only tabs are allowed");
        }
        let text = without_comment(raw);
        let content = text.trim();
        if content.is_empty() {
            return;
        }
        let depth = text.len() - text.trim_start().len();
        if self.indent.is_some_and(|indent| depth > indent) {
            self.continue_value(content);
        } else if content.starts_with('[') {
            self.section(line, content);
        } else if !self.skipping {
            self.entry(line, depth, content);
        }
    }

    fn error(&mut self, line: u32, message: impl Into<String>) {
        let section = self.document.sections.last().map(|section| &section.name);
        self.found.error(&place(&self.document.file, line, section, None), message);
    }

    fn continue_value(&mut self, content: &str) {
        let entry = self.document.sections.last_mut().and_then(|section| section.entries.last_mut());
        if let (Some(entry), false) = (entry, self.dropping) {
            entry.value.push('\n');
            entry.value.push_str(content);
        }
    }

    fn section(&mut self, line: u32, content: &str) {
        self.indent = None;
        let name = content.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).map(str::trim);
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            let message = format!("{content:?} is no section; one is written [name] on a line of its own");
            return self.error(line, message);
        };
        let name: Arc<str> = name.into();
        let first = self.names.get(&name).copied();
        self.skipping = first.is_some();
        if let Some(first) = first {
            let at = place(&self.document.file, line, Some(&name), None);
            let message =
                format!("section [{name}] is there already, on line {first}; put their keys together");
            return self.found.error(&at, message);
        }
        self.keys.clear();
        self.names.insert(name.clone(), line);
        self.document.sections.push(Section { name, line, entries: Vec::new() });
    }

    fn entry(&mut self, line: u32, depth: usize, content: &str) {
        self.indent = Some(depth);
        self.dropping = true;
        let Some((written, value)) = content.split_once(['=', ':']) else {
            return self.error(line, format!("{content:?} is neither a [section] nor a key = value"));
        };
        let written = written.trim_end();
        if written.is_empty() {
            return self.error(line, format!("{content:?} has no key before its {:?}", separator(content)));
        }
        let key = written.to_lowercase().replace('-', "_");
        if self.document.sections.is_empty() {
            return self.error(line, format!("key {written:?} stands before the first [section]"));
        }
        if let Some(first) = self.keys.get(&key) {
            let message = format!("key {written:?} is there already, on line {first}");
            return self.error(line, message);
        }
        self.keys.insert(key.clone(), line);
        self.dropping = false;
        let entry = Entry { key, written: written.into(), value: value.trim().to_owned(), line };
        if let Some(section) = self.document.sections.last_mut() {
            section.entries.push(entry);
        }
    }
}

fn separator(content: &str) -> char {
    content.chars().next().unwrap_or('=')
}

/// The line up to its comment, with escaped comment signs made plain.
fn without_comment(raw: &str) -> String {
    let mut kept = String::with_capacity(raw.len());
    let mut after_space = true;
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match (after_space, c) {
            (true, ';' | '#') => break,
            (true, '\\') => kept.push(chars.next_if(|next| matches!(next, ';' | '#')).unwrap_or(c)),
            _ => kept.push(c),
        }
        after_space = c.is_whitespace();
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[(&str, &[(&str, &str)])]) {
        let mut found = Diagnostics::default();
        let document = read("f.ini", text, &mut found);
        assert_eq!(found.to_string(), "", "{text:?}");
        let got: Vec<(String, Vec<(String, String)>)> = document
            .sections
            .iter()
            .map(|section| {
                let entries = section.entries.iter().map(|e| (e.key.clone(), e.value.clone())).collect();
                (section.name.to_string(), entries)
            })
            .collect();
        let expect: Vec<(String, Vec<(String, String)>)> = expect
            .iter()
            .map(|(name, entries)| {
                let entries = entries.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
                ((*name).to_owned(), entries)
            })
            .collect();
        assert_eq!(got, expect, "{text:?}");
    }

    #[test]
    fn reads_the_dialect() {
        check("[a]\nk = v\nK2: w\n", &[("a", &[("k", "v"), ("k2", "w")])]);
        check("\u{feff}[a]\r\nnmap-os = linux\r\n", &[("a", &[("nmap_os", "linux")])]);
        check("; c\n  # c\n[a] ; why\nk = v ; x\nl = v;x#y\n", &[("a", &[("k", "v"), ("l", "v;x#y")])]);
        check("[a]\nk = 100%\nl = %(x)s\n", &[("a", &[("k", "100%"), ("l", "%(x)s")])]);
        check("[a]\nk = one \\; two \\# three\n", &[("a", &[("k", "one ; two # three")])]);
        check("[a]\nk = C:\\dir\\;x\n", &[("a", &[("k", "C:\\dir\\;x")])]);
        check("[a]\nk = a=b:c\n", &[("a", &[("k", "a=b:c")])]);
        check("[a]\nk = {\n  \"x\": 1\n  }\nl = 2\n", &[("a", &[("k", "{\n\"x\": 1\n}"), ("l", "2")])]);
        check("[a]\n  k = 1\n  l = 2\n", &[("a", &[("k", "1"), ("l", "2")])]);
        check("[a]\nk =\n", &[("a", &[("k", "")])]);
        check("[a]\nk = 1\n[DEFAULT]\nk = 2\n", &[("a", &[("k", "1")]), ("DEFAULT", &[("k", "2")])]);
    }

    fn check_error(text: &str, expect: &str) {
        let mut found = Diagnostics::default();
        read("f.ini", text, &mut found);
        assert_eq!(found.to_string(), expect, "{text:?}");
    }

    #[test]
    fn says_what_it_cannot_read() {
        check_error("k = v\n", "f.ini:1: error: key \"k\" stands before the first [section]");
        check_error(
            "[a]\njunk\n  more\n",
            "f.ini:2: [a]: error: \"junk\" is neither a [section] nor a key = value",
        );
        check_error(
            "[a]\n\n[a]\n",
            "f.ini:3: [a]: error: section [a] is there already, on line 1; put their keys together",
        );
        check_error(
            "[a]\nx-y = 1\nX_Y = 2\n",
            "f.ini:3: [a]: error: key \"X_Y\" is there already, on line 2",
        );
        check_error(
            "[a]\nk = \u{1b}[2J\n",
            "f.ini:2: [a]: error: the line holds a control character; only tabs are allowed",
        );
        check_error(
            "[a\n",
            "f.ini:1: error: \"[a\" is no section; one is written [name] on a line of its own",
        );
        check_error("[a]\n= v\n", "f.ini:2: [a]: error: \"= v\" has no key before its '='");
    }
}
