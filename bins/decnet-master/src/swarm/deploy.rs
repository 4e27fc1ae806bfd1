//! Deployments: the controller plans, and the loops do the rest.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use anyhow::Context as _;
use decnet_composer::{
    diagnostic::{Checked, Diagnostics},
    fleet::{FleetSpec, MAX_DECKIES},
    plan::{self, plan_swarm},
};
use decnet_proto::{
    ids::{HostId, SecretKey},
    plan::{Decky, FleetPlan, SwarmPlan},
    site::Site,
    swarm::operator::{DeployRequest, HostResult, OperationKind, OperationView, ResultState, ShardState},
};
use decnet_store::{Host, NewShard, Number, StoreError};
use sha2::{Digest as _, Sha256};
use tokio::task::JoinSet;

use super::{caller::Actor, controller::Controller, goal::Wanted, operations::Journal, refusal::Refusal};
use crate::{
    deployment::service_names,
    fleet::{Purpose, Seed, dry_run_seed, load_or_make_seed},
};

/// Name under which the store keeps the generation of the last deployment.
const DEPLOYED: &str = "deployed-generation";

/// What came of a request to deploy.
#[derive(Debug)]
pub(super) enum Deployed {
    /// The operation that does it.
    Accepted(u64),
    /// What it would do.
    Preview(Box<OperationView>),
}

/// A host that was asked where it stands.
#[derive(Debug)]
struct Surveyed {
    host: Host,
    /// Where it says it stands, or why it does not answer.
    answer: Result<Option<Site>, String>,
}

impl Surveyed {
    /// Its place, as it says now or said last.
    fn site(&self) -> Option<&Site> {
        self.answer.as_ref().ok().and_then(Option::as_ref).or(self.host.view.site.as_ref())
    }
}

impl Controller {
    /// Makes the swarm run exactly this fleet.
    pub(super) async fn deploy(
        self: &Arc<Self>,
        actor: &Actor,
        request: DeployRequest<FleetSpec>,
    ) -> Result<Deployed, Refusal> {
        if request.fleet.deckies.len() > MAX_DECKIES {
            return Err(Refusal::Value(format!("a fleet has at most {MAX_DECKIES} deckies")));
        }
        let surveyed = self.survey().await?;
        let _turn = self.deciding.lock().await;
        let seed = self.seed(request.dry_run)?;
        let Checked { value: plan, warnings } = self.plan(request.fleet, &surveyed, seed).await?;
        if request.dry_run {
            return Ok(Deployed::Preview(Box::new(preview(&plan, &surveyed, &warnings, actor, self.now()))));
        }
        let concerned = self.concerned(&plan).await?;
        let (plan, is_new) = self.numbered(plan).await?;
        let journal =
            Journal { generation: plan.generation, no_cache: request.no_cache, ..Journal::default() };
        if !is_new && let Some(same) = self.open.same(OperationKind::Deploy, &journal) {
            return Ok(Deployed::Accepted(same));
        }
        let operation = self.begin(OperationKind::Deploy, actor, journal, concerned.clone()).await?;
        for warning in &warnings.0 {
            self.note(operation, warning.to_string()).await?;
        }
        if is_new {
            self.want(plan).await?;
        }
        self.poke_all().await?;
        Ok(Deployed::Accepted(operation))
    }

    /// Asks every host at once where it stands.
    async fn survey(self: &Arc<Self>) -> Result<Vec<Surveyed>, Refusal> {
        let hosts = self.members().await?;
        if hosts.is_empty() {
            return Err(Refusal::NoHosts);
        }
        let mut asking = JoinSet::new();
        for host in hosts {
            let controller = Arc::clone(self);
            asking.spawn(async move {
                let site = async {
                    let agent = controller.agent(&host)?;
                    // Who is not there is not waited for as long as a survey may take.
                    agent.health().await?;
                    agent.site().await
                };
                let answer = match site.await {
                    Ok(site) => Ok(Some(site)),
                    Err(error) if error.is_answer() => Ok(None),
                    Err(error) => Err(error.text()),
                };
                Surveyed { host, answer }
            });
        }
        let mut surveyed = Vec::new();
        // One that broke off has no answer: the controller is just ending.
        while let Some(asked) = asking.join_next().await {
            surveyed.extend(asked.ok());
        }
        surveyed.sort_by(|a, b| a.host.view.name.cmp(&b.host.view.name));
        if surveyed.iter().all(|host| host.answer.is_err()) {
            let reasons = surveyed.iter().filter_map(|surveyed| {
                Some(format!("{}: {}", surveyed.host.view.name, surveyed.answer.as_ref().err()?))
            });
            return Err(Refusal::NoneReachable(reasons.take(5).collect::<Vec<_>>().join("; ")));
        }
        Ok(surveyed)
    }

    /// The fleet's seed; a dry run makes none.
    fn seed(&self, dry_run: bool) -> anyhow::Result<SecretKey> {
        if !dry_run {
            return load_or_make_seed(&self.settings.state);
        }
        match dry_run_seed(&self.settings.state, Purpose::Preview)? {
            Seed::Own(seed) | Seed::Other(seed) => Ok(seed),
        }
    }

    async fn plan(
        &self,
        fleet: FleetSpec,
        surveyed: &[Surveyed],
        seed: SecretKey,
    ) -> Result<Checked<SwarmPlan>, Refusal> {
        let places = surveyed.iter().filter_map(|surveyed| {
            let (view, site) = (&surveyed.host.view, surveyed.site()?.clone());
            Some((view.uuid, view.name.to_string(), site, view.use_ipvlan, surveyed.answer.is_ok()))
        });
        let places: Vec<_> = places.collect();
        let (previous, now) = (self.undisputed(surveyed).await?, self.now());
        let work = move || {
            let hosts = places.iter().map(|(id, name, site, ipvlan, reachable)| plan::Host {
                id: *id,
                name,
                site,
                ipvlan: *ipvlan,
                reachable: *reachable,
            });
            plan_swarm(&fleet, &hosts.collect::<Vec<_>>(), &seed, now, previous.as_ref())
        };
        let planned = tokio::task::spawn_blocking(work).await.context("planning broke off")?;
        planned.map_err(Refusal::Fleet)
    }

    /// The last fleet, but for deckies that gave way to a machine that is still there: they get
    /// another address.
    async fn undisputed(&self, surveyed: &[Surveyed]) -> Result<Option<SwarmPlan>, Refusal> {
        let Some(mut plan) = self.deployed().await? else { return Ok(None) };
        for shard in self.store.shard_list(None, Some(ShardState::Yielded)).await? {
            let host = surveyed.iter().find(|surveyed| surveyed.host.view.uuid == shard.host_uuid);
            let in_use = host.and_then(Surveyed::site).and_then(|site| site.in_use.as_ref());
            if in_use.is_some_and(|in_use| in_use.contains(&shard.ip))
                && let Some(plan) = plan.hosts.get_mut(&shard.host_uuid)
            {
                plan.deckies.retain(|decky| decky.name != shard.decky_name);
            }
        }
        Ok(Some(plan))
    }

    /// The last fleet that was deployed, whatever was taken down since: what comes back is what it was.
    async fn deployed(&self) -> anyhow::Result<Option<SwarmPlan>> {
        let generation = self.store.meta_get(DEPLOYED).await?.and_then(|text| text.parse().ok());
        generation.map(|generation| self.plans.read(generation)).transpose()
    }

    /// Gives a plan its number and stores it, unless it is what is wanted already: whether it is new.
    async fn numbered(&self, mut plan: SwarmPlan) -> Result<(SwarmPlan, bool), Refusal> {
        let wanted = Arc::clone(&self.wanted.borrow().plan);
        renumbered(&mut plan, wanted.generation);
        if wanted.generation > 0 && *wanted == plan {
            return Ok((plan, false));
        }
        renumbered(&mut plan, self.next_generation().await?);
        self.plans.store(&plan)?;
        self.store.meta_set(DEPLOYED, plan.generation.to_string()).await?;
        Ok((plan, true))
    }

    /// Larger than any number that was ever given or is known of any host.
    pub(super) async fn next_generation(&self) -> Result<u64, Refusal> {
        let hosts = self.store.host_list(None).await?;
        let observed = hosts.iter().filter_map(|host| host.view.observed).max().unwrap_or(0);
        let stored = self.plans.newest()?.max(self.store.number(Number::Generation).await?);
        Ok(stored.max(observed) + 1)
    }

    /// Hosts of the swarm that have deckies, or get some.
    pub(super) async fn concerned(&self, plan: &SwarmPlan) -> Result<Vec<HostId>, StoreError> {
        let shards = self.store.shard_list(None, None).await?;
        let have = shards.iter().filter(|shard| shard.state != ShardState::LeftBehind);
        let get = plan.hosts.iter().filter(|(_, plan)| !plan.deckies.is_empty());
        let all: BTreeSet<_> = have.map(|shard| shard.host_uuid).chain(get.map(|(id, _)| *id)).collect();
        let members = self.members().await?;
        Ok(members.iter().map(|host| host.view.uuid).filter(|id| all.contains(id)).collect())
    }

    /// This is wanted from now on. Whoever calls has the turn to decide.
    pub(super) async fn want(&self, plan: SwarmPlan) -> Result<(), StoreError> {
        let members: BTreeSet<_> = self.members().await?.iter().map(|host| host.view.uuid).collect();
        let here = plan.hosts.iter().filter(|(id, _)| members.contains(id));
        let shards = here.flat_map(|(id, plan)| plan.deckies.iter().map(|decky| shard(*id, plan, decky)));
        self.store.shard_desire(plan.generation, shards.collect(), self.now()).await?;
        let used = [plan.generation];
        self.wanted.send_replace(Wanted::new(plan));
        if let Err(error) = self.prune(&used).await {
            tracing::warn!("old plans stay: {error:#}");
        }
        Ok(())
    }

    async fn prune(&self, used: &[u64]) -> anyhow::Result<()> {
        let deployed = self.store.meta_get(DEPLOYED).await?.and_then(|text| text.parse().ok());
        self.plans.prune(&[used, deployed.as_slice()].concat())
    }

    /// What is wanted gets a number above that of a host which has accepted more than was ever
    /// wanted: the store is older than the swarm.
    pub(super) async fn renumber(self: &Arc<Self>, above: u64) -> anyhow::Result<()> {
        let _turn = self.deciding.lock().await;
        let mut plan = self.wanted.borrow().plan.as_ref().clone();
        if plan.generation > above {
            return Ok(());
        }
        let next = self.next_generation().await.map_err(anyhow::Error::new)?.max(above + 1);
        tracing::warn!("a host has accepted plan {above}: what is wanted becomes plan {next}");
        let deployed = self.store.meta_get(DEPLOYED).await?;
        let was_deployed = deployed.is_some_and(|text| text == plan.generation.to_string());
        renumbered(&mut plan, next);
        self.plans.store(&plan)?;
        if was_deployed {
            self.store.meta_set(DEPLOYED, next.to_string()).await?;
        }
        self.want(plan).await?;
        Ok(self.poke_all().await?)
    }

    /// Has the loop of every host look again.
    pub(super) async fn poke_all(self: &Arc<Self>) -> Result<(), StoreError> {
        self.members().await?.iter().for_each(|host| self.poke(host.view.uuid));
        Ok(())
    }
}

fn renumbered(plan: &mut SwarmPlan, generation: u64) {
    plan.generation = generation;
    plan.hosts.values_mut().for_each(|plan| plan.generation = generation);
}

/// A decky as it is wanted on a host.
fn shard(host: HostId, plan: &FleetPlan, decky: &Decky) -> NewShard {
    // What cannot be written as JSON was never planned.
    let text = serde_json::to_vec(&(&plan.network, plan.isolation, decky)).unwrap_or_default();
    let spec = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
    NewShard { host, decky: decky.name.clone(), spec, ip: decky.persona.ip, services: service_names(decky) }
}

/// What a deployment would do, as an operation that is over.
fn preview(
    plan: &SwarmPlan,
    surveyed: &[Surveyed],
    warnings: &Diagnostics,
    actor: &Actor,
    now: i64,
) -> OperationView {
    let names: BTreeMap<_, _> =
        surveyed.iter().map(|host| (host.host.view.uuid, &host.host.view.name)).collect();
    let results = plan.hosts.iter().map(|(id, plan)| {
        let deckies = plan
            .deckies
            .iter()
            .map(|decky| format!("{} {} {}", decky.name, decky.persona.ip, service_names(decky).join(",")));
        HostResult {
            host_uuid: *id,
            host_name: names.get(id).map(ToString::to_string).unwrap_or_default(),
            state: ResultState::Done,
            steps: (0, 0),
            detail: deckies.collect::<Vec<_>>().join("; "),
            failures: Vec::new(),
            outcome: None,
            output: String::new(),
        }
    });
    OperationView {
        id: 0,
        revision: 0,
        kind: OperationKind::Deploy,
        actor: actor.name.clone(),
        created_at: now,
        finished_at: Some(now),
        results: results.collect(),
        notes: warnings.0.iter().map(ToString::to_string).collect(),
    }
}
