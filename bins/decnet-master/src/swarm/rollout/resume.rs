//! What became of a rollout that was under way when the controller ended.
//!
//! Nothing is begun again: hosts that were worked on went on by themselves, and are asked how it ended; those
//! whose turn had not come are left as they are.

use std::{collections::HashMap, sync::Arc};

use decnet_proto::swarm::operator::{HostResult, OperationView, ResultState};
use decnet_store::{Host, Unfinished};
use tokio::task::JoinSet;

use super::{Journal, run::AT_ONCE, verdict::Verdict, visit::Visit};
use crate::swarm::{controller::Controller, refusal::chain};

impl Controller {
    /// Says of rollouts what became of them, while the controller goes on. There is more than one only where
    /// the end of one could not be written down.
    pub(in crate::swarm) fn look_after(self: &Arc<Self>, rollouts: Vec<Unfinished>) {
        let Some(newest) = rollouts.last().map(|rollout| rollout.view.id) else { return };
        let controller = Arc::clone(self);
        let looking = async move {
            for Unfinished { view, request } in rollouts {
                // Without its journal there is nothing to compare with, and hosts are told for what they are.
                let journal = serde_json::from_str::<Journal>(&request).unwrap_or_default();
                look(Arc::clone(&controller), view, journal).await;
            }
        };
        match self.rollouts.turn() {
            Ok(turn) => turn.begin(newest, looking),
            Err(_) => tracing::error!("nobody looks after operation {newest}: another one was begun"),
        }
    }
}

async fn look(controller: Arc<Controller>, view: OperationView, journal: Journal) {
    let operation = view.id;
    tracing::info!("looking after operation {operation}, which the controller had not seen to its end");
    let hosts = match controller.store.host_list(None).await {
        Ok(hosts) => hosts,
        Err(error) => return tracing::error!("cannot look after operation {operation}: {}", chain(&error)),
    };
    let hosts: HashMap<_, _> = hosts.into_iter().map(|host| (host.view.uuid, host)).collect();
    let mut running = JoinSet::new();
    for result in view.results {
        match result.state {
            ResultState::Waiting => {
                let verdict = Verdict::untried("the controller was started anew before its turn");
                controller.leave_untried(operation, result.host_uuid, verdict).await;
            }
            ResultState::Running => {
                if running.len() >= AT_ONCE {
                    running.join_next().await;
                }
                running.spawn(ask(
                    Arc::clone(&controller),
                    operation,
                    hosts.get(&result.host_uuid).cloned(),
                    result,
                    journal.clone(),
                ));
            }
            ResultState::Done | ResultState::Failed | ResultState::Superseded | ResultState::Untried => {}
        }
    }
    while running.join_next().await.is_some() {}
    let line = "the controller was started anew meanwhile, and began nothing again";
    let noted = async {
        controller.note(operation, line.to_owned()).await?;
        controller.finish(operation).await
    };
    if let Err(error) = noted.await {
        tracing::error!("cannot keep that operation {operation} is over: {}", chain(&error));
    }
}

async fn ask(
    controller: Arc<Controller>,
    operation: u64,
    host: Option<Host>,
    result: HostResult,
    journal: Journal,
) {
    let Some(host) = host else {
        let verdict = Verdict::untried("it left the swarm");
        return controller.leave_untried(operation, result.host_uuid, verdict).await;
    };
    let visit = Visit { controller, operation, host, steps: result.steps.0.max(1) };
    visit.look_after(&journal.aims()).await;
}
