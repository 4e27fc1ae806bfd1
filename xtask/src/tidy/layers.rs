//! Which crate may use which: the list of `docs/architecture.md`, lowest layer first.

use super::Tree;

/// Whether a crate may touch the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effects {
    /// It reads no clock, environment, file, socket or random source.
    None,
    /// It may.
    Any,
}

/// The layers: a crate may use those before it.
pub(super) const LAYERS: [(&str, Effects); 18] = [
    ("decnet-event", Effects::None),
    ("decnet-proto", Effects::None),
    ("decnet-fingerprint", Effects::None),
    ("decnet-composer", Effects::None),
    ("decnet-decoy", Effects::Any),
    ("decnet-netdrv", Effects::Any),
    ("decnet-cloak", Effects::Any),
    ("decnet-engine", Effects::Any),
    ("decnet-pki", Effects::Any),
    ("decnet-release", Effects::Any),
    ("decnet-logship", Effects::Any),
    ("decnet-store", Effects::Any),
    ("decnet-record", Effects::Any),
    ("decnet-daemon", Effects::Any),
    ("decnet-api", Effects::Any),
    ("decnet-alerting", Effects::Any),
    ("decnet-membership", Effects::Any),
    ("decnet-shipping", Effects::Any),
];

/// What is built of the crates; nothing may use it.
const BINARIES: [&str; 6] = [
    "decnet-master",
    "decnet-agent",
    "decnet-forwarder",
    "decnet-listener",
    "decnet-updater",
    "decnet-decoy-bin",
];

/// Members that exist for the workspace itself.
const WORKSHOP: [&str; 8] = ["xtask", "manual", "callers", "contract", "crowd", "system", "lab", "traffic"];

/// Uses that go down or sideways, and members that are on no list.
pub(super) fn check(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for package in &tree.packages {
        let name = package.name.as_str();
        if rank(name).is_none() && !WORKSHOP.contains(&name) {
            findings.push(format!("{name} is on no list of xtask/src/tidy/layers.rs: give it its layer"));
        }
        for dependency in &package.dependencies {
            findings.extend(offence(name, &dependency.name));
        }
    }
    findings
}

fn offence(user: &str, used: &str) -> Option<String> {
    let used_rank = rank(used)?;
    // The tests of a crate may turn on what it has for tests.
    if user == used {
        return None;
    }
    if WORKSHOP.contains(&user) || rank(user).is_some_and(|user_rank| user_rank > used_rank) {
        return None;
    }
    Some(format!("{user} uses {used}, which is not below it"))
}

/// Height in the list; all binaries are above all crates and equally high.
fn rank(name: &str) -> Option<usize> {
    let layer = LAYERS.iter().position(|(layer, _)| *layer == name);
    layer.or_else(|| BINARIES.contains(&name).then_some(LAYERS.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_go_down_the_layers_only() {
        assert_eq!(offence("decnet-composer", "decnet-proto"), None);
        assert_eq!(offence("decnet-master", "decnet-daemon"), None);
        assert_eq!(offence("lab", "decnet-event"), None);
        assert_eq!(offence("decnet-proto", "serde"), None);
        assert_eq!(offence("decnet-pki", "decnet-pki"), None);
        assert!(offence("decnet-proto", "decnet-composer").is_some());
        assert!(offence("decnet-agent", "decnet-master").is_some());
    }
}
