//! The document of all figures: one section per benchmark, replaced by each run of it.

use std::{fmt::Write, fs, path::PathBuf};

use anyhow::{Context, Result};
use lab::{process, workspace};

use super::{machine, row::Row};

const TITLE: &str = "# Benchmarks\n\n\
    Taken with `cargo xtask bench NAME`, ours beside the peer in one run. Ratios and CPU time carry over to\n\
    other machines, wall times do not.\n";

/// Writes the section of a benchmark and gives back the document's path.
pub(crate) fn write(name: &str, rows: &[Row]) -> Result<PathBuf> {
    let path = workspace::root().join("docs/reference/benchmarks.md");
    let old = fs::read_to_string(&path).unwrap_or_else(|_| TITLE.to_owned());
    let new = replace(&old, name, &section(name, rows));
    fs::write(&path, new).with_context(|| format!("writing {}", path.display()))?;
    Ok(path)
}

fn section(name: &str, rows: &[Row]) -> String {
    let revision = process::output(
        process::command("git", ["describe", "--always", "--dirty"]).current_dir(workspace::root()),
    );
    let revision = revision.unwrap_or_default();
    let mut text = format!("## {name}\n\nAt {} on {}.\n\n", revision.trim(), machine::facts());
    text.push_str("| what | figure | target | | raw figures |\n|---|---|---|---|---|\n");
    for row in rows {
        let verdict = if row.holds() { "holds" } else { "**missed**" };
        let (figure, target) = (row.figure_text(), row.target_text());
        let _ = writeln!(text, "| {} | {figure} | {target} | {verdict} | {} |", row.what, row.detail);
    }
    text
}

/// The document with the section `name` exchanged or added; sections stand in order of name.
fn replace(document: &str, name: &str, section: &str) -> String {
    let mut parts = document.split("\n## ");
    let title = parts.next().unwrap_or_default().trim_end();
    let is_other = |part: &&str| part.lines().next() != Some(name);
    let mut sections: Vec<_> = parts.filter(is_other).map(|part| format!("## {}", part.trim_end())).collect();
    sections.push(section.trim_end().to_owned());
    sections.sort();
    format!("{title}\n\n{}\n", sections.join("\n\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_exchanged_and_others_stay() {
        let first = replace("# T\n", "b", "## b\n\nold\n");
        let second = replace(&first, "a", "## a\n\nx\n");
        assert_eq!(second, "# T\n\n## a\n\nx\n\n## b\n\nold\n");
        assert_eq!(replace(&second, "b", "## b\n\nnew\n"), "# T\n\n## a\n\nx\n\n## b\n\nnew\n");
    }
}
