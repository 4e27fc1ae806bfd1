//! `status`: which identity, until when.

use std::fmt::Write as _;

use decnet_membership::Membership;
use decnet_proto::{
    ids::{HostId, HostName},
    swarm::operator::Profile,
};
use serde::Serialize;

/// What is known of the updater.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Whether it is in a swarm, with certificates that are good now.
    pub healthy: bool,
    /// Its place, if it has one.
    pub swarm: Option<Place>,
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
    /// Of a place, or of none.
    pub fn of(membership: Option<&Membership>) -> Self {
        let swarm = membership.map(Place::of);
        let healthy = swarm.as_ref().is_some_and(|place| place.certificates.iter().all(|one| one.good));
        Self { healthy, swarm }
    }

    /// For people.
    pub fn describe(&self) -> String {
        let Some(place) = &self.swarm else {
            return "This host's updater is in no swarm: `decnet-updater join` with a token lets it in.\n"
                .to_owned();
        };
        let mut text =
            format!("Host        {} ({})\nController  {}\n", place.name, place.host, place.controller);
        for Certificate { profile, until, days_left, good } in &place.certificates {
            let word = if *good { "good until" } else { "not good: until" };
            let _ = writeln!(text, "{profile}  {word} {until} ({days_left} days)");
        }
        text
    }
}

impl Place {
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
        }
    }
}
