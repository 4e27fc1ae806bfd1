//! Units of the tree against the packages that install them.

use std::{fs, path::Path};

use lab::workspace;

use super::Subject;
use crate::dist::list::{Package, Shipped};

/// Folder of the units in the tree.
const SOURCES: &str = "deploy/systemd";
/// Folder of a package's units on a host.
const INSTALLED: &str = "/usr/lib/systemd/system";

pub(super) fn check(subject: &Subject<'_>) -> Vec<String> {
    let folder = workspace::root().join(SOURCES);
    let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    if names.is_empty() {
        return vec![format!("there are no units in {SOURCES}")];
    }
    names.iter().flat_map(|name| of_unit(subject.shipped, &folder, name)).collect()
}

fn of_unit(shipped: &Shipped, folder: &Path, name: &str) -> Vec<String> {
    let place = (format!("{INSTALLED}/{name}"), format!("{SOURCES}/{name}"));
    let installs = |package: &&Package| package.files.get(&place.0) == Some(&place.1);
    let mut packages = shipped.packages.values().filter(installs);
    let (Some(package), None) = (packages.next(), packages.next()) else {
        return vec![format!("{}: exactly one package must install it as {}", place.1, place.0)];
    };
    let Ok(text) = fs::read_to_string(folder.join(name)) else {
        return vec![format!("{} cannot be read", place.1)];
    };
    let foreign = started(&text).into_iter().filter(|program| !is_installed(shipped, package, program));
    foreign.map(|program| format!("{}: its package does not install {program}", place.1)).collect()
}

/// The programs that a unit starts: the first words of its `Exec` lines, without what may stand before
/// (systemd.service(5)).
fn started(unit: &str) -> Vec<&str> {
    let commands = unit.lines().filter(|line| line.starts_with("Exec"));
    let commands = commands.filter_map(|line| Some(line.split_once('=')?.1.trim()));
    let programs = commands.filter_map(|command| command.split_whitespace().next());
    programs.map(|word| word.trim_start_matches(['-', '@', ':', '+', '!', '|'])).collect()
}

/// Whether a package brings the program at a path: by itself, or through the release that runs.
fn is_installed(shipped: &Shipped, package: &Package, path: &str) -> bool {
    let target = package.links.get(path).map_or(path, String::as_str);
    package.programs.contains_key(target) || released(shipped, package, target).is_some()
}

/// The program at a path through `current`, if it is of the package's share of the release.
pub(super) fn released<'a>(shipped: &Shipped, package: &Package, path: &'a str) -> Option<&'a str> {
    let current = shipped.archives.get(&package.archive)?.current.as_deref()?;
    let program = path.strip_prefix(current)?.strip_prefix("/bin/")?;
    package.release.as_ref()?.programs.iter().any(|own| own == program).then_some(program)
}

#[cfg(test)]
mod tests {
    use super::{super::tests, *};

    #[test]
    fn what_a_unit_starts_is_read() {
        let unit =
            "[Service]\nExecStart=-/usr/bin/a run\nExecStartPre=+/b\n#ExecStop=/c\nEnvironment=Exec=/d\n";
        assert_eq!(started(unit), ["/usr/bin/a", "/b"]);
    }

    #[test]
    fn units_start_what_is_installed() {
        let check = |old, new, expect| tests::check(check, &[(old, new)], expect);
        let unit =
            "\"/usr/lib/systemd/system/decnet-agent.service\" = \"deploy/systemd/decnet-agent.service\"\n";
        check(unit, "", "decnet-agent.service: exactly one package");
        check(
            "\"/usr/bin/decnet-master\" = \"decnet-master\"",
            "",
            "does not install /usr/bin/decnet-master",
        );
    }

    #[test]
    fn a_program_may_be_reached_through_the_release_that_runs() {
        let shipped = Shipped::load().unwrap();
        let check = |package: &str, path, expect| {
            assert_eq!(is_installed(&shipped, &shipped.packages[package], path), expect, "{package} {path}");
        };
        check("decnet-agent", "/usr/bin/decnet-agent", true);
        check("decnet-agent", "/var/lib/decnet/current/bin/decnet-agent", true);
        check("decnet-agent", "/var/lib/decnet/current/bin/decnet-forwarder", false);
        check("decnet-forwarder", "/var/lib/decnet/current/bin/decnet-forwarder", true);
        check("decnet-updater", "/var/lib/decnet/current/bin/decnet-updater", false);
        check("decnet-master", "/usr/bin/decnet-master", true);
    }
}
