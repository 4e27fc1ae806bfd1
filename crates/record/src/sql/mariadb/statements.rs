//! Statements that stand one behind the other. The server takes one at a time.

/// Each of them, without the lines of comments. None has a semicolon within.
pub(super) fn each(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("--"));
    let text = lines.collect::<Vec<_>>().join("\n");
    text.split(';').map(str::trim).filter(|statement| !statement.is_empty()).map(str::to_owned).collect()
}

/// Whether it drops a table: nothing brings that back.
pub(super) fn drops(statement: &str) -> bool {
    statement.starts_with("DROP TABLE")
}

#[cfg(test)]
mod tests {
    #[test]
    fn statements_are_parted() {
        let check = |text: &str, expect: &[&str]| assert_eq!(super::each(text), expect, "{text}");
        check("-- a; b\nC (\n  -- d;\n  E\n);\nF;", &["C (\n  E\n)", "F"]);
        check("A; B", &["A", "B"]);
        check("-- nothing\n", &[]);
    }
}
