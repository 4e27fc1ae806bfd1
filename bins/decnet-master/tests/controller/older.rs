//! A master with an agent of the version before: what such an agent said, word for word, and what it
//! was asked, kept in `older/` as it was recorded.
//!
//! When a test here fails, the wire has changed: what older agents say must still be read, and they
//! must not be sent what they do not know.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use decnet_api::server::{Limits, Tls, serve};
use decnet_pki::{
    credentials::Presented,
    folder::IdentityFolder,
    sessions::Sessions,
    tls::{self, ClientPolicy, Terms},
    trust::ByTrust,
};
use decnet_proto::{
    agent::Route,
    swarm::{
        operator::{Profile, Route as Operator, Token},
        role::Role,
        worker::{self, Heard},
    },
};
use serde_json::{Value, json};

use crate::{
    agent::{join, keep},
    master::eventually,
    swarm::{Swarm, free_port},
};

const HEALTH: &str = include_str!("older/health.json");
const SITE: &str = include_str!("older/site.json");
const BEFORE: &str = include_str!("older/status-before.json");
const AFTER: &str = include_str!("older/status-after.json");
const OPERATION: &str = include_str!("older/operation.json");
const HEARTBEAT: &str = include_str!("older/heartbeat.json");
/// What the master of its own version sent it.
const DEPLOY: &str = include_str!("older/deploy.json");

/// What the agent was asked.
#[derive(Debug, Default)]
struct Asked {
    deployed: AtomicBool,
    bodies: Mutex<Vec<Value>>,
}

fn said(status: StatusCode, text: &'static str) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], text).into_response()
}

async fn deploy(State(asked): State<Arc<Asked>>, body: String) -> Response {
    asked.bodies.lock().unwrap().push(serde_json::from_str(&body).unwrap());
    asked.deployed.store(true, Ordering::Relaxed);
    said(StatusCode::ACCEPTED, r#"{"operation":1}"#)
}

async fn status(State(asked): State<Arc<Asked>>) -> Response {
    said(StatusCode::OK, if asked.deployed.load(Ordering::Relaxed) { AFTER } else { BEFORE })
}

fn routes(asked: &Arc<Asked>) -> Router {
    Router::new()
        .route(Route::Health.path(), get(async || said(StatusCode::OK, HEALTH)))
        .route(Route::Site.path(), get(async || said(StatusCode::OK, SITE)))
        .route(Route::Status.path(), get(status))
        .route(Route::Deploy.path(), post(deploy))
        .route(Route::Operation.path(), get(async || said(StatusCode::OK, OPERATION)))
        .with_state(Arc::clone(asked))
}

/// Every path of names in a value; the elements of a list are all called `[]`.
fn paths(value: &Value, at: &str, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = format!("{at}.{name}");
                paths(value, &path, into);
                into.insert(path);
            }
        }
        Value::Array(elements) => elements.iter().for_each(|value| paths(value, &format!("{at}[]"), into)),
        _ => {}
    }
}

fn names(value: &Value) -> BTreeSet<String> {
    let mut into = BTreeSet::new();
    paths(value, "", &mut into);
    into
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_works_with_an_agent_of_the_version_before() {
    let swarm = Swarm::of(0).await;
    let (listen, asked) = (free_port(), Arc::new(Asked::default()));
    let request = json!({ "name": "old", "address": "127.0.0.1", "agent_port": listen.port() });
    let token: Token = swarm.operator().send(Operator::Token, &request).await;
    let folder = IdentityFolder::at(swarm.dir.path().join("old"));
    let (controller, clock) = (swarm.master.workers.to_string(), &swarm.master.clock);
    let joined = join(&controller, &token.token, &folder, clock).await.unwrap();
    keep(&folder, &joined, &controller);

    let trust = ByTrust::new(&joined.trust, &[Role::Master]).unwrap();
    let terms = |trust: &ByTrust| Terms {
        roots: trust.roots(),
        admission: Arc::new(trust.clone()),
        alpn: Vec::new(),
        clock: clock.clone(),
        refusals: Arc::default(),
    };
    let shown = |profile| Presented::new(folder.credentials(profile).unwrap());
    let own = terms(&trust);
    let config = tls::server(&shown(Profile::AgentServer), ClientPolicy::Required, &own).unwrap();
    let door = Tls::bind(listen, config, Sessions::default(), own.admission).await.unwrap();
    tokio::spawn(serve(door, routes(&asked), Limits::default(), std::future::pending()));

    let fleet = "[web]\nservices = http\nip = 10.77.0.21\n";
    let fleet = decnet_composer::ini::parse("fleet.ini", fleet.as_bytes()).unwrap().value;
    let operation = swarm.deploy(fleet).await;
    let view = swarm.operator().follow(operation).await;
    assert!(view.succeeded(), "{view:#?}");
    swarm.master_knows_web().await;

    let bodies = asked.bodies.lock().unwrap().clone();
    let known = names(&serde_json::from_str(DEPLOY).unwrap());
    for body in &bodies {
        let unknown: Vec<_> = names(body).difference(&known).cloned().collect();
        assert!(unknown.is_empty(), "an older agent does not know {unknown:?}");
    }
    assert_eq!(bodies.len(), 1);

    // What it tells of itself is heard.
    let controllers = trust.with_roles(&[Role::Controller]);
    let config =
        tls::client(Some(&shown(Profile::AgentClient)), &[Role::Controller], &terms(&controllers)).unwrap();
    let client = decnet_api::client::Client::new(decnet_api::client::Way::Tls(controller.clone(), config))
        .with_patience(Duration::from_secs(5));
    let (route, beat) = (worker::Route::Heartbeat, serde_json::from_str::<Value>(HEARTBEAT).unwrap());
    let heard: Heard = client.send(route.method(), route.path(), &beat).await.unwrap();
    assert_eq!(heard.interval, 1);
    let hosts = swarm.hosts().await;
    assert_eq!(hosts.first().and_then(|host| host.observed), Some(1));
}

impl Swarm {
    async fn master_knows_web(&self) {
        eventually("the master knows that the decky runs", async || {
            let shards = self.shards().await;
            let running = decnet_proto::swarm::operator::ShardState::Running;
            shards.iter().any(|shard| shard.decky_name.as_str() == "web" && shard.state == running)
        })
        .await;
    }
}
