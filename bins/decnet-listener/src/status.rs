//! How the listener goes: on its status port, and as `status` asks there.

use std::{collections::BTreeMap, fmt::Write as _, net::SocketAddr, sync::Arc};

use anyhow::Context as _;
use decnet_api::{
    client::{Client, Way},
    status::STATUS_PATH,
};
use decnet_event::Timestamp;
use decnet_logship::position::Position;
use decnet_pki::refusals::Reason;
use decnet_proto::ids::{HostId, HostName};
use decnet_shipping::Artifacts;
use serde::{Deserialize, Serialize};

use crate::{artifacts::Counts, door::Turned, hosts::Tally, relay, watch::Watch};

/// How the listener goes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Whether everything works: what comes can be kept and written, and it is known who may bring it.
    pub healthy: bool,
    /// Its process.
    pub pid: u32,
    /// Connections of peers that said who they are.
    pub connections: usize,
    /// Connections of peers that have not yet said it.
    pub handshakes: usize,
    /// Bytes that came and are not yet durable.
    pub unkept_bytes: usize,
    /// Who may bring logs.
    pub roster: Roster,
    /// What is durable.
    pub spool: Spool,
    /// What is written from it.
    pub derived: Derived,
    /// How handing on goes, if that is what is done with it.
    pub relayed: Option<Relayed>,
    /// What came of artifacts.
    pub artifacts: Counts,
    /// How many connections were refused or ended, by reason.
    pub refused: BTreeMap<String, u64>,
    /// Every host that came since the start.
    pub hosts: Vec<Host>,
}

/// Who may bring logs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Roster {
    /// How many certificates.
    pub certificates: usize,
    /// How long ago the controller said so, in seconds.
    pub age: Option<u64>,
    /// Whether that is too long, and nobody is let in.
    pub stale: bool,
}

/// What is durable.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spool {
    /// Its bytes on disk.
    pub bytes: u64,
    /// Why nothing can be made durable, if it cannot: as when the disk is full.
    pub trouble: Option<String>,
    /// How often it could not, since the start.
    pub failures: u64,
}

/// What is written from the spool, since the start.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Derived {
    /// Lines.
    pub lines: u64,
    /// Lines among them that have no record, because they are none of ours.
    pub undecodable: u64,
    /// Gaps that were told.
    pub gaps: u64,
    /// Segments of the spool that are damaged.
    pub damaged: u64,
    /// Why nothing can be written, if it cannot.
    pub trouble: Option<String>,
}

/// How handing on to the master's own listener goes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Relayed {
    /// Where that is.
    pub to: String,
    /// Whether it takes what we have.
    pub connected: bool,
    /// How many acknowledgements came since the start.
    pub acknowledgements: u64,
    /// Captured files.
    pub artifacts: Artifacts,
    /// What went wrong last, until it works.
    pub trouble: Option<String>,
}

/// A host that came since the start.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Host {
    /// Its id.
    pub id: HostId,
    /// What it is called.
    pub name: HostName,
    /// How many connections it has.
    pub connections: usize,
    /// When it was heard last.
    pub heard: Option<String>,
    /// Bytes that it sent.
    pub bytes: u64,
    /// Lines that were acknowledged.
    pub lines: u64,
    /// Gaps that it told.
    pub gaps: u64,
    /// What was acknowledged last.
    pub acknowledged: Option<Position>,
}

impl Report {
    /// As it is now.
    pub(crate) fn of(watch: &Arc<Watch>) -> Self {
        let hall = &watch.hall;
        let desk = &hall.desk;
        let age = hall.roster.age().map(|age| age.as_secs());
        let stale = hall.roster.is_stale();
        let (kept, written) = (watch.keeping.trouble(), watch.derived.alarm.trouble());
        let counts = watch.derived.counts();
        let relayed = watch.relayed.as_ref().map(relay::Relayed::standing);
        Self {
            healthy: !stale
                && kept.is_none()
                && written.is_none()
                && relayed.as_ref().is_none_or(|relayed| relayed.connected),
            pid: std::process::id(),
            connections: hall.present(),
            handshakes: hall.knocking(),
            unkept_bytes: desk.limits.unkept_of_all.saturating_sub(desk.room.available_permits()),
            roster: Roster { certificates: hall.roster.len(), age, stale },
            spool: Spool { bytes: watch.spool_bytes(), trouble: kept, failures: watch.keeping.count() },
            derived: Derived {
                lines: counts.lines,
                undecodable: counts.undecodable,
                gaps: counts.gaps,
                damaged: counts.damaged,
                trouble: written,
            },
            relayed,
            artifacts: hall.artifacts.counts(),
            refused: refused(watch),
            hosts: desk.hosts.snapshot().into_iter().map(Host::of).collect(),
        }
    }

    /// Of the listener that tells it there.
    ///
    /// # Errors
    /// None does.
    pub async fn ask(address: SocketAddr) -> anyhow::Result<Self> {
        let client = Client::new(Way::Plain(address.to_string()));
        client.get("GET", STATUS_PATH).await.context("the listener does not answer")
    }

    /// For people.
    pub fn describe(&self) -> String {
        let mut text = format!(
            "Listener     process {}, {}\nConnections  {}, and {} that have not said who they are\n",
            self.pid,
            if self.healthy { "well" } else { "not well" },
            self.connections,
            self.handshakes
        );
        let age = self.roster.age.map_or("never heard".to_owned(), |age| format!("heard {age} s ago"));
        let stale = if self.roster.stale { ": too old, nobody is let in" } else { "" };
        let _ = writeln!(text, "Roster       {} certificates, {age}{stale}", self.roster.certificates);
        let trouble = |trouble: &Option<String>| {
            trouble.as_ref().map_or(String::new(), |trouble| format!("; NOT WRITTEN: {trouble}"))
        };
        let _ = writeln!(text, "Spool        {} bytes{}", self.spool.bytes, trouble(&self.spool.trouble));
        if let Some(Relayed { to, connected, trouble: why, .. }) = &self.relayed {
            let word = if *connected { "connected" } else { "not connected" };
            let _ = writeln!(text, "Handed on    to {to}, {word}{}", trouble(why));
        } else {
            let Derived { lines, gaps, undecodable, .. } = self.derived;
            let _ = writeln!(
                text,
                "Log          {lines} lines ({undecodable} without a record), {gaps} gaps{}",
                trouble(&self.derived.trouble)
            );
        }
        let not_taken: u64 = self.artifacts.refused.values().sum();
        let _ =
            writeln!(text, "Artifacts    {} kept, {not_taken} times one was not taken", self.artifacts.kept);
        for (reason, count) in self.refused.iter().filter(|(_, count)| **count > 0) {
            let _ = writeln!(text, "Refused      {count} ({reason})");
        }
        for host in &self.hosts {
            let _ = writeln!(text, "{}", host.describe());
        }
        text
    }
}

impl Host {
    fn of((id, tally): (HostId, Tally)) -> Self {
        let Tally { name, connections, heard, bytes, lines, gaps, kept, .. } = tally;
        let heard = heard.map(|micros| Timestamp(micros).to_string());
        Self { id, name, connections, heard, bytes, lines, gaps, acknowledged: kept }
    }

    fn describe(&self) -> String {
        let Self { id, name, connections, lines, gaps, .. } = self;
        let heard = self.heard.as_deref().unwrap_or("never");
        let up_to = self.acknowledged.map_or("nothing".to_owned(), |position| {
            format!("byte {} of {}", position.offset, position.generation)
        });
        format!(
            "{name} ({id})  {connections} connections, heard {heard}, {lines} lines, {gaps} gaps, acknowledged {up_to}"
        )
    }
}

/// Refusals of certificates, and of connections.
fn refused(watch: &Watch) -> BTreeMap<String, u64> {
    let certificates = Reason::ALL
        .into_iter()
        .map(|reason| (reason.word().to_owned(), watch.membership.refusals().count(reason)));
    let connections =
        Turned::ALL.into_iter().map(|turned| (turned.word().to_owned(), watch.hall.count(turned)));
    certificates.chain(connections).collect()
}
