//! How hosts come in, and how they do not.

use std::time::Duration;

use decnet_api::client::{CallError, Client, Way};
use decnet_pki::{
    clock::Clock, digest::Pin, folder::IdentityFolder, keys::Key, testing::cast::nobody, tls,
    token::Token as Parsed,
};
use decnet_proto::swarm::{
    operator::{
        Accepted, AuditEntry, CertificateRequest, Enrolled, HostState, HostView, Profile, Route, Token,
    },
    worker::{self, JoinRequest, Joined},
};
use serde_json::json;
use tokio::{io::AsyncReadExt as _, net::TcpStream};
use tokio_rustls::TlsConnector;

use crate::{
    agent::{Agent, join, keep},
    master::eventually,
    swarm::{Swarm, fleet, free_port},
    world::World,
};

fn status(error: &CallError) -> u16 {
    error.problem().unwrap_or_else(|| panic!("no refusal: {error}")).status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_lets_one_in_however_many_show_it() {
    let swarm = Swarm::of(0).await;
    let operator = swarm.operator();
    let token: Token = operator.send(Route::Token, &json!({"name": "w1"})).await;
    let mut racing = tokio::task::JoinSet::new();
    for number in 0..24 {
        let (text, controller) = (token.token.clone(), swarm.master.workers.to_string());
        let folder = IdentityFolder::at(swarm.dir.path().join(format!("racer-{number}")));
        racing.spawn(async move { join(&controller, &text, &folder, &Clock::system()).await });
    }
    let outcomes = racing.join_all().await;
    let joined = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(joined, 1);
    assert!(outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).all(|error| status(error) == 403));
    println!("24 hosts showed one token at once: {joined} joined");

    let folder = IdentityFolder::at(swarm.dir.path().join("replayer"));
    let controller = swarm.master.workers.to_string();
    let replayed = join(&controller, &token.token, &folder, &Clock::system()).await.unwrap_err();
    assert!(status(&replayed) == 403 && replayed.to_string().contains("used before"), "{replayed}");
    let audit: Vec<AuditEntry> = operator.ask(Route::Audit).await;
    assert!(audit.iter().any(|entry| entry.action == "join" && entry.allowed && entry.actor == "w1"));
    assert!(audit.iter().any(|entry| entry.action == "Join" && !entry.allowed));
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_run_out_and_are_for_their_own_swarm() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::held(1_800_000_000);
    let settings = crate::master::settings(&dir.path().join("state"));
    let settings = decnet_master::swarm::Settings { clock: clock.clone(), ..settings };
    let master = crate::master::Master::with(settings).await;
    let operator = master.operator();
    let token: Token = operator.send(Route::Token, &json!({"name": "w1", "life": 30})).await;
    assert_eq!(token.expires_at, 1_800_000_030);
    let folder = IdentityFolder::at(dir.path().join("w1"));
    let controller = master.workers.to_string();
    // Who was told another authority does not even send the token.
    let (other, _) = Parsed::draw(Pin([7; 32])).unwrap();
    let error = join(&controller, &other, &folder, &clock).await.unwrap_err();
    assert!(error.problem().is_none(), "{error}");
    // One that nobody made.
    let (unknown, _) = Parsed::draw(Parsed::parse(&token.token).unwrap().authority_pin()).unwrap();
    assert_eq!(status(&join(&controller, &unknown, &folder, &clock).await.unwrap_err()), 403);
    clock.turned(1_800_000_031);
    let late = join(&controller, &token.token, &folder, &clock).await.unwrap_err();
    assert!(status(&late) == 403 && late.to_string().contains("run out"), "{late}");
    // The name is free again once nobody can come under it.
    let taken = operator.refusal(Route::Token, &json!({"name": "w1"})).await;
    assert_eq!(taken.0, 409, "{}", taken.1);
    clock.turned(1_800_000_700);
    operator.send::<Token>(Route::Token, &json!({"name": "w1"})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_was_lost_comes_again_under_its_name() {
    let mut swarm = Swarm::of(2).await;
    let operator = swarm.operator();
    operator.follow(swarm.deploy(fleet(4)).await).await;
    let taken = operator.refusal(Route::Token, &json!({"name": "w1"})).await;
    assert!(taken.0 == 409 && taken.1.contains("again"), "{taken:?}");
    let nobody = operator.refusal(Route::Token, &json!({"name": "w9", "again": true})).await;
    assert_eq!(nobody.0, 404, "{}", nobody.1);

    let mut old = swarm.agents.remove(0);
    old.cut();
    let listen = free_port();
    let request = json!({"name": "w1", "again": true, "address": "127.0.0.1", "agent_port": listen.port()});
    let token: Token = operator.send(Route::Token, &request).await;
    assert_eq!(token.host, old.id);
    let controller = swarm.master.workers.to_string();
    let dir = swarm.dir.path().join("w1-new");
    let clock = swarm.master.clock.clone();
    let new = Agent::join(&controller, &token.token, dir, listen, World::new(1, 1), &clock).await;
    swarm.agents.push(new);
    swarm.converged(4).await;
    // What it had before is good no more.
    let trust = worker::Route::Trust;
    old.controller().get::<worker::Trust>(trust.method(), trust.path()).await.unwrap_err();
    assert_eq!(swarm.hosts().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_can_be_prepared_by_hand() {
    let mut swarm = Swarm::of(0).await;
    let operator = swarm.operator();
    let folder = IdentityFolder::at(swarm.dir.path().join("bundle"));
    let profiles = [Profile::AgentServer, Profile::AgentClient];
    let request = |profile: Profile| CertificateRequest {
        profile,
        pem: folder.key(profile).unwrap().request(profile).unwrap(),
    };
    let listen = free_port();
    let body = json!({
        "name": "byhand", "address": "127.0.0.1", "agent_port": listen.port(),
        "requests": profiles.map(request),
    });
    let enrolled: Enrolled = operator.send(Route::Enroll, &body).await;
    assert_eq!(enrolled.certificates.len(), 2);
    let hosts: Vec<HostView> = operator.ask(Route::Hosts).await;
    assert!(hosts[0].by_hand && hosts[0].status == HostState::Invited, "{hosts:?}");
    let controller = swarm.master.workers.to_string();
    let name = "byhand".parse().unwrap();
    let (host, certificates, trust) = (enrolled.host, enrolled.certificates, enrolled.trust);
    keep(&folder, &Joined { host, name, certificates, trust, release_key: None }, &controller);
    let clock = swarm.master.clock.clone();
    swarm.agents.push(Agent::start(folder.clone(), listen, World::new(1, 1), &clock).await);
    eventually("it is heard", async || swarm.hosts().await[0].status == HostState::Active).await;
    assert!(operator.follow(swarm.deploy(fleet(3)).await).await.succeeded());
    swarm.converged(3).await;

    let again = operator.refusal(Route::Enroll, &body).await;
    assert_eq!(again.0, 409, "{}", again.1);
    for requests in
        [json!([]), json!([request(Profile::AgentServer)]), json!([request(Profile::MasterClient)])]
    {
        let body = json!({"name": "other", "address": "127.0.0.1", "requests": requests});
        assert_eq!(operator.refusal(Route::Enroll, &body).await.0, 422);
    }
    let forged = CertificateRequest { profile: Profile::AgentServer, pem: "nothing".to_owned() };
    let body = json!({
        "name": "other", "address": "127.0.0.1", "requests": [forged, request(Profile::AgentClient)],
    });
    assert_eq!(operator.refusal(Route::Enroll, &body).await.0, 422);
    assert_eq!(swarm.hosts().await.len(), 1, "a host was left of what was refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_have_plain_names_and_addresses() {
    let swarm = Swarm::of(0).await;
    let operator = swarm.operator();
    let long = "a".repeat(10_240);
    let names =
        ["../x", "decnet-master", "updater", "W1", "w 1", "wörker", "w1\u{202e}", "", "a/b", "-", &long];
    for name in names {
        for route in [Route::Token, Route::Enroll] {
            let body = json!({"name": name, "address": "10.0.0.1", "requests": []});
            let refused = operator.refusal(route, &body).await;
            assert!(refused.0 == 422 && refused.1.len() < 600, "{route:?} {name:.40}: {refused:?}");
        }
        let body = json!({"name": name, "pem": ""});
        assert_eq!(operator.refusal(Route::Operator, &body).await.0, 422, "{name:.40}");
    }
    for address in ["../x", "http://a", "a b", "wörker", &long] {
        let refused = operator.refusal(Route::Token, &json!({"name": "w1", "address": address})).await;
        assert!(refused.0 == 422 && refused.1.len() < 600, "{address:.40}: {refused:?}");
    }
    for body in [
        json!({"name": "w1", "life": 0}),
        json!({"name": "w1", "life": 601}),
        json!({"name": "w1", "agent_port": 0}),
        json!({"name": "w1", "notes": "n".repeat(1025)}),
        json!({"name": "w1", "master": true}),
    ] {
        assert_eq!(operator.refusal(Route::Token, &body).await.0, 422, "{body:.80}");
    }
    assert!(swarm.hosts().await.is_empty(), "something was kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_have_bounds() {
    let swarm = Swarm::of(0).await;
    let operator = swarm.operator();
    let large = json!({"name": "w1", "notes": "n".repeat(1024 * 1024)});
    assert_eq!(operator.refusal(Route::Token, &large).await.0, 413);
    let token: Token = operator.send(Route::Token, &json!({"name": "w1"})).await;
    let pin = Parsed::parse(&token.token).unwrap().authority_pin();
    let config = tls::joining(pin, &[], &Clock::system()).unwrap();
    let client = Client::new(Way::Tls(swarm.master.workers.to_string(), config));
    let route = worker::Route::Join;
    let request = CertificateRequest { profile: Profile::AgentServer, pem: "x".repeat(70_000) };
    let body = JoinRequest { token: token.token.clone(), requests: vec![request] };
    let error = client.send::<Joined>(route.method(), route.path(), &body).await.unwrap_err();
    assert_eq!(status(&error), 413);
    // Parts that are no agent's or updater's are refused, and use no token up.
    let key = Key::draw().unwrap();
    for profiles in [
        vec![Profile::MasterClient],
        vec![Profile::AgentServer],
        vec![Profile::AgentServer, Profile::UpdaterClient],
        vec![Profile::AgentServer, Profile::AgentClient, Profile::ControllerServer],
        vec![],
    ] {
        let request =
            |profile: &Profile| CertificateRequest { profile: *profile, pem: key.request(*profile).unwrap() };
        let requests = profiles.iter().map(request).collect();
        let body = JoinRequest { token: token.token.clone(), requests };
        let error = client.send::<Joined>(route.method(), route.path(), &body).await.unwrap_err();
        assert_eq!(status(&error), 422, "{profiles:?}");
    }
    let folder = IdentityFolder::at(swarm.dir.path().join("w1"));
    join(&swarm.master.workers.to_string(), &token.token, &folder, &Clock::system()).await.unwrap();
    // An updater joins with a token that was not made for one: it was not.
    let request = |profile: Profile| CertificateRequest { profile, pem: key.request(profile).unwrap() };
    let requests = vec![request(Profile::UpdaterServer), request(Profile::UpdaterClient)];
    let body = JoinRequest { token: token.token.clone(), requests };
    let error = client.send::<Joined>(route.method(), route.path(), &body).await.unwrap_err();
    assert_eq!(status(&error), 403);
    let leaving: Accepted = operator.try_ask(Route::Decommission, &token.host.to_string()).await.unwrap();
    assert!(operator.follow(leaving.operation).await.succeeded());
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_do_not_keep_anybody_out() {
    let swarm = Swarm::of(1).await;
    let connector = TlsConnector::from(nobody());
    let mut strangers = Vec::new();
    for _ in 0..100 {
        let stream = TcpStream::connect(swarm.master.workers).await.unwrap();
        strangers.push(connector.connect(tls::server_name(), stream).await.unwrap());
    }
    // Those who found no room are cut off, the others are not.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (mut cut, mut byte) = (0, [0]);
    for stream in &mut strangers {
        let read = tokio::time::timeout(Duration::from_millis(20), stream.read(&mut byte));
        cut += usize::from(read.await.is_ok());
    }
    assert_eq!(cut, 100 - 64);
    let trust = worker::Route::Trust;
    let agent = swarm.agents[0].controller();
    agent.get::<worker::Trust>(trust.method(), trust.path()).await.unwrap();
    drop(strangers);
    let token: Token = swarm.operator().send(Route::Token, &json!({"name": "w9"})).await;
    let folder = IdentityFolder::at(swarm.dir.path().join("w9"));
    let controller = swarm.master.workers.to_string();
    eventually("there is room again", async || {
        join(&controller, &token.token, &folder, &Clock::system()).await.is_ok()
    })
    .await;
}
