//! Hosts go back to the release before.

use decnet_proto::{
    ids::HostId,
    swarm::{
        operator::{Accepted, OperationKind, OperationView, ResultState, Route},
        releases::{RollbackRequest, UpdateOutcome},
    },
};
use decnet_release::Part;

use crate::{
    updater::{Mood, first},
    updates::{Updatable, outcomes},
};

impl Updatable {
    async fn roll_back(&self, hosts: Vec<HostId>) -> OperationView {
        let request = RollbackRequest { hosts };
        let accepted: Accepted = self.operator().send(Route::Rollback, &request).await;
        self.operator().follow(accepted.operation).await
    }

    fn ids(&self) -> Vec<HostId> {
        self.swarm.agents.iter().map(|agent| agent.id).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_go_back_and_say_so() {
    let all = Updatable::of(3).await;
    let release = all.kept(Part::Worker, "1.1.0").await;
    let update = all.begin(&release, 100).await;
    assert!(all.operator().follow(update).await.succeeded());
    all.mood(2, Mood::HangsUp);
    let view = all.roll_back(all.ids()[..2].to_vec()).await;
    assert!(view.succeeded(), "{view:#?}");
    assert_eq!((view.kind, outcomes(&view)), (OperationKind::Rollback, vec![UpdateOutcome::RolledBack; 2]));
    assert_eq!(view.results[1].detail, format!("runs 1.0.0 ({}) again", &first().digest[..12]));
    let runs: Vec<_> = all.updaters.iter().map(|updater| updater.host().runs.version.clone()).collect();
    assert_eq!(runs, ["1.0.0", "1.0.0", "1.1.0"]);
    let audit = all.operator().whole_audit().await;
    assert!(audit.iter().any(|entry| entry.action == "rollback" && entry.allowed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_cannot_go_back_says_why() {
    let all = Updatable::of(1).await;
    let view = all.roll_back(all.ids()).await;
    let result = &view.results[0];
    assert_eq!((result.state, result.outcome), (ResultState::Failed, Some(UpdateOutcome::Failed)));
    assert!(result.detail.starts_with("nothing to roll back to"), "{}", result.detail);
}
