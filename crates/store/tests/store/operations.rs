//! Operations.

use decnet_proto::{
    agent::StepFailure,
    swarm::{
        operator::{OperationKind, OperationView, ResultState},
        releases::UpdateOutcome,
    },
};
use decnet_store::{NewResult, StoreError, limits};
use diesel::connection::SimpleConnection as _;

use crate::fixture::{Fixture, host};

async fn three() -> Fixture {
    let fixture = Fixture::new().await;
    for number in 1..=3 {
        fixture.enrolled(number).await;
    }
    fixture
}

fn result(owner: u8, state: ResultState) -> NewResult {
    NewResult {
        host: host(owner),
        state,
        steps: (9, 4),
        detail: "link".to_owned(),
        failures: Vec::new(),
        outcome: None,
        output: String::new(),
    }
}

impl Fixture {
    async fn begin(&self, kind: OperationKind, owners: &[u8]) -> u64 {
        let hosts = owners.iter().map(|number| host(*number)).collect();
        let request = "{\"a\":1}".to_owned();
        self.store.operation_begin(kind, "token".to_owned(), request, hosts, 100).await.unwrap()
    }

    async fn operation(&self, id: u64) -> OperationView {
        self.store.operation_get(id).await.unwrap().unwrap()
    }
}

fn states(view: &OperationView) -> Vec<ResultState> {
    view.results.iter().map(|result| result.state).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_is_followed_to_its_end() {
    let fixture = three().await;
    let store = &fixture.store;
    let id = fixture.begin(OperationKind::Deploy, &[2, 1]).await;
    let view = fixture.operation(id).await;
    assert_eq!((view.id, view.revision, view.kind), (1, 1, OperationKind::Deploy));
    assert_eq!((view.actor.as_str(), view.created_at, view.finished_at), ("token", 100, None));
    assert_eq!(states(&view), [ResultState::Waiting; 2]);
    assert_eq!(view.results[0].host_name, "edge-1");
    let open = store.operation_unfinished().await.unwrap().remove(0);
    assert_eq!((open.view, open.request.as_str()), (view, "{\"a\":1}"));

    let failure = StepFailure { subject: "a".to_owned(), step: "start".to_owned(), error: "x".repeat(5000) };
    let failed = NewResult { failures: vec![failure; 500], ..result(1, ResultState::Failed) };
    assert!(store.operation_result(id, failed).await.unwrap());
    let view = fixture.operation(id).await;
    assert_eq!((view.revision, view.results[0].steps), (2, (9, 4)));
    assert_eq!(view.results[0].failures.len(), limits::FAILURES);
    assert_eq!(view.results[0].failures[0].error.len(), limits::DETAIL);
    assert!(store.operation_result(id, result(1, ResultState::Done)).await.unwrap());
    assert!(!store.operation_result(id, result(1, ResultState::Running)).await.unwrap());
    assert!(store.operation_result(id, result(2, ResultState::Done)).await.unwrap());
    store.operation_note(id, "one".to_owned()).await.unwrap();
    store.operation_note(id, "two".to_owned()).await.unwrap();
    store.operation_finish(id, 200).await.unwrap();
    store.operation_finish(id, 300).await.unwrap();
    let view = fixture.operation(id).await;
    assert_eq!((view.finished_at, view.revision), (Some(200), 7));
    assert_eq!(view.notes, ["one", "two"]);
    assert!(view.succeeded());
    assert_eq!(store.operation_unfinished().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn something_newer_takes_the_place_of_what_is_not_done() {
    let fixture = three().await;
    let store = &fixture.store;
    let leave = fixture.begin(OperationKind::Decommission, &[1]).await;
    let first = fixture.begin(OperationKind::Deploy, &[1, 2]).await;
    store.operation_result(first, result(2, ResultState::Done)).await.unwrap();
    let second = fixture.begin(OperationKind::Deploy, &[2, 3]).await;
    assert_eq!(fixture.operation(first).await.finished_at, None, "host 1 works on it");
    let third = fixture.begin(OperationKind::Panic, &[1, 2]).await;
    let view = fixture.operation(first).await;
    assert_eq!(states(&view), [ResultState::Superseded, ResultState::Done]);
    assert_eq!(view.finished_at, Some(100));
    assert_eq!(states(&fixture.operation(second).await), [ResultState::Superseded, ResultState::Waiting]);
    assert!(!store.operation_result(second, result(2, ResultState::Done)).await.unwrap());
    assert_eq!(states(&fixture.operation(leave).await), [ResultState::Waiting]);
    let open: Vec<_> = store.operation_unfinished().await.unwrap().iter().map(|open| open.view.id).collect();
    assert_eq!(open, [leave, second, third]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_and_a_fleet_do_not_take_each_others_place() {
    let fixture = three().await;
    let update = fixture.begin(OperationKind::Update, &[1, 2]).await;
    let deploy = fixture.begin(OperationKind::Deploy, &[1, 2]).await;
    fixture.begin(OperationKind::Rollback, &[2]).await;
    for id in [update, deploy] {
        assert_eq!(states(&fixture.operation(id).await), [ResultState::Waiting; 2]);
    }
    fixture.begin(OperationKind::Decommission, &[1]).await;
    for id in [update, deploy] {
        let states = states(&fixture.operation(id).await);
        assert_eq!(states, [ResultState::Superseded, ResultState::Waiting]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn how_an_update_ended_is_kept_with_the_hosts_own_words() {
    let fixture = three().await;
    let id = fixture.begin(OperationKind::Update, &[1, 2]).await;
    let (outcome, output) = (Some(UpdateOutcome::RolledBack), "x".repeat(limits::OUTPUT + 1));
    let ended = NewResult { outcome, output, ..result(1, ResultState::Failed) };
    assert!(fixture.store.operation_result(id, ended).await.unwrap());
    let outcome = Some(UpdateOutcome::NotTried);
    let untried = NewResult { outcome, ..result(2, ResultState::Untried) };
    assert!(fixture.store.operation_result(id, untried).await.unwrap());
    assert!(!fixture.store.operation_result(id, result(2, ResultState::Running)).await.unwrap());
    let view = fixture.operation(id).await;
    let told: Vec<_> = view.results.iter().map(|result| (result.outcome, result.output.len())).collect();
    assert_eq!(told, [(Some(UpdateOutcome::RolledBack), limits::OUTPUT), (Some(UpdateOutcome::NotTried), 0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_unknown_is_refused() {
    let fixture = three().await;
    let store = &fixture.store;
    let id = fixture.begin(OperationKind::Teardown, &[1]).await;
    let refused = store.operation_result(id, result(2, ResultState::Done)).await.unwrap_err();
    assert!(matches!(refused, StoreError::NoSuchHost(_)), "{refused}");
    for unknown in [99, u64::MAX] {
        let refused = store.operation_finish(unknown, 1).await.unwrap_err();
        assert!(matches!(refused, StoreError::NoSuchOperation(_)), "{refused}");
        assert_eq!(store.operation_get(unknown).await.unwrap(), None);
    }
    let unknown = vec![host(1), host(9)];
    let begun = store.operation_begin(OperationKind::Deploy, String::new(), String::new(), unknown, 1).await;
    assert!(matches!(begun, Err(StoreError::NoSuchHost(_))));
    assert_eq!(states(&fixture.operation(id).await), [ResultState::Waiting], "nothing was superseded");
    let huge = " ".repeat(limits::REQUEST + 1);
    let begun = store.operation_begin(OperationKind::Deploy, String::new(), huge, vec![], 1).await;
    assert!(matches!(begun, Err(StoreError::TooLarge { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_outlive_their_hosts() {
    let fixture = three().await;
    let id = fixture.begin(OperationKind::Decommission, &[1]).await;
    fixture.store.host_remove(host(1), 110).await.unwrap();
    assert!(fixture.store.operation_result(id, result(1, ResultState::Done)).await.unwrap());
    assert_eq!(fixture.operation(id).await.results[0].host_name, "edge-1");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_that_are_over_go() {
    let fixture = three().await;
    let store = &fixture.store;
    let open = fixture.begin(OperationKind::Deploy, &[1]).await;
    let over = fixture.begin(OperationKind::Deploy, &[2]).await;
    store.operation_note(over, "a".to_owned()).await.unwrap();
    store.operation_finish(over, 100).await.unwrap();
    let later = format!("UPDATE numbers SET value = {} WHERE name = 'operation'", limits::OPERATIONS + 1);
    fixture.raw().batch_execute(&later).unwrap();
    let newest = fixture.begin(OperationKind::Deploy, &[3]).await;
    let ids: Vec<_> = store.operation_list(u32::MAX).await.unwrap().iter().map(|view| view.id).collect();
    assert_eq!(ids, [newest, open]);
}
