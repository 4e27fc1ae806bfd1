//! Archives of the list against the tree.

use std::collections::{BTreeMap, BTreeSet};

use decnet_release::{Part, id, manifest::EntryPath};
use lab::workspace;

use super::Subject;
use crate::dist::{list::Archive, origins::plain};

/// Files that everybody gets.
const LICENCES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

pub(super) fn check(subject: &Subject<'_>) -> Vec<String> {
    let shipped = subject.shipped;
    let mut findings = Vec::new();
    let known: BTreeSet<_> = Part::ALL.map(Part::name).into();
    let listed: BTreeSet<_> = shipped.archives.keys().map(String::as_str).collect();
    findings.extend(
        known
            .symmetric_difference(&listed)
            .map(|name| format!("archive {name}: not both a part and in the list")),
    );
    let mut holders: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, archive) in &shipped.archives {
        findings.extend(of_archive(archive).into_iter().map(|finding| format!("archive {name}: {finding}")));
        for program in &archive.programs {
            if !shipped.programs.contains_key(program) {
                findings.push(format!("archive {name}: there is no program {program}"));
            }
            if let Some(other) = holders.insert(program, name) {
                findings.push(format!("archive {name}: {program} is in {other} too"));
            }
        }
    }
    findings
}

fn of_archive(archive: &Archive) -> Vec<String> {
    let mut findings = Vec::new();
    for path in &archive.files {
        if let Err(error) = plain(&workspace::root(), path) {
            findings.push(format!("{error:#}"));
        }
        let place = path.strip_prefix("deploy/").unwrap_or(path);
        findings.extend(place.parse::<EntryPath>().err().map(|error| error.to_string()));
    }
    let sorted = |list: &[String]| list.is_sorted_by(|one, next| one < next);
    if !sorted(&archive.files) || !sorted(&archive.programs) {
        findings.push("something comes twice, or is out of order".to_owned());
    }
    let missing = LICENCES.iter().filter(|licence| !archive.files.iter().any(|file| file == *licence));
    findings.extend(missing.map(|licence| format!("{licence} is not in it")));
    if archive.current.is_some() != archive.releases.is_some() {
        findings.push("`current` goes with `releases`".to_owned());
    }
    let least = archive.min_from.as_deref().map(id::version);
    findings.extend(least.and_then(Result::err).map(|error| error.to_string()));
    findings
}

#[cfg(test)]
mod tests {
    use super::{super::tests, *};

    #[test]
    fn archives_hold_what_is_there() {
        let check = |old, new, expect| tests::check(check, &[(old, new)], expect);
        check("\"deploy/decnet.ini.example\"", "\"deploy/decnet.ini\"", "looking at");
        check("\"deploy/decnet.ini.example\"", "\"deploy/systemd\"", "is no regular file");
        check("\"LICENSE-APACHE\",\n", "", "LICENSE-APACHE is not in it");
        check("\"LICENSE-APACHE\",\n", "\"LICENSE-MIT\",\n", "comes twice");
        check(
            "[\"decnet-updater\", \"decnet-updater-helper\"]\nf",
            "[\"decnet-agent\"]\nf",
            "decnet-agent is in updater too",
        );
        check(
            "[\"decnet-updater\", \"decnet-updater-helper\"]\nf",
            "[\"decnet-uploader\"]\nf",
            "there is no program decnet-uploader",
        );
        check("[archive.master]", "[archive.masters]", "archive masters: not both");
        check("current = \"/var/lib/decnet/current\"\n", "min-from = \"1.0\"\n", "`current` goes with");
        check("current = \"/var/lib/decnet/current\"\n", "min-from = \"1.0\"\n", "is no version");
    }
}
