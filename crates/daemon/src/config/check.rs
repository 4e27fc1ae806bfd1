//! What no table knows.

use config::{Value, ValueKind};

use super::{Problem, SectionInfo, ini::Tables};
use crate::environment::{CONFIG, Environment};

/// Keys of later builds, so that they are not taken for typing errors.
const LATER: &[&str] = &["ca-dir", "cors-origins", "jwt-secret", "master-host", "sniffer-iface"];

/// Adds a problem for each section and key that no table has.
pub(super) fn known(file: &Tables, sections: &[SectionInfo], problems: &mut Vec<Problem>) {
    for (name, value) in file {
        let Some(section) = sections.iter().find(|s| s.name == name) else {
            let names: Vec<_> = sections.iter().map(|s| format!("[{}]", s.name)).collect();
            let message = format!("unknown section; there are {}", names.join(", "));
            problems.push(problem(value, name, None, message));
            continue;
        };
        let ValueKind::Table(table) = &value.kind else { continue };
        for (key, value) in table {
            if !section.keys.iter().any(|k| k.name() == *key) {
                problems.push(problem(value, name, Some(key), advice(key, section, sections)));
            }
        }
    }
    problems.sort_by_key(|p| line(&p.place));
}

fn line(place: &str) -> u32 {
    place.rsplit_once(':').and_then(|(_, line)| line.parse().ok()).unwrap_or(0)
}

fn problem(value: &Value, section: &str, key: Option<&str>, message: String) -> Problem {
    Problem {
        place: value.origin().unwrap_or_default().to_owned(),
        section: Some(section.to_owned()),
        key: key.map(str::to_owned),
        message,
    }
}

fn advice(key: &str, section: &SectionInfo, sections: &[SectionInfo]) -> String {
    if let Some(home) = sections.iter().find(|s| s.keys.iter().any(|k| k.name() == key)) {
        return format!("belongs into [{}]", home.name);
    }
    if LATER.contains(&key) {
        return "not in this build".to_owned();
    }
    if key == "db-type" {
        return "needs no key: db-url begins with it, as postgres:// or mariadb://".to_owned();
    }
    let names: Vec<_> = section.keys.iter().map(|k| k.name()).collect();
    format!("unknown key; this section has {}", names.join(", "))
}

/// A line for each variable with our prefix that no key has.
pub(super) fn unknown_variables(environment: &Environment, sections: &[SectionInfo]) -> Vec<String> {
    let known =
        |name: &str| name == CONFIG || sections.iter().flat_map(|s| s.keys).any(|key| key.variable() == name);
    let unknown = environment.decnet.keys().filter(|name| !known(name));
    unknown.map(|name| format!("environment variable {name}: no part of this build reads it")).collect()
}
