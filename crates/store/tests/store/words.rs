//! Every word that a wire type has is one that the database takes.

use decnet_proto::swarm::{
    operator::{HostState, OperationKind, Profile, ResultState},
    releases::UpdateOutcome,
    role::Role,
};
use decnet_store::{Condition, NewHost, NewResult, Observed};

use crate::fixture::{Fixture, certificate, host, new_host, shard};

#[tokio::test(flavor = "multi_thread")]
async fn of_certificates() {
    use Profile::{
        AgentClient, AgentServer, ControllerServer, ListenerServer, MasterClient, OperatorClient,
        UpdaterClient, UpdaterServer,
    };
    let profiles = [
        AgentServer,
        AgentClient,
        UpdaterServer,
        UpdaterClient,
        MasterClient,
        ControllerServer,
        ListenerServer,
        OperatorClient,
    ];
    let fixture = Fixture::new().await;
    fixture.enrolled(1).await;
    let pairs = profiles.into_iter().flat_map(|profile| Role::ALL.map(|role| (role, profile)));
    let all: Vec<_> =
        pairs.zip(1..).map(|((role, profile), number)| certificate(role, 1, profile, number)).collect();
    fixture.store.certificate_record(all.clone(), 100).await.unwrap();
    let known = fixture.store.certificate_good(200).await.unwrap();
    assert_eq!(known.into_iter().map(|known| known.certificate).collect::<Vec<_>>(), all);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_hosts() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    for number in 1..=5 {
        store.host_invite(NewHost { by_hand: true, ..new_host(number) }, 100).await.unwrap();
    }
    for number in 2..=5 {
        store.host_joined(host(number), None, 110).await.unwrap();
    }
    for (number, state) in [(3, HostState::Active), (4, HostState::Unreachable), (5, HostState::Leaving)] {
        assert!(store.host_state(host(number), state, 120).await.unwrap());
    }
    let states: Vec<_> = store.host_list(None).await.unwrap().iter().map(|host| host.view.status).collect();
    use HostState::{Active, Enrolled, Invited, Leaving, Unreachable};
    assert_eq!(states, [Invited, Enrolled, Active, Unreachable, Leaving]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_deckies() {
    let fixture = Fixture::new().await;
    fixture.enrolled(1).await;
    fixture.store.shard_desire(1, vec![shard(1, "a")], 400).await.unwrap();
    use Condition::{Absent, Degraded, Failed, Running, Yielded};
    for condition in [Absent, Running, Degraded, Failed, Yielded] {
        let error = Some("why".to_owned());
        let said = vec![Observed { decky: "a".parse().unwrap(), condition, error }];
        let noted = fixture.store.shard_observe(host(1), Some(1), said, 500).await.unwrap();
        assert_eq!(noted.changed.len(), 1, "{condition:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_operations() {
    let fixture = Fixture::new().await;
    let owner = fixture.enrolled(1).await;
    use OperationKind::{Decommission, Deploy, Panic, Rollback, Teardown, Update};
    use ResultState::{Done, Failed, Running, Superseded, Untried, Waiting};
    for kind in [Deploy, Teardown, Panic, Decommission, Update, Rollback] {
        for state in [Waiting, Running, Failed, Done, Superseded, Untried] {
            let (actor, request) = ("token".to_owned(), "{}".to_owned());
            let id = fixture.store.operation_begin(kind, actor, request, vec![owner], 100).await.unwrap();
            let new = NewResult {
                host: owner,
                state,
                steps: (u32::MAX, 0),
                detail: String::new(),
                failures: vec![],
                outcome: None,
                output: String::new(),
            };
            assert!(fixture.store.operation_result(id, new).await.unwrap());
            let view = fixture.store.operation_get(id).await.unwrap().unwrap();
            assert_eq!((view.kind, view.results.first().map(|result| result.state)), (kind, Some(state)));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_updates() {
    let fixture = Fixture::new().await;
    let owner = fixture.enrolled(1).await;
    use UpdateOutcome::{Already, Failed, NoUpdater, NotTried, Refused, RolledBack, Unreachable, Updated};
    for outcome in [Updated, Already, RolledBack, Refused, Failed, Unreachable, NoUpdater, NotTried] {
        let (kind, actor, request) = (OperationKind::Update, "token".to_owned(), "{}".to_owned());
        let id = fixture.store.operation_begin(kind, actor, request, vec![owner], 100).await.unwrap();
        let new = NewResult {
            host: owner,
            state: ResultState::Failed,
            steps: (1, 0),
            detail: String::new(),
            failures: vec![],
            outcome: Some(outcome),
            output: "its words".to_owned(),
        };
        assert!(fixture.store.operation_result(id, new).await.unwrap());
        let view = fixture.store.operation_get(id).await.unwrap().unwrap();
        assert_eq!(view.results[0].outcome, Some(outcome));
    }
}
