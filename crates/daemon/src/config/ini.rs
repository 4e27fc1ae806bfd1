//! The format of `decnet.ini`: text to sections, each value with its file and line.
//!
//! `[section]`, `key = value` or `key: value`. `;` and `#` begin a comment at the start of a
//! line, or after a blank. Names are folded to lower case, `_` in a key is `-`.

use std::error::Error;

use config::{Format, Map, Value, ValueKind};

use super::{ConfigError, Problem};

/// Section → key → value; each value's origin is `FILE:LINE`.
pub(super) type Tables = Map<String, Value>;

/// Longest file that is read, in bytes.
const MAX: usize = 1024 * 1024;

/// The format, for the layers of the `config` crate.
#[derive(Clone, Copy, Debug)]
pub struct IniFormat;

impl Format for IniFormat {
    fn parse(&self, uri: Option<&String>, text: &str) -> Result<Tables, Box<dyn Error + Send + Sync>> {
        match parse(uri.map_or("decnet.ini", String::as_str), text) {
            (tables, problems) if problems.is_empty() => Ok(tables),
            (_, problems) => Err(Box::new(ConfigError::Problems(problems))),
        }
    }
}

/// Everything that can be read of `text`, and what is wrong with the rest.
pub(super) fn parse(file: &str, text: &str) -> (Tables, Vec<Problem>) {
    let mut reader = Reader { file, section: None, tables: Tables::new(), problems: Vec::new() };
    if text.len() > MAX {
        reader.problem(0, None, format!("{} bytes are more than the {MAX} that are read", text.len()));
        return (reader.tables, reader.problems);
    }
    for (number, line) in (1..).zip(text.lines()) {
        match without_comment(line) {
            "" => {}
            line if line.starts_with('[') => reader.section(number, line),
            line => reader.key(number, line),
        }
    }
    (reader.tables, reader.problems)
}

struct Reader<'a> {
    file: &'a str,
    section: Option<String>,
    tables: Tables,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn place(&self, line: u32) -> String {
        format!("{}:{line}", self.file)
    }

    fn problem(&mut self, line: u32, key: Option<String>, message: String) {
        let place = self.place(line);
        self.problems.push(Problem { place, section: self.section.clone(), key, message });
    }

    fn section(&mut self, number: u32, line: &str) {
        let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) else {
            self.problem(number, None, format!("{line:?} is no section; write [name]"));
            return;
        };
        let name = name.trim().to_ascii_lowercase();
        let place = self.place(number);
        if let Some(first) = self.tables.get(&name).and_then(Value::origin).map(str::to_owned) {
            self.section = Some(name);
            self.problem(number, None, format!("the section is already at {first}; join the two"));
            return;
        }
        self.tables.insert(name.clone(), Value::new(Some(&place), ValueKind::Table(Map::new())));
        self.section = Some(name);
    }

    fn key(&mut self, number: u32, line: &str) {
        let Some((name, value)) = line.split_once(['=', ':']) else {
            // The line may hold a secret, so it is not shown.
            self.problem(
                number,
                None,
                "the line is neither a section nor a key; write key = value".to_owned(),
            );
            return;
        };
        let name = name.trim().to_ascii_lowercase().replace('_', "-");
        let Some(section) = self.section.clone() else {
            self.problem(number, Some(name), "a key needs a section above it, as [decnet]".to_owned());
            return;
        };
        let place = self.place(number);
        let Some(ValueKind::Table(table)) = self.tables.get_mut(&section).map(|t| &mut t.kind) else {
            return;
        };
        if let Some(first) = table.get(&name).and_then(Value::origin).map(str::to_owned) {
            self.problem(number, Some(name), format!("already given at {first}; keep one of them"));
            return;
        }
        table.insert(name, Value::new(Some(&place), ValueKind::String(value.trim().to_owned())));
    }
}

/// The line without blanks around it and without its comment.
fn without_comment(line: &str) -> &str {
    let begins = |(at, c): (usize, char)| {
        matches!(c, ';' | '#')
            && line.get(..at).is_none_or(|before| before.is_empty() || before.ends_with([' ', '\t']))
    };
    let end = line.char_indices().find(|found| begins(*found)).map_or(line.len(), |(at, _)| at);
    line.get(..end).unwrap_or(line).trim()
}
