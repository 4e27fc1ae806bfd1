//! Deckies on hosts.

use decnet_proto::{
    agent::{DeckyState, DeckyStatus},
    ids::DeckyName,
    swarm::operator::{HostState, ShardState},
};
use decnet_store::{Condition, Heard, NewShard, Noted, Number, Observed, StoreError};

use crate::fixture::{Fixture, host, shard};

fn name(decky: &str) -> DeckyName {
    decky.parse().unwrap()
}

fn said(decky: &str, condition: Condition) -> Observed {
    Observed { decky: name(decky), condition, error: None }
}

/// A store with two hosts.
async fn two() -> Fixture {
    let fixture = Fixture::new().await;
    fixture.enrolled(1).await;
    fixture.enrolled(2).await;
    fixture
}

impl Fixture {
    async fn observe(&self, owner: u8, generation: u64, all: &[Observed]) -> Noted {
        self.store.shard_observe(host(owner), Some(generation), all.to_vec(), 500).await.unwrap()
    }

    /// Deckies with their hosts and states.
    async fn states(&self) -> Vec<(String, String, ShardState)> {
        let views = self.store.shard_list(None, None).await.unwrap();
        views.into_iter().map(|view| (view.decky_name.to_string(), view.host_name, view.state)).collect()
    }
}

fn state(decky: &str, owner: u8, state: ShardState) -> (String, String, ShardState) {
    (decky.to_owned(), format!("edge-{owner}"), state)
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_host_makes_its_deckies_run() {
    let fixture = two().await;
    let wanted = vec![shard(1, "a"), shard(2, "b")];
    assert_eq!(fixture.store.shard_desire(1, wanted, 400).await.unwrap(), [host(1), host(2)]);
    assert_eq!(fixture.store.number(Number::Generation).await.unwrap(), 1);
    assert_eq!(fixture.store.host_by_id(host(1)).await.unwrap().unwrap().view.wanted, Some(1));
    let pending = [state("a", 1, ShardState::Pending), state("b", 2, ShardState::Pending)];
    assert_eq!(fixture.states().await, pending);

    let noted = fixture.observe(2, 1, &[said("a", Condition::Running)]).await;
    assert_eq!((noted.surplus, noted.missing), (vec![name("a")], vec![name("b")]));
    assert_eq!(fixture.states().await, pending, "a host's word is about its own");
    let noted = fixture.observe(1, 1, &[said("a", Condition::Running)]).await;
    assert_eq!(noted, Noted { changed: vec![name("a")], ..Noted::default() });
    assert_eq!(fixture.observe(1, 1, &[said("a", Condition::Running)]).await, Noted::default());
    let running = fixture.store.shard_list(Some(host(1)), Some(ShardState::Running)).await.unwrap();
    assert_eq!(running.len(), 1);
    assert_eq!((running[0].updated_at, running[0].generation), (500, 1));
    assert_eq!((running[0].host_status, running[0].services.len()), (Some(HostState::Enrolled), 1));
    fixture.observe(1, 1, &[]).await;
    assert_eq!(fixture.states().await, pending, "what runs no more is pending again");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_plan_tells_nothing_of_a_new_one() {
    let fixture = two().await;
    fixture.store.shard_desire(5, vec![shard(1, "a")], 400).await.unwrap();
    assert_eq!(fixture.observe(1, 4, &[said("a", Condition::Running)]).await, Noted::default());
    assert_eq!(fixture.states().await, [state("a", 1, ShardState::Pending)]);
    fixture.observe(1, 6, &[said("a", Condition::Degraded)]).await;
    assert_eq!(fixture.states().await, [state("a", 1, ShardState::Degraded)]);
    let refused = fixture.store.shard_desire(4, vec![], 410).await.unwrap_err();
    assert!(matches!(refused, StoreError::Stale { wanted: 5, given: 4 }), "{refused}");
    fixture.store.shard_desire(5, vec![shard(1, "a")], 420).await.expect("again is no harm");
    assert_eq!(fixture.states().await, [state("a", 1, ShardState::Degraded)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decky_moves_and_its_old_host_has_to_let_go() {
    let fixture = two().await;
    fixture.store.shard_desire(1, vec![shard(1, "a")], 400).await.unwrap();
    fixture.observe(1, 1, &[said("a", Condition::Running)]).await;
    assert_eq!(fixture.store.shard_desire(2, vec![shard(2, "a")], 410).await.unwrap(), [host(1), host(2)]);
    let moving = [state("a", 1, ShardState::TearingDown), state("a", 2, ShardState::Pending)];
    assert_eq!(fixture.states().await, moving);
    fixture.observe(1, 1, &[]).await;
    assert_eq!(fixture.states().await, moving, "it spoke of the plan before");
    let noted = fixture.observe(1, 2, &[said("a", Condition::Running)]).await;
    assert_eq!(noted.surplus, [name("a")]);
    assert_eq!(fixture.states().await, moving);
    fixture.observe(1, 2, &[]).await;
    assert_eq!(fixture.states().await, [state("a", 2, ShardState::Pending)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stays_the_same_keeps_running() {
    let fixture = two().await;
    fixture.store.shard_desire(1, vec![shard(1, "a"), shard(1, "b"), shard(1, "c")], 400).await.unwrap();
    let all = ["a", "b", "c"].map(|decky| said(decky, Condition::Running));
    fixture.observe(1, 1, &all).await;
    fixture.store.shard_failed(host(1), 1, vec![(name("c"), "no".to_owned())], 410).await.unwrap();
    let other = NewShard { spec: "bb".to_owned(), ..shard(1, "b") };
    fixture.store.shard_desire(2, vec![shard(1, "a"), other, shard(1, "c")], 420).await.unwrap();
    let views = fixture.store.shard_list(None, None).await.unwrap();
    let told: Vec<_> = views.iter().map(|view| (view.state, view.generation)).collect();
    let pending = (ShardState::Pending, 2);
    assert_eq!(told, [(ShardState::Running, 1), pending, pending]);
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_told_until_it_runs() {
    let fixture = two().await;
    fixture.store.shard_desire(3, vec![shard(1, "a"), shard(1, "b")], 400).await.unwrap();
    let failure = |generation| {
        fixture.store.shard_failed(host(1), generation, vec![(name("a"), "x".repeat(9999))], 410)
    };
    failure(2).await.unwrap();
    assert_eq!(fixture.states().await[0].2, ShardState::Pending);
    failure(3).await.unwrap();
    let views = fixture.store.shard_list(None, None).await.unwrap();
    assert_eq!((views[0].state, views[1].state), (ShardState::Failed, ShardState::Pending));
    assert_eq!(views[0].last_error.as_ref().map(String::len), Some(1024));
    fixture.observe(1, 3, &[]).await;
    assert_eq!(fixture.states().await[0].2, ShardState::Failed, "that nothing is there says no more");
    fixture.observe(1, 3, &[said("a", Condition::Running), said("b", Condition::Yielded)]).await;
    let views = fixture.store.shard_list(None, None).await.unwrap();
    assert_eq!((views[0].state, views[0].last_error.as_deref()), (ShardState::Running, None));
    assert_eq!(views[1].state, ShardState::Yielded);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_without_a_plan_runs_nothing() {
    let fixture = two().await;
    fixture.store.shard_desire(1, vec![shard(1, "a"), shard(1, "b")], 400).await.unwrap();
    fixture.observe(1, 1, &["a", "b"].map(|decky| said(decky, Condition::Running))).await;
    fixture.store.shard_desire(2, vec![shard(1, "a")], 410).await.unwrap();
    let noted = fixture.store.shard_observe(host(1), None, vec![], 420).await.unwrap();
    assert_eq!(noted.missing, [name("a")]);
    assert_eq!(fixture.states().await, [state("a", 1, ShardState::Pending)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_wanted_that_cannot_be() {
    let fixture = two().await;
    let store = &fixture.store;
    store.shard_desire(1, vec![shard(1, "a")], 400).await.unwrap();
    let refused = store.shard_desire(2, vec![shard(1, "b"), shard(2, "b")], 410).await.unwrap_err();
    assert!(matches!(refused, StoreError::DeckyTwice(_)), "{refused}");
    let refused = store.shard_desire(2, vec![shard(9, "b")], 410).await.unwrap_err();
    assert!(matches!(refused, StoreError::NoSuchHost(_)), "{refused}");
    store.host_state(host(2), HostState::Leaving, 405).await.unwrap();
    let refused = store.shard_desire(2, vec![shard(2, "b")], 410).await.unwrap_err();
    assert!(matches!(refused, StoreError::HostLeaving(_)), "{refused}");
    assert_eq!(fixture.states().await, [state("a", 1, ShardState::Pending)], "all or nothing");
    assert_eq!(store.number(Number::Generation).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_may_leave_deckies_behind() {
    let fixture = two().await;
    let store = &fixture.store;
    let wanted = ["a", "b", "c"].map(|decky| shard(1, decky)).to_vec();
    store.shard_desire(1, wanted, 400).await.unwrap();
    store.host_heard(host(1), Heard::default(), 405).await.unwrap();
    fixture.observe(1, 1, &[said("a", Condition::Running)]).await;
    store.shard_desire(2, vec![shard(1, "c"), shard(2, "a"), shard(2, "b")], 410).await.unwrap();
    store.host_remove(host(1), 420).await.unwrap();
    let after = [
        state("a", 1, ShardState::LeftBehind),
        state("a", 2, ShardState::Pending),
        state("b", 2, ShardState::Pending),
    ];
    assert_eq!(fixture.states().await, after, "b and c were said to be absent");
    let left = store.shard_list(Some(host(1)), None).await.unwrap().remove(0);
    assert_eq!((left.host_status, left.host_address.as_str()), (None, "192.0.2.1"));
    assert_eq!(store.shard_forget_left_behind(host(1)).await.unwrap(), 1);
    assert_eq!(fixture.states().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_never_heard_leaves_nothing_behind() {
    let fixture = two().await;
    fixture.store.shard_desire(1, vec![shard(1, "a")], 400).await.unwrap();
    fixture.store.host_remove(host(1), 420).await.unwrap();
    assert_eq!(fixture.states().await, []);
}

#[test]
fn a_heartbeat_tells_of_deckies() {
    let status = |name: &str, state| DeckyStatus {
        name: name.to_owned(),
        ip: None,
        hostname: String::new(),
        archetype: None,
        state,
        services: Vec::new(),
    };
    assert_eq!(Observed::of(&status("a", DeckyState::Up)), Some(said("a", Condition::Running)));
    assert_eq!(Observed::of(&status("a", DeckyState::Absent)), Some(said("a", Condition::Absent)));
    assert_eq!(Observed::of(&status("../a", DeckyState::Up)), None);
}
