//! The fleet of a single host, over the wire.

use std::fs;

use decnet_proto::{
    agent::{StepFailure, TeardownRequest},
    problem::Problem,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    agent::Agent,
    fixture::{Answer, Server},
};

const FLEET: &str = "[web]\nservices = http, ssh\namount = 2\n[cache]\nservices = redis\n";

/// A server in whose folder an agent listens.
async fn with_agent() -> (Server, Agent, String) {
    let folder = tempfile::tempdir().unwrap();
    let agent = Agent::start(folder.path());
    let server = Server::start_in(folder).await;
    let admin = server.admin().await;
    (server, agent, admin)
}

fn plans(folder: &TempDir) -> usize {
    fs::read_dir(folder.path().join("plan")).map_or(0, Iterator::count)
}

impl Server {
    async fn validate(&self, token: &str, text: &str) -> Value {
        let body = json!({"ini_content": text});
        let answer = self.ask("POST", "/api/v1/deckies/validate", Some(token), Some(body)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    async fn deploy(&self, token: &str, text: &str) -> Answer {
        let body = json!({"ini_content": text});
        self.ask("POST", "/api/v1/deckies/deploy", Some(token), Some(body)).await
    }

    async fn set_limit(&self, token: &str, limit: u32) -> u16 {
        let body = json!({"deployment_limit": limit});
        self.ask("PUT", "/api/v1/config/deployment-limit", Some(token), Some(body)).await.status
    }

    /// Waits until an operation is over.
    async fn over(&self, token: &str, id: u64) -> Value {
        let mut after = 0;
        for _ in 0..100 {
            let view = self.get(&format!("/api/v1/operations/{id}?after={after}"), token).await.json();
            if view["finished_at"].is_i64() {
                return view;
            }
            after = view["revision"].as_u64().unwrap();
        }
        panic!("operation {id} goes on");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_looked_through_and_nothing_is_done() {
    let (server, agent, admin) = with_agent().await;
    server.add_user(&admin, "guest", "viewer").await;
    let guest = server.log_in("guest", "first word of mine").await;
    server.change_password(&guest, "first word of mine").await;
    let view = server.validate(&guest, FLEET).await;
    assert_eq!((view["valid"].as_bool(), view["mode"].as_str()), (Some(true), Some("unihost")), "{view}");
    let names: Vec<_> = view["deckies"].as_array().unwrap().iter().map(|decky| &decky["name"]).collect();
    assert_eq!(names, ["web-01", "web-02", "cache"]);
    let first = &view["deckies"][0];
    assert!(first["ip"].as_str().unwrap().starts_with("10.9.0."), "{view}");
    assert_eq!(first["services"], json!(["http", "ssh"]));
    assert_eq!(agent.state().surveys, ["probe=false"]);
    assert!(agent.state().deployments.is_empty());
    assert!(!server.folder.path().join("seed").exists() && plans(&server.folder) == 0, "it wrote something");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_file_is_told_with_its_place() {
    let (server, agent, admin) = with_agent().await;
    server.set_limit(&admin, 3).await;
    let secret = server.folder.path().join("secret");
    fs::write(&secret, "the secret").unwrap();
    let with_file = format!("[web]\nservices = http\n[web.http]\nfiles = {}\n", secret.display());
    let many = "[web]\nservices = ssh\namount = 4\n";
    let large = format!("[web]\nservices = ssh\n;{}\n", "x".repeat(512 * 1024));
    let cases = [
        ("[web]\nservices = ssh\ncolour = red\n", Some(3), "unknown key"),
        ("[web]\nservices = nonsense\n", Some(2), "nonsense"),
        (&with_file, Some(4), "is not read"),
        (many, None, "the deployment limit is 3"),
        (&large, Some(1), "too large"),
        ("", Some(1), "empty"),
        (
            "[general]\ninterface = eth0\nnet = 10.9.0.0/30\n[web]\nservices = ssh\namount = 3\n",
            Some(4),
            "no free address",
        ),
    ];
    for (text, line, says) in cases {
        let view = server.validate(&admin, text).await;
        let start: String = text.chars().take(80).collect();
        assert_eq!((view["valid"].as_bool(), &view["deckies"]), (Some(false), &json!([])), "{start}: {view}");
        let findings = view["findings"].as_array().unwrap();
        let error = findings.iter().find(|finding| finding["severity"] == "error").unwrap();
        assert_eq!(error["line"].as_u64(), line, "{start}: {view}");
        assert!(error["message"].as_str().unwrap().contains(says), "{start}: {view}");
        assert!(!view.to_string().contains("the secret"));
        let refused = server.deploy(&admin, text).await;
        assert_eq!((refused.status, &refused.json()["title"]), (409, &json!("fleet refused")), "{refused:?}");
        assert!(!refused.json()["findings"].as_array().unwrap().is_empty(), "{refused:?}");
        assert!(refused.head.contains("application/problem+json"));
    }
    assert!(agent.state().deployments.is_empty() && plans(&server.folder) == 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_agent_a_file_is_looked_through_and_nothing_is_deployed() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let view = server.validate(&admin, FLEET).await;
    assert_eq!((view["valid"].as_bool(), &view["deckies"][2]["ip"]), (Some(true), &Value::Null), "{view}");
    assert_eq!(view["findings"][0]["severity"], "warning", "{view}");
    let known = format!("[general]\ninterface = eth0\nnet = 10.8.0.0/24\n{FLEET}");
    let view = server.validate(&admin, &known).await;
    assert!(view["deckies"][2]["ip"].as_str().unwrap().starts_with("10.8.0."), "{view}");
    let refused = server.deploy(&admin, FLEET).await;
    assert_eq!(refused.status, 502);
    assert!(refused.body.contains("systemctl start decnet-agent"), "{refused:?}");
    assert_eq!(plans(&server.folder), 0);
    let down = async |path: &str| server.ask("DELETE", path, Some(&admin), None).await.status;
    assert_eq!((down("/api/v1/deckies").await, down("/api/v1/deckies/web-01").await), (409, 404));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_is_deployed_followed_and_taken_down() {
    let (server, agent, admin) = with_agent().await;
    let accepted = server.deploy(&admin, FLEET).await;
    assert_eq!(accepted.status, 202, "{accepted:?}");
    assert_eq!((&accepted.json()["mode"], &accepted.json()["operation"]), (&json!("unihost"), &json!(7)));
    let plan = agent.state().deployments[0].plan.clone();
    assert_eq!((plan.generation, plan.deckies.len(), plans(&server.folder)), (1, 3, 1));
    assert_eq!(agent.state().surveys, ["probe=true"]);
    let listed = server.get("/api/v1/operations", &admin).await.json();
    assert_eq!((&listed[0]["kind"], &listed[0]["actor"]), (&json!("deploy"), &json!("admin")), "{listed}");
    // While it goes on nobody else has the turn.
    assert_eq!(server.deploy(&admin, FLEET).await.status, 409);
    assert_eq!(server.ask("DELETE", "/api/v1/deckies", Some(&admin), None).await.status, 409);
    assert_eq!((agent.state().deployments.len(), plans(&server.folder)), (1, 1));
    let [subject, step, error] = ["cache", "start", "no image"].map(str::to_owned);
    agent.finish(7, vec![StepFailure { subject, step, error }]);
    let view = server.over(&admin, 7).await;
    let result = &view["results"][0];
    assert_eq!((&result["state"], &result["failures"][0]["subject"]), (&json!("failed"), &json!("cache")));
    // Once more, the same as it was; then a decky goes, and the rest.
    assert_eq!(server.deploy(&admin, FLEET).await.status, 202);
    let again = agent.state().deployments[1].plan.clone();
    assert_eq!((again.generation, &again.deckies), (2, &plan.deckies));
    agent.finish(8, Vec::new());
    assert_eq!(server.over(&admin, 8).await["results"][0]["state"], "done");
    for (path, id) in [("/api/v1/deckies/web-01", 9), ("/api/v1/deckies", 10)] {
        let taken = server.ask("DELETE", path, Some(&admin), None).await;
        assert_eq!((taken.status, &taken.json()["operation"]), (202, &json!(id)), "{taken:?}");
        agent.finish(id, Vec::new());
        server.over(&admin, id).await;
    }
    let expect = [TeardownRequest::Decky("web-01".parse().unwrap()), TeardownRequest::All];
    assert_eq!(agent.state().teardowns, expect);
    let ids: Vec<_> =
        server.get("/api/v1/operations?limit=2", &admin).await.json().as_array().unwrap().clone();
    assert_eq!(ids.iter().map(|view| view["id"].as_u64().unwrap()).collect::<Vec<_>>(), [10, 9]);
    for (path, status) in [("operations/99", 404), ("operations/x", 400), ("operations?limit=0", 422)] {
        assert_eq!(server.get(&format!("/api/v1/{path}"), &admin).await.status, status, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_refuses_is_told() {
    let (server, agent, admin) = with_agent().await;
    for (status, expect) in [(409, 409), (422, 422), (500, 502), (403, 502)] {
        let (title, detail) = ("not so".to_owned(), "because".to_owned());
        agent.state().refusal = Some(Problem { status, title, detail });
        let refused = server.deploy(&admin, FLEET).await;
        assert_eq!(refused.status, expect, "{refused:?}");
        assert!(refused.body.contains("not so: because"), "{refused:?}");
    }
    // Whoever was refused does not keep the turn.
    agent.state().refusal = None;
    assert_eq!(server.deploy(&admin, FLEET).await.status, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_what_the_routes_take() {
    let (server, agent, admin) = with_agent().await;
    let cases = [
        (json!({}), 422),
        (json!({"ini_content": 7}), 422),
        (json!({"ini_content": FLEET, "mode": "swarm"}), 422),
        (json!({"ini_content": FLEET, "no_cache": "x"}), 422),
        (json!({"ini_content": "x".repeat(2 << 20)}), 413),
    ];
    for route in ["validate", "deploy"] {
        for (body, status) in &cases {
            let path = format!("/api/v1/deckies/{route}");
            let answer = server.ask("POST", &path, Some(&admin), Some(body.clone())).await;
            assert_eq!(answer.status, *status, "{route}: {answer:?}");
        }
    }
    assert!(agent.state().deployments.is_empty());
    let body = json!({"ini_content": FLEET, "no_cache": true});
    let taken = server.ask("POST", "/api/v1/deckies/deploy", Some(&admin), Some(body)).await;
    assert_eq!(taken.status, 202, "{taken:?}");
    assert!(agent.state().deployments[0].no_cache);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deployment_limit_is_kept() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let config = server.get("/api/v1/config", &admin).await.json();
    assert_eq!((&config["deployment_limit"], &config["developer_mode"]), (&json!(50), &json!(false)));
    for (limit, status) in [(0, 422), (501, 422), (500, 200), (2, 200)] {
        assert_eq!(server.set_limit(&admin, limit).await, status, "{limit}");
    }
    let server = Server::start_in(server.stop().await).await;
    assert_eq!(server.get("/api/v1/config", &admin).await.json()["deployment_limit"], 2);
    let refused = server.deploy(&admin, FLEET).await;
    assert_eq!((refused.status, &refused.json()["findings"][0]["place"]), (409, &json!("fleet")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_record_is_emptied_for_developers_only() {
    let server = Server::start().await;
    let admin = server.admin().await;
    server.write(&admin, 1..41).await;
    let empty =
        async |server: &Server| server.ask("DELETE", "/api/v1/config/reinit", Some(&admin), None).await;
    assert_eq!(empty(&server).await.status, 404);
    let server = Server::start_with(server.stop().await, &[("DECNET_DEVELOPER", "true")]).await;
    let total =
        async |path: &str| server.get(&format!("/api/v1/{path}"), &admin).await.json()["total"].clone();
    assert_eq!((total("logs").await, total("attackers").await), (json!(40), json!(3)));
    let answer = empty(&server).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let deleted = &answer.json()["deleted"];
    assert_eq!((&deleted["logs"], &deleted["attackers"]), (&json!(40), &json!(3)), "{deleted}");
    for list in ["logs", "attackers", "bounty", "credentials", "sessions", "artifacts"] {
        assert_eq!(total(list).await, 0, "{list}");
    }
    assert_eq!(server.get("/api/v1/stats", &admin).await.json()["total_logs"], 0);
    // Who may ask still may, and what comes is kept.
    server.write_until(&admin, 41..49, 8).await;
    assert_eq!(total("logs").await, 8);
}
