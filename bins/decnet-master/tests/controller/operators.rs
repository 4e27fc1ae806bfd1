//! Operators: with the token on loopback, with certificates elsewhere; and the authority.

use std::{os::unix::fs::PermissionsExt as _, sync::Arc};

use decnet_api::client::{CallError, Client, Way};
use decnet_master::swarm::{Bound, Settings};
use decnet_pki::{
    admission::{Admission, Refused},
    authority::Authority as Signer,
    clock::Clock,
    credentials::{Credentials, Presented},
    keys::Key,
    peer::Peer,
    roots::Roots,
    tls::{self, Terms},
};
use decnet_proto::{
    ids::HostId,
    swarm::{
        operator::{AuditEntry, Authority, Certificate, Health, HostView, OperatorRequest, Profile, Route},
        role::Role,
    },
};
use serde_json::json;

use crate::{
    master::{Master, Operator, eventually, settings},
    swarm::{Swarm, fleet},
};

/// An operator trusts whoever the authority calls the controller.
#[derive(Debug)]
struct Anybody;

impl Admission for Anybody {
    fn admit(&self, _: &Peer) -> Result<(), Refused> {
        Ok(())
    }
}

fn terms(master: &Master) -> Terms {
    let authority = Signer::open_or_create(&master.state.join("swarm/ca"), master.clock.now()).unwrap();
    Terms {
        roots: Roots::new(&authority.certificates()).unwrap(),
        admission: Arc::new(Anybody),
        alpn: Vec::new(),
        clock: master.clock.clone(),
        refusals: Arc::default(),
    }
}

/// Has an operator certified, and answers with what he shows and his id.
async fn certified(master: &Master, name: &str) -> (Presented, HostId) {
    let key = Key::draw().unwrap();
    let request =
        OperatorRequest { name: name.parse().unwrap(), pem: key.request(Profile::OperatorClient).unwrap() };
    let certificate: Certificate = master.operator().send(Route::Operator, &request).await;
    let der = decnet_pki::pem::certificate(&certificate.pem).unwrap();
    let authority = Signer::open_or_create(&master.state.join("swarm/ca"), master.clock.now()).unwrap();
    let credentials = Credentials::new(&key, &der, &authority.certificates()).unwrap();
    let id = credentials.peer().identity.host;
    (Presented::new(credentials), id)
}

fn over_tls(master: &Master, shown: Option<&Presented>) -> Client {
    let config = tls::client(shown, &[Role::Controller], &terms(master)).unwrap();
    Client::new(Way::Tls(master.operators.to_string(), config))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_for_loopback_and_certificates_for_elsewhere() {
    let mut swarm = Swarm::of(1).await;
    let (ada, ada_id) = certified(&swarm.master, "ada").await;
    let (grace, _) = certified(&swarm.master, "grace").await;
    swarm.master.end().await;
    swarm.master.reopen_with(|settings| Settings { tls: true, ..settings }).await;

    let as_ada = Operator(over_tls(&swarm.master, Some(&ada)));
    let hosts: Vec<HostView> = as_ada.ask(Route::Hosts).await;
    assert_eq!(hosts.len(), 1);
    // Anybody may ask how it is, and nothing else; over TLS the token is worth nothing.
    let stranger = Operator(over_tls(&swarm.master, None).with_bearer(swarm.master.token()));
    assert_eq!(stranger.ask::<Health>(Route::Health).await.status, "ok");
    let refused = stranger.try_ask::<Vec<HostView>>(Route::Hosts, "").await.unwrap_err();
    assert_eq!(refused.problem().unwrap().status, 401);
    // Without TLS there is nothing at all.
    swarm.operator().try_ask::<Health>(Route::Health, "").await.unwrap_err();

    // Another operator dismisses him: his session ends, and he comes in no more.
    let as_grace = Operator(over_tls(&swarm.master, Some(&grace)));
    as_grace.try_ask::<()>(Route::RevokeOperator, &ada_id.to_string()).await.unwrap();
    let error = as_ada.try_ask::<Vec<HostView>>(Route::Hosts, "").await.unwrap_err();
    assert!(error.problem().is_none(), "{error}");
    over_tls(&swarm.master, Some(&ada)).get::<Health>("GET", "/health").await.unwrap_err();
    let again = as_grace.try_ask::<()>(Route::RevokeOperator, &ada_id.to_string()).await.unwrap_err();
    assert_eq!(again.problem().unwrap().status, 404);
    let of_host = swarm.agents[0].id.to_string();
    let host = as_grace.try_ask::<()>(Route::RevokeOperator, &of_host).await.unwrap_err();
    assert_eq!(host.problem().unwrap().status, 404, "a host was revoked as an operator");
    let audit: Vec<AuditEntry> = as_grace.ask(Route::Audit).await;
    assert!(
        audit.iter().any(|entry| entry.actor == "grace" && entry.action == "revoke_operator"),
        "{audit:#?}"
    );
    assert!(audit.iter().any(|entry| entry.actor == "?" && entry.action == "Hosts" && !entry.allowed));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_listens_in_the_clear_where_others_can_hear() {
    let dir = tempfile::tempdir().unwrap();
    let operators = "0.0.0.0:0".parse().unwrap();
    let plain = Settings { operators, ..settings(dir.path()) };
    let error = Bound::open(plain.clone()).await.unwrap_err().to_string();
    assert!(error.contains("--tls") && error.contains("127.0.0.1"), "{error}");
    assert!(!dir.path().join("swarm").exists());
    let bound = Bound::open(Settings { tls: true, ..plain }).await.unwrap();
    assert_ne!(bound.operators().unwrap().port(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_secret_is_nobody_elses() {
    let swarm = Swarm::of(1).await;
    let mode =
        |path: &str| std::fs::metadata(swarm.master.state.join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("swarm"), 0o700);
    for file in
        ["swarm/operator.token", "swarm/store.db", "swarm/ca/ca-1.key", "swarm/master/controller-server.key"]
    {
        assert_eq!(mode(file), 0o600, "{file}");
    }
    for token in ["", "Bearer", &swarm.master.token()[1..]] {
        let client =
            Client::new(Way::Plain(swarm.master.operators.to_string())).with_bearer(token.to_owned());
        let error = client.get::<Vec<HostView>>("GET", "/swarm/hosts").await.unwrap_err();
        assert_eq!(error.problem().map(|problem| problem.status), Some(401), "{token}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_authority_changes_its_key_and_locks_nobody_out() {
    let swarm = Swarm::of(2).await;
    let operator = swarm.operator();
    operator.follow(swarm.deploy(fleet(4)).await).await;
    let before: Authority = operator.ask(Route::Authority).await;
    assert!(before.previous.is_none() && before.waiting.is_empty(), "{before:?}");
    let rolling: Authority = operator.ask(Route::RollOver).await;
    assert_eq!(rolling.previous.as_ref(), Some(&before.pin));
    // The master's own listener counts until it is certain that it does not run.
    let workers = rolling.waiting.iter().filter(|name| name.as_str() != "decnet-listener");
    assert_eq!(workers.count(), 2);
    // Too early: hosts still have certificates of the old one.
    let early = operator.try_ask::<Authority>(Route::RollOver, "").await.unwrap_err();
    assert_eq!(early.problem().unwrap().status, 409, "{early}");
    // Once all know both, the master shows the new one; then workers renew.
    eventually("the master has renewed", async || {
        let refused = operator.try_ask::<Authority>(Route::RollOver, "").await.unwrap_err();
        refused.to_string().contains("certificates of the old authority: w1, w2")
    })
    .await;
    for agent in &swarm.agents {
        agent.renew().await;
    }
    eventually("nobody has an old one", async || {
        // The master speaks with its hosts, and so sees their new certificates.
        operator.ask::<serde_json::Value>(Route::Check).await;
        operator.ask::<Authority>(Route::Authority).await.waiting.is_empty()
    })
    .await;
    let ended: Authority = operator.ask(Route::RollOver).await;
    assert!(ended.previous.is_none() && ended.pin == rolling.pin, "{ended:?}");
    assert!(operator.follow(swarm.deploy(fleet(6)).await).await.succeeded());
    swarm.converged(6).await;
    let audit = operator.whole_audit().await;
    assert!(audit.iter().any(|entry| entry.action == "roll_over" && entry.allowed));
    assert!(audit.iter().any(|entry| entry.action == "end_old_authority" && entry.allowed));
    // Who comes now comes to the new one.
    let mut swarm = swarm;
    swarm.join(3).await;
    eventually("it is heard", async || {
        swarm.hosts().await.iter().filter(|host| host.last_heartbeat.is_some()).count() == 3
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_master_renews_its_own_certificates_in_time() {
    const DAY: i64 = 86_400;
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::held(1_800_000_000);
    let with = Settings { clock: clock.clone(), ..settings(&dir.path().join("state")) };
    let mut master = Master::with(with).await;
    let operator = master.operator();
    assert!(operator.ask::<Health>(Route::Health).await.warnings.is_empty());
    let certificate =
        || std::fs::read_to_string(master.state.join("swarm/master/controller-server.crt")).unwrap();
    let key = || std::fs::read_to_string(master.state.join("swarm/master/controller-server.key")).unwrap();
    let (first, first_key) = (certificate(), key());
    let until = operator.ask::<Authority>(Route::Authority).await.master_not_after;
    assert_eq!(until, Some(1_800_000_000 + 90 * DAY));
    clock.turned(1_800_000_000 + 80 * DAY);
    let warned: Health = operator.ask(Route::Health).await;
    assert!(warned.warnings.iter().any(|warning| warning.contains("of the master")), "{warned:?}");
    master.end().await;
    master.reopen().await;
    let certificate =
        std::fs::read_to_string(master.state.join("swarm/master/controller-server.crt")).unwrap();
    assert_ne!(certificate, first);
    let key = std::fs::read_to_string(master.state.join("swarm/master/controller-server.key")).unwrap();
    assert_eq!(key, first_key, "workers know the key");
    assert!(master.operator().ask::<Health>(Route::Health).await.warnings.is_empty());
    assert!(master.operator().ask::<Authority>(Route::Authority).await.master_not_after > until);
    // The authority is told of long before.
    clock.turned(1_800_000_000 + 3500 * DAY);
    let warned: Health = master.operator().ask(Route::Health).await;
    assert!(warned.warnings.iter().any(|warning| warning.contains("the authority")), "{warned:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_requests_are_refused_in_words() {
    let swarm = Swarm::of(0).await;
    let client = swarm.operator().0;
    let status = async |method: &str, path: &str| match client.get::<serde_json::Value>(method, path).await {
        Err(CallError::Refused(problem)) => problem.status,
        other => panic!("{method} {path}: {other:?}"),
    };
    assert_eq!(status("GET", "/nowhere").await, 404);
    assert_eq!(status("PUT", "/swarm/hosts").await, 404);
    assert_eq!(status("GET", "/swarm/hosts/../x").await, 404);
    assert_eq!(status("GET", "/swarm/hosts/x").await, 400);
    assert_eq!(status("GET", "/swarm/hosts/0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b").await, 404);
    assert_eq!(status("GET", "/swarm/hosts?host_status=odd").await, 400);
    assert_eq!(status("GET", "/swarm/operations/7").await, 404);
    assert_eq!(status("GET", "/swarm/operations?limit=0").await, 422);
    assert_eq!(status("GET", "/swarm/audit?limit=1001").await, 422);
    let fleet = swarm.operator().refusal(Route::Deploy, &json!({"fleet": {"deckies": 7}})).await;
    assert_eq!(fleet.0, 422, "{}", fleet.1);
}
