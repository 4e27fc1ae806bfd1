//! Teardown of some or all, and panic: what is wanted becomes less, and the loops do the rest.

use std::{collections::BTreeMap, sync::Arc};

use decnet_proto::{
    ids::HostId,
    plan::SwarmPlan,
    swarm::operator::{OperationKind, TeardownRequest},
};

use super::{caller::Actor, controller::Controller, operations::Journal, refusal::Refusal};

impl Controller {
    /// Takes down what the request names.
    pub(super) async fn take_down(
        self: &Arc<Self>,
        actor: &Actor,
        request: TeardownRequest,
    ) -> Result<u64, Refusal> {
        let _turn = self.deciding.lock().await;
        if let Some(host) = request.host_uuid
            && self.store.host_by_id(host).await?.is_none()
        {
            return Err(Refusal::NoHost(host.to_string()));
        }
        let before = Arc::clone(&self.wanted.borrow().plan);
        let (after, concerned) = match (request.host_uuid, request.decky_id) {
            (None, None) => (BTreeMap::new(), self.concerned(&before).await?),
            (host, decky) => {
                let mut hosts = before.hosts.clone();
                let mut concerned = Vec::new();
                for (id, plan) in hosts.iter_mut().filter(|(id, _)| host.is_none_or(|host| host == **id)) {
                    let count = plan.deckies.len();
                    plan.deckies.retain(|each| decky.as_ref().is_some_and(|decky| *decky != each.name));
                    if plan.deckies.len() < count {
                        concerned.push(*id);
                    }
                }
                if let (Some(decky), true) = (&decky, concerned.is_empty()) {
                    return Err(Refusal::NoDecky(decky.clone()));
                }
                (hosts, self.staying(concerned).await?)
            }
        };
        self.want_less(OperationKind::Teardown, actor, after, concerned).await
    }

    /// Takes every decky of every host down at once.
    pub(super) async fn panic(self: &Arc<Self>, actor: &Actor) -> Result<u64, Refusal> {
        let _turn = self.deciding.lock().await;
        let everywhere = self.members().await?.iter().map(|host| host.view.uuid).collect();
        tracing::warn!(actor = actor.name, "panic: every decky of every host is taken down");
        self.want_less(OperationKind::Panic, actor, BTreeMap::new(), everywhere).await
    }

    async fn want_less(
        self: &Arc<Self>,
        kind: OperationKind,
        actor: &Actor,
        hosts: BTreeMap<HostId, decnet_proto::plan::FleetPlan>,
        concerned: Vec<HostId>,
    ) -> Result<u64, Refusal> {
        let generation = self.next_generation().await?;
        let mut plan = SwarmPlan { generation, hosts };
        plan.hosts.values_mut().for_each(|plan| plan.generation = generation);
        self.plans.store(&plan)?;
        let journal = Journal { generation, ..Journal::default() };
        let operation = self.begin(kind, actor, journal, concerned).await?;
        self.want(plan).await?;
        self.poke_all().await?;
        Ok(operation)
    }

    /// Those of the hosts that are in the swarm and stay.
    async fn staying(&self, hosts: Vec<HostId>) -> Result<Vec<HostId>, Refusal> {
        let members = self.members().await?;
        Ok(members.iter().map(|host| host.view.uuid).filter(|id| hosts.contains(id)).collect())
    }
}
