//! Programs of the list against binaries of the workspace.

use std::collections::BTreeMap;

use lab::workspace;

use super::Subject;

pub(super) fn check(subject: &Subject<'_>) -> Vec<String> {
    let mut findings = Vec::new();
    let built = binaries(subject);
    for (name, program) in &subject.shipped.programs {
        match built.get(name.as_str()) {
            None => findings.push(format!("no package has a binary {name}")),
            Some(package) if *package != program.package => {
                findings.push(format!("{name} is a binary of {package}, not of {}", program.package));
            }
            Some(_) => {}
        }
    }
    let unlisted = built.keys().filter(|name| !subject.shipped.programs.contains_key(**name));
    findings.extend(unlisted.map(|name| format!("{name} is built, and not in the list")));
    findings
}

/// Binaries of the packages below `bins/`, and their packages.
fn binaries<'a>(subject: &Subject<'a>) -> BTreeMap<&'a str, &'a str> {
    let folder = workspace::root().join("bins");
    let packages = subject.members.iter().filter(|package| package.folder().starts_with(&folder));
    let each = packages.flat_map(|package| package.targets.iter().map(move |target| (target, package)));
    let binaries = each.filter(|(target, _)| target.kind.iter().any(|kind| kind == "bin"));
    binaries.map(|(target, package)| (target.name.as_str(), package.name.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::tests, *};

    #[test]
    fn programs_are_those_that_are_built() {
        tests::check(
            check,
            &[("[program.decnet-agent]", "[program.decnet-agents]")],
            "no package has a binary decnet-agents",
        );
        tests::check(
            check,
            &[("[program.decnet-agent]", "[program.decnet-agents]")],
            "decnet-agent is built, and not in the list",
        );
        tests::check(
            check,
            &[("package = \"decnet-decoy-bin\"", "package = \"decnet-decoy\"")],
            "not of decnet-decoy",
        );
    }
}
