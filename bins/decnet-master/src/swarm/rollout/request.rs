//! Taking a rollout on.

use std::{collections::BTreeSet, sync::Arc};

use decnet_proto::{
    ids::HostId,
    swarm::{
        operator::{OperationKind, OperationView},
        releases::{RollbackRequest, UpdateRequest},
        updater::{Chain, ReleaseName},
    },
};
use decnet_store::Host;

use super::{Errand, Journal, run::Rollout};
use crate::swarm::{caller::Actor, controller::Controller, refusal::Refusal, updaters::Cargo};

/// What came of a request to update.
#[derive(Debug)]
pub(in crate::swarm) enum Updated {
    /// The operation that does it.
    Accepted(u64),
    /// What it would do.
    Preview(Box<OperationView>),
}

impl Controller {
    /// Brings releases to hosts.
    pub(in crate::swarm) async fn update(
        self: &Arc<Self>,
        actor: &Actor,
        request: UpdateRequest,
    ) -> Result<Updated, Refusal> {
        let UpdateRequest { hosts, worker, updater, wave, dry_run } = request;
        if !(1..=100).contains(&wave) {
            return Err(Refusal::Value(format!("a wave is 1 to 100 percent of the hosts, not {wave}")));
        }
        let journal = Journal { worker, updater };
        if journal == Journal::default() {
            return Err(Refusal::Value("an update names a release: worker, updater or both".to_owned()));
        }
        let hosts = self.chosen(hosts).await?;
        if dry_run {
            return Ok(Updated::Preview(Box::new(self.preview(actor, hosts, &journal, wave).await)));
        }
        let errand = Errand::Bring(self.cargo(&journal).await?);
        self.roll_out(actor, OperationKind::Update, journal, hosts, errand, wave).await.map(Updated::Accepted)
    }

    /// Switches hosts back to the release before.
    pub(in crate::swarm) async fn roll_back(
        self: &Arc<Self>,
        actor: &Actor,
        request: RollbackRequest,
    ) -> Result<u64, Refusal> {
        if request.hosts.is_empty() {
            return Err(Refusal::Value("a rollback names its hosts".to_owned()));
        }
        let hosts = self.chosen(Some(request.hosts)).await?;
        let (kind, journal) = (OperationKind::Rollback, Journal::default());
        self.roll_out(actor, kind, journal, hosts, Errand::Back, 100).await
    }

    async fn roll_out(
        self: &Arc<Self>,
        actor: &Actor,
        kind: OperationKind,
        journal: Journal,
        hosts: Vec<Host>,
        errand: Errand,
        wave: u8,
    ) -> Result<u64, Refusal> {
        let turn = self.rollouts.turn().map_err(busy)?;
        let request = serde_json::to_string(&journal).map_err(anyhow::Error::from)?;
        let ids = hosts.iter().map(|host| host.view.uuid).collect();
        let begun = self.store.operation_begin(kind, actor.name.clone(), request, ids, self.now());
        let operation = begun.await?;
        let rollout = Rollout { controller: Arc::clone(self), operation, hosts, errand, wave };
        turn.begin(operation, rollout.run());
        self.open.tell();
        Ok(operation)
    }

    /// The hosts that are meant, by their names, each once.
    async fn chosen(&self, ids: Option<Vec<HostId>>) -> Result<Vec<Host>, Refusal> {
        let mut hosts = self.members().await?;
        if let Some(ids) = ids {
            let ids: BTreeSet<_> = ids.into_iter().collect();
            let members: BTreeSet<_> = hosts.iter().map(|host| host.view.uuid).collect();
            if let Some(unknown) = ids.difference(&members).next() {
                return Err(Refusal::NoHost(unknown.to_string()));
            }
            hosts.retain(|host| ids.contains(&host.view.uuid));
        }
        if hosts.is_empty() { Err(Refusal::NoHosts) } else { Ok(hosts) }
    }

    /// What is to be brought: the worker's before the updater's.
    async fn cargo(&self, journal: &Journal) -> Result<Vec<Cargo>, Refusal> {
        let wanted = [(Chain::Worker, &journal.worker), (Chain::Updater, &journal.updater)];
        let mut all = Vec::new();
        for (chain, name) in wanted {
            if let Some(name) = name {
                all.push(self.kept(chain, name.clone()).await?);
            }
        }
        Ok(all)
    }

    async fn kept(&self, chain: Chain, name: ReleaseName) -> Result<Cargo, Refusal> {
        let (library, wanted) = (self.library.clone(), name.clone());
        let finding = tokio::task::spawn_blocking(move || library.cargo(&wanted, chain));
        let found = finding.await.map_err(anyhow::Error::from)??;
        found.ok_or_else(|| Refusal::NoRelease(format!("{} {}", name.version, name.digest)))
    }
}

fn busy(operation: Option<u64>) -> Refusal {
    Refusal::NotNow(match operation {
        Some(operation) => format!("operation {operation} brings a release to hosts, or takes one back"),
        None => "another rollout is just being begun".to_owned(),
    })
}
