//! Which host each decky stands on: where it stood, or else in turn on those that can be reached.

use std::{collections::BTreeMap, net::Ipv4Addr};

use decnet_proto::{
    ids::{DeckyName, HostId},
    plan::SwarmPlan,
};

use super::swarm::Host;
use crate::{
    diagnostic::{Diagnostics, Place},
    fleet::DeckySpec,
};

/// The place of each decky's host among `hosts`; those without one are reported.
///
/// A decky stays where it is for as long as its host is in the swarm, also when that cannot be
/// reached just now: it may well run there. The others go, one after the other, to the host with
/// the fewest deckies, the first of them by order.
pub(super) fn place(
    deckies: &[DeckySpec],
    hosts: &[Host<'_>],
    previous: Option<&SwarmPlan>,
    found: &mut Diagnostics,
) -> Vec<Option<usize>> {
    let stood = stood(previous);
    let mut counts = vec![0_usize; hosts.len()];
    let mut places: Vec<Option<usize>> = deckies
        .iter()
        .map(|decky| {
            let id = stood.get(&decky.name)?;
            let at = hosts.iter().position(|host| host.id == *id && host.suits(pinned(decky)))?;
            count(&mut counts, at);
            Some(at)
        })
        .collect();
    for (decky, place) in deckies.iter().zip(&mut places).filter(|(_, place)| place.is_none()) {
        let candidates =
            hosts.iter().enumerate().filter(|(_, host)| host.reachable && host.suits(pinned(decky)));
        let least = candidates.map(|(at, _)| at).min_by_key(|at| counts.get(*at).copied());
        match least {
            Some(at) => {
                count(&mut counts, at);
                *place = Some(at);
            }
            None => tell(decky, hosts, found),
        }
    }
    places
}

fn stood(previous: Option<&SwarmPlan>) -> BTreeMap<&DeckyName, HostId> {
    let hosts = previous.into_iter().flat_map(|plan| &plan.hosts);
    hosts.flat_map(|(id, plan)| plan.deckies.iter().map(|decky| (&decky.name, *id))).collect()
}

fn pinned(decky: &DeckySpec) -> Option<Ipv4Addr> {
    decky.ip.as_ref().map(|ip| ip.value)
}

fn count(counts: &mut [usize], at: usize) {
    if let Some(count) = counts.get_mut(at) {
        *count += 1;
    }
}

fn tell(decky: &DeckySpec, hosts: &[Host<'_>], found: &mut Diagnostics) {
    let reachable = hosts.iter().filter(|host| host.reachable).count();
    match (&decky.ip, reachable) {
        (_, 0) => {
            let message = "no host of the swarm can be reached: see `decnet-master swarm list`";
            // Once is enough, for all deckies.
            if !found.0.iter().any(|diagnostic| diagnostic.message == message) {
                found.error(&Place::Fleet, message);
            }
        }
        (Some(ip), _) => {
            found.error(&ip.place, format!("{} is in the subnet of no host that can be reached", ip.value));
        }
        (None, _) => found.error(&decky.place, "no host that can be reached has a known subnet"),
    }
}
