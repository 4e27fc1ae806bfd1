//! Every identity against every route of both servers: only the intended cells pass.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use decnet_api::client::{CallError, Client, Way};
use decnet_master::swarm::Settings;
use decnet_pki::{
    clock::Clock,
    folder::IdentityFolder,
    testing::{
        NOW,
        cast::{Hosts, How, Member, Standing, cast, nobody},
        forge::Forge,
    },
    token::Token as Parsed,
};
use decnet_proto::{
    ids::HostId,
    swarm::{operator, profile::Direction, role::Role, worker},
};
use decnet_store::{NewCertificate, NewHost, Revoke, Store};
use serde_json::json;
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{
    agent::join,
    master::{Master, settings},
};

/// Whether somebody reached what is behind a route: whatever it said then.
async fn reached(client: &Client, method: &str, path: &str) -> bool {
    let path = path.replace("{id}", "0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b");
    match client.get::<serde_json::Value>(method, &path).await {
        Ok(_) => true,
        Err(CallError::Refused(problem)) => !matches!(problem.status, 401 | 403),
        Err(_) => false,
    }
}

/// Has the store know everybody who can be known.
async fn know(store: &Store, all: &[Member], hosts: &Hosts) {
    let host = |id: HostId, name: &str| NewHost {
        id,
        name: name.parse().unwrap(),
        address: None,
        agent_port: 1,
        updater_port: 2,
        use_ipvlan: false,
        by_hand: false,
        notes: None,
    };
    for (id, name) in [(hosts.worker, "w1"), (hosts.other_worker, "w2")] {
        store.host_invite(host(id, name), NOW).await.unwrap();
        store.host_joined(id, None, NOW).await.unwrap();
    }
    for member in all.iter().filter(|member| is_known(member)) {
        let Some(peer) = member.peer() else { continue };
        let fingerprint = peer.fingerprint.to_string();
        let new = NewCertificate {
            identity: peer.identity,
            profile: peer.profile,
            name: "ada".to_owned(),
            fingerprint: fingerprint.clone(),
            pin: peer.pin.to_string(),
            authority: "0".repeat(64),
            not_after: peer.not_after,
        };
        store.certificate_record(vec![new], NOW).await.unwrap();
        if member.standing() == Standing::Revoked {
            store.certificate_revoke(Revoke::Fingerprint(fingerprint), "lost".to_owned(), NOW).await.unwrap();
        }
    }
}

/// Of operators there is one.
fn is_known(member: &Member) -> bool {
    let is_other = member.how == How::OfOtherHost && member.role == Role::Operator;
    member.standing() != Standing::Unknown && !is_other
}

/// Whether a member may come to a server for these roles.
fn is_let_in(member: &Member, roles: &[Role]) -> bool {
    let is_other = member.how == How::OfOtherHost && is_known(member) && member.has_profile();
    (member.is_good() || is_other) && member.direction == Direction::Client && roles.contains(&member.role)
}

/// Counts of cells, by what was to be and whether it was so.
#[derive(Default)]
struct Cells(BTreeMap<&'static str, (u32, u32)>);

/// Somebody at a route: which server, what was to be, what was, and in words.
type Cell = (&'static str, bool, bool, String);

impl Cells {
    #[track_caller]
    fn note(&mut self, (server, expect, found, words): Cell) {
        assert_eq!(found, expect, "{words}");
        let counts = self.0.entry(server).or_default();
        if found { counts.0 += 1 } else { counts.1 += 1 }
    }
}

/// A member, or nobody, at every route of both servers.
async fn probe(member: Option<Member>, (operators, workers): (SocketAddr, SocketAddr)) -> Vec<Cell> {
    let (config, name) = match &member {
        Some(member) => (member.client(), member.to_string()),
        None => (nobody(), "nobody".to_owned()),
    };
    let is = |roles: &[Role]| member.as_ref().is_some_and(|member| is_let_in(member, roles));
    let mut cells = Vec::new();
    let client = Client::new(Way::Tls(operators.to_string(), Arc::clone(&config)));
    for route in operator::Route::ALL {
        let open = route.allowed() == operator::Allowed::Anybody && member.is_none();
        let found = reached(&client, route.method(), route.path()).await;
        let expect = is(&[Role::Operator]) || open;
        cells.push(("operators over TLS", expect, found, format!("{name}: {route:?}")));
    }
    let client = Client::new(Way::Tls(workers.to_string(), config));
    for route in worker::Route::ALL {
        let expect = match (&member, route.roles()) {
            (None, roles) => roles.is_empty(),
            (Some(_), []) => is(&[Role::Agent, Role::Updater, Role::Listener]),
            (Some(_), roles) => is(roles),
        };
        let found = reached(&client, route.method(), route.path()).await;
        cells.push(("workers", expect, found, format!("{name}: {route:?}")));
    }
    cells
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_intended_cells_pass() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let with = Settings { clock: Clock::held(NOW), ..settings(&state) };
    let mut master = Master::with(with).await;
    let mut cells = Cells::default();
    by_token(&master, &mut cells).await;
    master.end().await;

    let hosts = Hosts::default();
    let all = cast(&Forge::of(&state.join("swarm/ca")), &hosts, NOW);
    let store = Store::open(&state.join("swarm/store.db")).await.unwrap();
    know(&store, &all, &hosts).await;
    store.close().await;
    master.reopen_with(|settings| Settings { tls: true, ..settings }).await;

    let roles = [Role::Operator, Role::Agent, Role::Updater, Role::Listener];
    let (good, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|member| is_let_in(member, &roles));
    let place = (master.operators, master.workers);
    // Who is let in comes one after the other: who speaks with a newer certificate ends the older.
    for member in good.into_iter().map(Some).chain([None]) {
        probe(member, place).await.into_iter().for_each(|cell| cells.note(cell));
    }
    let room = Arc::new(Semaphore::new(16));
    let mut refused = JoinSet::new();
    for member in others {
        let room = Arc::clone(&room);
        refused.spawn(async move {
            let _turn = room.acquire().await.unwrap();
            probe(Some(member), place).await
        });
    }
    refused.join_all().await.into_iter().flatten().for_each(|cell| cells.note(cell));
    for (server, (passed, refused)) in &cells.0 {
        println!("matrix: {server}: {passed} cells pass, {refused} are refused");
    }
    assert_eq!(cells.0["operators with the token"], (27, 75));
    assert_eq!(cells.0["tokens"], (1, 3));
    // Two good operators' certificates, and nobody's question how it is.
    assert_eq!(cells.0["operators over TLS"], (2 * 26 + 1, 193 * 26 - 53));
    // Three agents' (two of one host, one of another) with 4 routes, three updaters' with 3,
    // three listeners' with 4, nobody's with 1.
    assert_eq!(cells.0["workers"], (3 * 4 + 3 * 3 + 3 * 4 + 1, 193 * 5 - 34));
}

/// Loopback without TLS, and what tokens of hosts are good for.
async fn by_token(master: &Master, cells: &mut Cells) {
    let client = || Client::new(Way::Plain(master.operators.to_string()));
    let text = master.token();
    let others = [Some(text.to_uppercase()), Some(text[1..].to_owned()), None];
    for (shown, good) in others.into_iter().map(|shown| (shown, false)).chain([(Some(text), true)]) {
        let client = shown.map_or_else(client, |shown| client().with_bearer(shown));
        for route in operator::Route::ALL {
            let expect = good || route == operator::Route::Health;
            // The authority is to stay what it is, and its route is guarded like the others.
            if good && matches!(route, operator::Route::RollOver | operator::Route::Panic) {
                continue;
            }
            let found = reached(&client, route.method(), route.path()).await;
            cells.note(("operators with the token", expect, found, format!("{good}: {route:?}")));
        }
    }
    let token = |name: &str| {
        let (operator, name) = (master.operator(), name.to_owned());
        async move {
            operator.send::<operator::Token>(operator::Route::Token, &json!({"name": name, "life": 30})).await
        }
    };
    let (fresh, expired) = (token("fresh").await.token, token("expired").await.token);
    let pin = Parsed::parse(&fresh).unwrap().authority_pin();
    let workers = master.workers.to_string();
    let folder = |name: &str| IdentityFolder::at(master.state.join(name));
    let clock = &master.clock;
    let first = join(&workers, &fresh, &folder("a"), clock).await;
    cells.note(("tokens", true, first.is_ok(), "a fresh token".to_owned()));
    let replayed = join(&workers, &fresh, &folder("b"), clock).await;
    cells.note(("tokens", false, replayed.is_ok(), "a replayed token".to_owned()));
    let unknown = join(&workers, &Parsed::draw(pin).unwrap().0, &folder("c"), clock).await;
    cells.note(("tokens", false, unknown.is_ok(), "a token that nobody made".to_owned()));
    clock.turned(NOW + 30);
    let late = join(&workers, &expired, &folder("d"), clock).await;
    cells.note(("tokens", false, late.is_ok(), "a token that ran out".to_owned()));
    clock.turned(NOW);
}
