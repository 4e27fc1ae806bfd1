//! Any order of wishes and words: what is wanted is what was asked for last, and what runs is what
//! its own host said of that.

use std::collections::{BTreeMap, BTreeSet};

use decnet_proto::swarm::operator::{ShardState, ShardView};
use decnet_store::{Condition, NewShard, Observed, Store};
use proptest::prelude::*;
use tokio::runtime::Builder;

use crate::fixture::{Fixture, host, shard};

const DECKIES: [&str; 4] = ["a", "b", "c", "d"];

#[derive(Clone, Debug)]
enum Event {
    /// The next generation: for each decky its host, if any, and which of two specs.
    Desire([Option<(u8, bool)>; 4]),
    /// A host speaks of a plan that is so many generations old, of these deckies.
    Observe(u8, u64, [bool; 4]),
}

fn event() -> impl Strategy<Value = Event> {
    let place = proptest::option::weighted(0.7, (1..=3_u8, any::<bool>()));
    prop_oneof![
        proptest::array::uniform4(place).prop_map(Event::Desire),
        (1..=3_u8, 0..3_u64, any::<[bool; 4]>()).prop_map(|(owner, age, up)| Event::Observe(owner, age, up)),
    ]
}

fn wanted(places: [Option<(u8, bool)>; 4]) -> Vec<NewShard> {
    let placed = DECKIES.into_iter().zip(places).filter_map(|(decky, place)| Some((decky, place?)));
    placed.map(|(decky, (owner, spec))| NewShard { spec: spec.to_string(), ..shard(owner, decky) }).collect()
}

fn observed(up: [bool; 4]) -> Vec<Observed> {
    let there = DECKIES.into_iter().zip(up).filter(|(_, up)| *up);
    let said = |(decky, _): (&str, bool)| Observed {
        decky: decky.parse().unwrap(),
        condition: Condition::Running,
        error: None,
    };
    there.map(said).collect()
}

type Place = (String, String);

fn place(view: &ShardView) -> Place {
    (view.host_uuid.to_string(), view.decky_name.to_string())
}

async fn look(store: &Store) -> BTreeMap<Place, ShardView> {
    let all = store.shard_list(None, None).await.unwrap();
    all.into_iter().map(|view| (place(&view), view)).collect()
}

async fn desire(store: &Store, generation: u64, places: [Option<(u8, bool)>; 4]) {
    let before = look(store).await;
    let asked = wanted(places);
    let expected: BTreeSet<_> =
        asked.iter().map(|new| (new.host.to_string(), new.decky.to_string())).collect();
    store.shard_desire(generation, asked, 500).await.unwrap();
    let after = look(store).await;
    let held = after.iter().filter(|(_, view)| view.state != ShardState::TearingDown);
    assert_eq!(held.map(|(place, _)| place.clone()).collect::<BTreeSet<_>>(), expected);
    for place in before.keys() {
        assert!(after.contains_key(place), "{place:?} was forgotten before its host let go");
    }
    for (place, view) in after.iter().filter(|(_, view)| view.state == ShardState::Running) {
        assert_eq!(before.get(place), Some(view), "it runs because it was asked for");
    }
}

async fn observe(store: &Store, owner: u8, generation: u64, up: [bool; 4]) {
    let before = look(store).await;
    let said = observed(up);
    let names: BTreeSet<_> = said.iter().map(|said| said.decky.to_string()).collect();
    store.shard_observe(host(owner), Some(generation), said, 600).await.unwrap();
    let after = look(store).await;
    for (place, old) in before {
        let new = after.get(&place);
        if place.0 != host(owner).to_string() || old.generation > generation {
            assert_eq!(new, Some(&old), "it was not for {owner} to say");
            continue;
        }
        let expected = match (old.state, names.contains(&place.1)) {
            (ShardState::TearingDown, true) => Some(ShardState::TearingDown),
            (ShardState::TearingDown, false) => None,
            (_, true) => Some(ShardState::Running),
            (_, false) => Some(ShardState::Pending),
        };
        assert_eq!(new.map(|view| view.state), expected);
    }
}

async fn run(events: Vec<Event>) {
    let fixture = Fixture::new().await;
    for owner in 1..=3 {
        fixture.enrolled(owner).await;
    }
    let mut generation = 3;
    for event in events {
        match event {
            Event::Desire(places) => {
                generation += 1;
                desire(&fixture.store, generation, places).await;
            }
            Event::Observe(owner, age, up) => observe(&fixture.store, owner, generation - age, up).await,
        }
    }
    fixture.store.close().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_order_keeps_hosts_to_their_own(events in proptest::collection::vec(event(), 1..24)) {
        Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(run(events));
    }
}
