//! Every identity against every route of both servers: only the intended cells pass.

use std::{collections::BTreeMap, sync::Arc};

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

impl Cells {
    #[track_caller]
    fn note(&mut self, server: &'static str, expect: bool, found: bool, cell: &str) {
        assert_eq!(found, expect, "{cell}");
        let counts = self.0.entry(server).or_default();
        if found { counts.0 += 1 } else { counts.1 += 1 }
    }
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

    let way = |address: std::net::SocketAddr, config| Way::Tls(address.to_string(), config);
    for member in all.iter().map(Some).chain([None]) {
        let (config, name) = match member {
            Some(member) => (member.client(), member.to_string()),
            None => (nobody(), "nobody".to_owned()),
        };
        let client = Client::new(way(master.operators, Arc::clone(&config)));
        let is_operator = member.is_some_and(|member| is_let_in(member, &[Role::Operator]));
        for route in operator::Route::ALL {
            let open = route.allowed() == operator::Allowed::Anybody && member.is_none();
            let found = reached(&client, route.method(), route.path()).await;
            cells.note("operators over TLS", is_operator || open, found, &format!("{name}: {route:?}"));
        }
        let client = Client::new(way(master.workers, config));
        let is_worker = member.is_none_or(|member| is_let_in(member, &[Role::Agent, Role::Updater]));
        for route in worker::Route::ALL {
            let may = match member {
                None => route.roles().is_empty(),
                Some(member) => route.roles().is_empty() || route.roles().contains(&member.role),
            };
            let found = reached(&client, route.method(), route.path()).await;
            cells.note("workers", is_worker && may, found, &format!("{name}: {route:?}"));
        }
    }
    for (server, (passed, refused)) in &cells.0 {
        println!("{server}: {passed} cells pass, {refused} are refused");
    }
    assert_eq!(cells.0["operators with the token"], (19, 51));
    assert_eq!(cells.0["tokens"], (1, 3));
    // Two good operators' certificates, and nobody's question how it is.
    assert_eq!(cells.0["operators over TLS"], (2 * 18 + 1, 193 * 18 - 37));
    // Three agents' (two of one host, one of another) with 4 routes, three updaters' with 3, nobody's with 1.
    assert_eq!(cells.0["workers"], (3 * 4 + 3 * 3 + 1, 193 * 4 - 22));
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
            cells.note("operators with the token", expect, found, &format!("{good}: {route:?}"));
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
    cells.note("tokens", true, first.is_ok(), "a fresh token");
    let replayed = join(&workers, &fresh, &folder("b"), clock).await;
    cells.note("tokens", false, replayed.is_ok(), "a replayed token");
    let unknown = join(&workers, &Parsed::draw(pin).unwrap().0, &folder("c"), clock).await;
    cells.note("tokens", false, unknown.is_ok(), "a token that nobody made");
    clock.turned(NOW + 30);
    let late = join(&workers, &expired, &folder("d"), clock).await;
    cells.note("tokens", false, late.is_ok(), "a token that ran out");
    clock.turned(NOW);
}
