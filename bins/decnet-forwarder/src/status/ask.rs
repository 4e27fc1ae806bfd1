//! Asking the one that runs, and reading what is left where none does.

use std::time::Duration;

use anyhow::Context as _;
use decnet_api::{
    client::{CallError, Client, Way},
    status::STATUS_PATH,
};
use decnet_logship::{ledger, position::Position, tail::backlog};

use super::Report;
use crate::settings::Places;

/// How long one that runs may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How it goes with the forwarder of these places.
///
/// # Errors
/// None answers, and what it left cannot be read.
pub async fn look(places: &Places) -> anyhow::Result<Report> {
    match ask(places).await {
        Ok(Some(report)) => Ok(report),
        // Whatever is on that port, it is no forwarder of this ledger.
        Ok(None) | Err(_) => left(places),
    }
}

async fn ask(places: &Places) -> Result<Option<Report>, CallError> {
    let Some(address) = places.status else { return Ok(None) };
    let client = Client::new(Way::Plain(address.to_string())).with_patience(PATIENCE);
    let report: Report = client.get("GET", STATUS_PATH).await?;
    Ok((report.state == places.ledger).then_some(report))
}

/// By what is on disk.
fn left(places: &Places) -> anyhow::Result<Report> {
    const UNREADABLE: &str = "no forwarder answers, and what the last one left cannot be read";
    let known = ledger::read(&places.ledger).context(UNREADABLE)?;
    let lag_bytes = backlog(&places.log, &known).context(UNREADABLE)?;
    let last = known.iter().rfind(|known| known.acknowledged > 0);
    let acknowledged =
        last.map(|known| Position { generation: known.generation, offset: known.acknowledged });
    Ok(Report { lag_bytes, acknowledged, ..Report::new(None, places) })
}
