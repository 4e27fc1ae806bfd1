//! What Docker is and can do.

use decnet_engine::{About, EngineError, chain};
use decnet_proto::agent::Check;

use super::{fail, ok, warn};

/// Oldest API with all that a decky's container needs.
const OLDEST_API: (u32, u32) = (1, 41);

pub(super) fn checks(about: Result<About, EngineError>) -> Vec<Check> {
    let about = match about {
        Ok(about) => about,
        Err(e) => {
            let remedy = "install it (`apt-get install docker.io`) and start it (`systemctl start docker`)";
            return vec![fail("docker", chain(&e), remedy)];
        }
    };
    vec![version(&about), log_driver(&about), drivers(&about), limits(&about), seccomp(&about)]
}

fn version(about: &About) -> Check {
    let found = format!("version {}, API {}", about.version, about.api);
    let (major, minor) = OLDEST_API;
    match api(&about.api) {
        Some(api) if api >= OLDEST_API => ok("docker", found),
        _ => fail("docker", found, format!("install an engine with API {major}.{minor} or newer")),
    }
}

fn api(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Deckies name their log driver themselves, so another default does no harm to them.
fn log_driver(about: &About) -> Check {
    match about.log_driver.as_str() {
        "json-file" => ok("docker log driver", "json-file"),
        other => ok("docker log driver", format!("{other} by default; deckies ask for json-file")),
    }
}

fn drivers(about: &About) -> Check {
    let found = about.network_drivers.join(", ");
    match about.network_drivers.iter().any(|driver| driver == "macvlan") {
        true => ok("docker network drivers", found),
        false => fail("docker network drivers", found, "install an engine with the macvlan network driver"),
    }
}

fn limits(about: &About) -> Check {
    let missing: Vec<_> = [("memory", about.memory_limit), ("pids", about.pids_limit)]
        .into_iter()
        .filter_map(|(name, present)| (!present).then_some(name))
        .collect();
    match missing.is_empty() {
        true => ok("docker limits", "memory and processes can be limited"),
        false => warn(
            "docker limits",
            format!("not limited: {}", missing.join(", ")),
            "enable the cgroup controllers: boot with `cgroup_enable=memory swapaccount=1`",
        ),
    }
}

fn seccomp(about: &About) -> Check {
    match about.seccomp {
        true => ok("docker seccomp", "profiles are applied"),
        false => fail(
            "docker seccomp",
            "the engine applies no seccomp profiles",
            "install an engine that was built with seccomp",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::api;

    #[test]
    fn versions_are_compared_as_numbers() {
        let check = |text, expect| assert_eq!(api(text), expect, "{text}");
        check("1.41", Some((1, 41)));
        check("1.9", Some((1, 9)));
        check("", None);
        check("1.x", None);
        assert!(api("1.9") < api("1.41"));
    }
}
