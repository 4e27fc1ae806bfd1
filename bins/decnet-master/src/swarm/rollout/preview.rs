//! What an update would do: hosts are asked, and nothing is sent.

use std::sync::Arc;

use decnet_proto::swarm::{
    operator::{HostResult, OperationKind, OperationView, ResultState},
    releases::UpdateOutcome,
    updater::Releases,
};
use decnet_store::Host;
use tokio::task::JoinSet;

use super::{
    Journal,
    aim::{Aim, named},
    verdict::Verdict,
    visit::no_updater,
    waves::waves,
};
use crate::swarm::{caller::Actor, controller::Controller};

impl Controller {
    /// What an update would do, as an operation that was never taken on.
    pub(super) async fn preview(
        self: &Arc<Self>,
        actor: &Actor,
        hosts: Vec<Host>,
        journal: &Journal,
        wave: u8,
    ) -> OperationView {
        let mut asking = JoinSet::new();
        for (number, hosts) in (1_usize..).zip(waves(&hosts, wave)) {
            for host in hosts {
                let (controller, host, aims) = (Arc::clone(self), host.clone(), journal.aims());
                asking.spawn(async move {
                    let foreseen = foresee(&controller, &host, &aims, number).await;
                    result(&host, foreseen)
                });
            }
        }
        let mut results = Vec::new();
        // One that broke off has no answer: the controller is just ending.
        while let Some(asked) = asking.join_next().await {
            results.extend(asked.ok());
        }
        results.sort_by(|a, b| a.host_name.cmp(&b.host_name));
        OperationView {
            id: 0,
            revision: 0,
            kind: OperationKind::Update,
            actor: actor.name.clone(),
            created_at: self.now(),
            finished_at: Some(self.now()),
            results,
            notes: Vec::new(),
        }
    }
}

/// What would be done on a host, or why nothing would be.
async fn foresee(controller: &Controller, host: &Host, aims: &[Aim], wave: usize) -> Result<String, Verdict> {
    if host.view.updater_cert_fingerprint.is_none() {
        return Err(no_updater());
    }
    let asked = async { controller.updater(host)?.releases().await };
    let releases = asked.await.map_err(|error| Verdict::unreached(&error))?;
    let steps: Vec<_> = aims.iter().map(|aim| step(aim, &releases)).collect();
    if aims.iter().all(|aim| aim.is_met(aim.line(&releases))) {
        return Err(Verdict::good(UpdateOutcome::Already, steps.join("; ")));
    }
    Ok(format!("wave {wave}: {}", steps.join("; ")))
}

fn step(aim: &Aim, releases: &Releases) -> String {
    let line = aim.line(releases);
    let current = line.current.as_ref().map_or_else(|| "no release".to_owned(), named);
    match aim {
        Aim::Release(_, release) if aim.is_met(line) => format!("runs {} already", named(release)),
        Aim::Release(_, release) => format!("{current} becomes {}", named(release)),
        Aim::Before => format!("{current} becomes the one before"),
    }
}

fn result(host: &Host, foreseen: Result<String, Verdict>) -> HostResult {
    let (state, outcome, detail) = match foreseen {
        Ok(detail) => (ResultState::Waiting, None, detail),
        Err(verdict) => (verdict.state, Some(verdict.outcome), verdict.detail),
    };
    HostResult {
        host_uuid: host.view.uuid,
        host_name: host.view.name.to_string(),
        state,
        steps: (0, 0),
        detail,
        failures: Vec::new(),
        outcome,
        output: String::new(),
    }
}
