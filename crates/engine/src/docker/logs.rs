//! Logs of Docker containers, through the API.
//!
//! Facts of Docker 20.10 that the collector is built on: a reading without `follow` shows the
//! log as it is at one moment, also while the json-file driver rotates; following one loses
//! entries, brings others twice and goes back in time at each rotation. `since` has a
//! resolution of seconds in the client and compares times, which clocks set back make wrong;
//! `tail` counts entries and reads the files from their end, so it is cheap. Every piece of a
//! line that was longer than 16 KiB is an entry with the time of the first.

use std::{collections::HashMap, sync::Arc};

use bollard::{
    container::LogOutput,
    errors::Error,
    models::{ContainerSummary, ContainerSummaryStateEnum, EventMessage},
    query_parameters::{EventsOptionsBuilder, ListContainersOptionsBuilder, LogsOptionsBuilder},
};
use bytes::Bytes;
use decnet_composer::deployment::{Role, label};
use futures_util::{StreamExt as _, TryFutureExt as _};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Docker, failure::is_missing};
use crate::{
    collector::{Change, Changes, Channel, Entries, Entry, LogContainer, LogSource, SourceError},
    error::EngineError,
};

impl LogSource for Arc<Docker> {
    async fn list(&self) -> Result<Vec<LogContainer>, SourceError> {
        let options = ListContainersOptionsBuilder::new()
            .all(true)
            .filters(&HashMap::from([("label", vec![self.fleet_label()])]))
            .build();
        let client = self.client().await.map_err(unreachable)?;
        let listed = client.list_containers(Some(options)).await;
        let listed = listed.map_err(|error| failed("list containers", "", error))?;
        Ok(listed.into_iter().filter_map(container).collect())
    }

    fn changes(&self) -> Changes {
        let docker = Self::clone(self);
        Box::pin(async move { docker.changes_now().await }.try_flatten_stream())
    }

    fn follow(&self, id: &str) -> Entries {
        entries(self, id, true, "0")
    }

    fn read(&self, id: &str, last: Option<u32>) -> Entries {
        entries(self, id, false, &last.map_or_else(|| "all".to_owned(), |last| last.to_string()))
    }
}

impl Docker {
    fn fleet_label(&self) -> String {
        format!("{}={}", label::FLEET, self.settings().fleet)
    }

    async fn changes_now(&self) -> Result<Changes, SourceError> {
        let filters = HashMap::from([
            ("type", vec!["container".to_owned()]),
            ("event", ["start", "die", "destroy"].map(str::to_owned).to_vec()),
            ("label", vec![self.fleet_label()]),
        ]);
        let options = EventsOptionsBuilder::new().filters(&filters).build();
        let events = self.client().await.map_err(unreachable)?.events(Some(options));
        Ok(Box::pin(events.filter_map(async |event| match event {
            Ok(event) => change(event).map(Ok),
            Err(error) => Some(Err(failed("hear of the engine's events", "", error))),
        })))
    }
}

fn entries(docker: &Arc<Docker>, id: &str, follow: bool, tail: &str) -> Entries {
    let options = LogsOptionsBuilder::new()
        .follow(follow)
        .stdout(true)
        .stderr(true)
        .timestamps(true)
        .tail(tail)
        .build();
    let (docker, id) = (Arc::clone(docker), id.to_owned());
    let opened = async move {
        let logs = docker.client().await.map_err(unreachable)?.logs(&id, Some(options));
        let doing = format!("read the log of container {id}");
        Ok(logs.map(move |output| match output {
            Ok(output) => entry(output).ok_or_else(|| unreadable(&doing)),
            Err(error) => Err(failed(&doing, &id, error)),
        }))
    };
    Box::pin(opened.try_flatten_stream())
}

/// A container of the fleet, if its labels say whose it is.
fn container(summary: ContainerSummary) -> Option<LogContainer> {
    let labels = summary.labels.unwrap_or_default();
    let id = summary.id?;
    let name = summary.names.unwrap_or_default().first()?.trim_start_matches('/').to_owned();
    let decky = labels.get(label::DECKY).and_then(|decky| decky.parse().ok());
    let Some(decky) = decky else {
        tracing::debug!("container {name} has no valid label {}: its log is not collected", label::DECKY);
        return None;
    };
    let role = labels.get(label::ROLE).map(String::as_str);
    let ours = [Role::Decoy, Role::Base, Role::Service];
    Some(LogContainer {
        service: labels.get(label::SERVICE).unwrap_or(&name).clone(),
        custom: !ours.iter().any(|known| role == Some(known.name())),
        running: summary.state == Some(ContainerSummaryStateEnum::RUNNING),
        id,
        name,
        decky,
    })
}

fn change(event: EventMessage) -> Option<Change> {
    let id = event.actor?.id?;
    match event.action?.as_str() {
        "start" => Some(Change::Started),
        "die" => Some(Change::Died(id)),
        "destroy" => Some(Change::Removed(id)),
        _ => None,
    }
}

/// Takes `TIME SPACE CONTENT [LF]` apart.
fn entry(output: LogOutput) -> Option<Entry> {
    let (stream, message) = match output {
        LogOutput::StdErr { message } => (Channel::Err, message),
        LogOutput::StdOut { message } | LogOutput::Console { message } => (Channel::Out, message),
        LogOutput::StdIn { .. } => return None,
    };
    let space = message.iter().position(|byte| *byte == b' ')?;
    let time = std::str::from_utf8(message.get(..space)?).ok()?;
    let time = OffsetDateTime::parse(time, &Rfc3339).ok()?.unix_timestamp_nanos();
    let content = message.slice(space + 1..);
    let ends_line = content.last() == Some(&b'\n');
    let bytes = if ends_line { content.slice(..content.len() - 1) } else { content };
    Some(Entry { time: i64::try_from(time).ok()?, stream, bytes: own(&bytes), ends_line })
}

/// A copy, because a slice would keep the whole network buffer alive.
fn own(bytes: &Bytes) -> Bytes {
    Bytes::copy_from_slice(bytes)
}

/// The engine reports errors in the middle of a log as text that has no time.
fn unreadable(doing: &str) -> SourceError {
    let source = "the engine sent something that is no entry".into();
    SourceError::Engine { doing: doing.to_owned(), source }
}

fn failed(doing: &str, id: &str, error: Error) -> SourceError {
    if is_missing(&error) {
        return SourceError::Gone(id.to_owned());
    }
    SourceError::Engine { doing: doing.to_owned(), source: error.into() }
}

fn unreachable(error: EngineError) -> SourceError {
    SourceError::Engine { doing: "reach the engine".to_owned(), source: error.into() }
}
