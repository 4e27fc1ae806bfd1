//! `distros`: the distributions that a decky can run.

use decnet_composer::distros;
use decnet_daemon::Exit;
use serde::Serialize;

use crate::output::{Format, table};

#[derive(Default, clap::Args)]
pub(super) struct Distros {
    #[command(flatten)]
    format: Format,
}

#[derive(Serialize)]
struct Row {
    slug: &'static str,
    name: &'static str,
    kernel: &'static str,
}

impl Distros {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let rows = distros::ALL.iter().map(|distro| Row {
            slug: distro.slug,
            name: distro.pretty_name,
            kernel: distro.kernels.last().copied().unwrap_or_default(),
        });
        let rows: Vec<_> = rows.collect();
        self.format.print(&rows, |rows| {
            let cells = rows.iter().map(|row| [row.slug, row.name, row.kernel].map(str::to_owned));
            table(["Distro", "Name", "Newest kernel"], cells)
        })?;
        Ok(Exit::Success)
    }
}
