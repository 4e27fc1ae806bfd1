//! The swarm over the wire: a controller that is one, and one that is played.

use axum::{
    Json, Router,
    http::StatusCode,
    response::IntoResponse as _,
    routing::{get, post},
};
use decnet_daemon::signals::{Shutdown, Trigger};
use decnet_proto::swarm::{API_VERSION, operator::Route};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::fixture::Server;
use crate::swarm::{Bound, Settings};

const FLEET: &str = "[web]\nservices = http, ssh\namount = 2\n";

/// A controller without hosts, on the state folder of the API, and the API.
async fn with_controller() -> (Server, Trigger, String) {
    let folder = tempfile::tempdir().unwrap();
    let loopback = "127.0.0.1:0".parse().unwrap();
    let settings =
        Settings { operators: loopback, workers: loopback, heartbeat: 1, ..Settings::new(folder.path()) };
    let bound = Bound::open(settings).await.unwrap();
    let url = format!("http://{}", bound.operators().unwrap());
    let (trigger, shutdown) = Shutdown::by_hand();
    tokio::spawn(bound.serve(shutdown));
    let (server, admin) = in_swarm(folder, &url).await;
    (server, trigger, admin)
}

async fn in_swarm(folder: TempDir, url: &str) -> (Server, String) {
    let more = [("DECNET_DEPLOYMENT", "swarm"), ("DECNET_SWARMCTL_URL", url)];
    let server = Server::start_with(folder, &more).await;
    let admin = server.admin().await;
    (server, admin)
}

/// Plays a controller that answers deployments so.
async fn played(status: u16, answer: Value) -> (Server, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("swarm")).unwrap();
    std::fs::write(folder.path().join("swarm/operator.token"), "token").unwrap();
    let health = json!({"status": "ok", "role": "swarm-controller", "api": API_VERSION, "version": "0"});
    let status = StatusCode::from_u16(status).unwrap();
    let routes = Router::new()
        .route(Route::Health.path(), get(async move || Json(health)))
        .route(Route::Deploy.path(), post(async move || (status, Json(answer)).into_response()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    in_swarm(folder, &url).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_host_has_no_swarm() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let id = "00000000-0000-4000-8000-000000000000";
    let cases = [
        ("GET", "swarm/hosts".to_owned(), None),
        ("DELETE", format!("swarm/hosts/{id}"), None),
        ("GET", "swarm/deckies".to_owned(), None),
        ("POST", "swarm/enroll-token".to_owned(), Some(json!({"name": "w1", "master_host": "m"}))),
        ("GET", "swarm-updates/hosts".to_owned(), None),
        ("POST", "swarm-updates/push".to_owned(), Some(json!({"all": true}))),
        ("POST", "swarm-updates/rollback".to_owned(), Some(json!({"host_uuids": [id]}))),
    ];
    for (method, path, body) in cases {
        let answer = server.ask(method, &format!("/api/v1/{path}"), Some(&admin), body).await;
        assert_eq!((answer.status, &answer.json()["title"]), (409, &json!("no swarm")), "{path}: {answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_is_invited_listed_and_taken_out() {
    let (server, _trigger, admin) = with_controller().await;
    let get = async |path: &str| server.get(&format!("/api/v1/{path}"), &admin).await;
    assert_eq!((get("swarm/hosts").await.json(), get("swarm/deckies").await.json()), (json!([]), json!([])));
    let invite =
        async |body: Value| server.ask("POST", "/api/v1/swarm/enroll-token", Some(&admin), Some(body)).await;
    let answer = invite(json!({"name": "w1", "master_host": "master.example", "notes": "rack 7"})).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert!(answer.head.contains("no-store"), "{answer:?}");
    let enrolment = answer.json();
    let token = enrolment["token"].as_str().unwrap();
    assert_eq!(enrolment["command"], "sudo decnet-agent join https://master.example:8771");
    assert_eq!(enrolment["updater_command"], "sudo decnet-updater join https://master.example:8771");
    assert!(token.len() > 40 && enrolment["expires_at"].as_i64().unwrap() > 1_700_000_000);
    for (body, status) in [
        (json!({"name": "w1", "master_host": "m"}), 409),
        (json!({"name": "W 1", "master_host": "m"}), 422),
        (json!({"name": "w2", "master_host": "https://m"}), 422),
        (json!({"name": "w2", "master_host": "m; rm -rf /"}), 422),
        (json!({"name": "w2"}), 422),
        (json!({"name": "w2", "master_host": "m", "life": 9_999_999}), 422),
    ] {
        assert_eq!(invite(body.clone()).await.status, status, "{body}");
    }
    let hosts = get("swarm/hosts?host_status=invited").await.json();
    assert_eq!((&hosts[0]["name"], &hosts[0]["notes"]), (&json!("w1"), &json!("rack 7")), "{hosts}");
    assert_eq!(hosts[0]["uuid"], enrolment["host_uuid"]);
    assert_eq!(get("swarm/hosts?host_status=active").await.json(), json!([]));
    assert_eq!(get("swarm/hosts?host_status=x").await.status, 400);
    assert!(!get("swarm/hosts").await.body.contains(token));
    let path = format!("/api/v1/swarm/hosts/{}", enrolment["host_uuid"].as_str().unwrap());
    let taken = server.ask("DELETE", &path, Some(&admin), None).await;
    assert_eq!((taken.status, &taken.json()["mode"]), (202, &json!("swarm")), "{taken:?}");
    let operation = taken.json()["operation"].as_u64().unwrap();
    let view = get(&format!("operations/{operation}")).await.json();
    assert_eq!((&view["kind"], &view["id"]), (&json!("decommission"), &json!(operation)), "{view}");
    assert_eq!(get("operations").await.json()[0]["id"], json!(operation));
    let nobody = "/api/v1/swarm/hosts/00000000-0000-4000-8000-000000000000";
    assert_eq!(server.ask("DELETE", nobody, Some(&admin), None).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_controller_refuses_is_refused() {
    let (server, trigger, admin) = with_controller().await;
    let id = "00000000-0000-4000-8000-000000000000";
    let name = json!({"version": "1.0.0", "digest": "a".repeat(64)});
    let fleet = json!({"ini_content": FLEET});
    let cases = [
        ("POST", "deckies/deploy", Some(fleet.clone()), 409),
        ("POST", "deckies/validate", Some(fleet.clone()), 409),
        ("POST", "deckies/validate", Some(json!({"ini_content": "["})), 200),
        ("DELETE", "deckies/web-01", None, 404),
        ("GET", "operations/99", None, 404),
        ("POST", "swarm-updates/push", Some(json!({"all": true})), 422),
        ("POST", "swarm-updates/push", Some(json!({"worker": name})), 422),
        ("POST", "swarm-updates/push", Some(json!({"worker": name, "host_uuids": []})), 422),
        ("POST", "swarm-updates/push", Some(json!({"worker": name, "all": true, "host_uuids": [id]})), 422),
        ("POST", "swarm-updates/push", Some(json!({"worker": name, "all": true, "wave": 0})), 422),
        ("POST", "swarm-updates/push", Some(json!({"worker": name, "host_uuids": [id]})), 404),
        ("POST", "swarm-updates/rollback", Some(json!({"host_uuids": []})), 422),
        ("POST", "swarm-updates/rollback", Some(json!({"host_uuids": [id]})), 404),
    ];
    for (method, path, body, status) in cases {
        let answer = server.ask(method, &format!("/api/v1/{path}"), Some(&admin), body.clone()).await;
        assert_eq!(answer.status, status, "{method} {path} {body:?}: {answer:?}");
    }
    let hosts = server.get("/api/v1/swarm-updates/hosts", &admin).await;
    assert_eq!((hosts.status, hosts.json()), (200, json!({"hosts": [], "releases": []})));
    let taken = server.ask("DELETE", "/api/v1/deckies", Some(&admin), None).await;
    assert_eq!(taken.status, 202, "{taken:?}");
    // Without a controller none of it is done, and that is told.
    drop(trigger);
    for path in ["swarm/hosts", "swarm/deckies", "operations", "swarm-updates/hosts"] {
        let url = format!("/api/v1/{path}");
        let mut status = 200;
        for _ in 0..100 {
            status = server.get(&url, &admin).await.status;
            if status != 200 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert_eq!(status, 502, "{path}");
    }
}

fn operation(detail: &str, notes: &[&str]) -> Value {
    json!({
        "id": 0, "revision": 0, "kind": "deploy", "actor": "token", "created_at": 1, "finished_at": 1,
        "notes": notes,
        "results": [{
            "host_uuid": "00000000-0000-4000-8000-000000000000", "host_name": "w1", "state": "done",
            "steps": [0, 0], "detail": detail, "failures": [],
        }],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_looked_through_by_the_controller() {
    let detail = "web-01 10.9.0.7 http,ssh; web-02 10.9.0.8 http,ssh";
    let notes = ["decky web-01: warning: it is slow", "w2 does not answer"];
    let (server, admin) = played(200, operation(detail, &notes)).await;
    let body = Some(json!({"ini_content": FLEET}));
    let view = server.ask("POST", "/api/v1/deckies/validate", Some(&admin), body).await.json();
    assert_eq!((&view["valid"], &view["mode"]), (&json!(true), &json!("swarm")), "{view}");
    let second = &view["deckies"][1];
    let its = (&second["name"], &second["ip"], &second["host"], &second["services"]);
    assert_eq!(its, (&json!("web-02"), &json!("10.9.0.8"), &json!("w1"), &json!(["http", "ssh"])));
    assert_eq!(view["findings"][0]["place"], "decky web-01", "{view}");
    assert_eq!(view["findings"][1]["message"], "w2 does not answer", "{view}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_controller_finds_wrong_with_a_fleet_is_told_as_other_findings_are() {
    let detail = "fleet.ini:1: [web] ip: error: it is taken\nfleet: warning: it is large";
    let problem = json!({"status": 422, "title": "fleet refused", "detail": detail});
    let (server, admin) = played(422, problem).await;
    let body = json!({"ini_content": FLEET});
    let view = server.ask("POST", "/api/v1/deckies/validate", Some(&admin), Some(body.clone())).await.json();
    assert_eq!((&view["valid"], &view["deckies"]), (&json!(false), &json!([])), "{view}");
    let refused = server.ask("POST", "/api/v1/deckies/deploy", Some(&admin), Some(body)).await;
    assert_eq!((refused.status, &refused.json()["detail"]), (409, &json!(detail)), "{refused:?}");
    for findings in [&view["findings"], &refused.json()["findings"]] {
        let expect = (&json!("error"), &json!("fleet.ini:1: [web] ip"), &json!("it is taken"));
        let first = &findings[0];
        assert_eq!((&first["severity"], &first["place"], &first["message"]), expect);
        assert_eq!(findings[1]["severity"], "warning");
    }
}
