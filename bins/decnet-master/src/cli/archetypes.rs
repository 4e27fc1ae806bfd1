//! `archetypes`: the kinds of machine that a decky can be.

use decnet_composer::archetypes::{self, Archetype};
use decnet_daemon::Exit;
use decnet_proto::{persona::OsFamily, service::LATER};
use serde::Serialize;

use crate::output::{Format, table};

#[derive(clap::Args)]
pub(super) struct Archetypes {
    #[command(flatten)]
    format: Format,
}

#[derive(Serialize)]
struct Row {
    slug: &'static str,
    name: &'static str,
    /// Services of this build.
    services: Vec<&'static str>,
    /// Services that come with later builds.
    later: Vec<&'static str>,
    distros: &'static [&'static str],
    nmap_os: OsFamily,
    summary: &'static str,
}

impl Archetypes {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let rows: Vec<_> = archetypes::ALL.iter().map(Row::of).collect();
        self.format.print(&rows, |rows| {
            let cells = rows.iter().map(|row| {
                let later = row.later.iter().map(|service| format!("({service})"));
                let services: Vec<_> = row.services.iter().map(|s| (*s).to_owned()).chain(later).collect();
                [row.slug, row.name, &services.join(", "), row.summary].map(str::to_owned)
            });
            table(["Archetype", "Name", "Services (later builds)", "What it is"], cells)
        })?;
        Ok(Exit::Success)
    }
}

impl Row {
    fn of(archetype: &'static Archetype) -> Self {
        let (later, services) = archetype.services.iter().partition(|service| LATER.contains(service));
        Self {
            slug: archetype.slug,
            name: archetype.name,
            services,
            later,
            distros: archetype.distros,
            nmap_os: archetype.os,
            summary: archetype.summary,
        }
    }
}
