//! Packages of the list against archives and tree.

use std::collections::BTreeMap;

use lab::workspace;

use super::{Subject, units::released};
use crate::dist::{
    list::{Archive, Package, Shipped},
    origins::plain,
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<String> {
    let shipped = subject.shipped;
    let mut findings = Vec::new();
    let mut owners: BTreeMap<String, &str> = BTreeMap::new();
    for (name, package) in &shipped.packages {
        let Some(archive) = shipped.archives.get(&package.archive) else {
            findings.push(format!("package {name}: there is no archive {}", package.archive));
            continue;
        };
        let own = of_package(shipped, archive, package);
        findings.extend(own.into_iter().map(|finding| format!("package {name}: {finding}")));
        for path in paths(package) {
            if !is_absolute(&path) {
                findings.push(format!("package {name}: {path:?} is no absolute path"));
            }
            if let Some(other) = owners.insert(path.clone(), name) {
                findings.push(format!("package {name}: {path} is in {other} too"));
            }
        }
    }
    for (name, archive) in &shipped.archives {
        let shared = of_shares(shipped, name, archive);
        findings.extend(shared.into_iter().map(|finding| format!("packages of {name}: {finding}")));
    }
    findings
}

/// Where a package installs something by a line of its own. A page stands for all of a manual.
fn paths(package: &Package) -> Vec<String> {
    let named = package.files.keys().chain(package.programs.keys()).chain(package.links.keys()).cloned();
    named.chain(package.manual.iter().map(|program| format!("/usr/share/man/man1/{program}.1"))).collect()
}

fn is_absolute(path: &str) -> bool {
    let parts = path.strip_prefix('/').map(|rest| rest.split('/'));
    parts.is_some_and(|mut parts| parts.all(|part| !matches!(part, "" | "." | "..")))
}

fn of_package(shipped: &Shipped, archive: &Archive, package: &Package) -> Vec<String> {
    let mut findings = Vec::new();
    for file in package.files.values() {
        findings.extend(plain(&workspace::root(), file).err().map(|error| format!("{error:#}")));
    }
    for program in package.programs.values() {
        if !shipped.programs.contains_key(program) {
            findings.push(format!("there is no program {program}"));
        }
    }
    for program in &package.manual {
        let has = shipped.programs.get(program).is_some_and(|program| program.manual);
        if !has || !archive.programs.contains(program) {
            findings.push(format!("its archive has no manual of {program}"));
        }
    }
    for (path, target) in &package.links {
        if released(shipped, package, target).is_none() {
            findings.push(format!("{path} points to {target}, which is not of its share of a release"));
        }
    }
    findings
}

/// Every program of an archive is one package's: in its share of the release's folder, or by itself.
fn of_shares(shipped: &Shipped, name: &str, archive: &Archive) -> Vec<String> {
    let mut findings = Vec::new();
    let packages: Vec<_> = shipped.packages.values().filter(|package| package.archive == name).collect();
    let shares: Vec<_> = packages.iter().filter_map(|package| package.release.as_ref()).collect();
    for program in &archive.programs {
        let shared = shares.iter().flat_map(|share| &share.programs);
        let alone = packages.iter().flat_map(|package| package.programs.values());
        let count = if archive.releases.is_some() {
            shared.filter(|own| *own == program).count()
        } else {
            alone.filter(|own| *own == program).count()
        };
        if count != 1 {
            findings.push(format!("{program} is in {count} of them, not in one"));
        }
    }
    let foreign = shares.iter().flat_map(|share| &share.programs);
    let foreign = foreign.filter(|program| !archive.programs.contains(program));
    findings.extend(foreign.map(|program| format!("{program} is not in their archive")));
    let rests = shares.iter().filter(|share| share.rest).count();
    if rests != usize::from(archive.releases.is_some()) {
        findings.push(format!("{rests} of them have the rest of the release"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{super::tests, *};

    #[test]
    fn packages_hold_what_is_there_and_each_path_once() {
        let check = |old, new, expect| tests::check(check, &[(old, new)], expect);
        check("archive = \"worker\"", "archive = \"work\"", "there is no archive work");
        check("\"decnet-decoy\"]\nrest = true", "\"decnet-decoy\"]", "0 of them have the rest");
        check(
            "programs = [\"decnet-agent\", \"decnet-decoy\"]\nrest",
            "programs = [\"decnet-agent\"]\nrest",
            "decnet-decoy is in 0 of them",
        );
        check("manual = [\"decnet-agent\"]", "manual = [\"decnet-decoy\"]", "no manual of decnet-decoy");
        check(
            "manual = [\"decnet-agent\"]",
            "manual = [\"decnet-forwarder\"]",
            "man1/decnet-forwarder.1 is in",
        );
        check(
            "\"/usr/bin/decnet-agent\"",
            "\"/usr/bin/decnet-forwarder\"",
            "/usr/bin/decnet-forwarder is in",
        );
        check("\"/usr/bin/decnet-agent\"", "\"/usr/../bin/decnet-agent\"", "is no absolute path");
        check(
            "= \"/var/lib/decnet/current/bin/decnet-agent\"",
            "= \"/bin/decnet-agent\"",
            "which is not of its share",
        );
        check("= \"deploy/fleet-demo.ini\"", "= \"deploy/fleet.ini\"", "looking at");
        check("\"/usr/bin/decnet-listener\" = \"decnet-listener\"", "", "decnet-listener is in 0 of them");
    }
}
