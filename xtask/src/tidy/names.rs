//! Names that say nothing, crates that do not say why they exist, and work left undone.

use super::Tree;
use crate::source::{Area, SourceFile};

/// A module with such a name collects what has no place.
const EMPTY: [&str; 6] = ["common", "shared", "util", "utils", "helper", "helpers"];

/// Marks of work left undone.
const UNDONE: [&str; 3] = ["TODO", "FIXME", "XXX"];

/// Names and marks that should not be there, documentation that should.
pub(super) fn check(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for file in &tree.files {
        let parts = file.path.iter().map(|part| part.to_string_lossy());
        let bad = parts.filter(|part| EMPTY.contains(&part.trim_end_matches(".rs")));
        findings.extend(bad.map(|part| format!("{}: {part} says nothing", file.path.display())));
        findings.extend(undone(file));
        if file.area == Area::Source && !file.text.starts_with("//!") && !file.text.starts_with("#!") {
            findings.push(format!("{}: begins without saying what it is for (//!)", file.path.display()));
        }
    }
    findings
}

/// Lines with a mark in a comment. This very file names them in code.
fn undone(file: &SourceFile) -> Vec<String> {
    let comments = file.text.lines().enumerate().filter_map(|(at, line)| {
        let (_, comment) = line.split_once("//")?;
        UNDONE.iter().find(|mark| comment.contains(**mark)).map(|mark| (at + 1, mark))
    });
    comments.map(|(line, mark)| format!("{}: {mark}", file.at(line))).collect()
}
