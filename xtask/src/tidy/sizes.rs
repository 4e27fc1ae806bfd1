//! Fences for files, functions and `main.rs`.

use super::Tree;

/// Most lines of code in a file.
const FILE: usize = 600;
/// Most lines of code in a function.
const FUNCTION: usize = 80;
/// Most lines of code in a `main.rs`.
const MAIN: usize = 60;

/// What is too long.
pub(super) fn check(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for file in &tree.files {
        let path = file.path.display();
        let lines = file.code_lines();
        let limit = if file.path.ends_with("src/main.rs") { MAIN } else { FILE };
        if lines > limit {
            findings.push(format!("{path} has {lines} lines of code: at most {limit}, split it by subject"));
        }
        for function in file.functions().iter().filter(|function| function.length > FUNCTION) {
            let (name, length) = (&function.name, function.length);
            findings
                .push(format!("{}: {name} has {length} lines: at most {FUNCTION}", file.at(function.line)));
        }
    }
    findings
}
