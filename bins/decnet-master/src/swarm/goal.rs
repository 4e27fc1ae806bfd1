//! What is wanted of a host, and whether that is what it says.

use std::{collections::BTreeMap, sync::Arc};

use decnet_proto::{
    agent::{DeckyState, DeckyStatus, HostStatus},
    ids::HostId,
    plan::{FleetPlan, SwarmPlan},
};

/// What is wanted of the whole swarm. Generation 0: nobody ever asked for anything.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) plan: Arc<SwarmPlan>,
}

/// What is wanted of one host.
#[derive(Clone, Debug)]
pub(super) enum Goal {
    /// It runs exactly this.
    Plan(Box<FleetPlan>),
    /// It runs nothing.
    Nothing,
}

impl Wanted {
    pub(super) fn new(plan: SwarmPlan) -> Self {
        Self { plan: Arc::new(plan) }
    }

    pub(super) fn generation(&self) -> u64 {
        self.plan.generation
    }

    /// What is wanted of a host; none while nothing was ever asked for: what runs there is left alone.
    pub(super) fn of(&self, host: HostId) -> Option<Goal> {
        if self.generation() == 0 {
            return None;
        }
        let own = self.plan.hosts.get(&host).filter(|plan| !plan.deckies.is_empty());
        Some(own.map_or(Goal::Nothing, |plan| Goal::Plan(Box::new(plan.clone()))))
    }
}

impl Goal {
    /// Whether a host that has accepted this generation may be left alone.
    pub(super) fn is_generation(&self, accepted: Option<u64>) -> bool {
        match self {
            Self::Plan(plan) => accepted == Some(plan.generation),
            Self::Nothing => accepted.is_none(),
        }
    }

    /// Whether a host runs what is wanted. What runs only in part, or gave way, is for its agent, unless
    /// somebody waits for it: then it is not `enough`.
    pub(super) fn is_met_by(&self, status: &HostStatus, enough: bool) -> bool {
        if status.engine_error.is_some() || !self.is_generation(status.generation) {
            return false;
        }
        let mut there: BTreeMap<&str, DeckyState> = runs(&status.deckies).collect();
        let Self::Plan(plan) = self else { return there.is_empty() };
        let yielded = |name: &str| {
            status.deckies.iter().any(|decky| decky.name == name && decky.state == DeckyState::Yielded)
        };
        let each = plan.deckies.iter().all(|decky| match there.remove(decky.name.as_str()) {
            Some(DeckyState::Up) => true,
            Some(_) => enough,
            None => enough && yielded(decky.name.as_str()),
        });
        each && there.is_empty()
    }
}

/// Deckies of which something runs.
fn runs(deckies: &[DeckyStatus]) -> impl Iterator<Item = (&str, DeckyState)> {
    let there = deckies.iter().filter(|decky| matches!(decky.state, DeckyState::Up | DeckyState::Degraded));
    there.map(|decky| (decky.name.as_str(), decky.state))
}
