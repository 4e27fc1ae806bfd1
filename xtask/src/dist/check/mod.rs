//! `dist --check`: the list against the tree and the workspace, and the packing against itself.
//!
//! It takes seconds, because it builds nothing: it packs what `cargo xtask test` built.

mod archives;
mod packages;
mod packing;
mod programs;
mod units;

use anyhow::{Result, bail};
use lab::workspace;

use super::list::{FILE, Shipped};
use crate::{
    metadata::{self, Package},
    tty,
};

/// What the rules look at.
struct Subject<'a> {
    shipped: &'a Shipped,
    members: &'a [Package],
}

type Rule = fn(&Subject<'_>) -> Vec<String>;

const RULES: [(&str, Rule); 4] = [
    ("every program is shipped, and is there to be built", programs::check),
    ("every archive holds what the tree has", archives::check),
    ("every package holds what its archive has, each path once", packages::check),
    ("every unit starts what its package installs", units::check),
];

/// Checks every rule, then packs every archive twice.
pub(crate) fn run() -> Result<()> {
    let shipped = Shipped::load()?;
    let members = metadata::members()?;
    let subject = Subject { shipped: &shipped, members: &members };
    let mut count = 0;
    for (name, rule) in RULES {
        count += print(name, &rule(&subject));
    }
    let packed = packing::check(&shipped, &workspace::target().join("dist/check"));
    count += print("packed twice, an archive is the same", packed.err().map(|e| format!("{e:#}")).as_slice());
    if count > 0 {
        bail!("{count} findings about {FILE}");
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Findings of a rule about the list of the workspace, with some of its text replaced.
    pub(super) fn findings(rule: Rule, changes: &[(&str, &str)]) -> Vec<String> {
        let mut text = std::fs::read_to_string(workspace::root().join(FILE)).unwrap();
        for (old, new) in changes {
            assert!(text.contains(old), "{old:?} is not in the list");
            text = text.replacen(old, new, 1);
        }
        let shipped = Shipped::parse(&text).unwrap();
        rule(&Subject { shipped: &shipped, members: &metadata::members().unwrap() })
    }

    #[test]
    fn the_list_of_the_workspace_is_true() {
        for (name, rule) in RULES {
            assert_eq!(findings(rule, &[]), [""; 0], "{name}");
        }
    }

    /// The change makes one finding, which says so.
    pub(super) fn check(rule: Rule, changes: &[(&str, &str)], expect: &str) {
        let found = findings(rule, changes);
        assert!(found.iter().any(|finding| finding.contains(expect)), "{expect:?} is not in {found:?}");
    }
}
