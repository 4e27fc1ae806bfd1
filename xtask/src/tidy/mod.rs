//! The rules of the source tree that no compiler knows.
//!
//! Each rule is a file with one function from the tree to findings; a finding is a line
//! that names the place, what is wrong, and what would be right.

mod kinds;
mod layers;
mod names;
mod purity;
mod report;
mod sizes;

use anyhow::{Result, bail};

use crate::{
    docs,
    metadata::{self, Package},
    source::SourceFile,
    tty,
};

/// Flags of `tidy`.
#[derive(Default, clap::Args)]
pub(crate) struct Options {
    /// Print the aims of the code's shape beside what it is.
    #[arg(long)]
    report: bool,
}

/// What the rules look at.
struct Tree {
    packages: Vec<Package>,
    files: Vec<SourceFile>,
}

type Rule = fn(&Tree) -> Vec<String>;

const RULES: [(&str, Rule); 5] = [
    ("dependencies go up the list only", layers::check),
    ("crates without I/O do none", purity::check),
    ("files and functions are small", sizes::check),
    ("names say what a thing is", names::check),
    ("every kind of event has an emitter", kinds::check),
];

/// Checks every rule, and prints the report if asked.
pub(crate) fn run(options: &Options) -> Result<()> {
    let packages = metadata::members()?;
    let files = SourceFile::load_all(&packages)?;
    let tree = Tree { packages, files };
    let mut count = 0;
    for (name, rule) in RULES {
        count += print(name, &rule(&tree));
    }
    count += print("generated documents are up to date", &docs::stale()?);
    if options.report {
        report::print(&tree);
    }
    if count > 0 {
        bail!("{count} findings");
    }
    Ok(())
}

fn print(rule: &str, findings: &[String]) -> usize {
    let verdict = if findings.is_empty() { tty::green("ok") } else { tty::red("no") };
    println!("{verdict}  {rule}");
    for finding in findings {
        println!("    {finding}");
    }
    findings.len()
}
