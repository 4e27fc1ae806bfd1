//! What a simulated host runs, by the rules of a real agent.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use decnet_proto::{
    agent::{
        BUSY, CollectorStatus, DeckyState, DeckyStatus, HostStatus, OperationStatus, PLAN_REFUSED,
        StepFailure,
    },
    plan::FleetPlan,
    problem::Problem,
    site::{LinkKind, Site},
};

/// What runs, and what goes wrong.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) plan: Option<FleetPlan>,
    /// Deckies that run.
    pub(crate) up: BTreeSet<String>,
    /// Deckies that cannot be made to run.
    pub(crate) broken: BTreeSet<String>,
    pub(crate) boot: String,
    /// How long an operation takes.
    pub(crate) takes: Duration,
    pub(crate) deploys: u32,
    pub(crate) teardowns: u32,
    pub(crate) images: u32,
    operations: BTreeMap<u64, OperationStatus>,
}

/// A host, shared by its server and its heartbeats.
#[derive(Clone, Debug)]
pub(crate) struct World(Arc<Mutex<State>>, Site);

impl World {
    /// The host of this number, on the LAN of this number.
    pub(crate) fn new(number: u8, lan: u8) -> Self {
        let site = Site {
            interface: "eth0".to_owned(),
            kind: LinkKind::Ethernet,
            mac: None,
            host_ip: Some(format!("10.{lan}.0.{}", 200 + number).parse().unwrap()),
            subnet: Some(format!("10.{lan}.0.0/24").parse().unwrap()),
            gateway: Some(format!("10.{lan}.0.1").parse().unwrap()),
            in_use: None,
        };
        let state = State { boot: "first".to_owned(), ..State::default() };
        Self(Arc::new(Mutex::new(state)), site)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(crate) fn site(&self) -> Site {
        self.1.clone()
    }

    /// Names of what runs.
    pub(crate) fn runs(&self) -> BTreeSet<String> {
        self.state().up.clone()
    }

    /// Forgets everything, as a host whose disk was replaced.
    pub(crate) fn lose_everything(&self) {
        let mut state = self.state();
        *state = State { boot: format!("{}, again", state.boot), takes: state.takes, ..State::default() };
    }

    pub(crate) fn status(&self) -> HostStatus {
        let state = self.state();
        let planned = state.plan.iter().flat_map(|plan| &plan.deckies);
        let status = |name: &str, ip| DeckyStatus {
            name: name.to_owned(),
            ip,
            hostname: String::new(),
            archetype: None,
            state: if state.up.contains(name) { DeckyState::Up } else { DeckyState::Absent },
            services: Vec::new(),
        };
        let mut deckies: Vec<_> =
            planned.map(|decky| status(decky.name.as_str(), Some(decky.persona.ip))).collect();
        let names: BTreeSet<_> = deckies.iter().map(|decky| decky.name.clone()).collect();
        deckies.extend(state.up.difference(&names).map(|name| status(name, None)));
        HostStatus {
            generation: state.plan.as_ref().map(|plan| plan.generation),
            driver: None,
            deckies,
            collector: CollectorStatus::default(),
            engine_error: None,
            swarm: None,
        }
    }

    /// Takes a plan on as an agent does, or says why not.
    pub(crate) fn deploy(&self, plan: FleetPlan, no_cache: bool) -> Result<u64, Problem> {
        let refused = |title: &str, detail: String| Problem { status: 409, title: title.to_owned(), detail };
        {
            let state = self.state();
            if let Some(accepted) = &state.plan {
                if plan.generation < accepted.generation {
                    return Err(refused(PLAN_REFUSED, format!("older than {}", accepted.generation)));
                }
                if plan.generation == accepted.generation && plan != *accepted {
                    return Err(refused(PLAN_REFUSED, "another plan of this number".to_owned()));
                }
            }
        }
        let id = self.begin(u32::try_from(plan.deckies.len()).unwrap())?;
        let mut state = self.state();
        state.deploys += 1;
        state.images += u32::from(no_cache);
        let wanted: BTreeSet<_> = plan.deckies.iter().map(|decky| decky.name.to_string()).collect();
        state.plan = Some(plan);
        drop(state);
        self.finish_later(id, wanted);
        Ok(id)
    }

    /// Takes everything down.
    pub(crate) fn teardown(&self) -> Result<u64, Problem> {
        let id = self.begin(1)?;
        let mut state = self.state();
        state.teardowns += 1;
        state.plan = None;
        drop(state);
        self.finish_later(id, BTreeSet::new());
        Ok(id)
    }

    pub(crate) fn operation(&self, id: u64) -> Option<OperationStatus> {
        self.state().operations.get(&id).cloned()
    }

    fn begin(&self, total: u32) -> Result<u64, Problem> {
        let mut state = self.state();
        if state.operations.values().any(|operation| !operation.finished) {
            return Err(Problem { status: 409, title: BUSY.to_owned(), detail: "wait".to_owned() });
        }
        let id = state.operations.keys().max().unwrap_or(&0) + 1;
        let status = OperationStatus {
            revision: 1,
            total,
            done: 0,
            current: "make it so".to_owned(),
            failures: Vec::new(),
            finished: false,
        };
        state.operations.insert(id, status);
        Ok(id)
    }

    fn finish_later(&self, id: u64, wanted: BTreeSet<String>) {
        let world = self.clone();
        tokio::spawn(async move {
            let takes = world.state().takes;
            tokio::time::sleep(takes).await;
            let mut state = world.state();
            // Who lost everything has also lost this.
            if !state.operations.contains_key(&id) {
                return;
            }
            let failed: Vec<_> = wanted.intersection(&state.broken).cloned().collect();
            state.up = wanted.difference(&state.broken).cloned().collect();
            let operation = state.operations.get_mut(&id).unwrap();
            operation.failures = failed
                .into_iter()
                .map(|subject| StepFailure {
                    subject,
                    step: "start container".to_owned(),
                    error: "no such image".to_owned(),
                })
                .collect();
            operation.done = operation.total;
            operation.revision += 1;
            operation.finished = true;
        });
    }
}
