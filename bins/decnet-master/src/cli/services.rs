//! `services`: what a decky can serve.

use decnet_daemon::Exit;
use decnet_proto::service::{ServiceId, ServiceInfo};
use serde::Serialize;

use crate::output::{Format, table};

#[derive(clap::Args)]
pub(super) struct Services {
    #[command(flatten)]
    format: Format,
}

#[derive(Serialize)]
struct Row {
    slug: &'static str,
    ports: Vec<String>,
    summary: &'static str,
    keys: Vec<Key>,
}

#[derive(Serialize)]
struct Key {
    name: &'static str,
    summary: &'static str,
}

impl Services {
    pub(super) fn run(self) -> anyhow::Result<Exit> {
        let rows: Vec<_> = ServiceId::ALL.iter().map(|service| Row::of(service.info())).collect();
        self.format.print(&rows, |rows| {
            let cells =
                rows.iter().map(|row| [row.slug.to_owned(), row.ports.join(", "), row.summary.to_owned()]);
            table(["Service", "Ports", "What it is"], cells)
        })?;
        Ok(Exit::Success)
    }
}

impl Row {
    fn of(info: &'static ServiceInfo) -> Self {
        Self {
            slug: info.slug,
            ports: info.ports.iter().map(ToString::to_string).collect(),
            summary: info.summary,
            keys: info.keys.iter().map(|key| Key { name: key.name, summary: key.summary }).collect(),
        }
    }
}
