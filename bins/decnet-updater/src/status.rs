//! `status`: which identity, until when; which releases, and how the last change went.

use std::fmt::Write as _;

use decnet_membership::Membership;
use decnet_proto::{
    ids::{HostId, HostName},
    problem::chain,
    swarm::{
        operator::Profile,
        updater::{Chain, Conclusion, Line, Origin, Phase, Releases, Standing},
    },
};
use serde::Serialize;

use crate::{changes, settings::Folders};

/// What is known of the updater.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Whether it is in a swarm, with certificates that are good now.
    pub healthy: bool,
    /// Its place, if it has one.
    pub swarm: Option<Place>,
    /// Which releases the host has, as far as they can be read.
    pub releases: Result<Releases, String>,
}

/// Its place in the swarm.
#[derive(Debug, Serialize)]
pub struct Place {
    /// The host's id.
    pub host: HostId,
    /// What the host is called.
    pub name: HostName,
    /// Where the controller is.
    pub controller: String,
    /// Its certificates.
    pub certificates: Vec<Certificate>,
    /// Whether it knows whose releases to take.
    pub is_keyed: bool,
}

/// A certificate.
#[derive(Debug, Serialize)]
pub struct Certificate {
    /// What it is for.
    pub profile: Profile,
    /// When it runs out.
    pub until: String,
    /// Whole days that are left.
    pub days_left: i64,
    /// Whether it is good now.
    pub good: bool,
}

impl Report {
    /// Of a place, or of none, and of the releases in these folders.
    pub fn of(membership: Option<&Membership>, folders: &Folders) -> Self {
        let swarm = membership.map(Place::of);
        let healthy = swarm.as_ref().is_some_and(|place| place.certificates.iter().all(|one| one.good));
        let now =
            Chain::ALL.into_iter().find_map(|chain| changes::open_change(&folders.layout(chain), chain));
        let releases = changes::read(folders, now.as_ref()).map_err(|error| chain(&*error));
        Self { healthy, swarm, releases }
    }

    /// For people.
    pub fn describe(&self) -> String {
        let place = self.swarm.as_ref().map_or_else(
            || {
                "This host's updater is in no swarm: `decnet-updater join` with a token lets it in.\n"
                    .to_owned()
            },
            Place::describe,
        );
        let releases = match &self.releases {
            Ok(releases) => describe("worker", &releases.worker) + &describe("updater", &releases.updater),
            Err(error) => format!("Releases    cannot be read: {error}\n"),
        };
        place + &releases
    }
}

impl Place {
    fn describe(&self) -> String {
        let Self { host, name, controller, certificates, is_keyed } = self;
        let mut text = format!("Host        {name} ({host})\nController  {controller}\n");
        for Certificate { profile, until, days_left, good } in certificates {
            let word = if *good { "good until" } else { "not good: until" };
            let _ = writeln!(text, "{profile}  {word} {until} ({days_left} days)");
        }
        if !is_keyed {
            text.push_str("No release is taken: nobody told whose when the updater joined\n");
        }
        text
    }

    fn of(membership: &Membership) -> Self {
        let (file, now) = (membership.file(), membership.clock().now());
        let certificates = membership.expiries().map(|(profile, expiry)| Certificate {
            profile,
            until: expiry.until(),
            days_left: expiry.days_left(now),
            good: expiry.not_before <= now && !expiry.is_over(now),
        });
        Self {
            host: file.id,
            name: file.name.clone(),
            controller: file.controller.clone(),
            certificates: certificates.into(),
            is_keyed: membership.release_key().is_ok_and(|key| key.is_some()),
        }
    }
}

/// How far a change is, for people.
const fn word(phase: Phase) -> &'static str {
    match phase {
        Phase::Receiving => "it is taken in",
        Phase::Staged => "it is on disk",
        Phase::Switched => "it is switched to",
        Phase::Probing => "it must prove itself",
        Phase::Reverting => "it did not do, and the one before is switched to",
    }
}

/// A chain, for people.
fn describe(chain: &str, line: &Line) -> String {
    let mut text = match &line.current {
        Some(current) => format!("Release     {chain} {} {}\n", current.version, current.digest),
        None => format!("Release     {chain} is of none\n"),
    };
    for release in &line.releases {
        let standing = match release.standing {
            Standing::Good => "good",
            Standing::Failed => "failed",
            Standing::Untried => "untried",
        };
        let origin = match release.origin {
            Origin::Package => "of a package",
            Origin::Push => "pushed",
        };
        let short: String = release.name.digest.chars().take(12).collect();
        let _ = writeln!(text, "            {} {short} ({standing}, {origin})", release.name.version);
    }
    if let Some(change) = &line.change {
        let to = change.to.as_ref().map_or("a release that comes", |to| &to.version);
        let _ = writeln!(text, "Change      to {to}: {}", word(change.phase));
    }
    if let Some(last) = &line.last {
        let word = match last.result {
            Conclusion::Committed => "done",
            Conclusion::RolledBack => "undone",
            Conclusion::Broken => "undone, and not healthy",
            Conclusion::Abandoned => "given up",
        };
        let _ = writeln!(text, "Last change to {} {}: {word}", last.to.version, last.to.digest);
        for output in last.output.lines() {
            let _ = writeln!(text, "            {output}");
        }
    }
    text
}
