//! What came of a deployment.

use std::{
    io::{self, Write as _},
    net::Ipv4Addr,
};

use decnet_daemon::Exit;
use decnet_proto::{
    agent::StepFailure,
    plan::{Decky, FleetPlan},
};
use serde::Serialize;

use crate::{
    deployment::service_names,
    output::{Format, table},
};

/// The fleet as planned, and what failed of it.
#[derive(Serialize)]
pub(crate) struct Report {
    generation: u64,
    deckies: Vec<Row>,
    failures: Vec<StepFailure>,
}

/// A decky, without its secrets.
#[derive(Serialize)]
pub(super) struct Row {
    name: String,
    ip: Ipv4Addr,
    services: Vec<String>,
    hostname: String,
    archetype: Option<String>,
}

impl Report {
    pub(crate) fn new(plan: &FleetPlan, failures: Vec<StepFailure>) -> Self {
        Self { generation: plan.generation, deckies: rows(plan), failures }
    }

    /// Prints it, and says how to exit.
    pub(crate) fn print(&self, format: Format) -> anyhow::Result<Exit> {
        format.print(self, |report| deckies(&report.deckies))?;
        report_failures(&self.failures);
        Ok(if self.failures.is_empty() { Exit::Success } else { Exit::Failure })
    }
}

/// Tells each failure on stderr.
pub(crate) fn report_failures(failures: &[StepFailure]) {
    for StepFailure { subject, step, error } in failures {
        // There is nowhere left to complain to.
        let _ = writeln!(io::stderr(), "failed: {subject}: {step}: {error}");
    }
}

/// The deckies of a plan.
pub(super) fn rows(plan: &FleetPlan) -> Vec<Row> {
    plan.deckies.iter().map(Row::of).collect()
}

/// The deckies as a table.
pub(super) fn deckies(rows: &[Row]) -> String {
    let cells = rows
        .iter()
        .map(|row| [row.name.clone(), row.ip.to_string(), row.services.join(", "), row.hostname.clone()]);
    table(["Decky", "IP", "Services", "Hostname"], cells)
}

impl Row {
    fn of(decky: &Decky) -> Self {
        Self {
            name: decky.name.to_string(),
            ip: decky.persona.ip,
            services: service_names(decky),
            hostname: decky.persona.hostname.clone(),
            archetype: decky.archetype.clone(),
        }
    }
}
