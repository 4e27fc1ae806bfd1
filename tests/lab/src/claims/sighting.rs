//! Proving that what a client did was seen, once, and told rightly.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use decnet_proto::{plan::Decky, service::ServiceId};

use crate::{
    lan,
    log::{Follower, Seen},
    wait,
};

/// How long an event may take from the wire to the log.
const LIMIT: Duration = Duration::from_secs(15);

/// What is looked for.
pub(super) struct Sighting<'a> {
    pub(super) decky: &'a Decky,
    pub(super) service: ServiceId,
    pub(super) kind: &'a str,
    /// Fields and their values.
    pub(super) fields: &'a [(&'a str, &'a str)],
}

impl Sighting<'_> {
    /// Reads until the session of the event has ended, and checks that the event appeared
    /// once, from the attacker, at this decky and service.
    pub(super) fn once(&self, follower: &mut Follower) -> Result<Seen> {
        let what = format!("{} at {} with {:?}", self.kind, self.service, self.fields);
        let mut seen: Vec<Seen> = Vec::new();
        let is_whole = |seen: &[Seen]| {
            let found = seen.iter().find(|event| self.is(event));
            found.is_some_and(|event| {
                let session = event.field("session");
                seen.iter().any(|other| other.kind == "disconnect" && other.field("session") == session)
            })
        };
        wait::until(&what, LIMIT, || {
            match follower.read() {
                Ok(more) => seen.extend(more),
                Err(error) => return Some(Err(error)),
            }
            is_whole(&seen).then_some(Ok(()))
        })
        .and_then(|result| result)
        .with_context(|| format!("of {} events, these of the kind: {}", seen.len(), self.similar(&seen)))?;
        let found: Vec<_> = seen.iter().filter(|event| self.is(event)).collect();
        ensure!(found.len() == 1, "{what}: seen {} times", found.len());
        let event = found.first().copied().context("nothing was seen")?;
        self.check_identity(event)?;
        Ok(event.clone())
    }

    fn is(&self, event: &Seen) -> bool {
        event.kind == self.kind && self.fields.iter().all(|(name, value)| event.field(name) == *value)
    }

    fn check_identity(&self, event: &Seen) -> Result<()> {
        let expected = [
            ("decky", event.decky.clone(), self.decky.name.to_string()),
            ("service", event.service.clone(), self.service.to_string()),
            ("src_ip", event.field("src_ip").to_owned(), lan::ATTACKER_IP.to_string()),
            ("dst_ip", event.field("dst_ip").to_owned(), self.decky.persona.ip.to_string()),
        ];
        for (name, found, right) in expected {
            ensure!(found == right, "{name} of the event is {found:?}, and should be {right:?}");
        }
        Ok(())
    }

    fn similar(&self, seen: &[Seen]) -> String {
        let similar = seen.iter().filter(|event| event.kind == self.kind).take(5);
        similar.map(|event| format!("{:?}", event.fields)).collect::<Vec<_>>().join("; ")
    }
}
