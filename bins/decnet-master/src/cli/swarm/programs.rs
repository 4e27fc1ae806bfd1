//! The programs of the hosts: what an update must change.

use decnet_proto::swarm::{operator::HostHealth, releases::Program};

use super::releases::short;
use crate::output::{plain, table};

/// The programs that answer, as a table; empty where none tells what it is.
pub(crate) fn programs_table(hosts: &[HostHealth]) -> String {
    let rows: Vec<_> = hosts.iter().flat_map(rows).collect();
    if rows.is_empty() {
        return String::new();
    }
    table(["Host", "Program", "Version", "Release", "Boot"], rows)
}

fn rows(host: &HostHealth) -> Vec<[String; 5]> {
    let row = |program: &str, about: &Program| {
        let release = about.release.as_deref().map_or("none".to_owned(), short);
        let words = [program, &about.version, &release, &short(&about.boot)].map(plain);
        let [program, version, release, boot] = words;
        [host.name.to_string(), program, version, release, boot]
    };
    let programs = [("agent", &host.agent), ("forwarder", &host.forwarder), ("updater", &host.updater)];
    let mut rows: Vec<_> =
        programs.into_iter().filter_map(|(name, about)| Some(row(name, about.as_ref()?))).collect();
    if let Some(error) = &host.updater_error {
        let text = format!("no answer: {}", plain(error));
        rows.push([host.name.to_string(), "updater".to_owned(), text, String::new(), String::new()]);
    }
    rows
}
