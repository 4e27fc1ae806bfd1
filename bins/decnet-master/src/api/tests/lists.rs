//! What the record answers, over the wire.

use std::fs;

use super::fixture::Server;

#[tokio::test(flavor = "multi_thread")]
async fn events_are_found_counted_and_paged() {
    let server = Server::start().await;
    let admin = server.admin().await;
    server.write(&admin, 1..101).await;
    let page = server.get("/api/v1/logs?limit=30", &admin).await.json();
    assert_eq!((page["total"].as_u64(), page["data"][0]["id"].as_u64()), (Some(100), Some(100)));
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = server.get(&format!("/api/v1/logs?limit=30&cursor={cursor}"), &admin).await.json();
        seen.extend(page["data"].as_array().unwrap().iter().map(|row| row["id"].as_u64().unwrap()));
        let Some(next) = page["next"].as_str() else { break };
        cursor = next.to_owned();
    }
    assert_eq!(seen, (1..=100).rev().collect::<Vec<_>>());
    let count = async |path: &str| server.get(path, &admin).await.json()["total"].as_u64().unwrap();
    assert_eq!(count("/api/v1/logs?search=wget").await, 25);
    assert_eq!(count("/api/v1/logs?search=event:auth_attempt%20decky:web-1").await, 8);
    assert_eq!(count("/api/v1/logs?search=-event:connect").await, 75);
    assert_eq!(count("/api/v1/logs?start_time=2026-11-27T10:00:00.000091Z").await, 10);
    let histogram = server.get("/api/v1/logs/histogram", &admin).await.json();
    assert_eq!(histogram[0]["count"], 100, "{histogram}");
}

#[tokio::test(flavor = "multi_thread")]
async fn attackers_and_what_they_left_hang_together() {
    let server = Server::start().await;
    let admin = server.admin().await;
    server.write(&admin, 1..41).await;
    let attackers = server.get("/api/v1/attackers?sort_by=active", &admin).await.json();
    assert_eq!(attackers["total"], 3);
    let attacker = &attackers["data"][0];
    let path = format!("/api/v1/attackers/{}", attacker["uuid"].as_str().unwrap());
    assert_eq!(server.get(&path, &admin).await.json(), *attacker);
    let commands = server.get(&format!("{path}/commands"), &admin).await.json();
    assert_eq!(commands["total"], attacker["command_count"], "{commands}");
    assert_eq!(server.get(&format!("{path}/artifacts"), &admin).await.json()["total"], 0);
    assert_eq!(server.get("/api/v1/bounty?bounty_type=credential", &admin).await.json()["total"], 10);
    assert_eq!(server.get("/api/v1/credentials?search=p13", &admin).await.json()["total"], 1);
    let sessions = server.get("/api/v1/sessions?limit=1", &admin).await.json();
    let id = sessions["data"][0]["id"].as_i64().unwrap();
    let events = server.get(&format!("/api/v1/sessions/{id}/events"), &admin).await.json();
    assert_eq!(events["total"], sessions["data"][0]["event_count"], "{events}");
    for path in ["attackers/00000000-0000-4000-8000-000000000000", "sessions/999", "sessions/999/events"] {
        assert_eq!(server.get(&format!("/api/v1/{path}"), &admin).await.status, 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_given_out_by_its_digest_and_by_nothing_else() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let folder = server.folder.path().join("artifacts");
    fs::create_dir_all(&folder).unwrap();
    let digest = "a".repeat(64);
    fs::write(folder.join(&digest), "<script>alert(1)</script>").unwrap();
    let answer = server.get(&format!("/api/v1/artifacts/{digest}"), &admin).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "<script>alert(1)</script>"));
    for told in ["application/octet-stream", "attachment", "nosniff", "sandbox"] {
        assert!(answer.head.contains(told), "{told}: {answer:?}");
    }
    fs::write(server.folder.path().join("secret"), "secret").unwrap();
    for (path, status) in [
        ("..%2Fsecret".to_owned(), 422),
        ("x".to_owned(), 422),
        (digest.to_uppercase(), 422),
        ("b".repeat(64), 404),
    ] {
        assert_eq!(server.get(&format!("/api/v1/artifacts/{path}"), &admin).await.status, status, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_has_every_event_once_in_each_form() {
    let server = Server::start().await;
    let admin = server.admin().await;
    server.write(&admin, 1..1201).await;
    for (format, more) in [("jsonl", 0), ("csv", 1), ("ecs", 0), ("ocsf", 0), ("cef", 0)] {
        let answer = server.get(&format!("/api/v1/logs/export?format={format}"), &admin).await;
        assert_eq!(answer.status, 200);
        assert!(answer.head.contains("attachment"), "{}", answer.head);
        assert_eq!(answer.body.lines().count(), 1200 + more, "{format}");
    }
    let found = server.get("/api/v1/logs/export?format=jsonl&search=wget", &admin).await;
    assert_eq!(found.body.lines().count(), 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_kept_is_not_given_when_there_is_more() {
    let server = Server::start().await;
    let admin = server.admin().await;
    server.write(&admin, 1..5).await;
    let count = async || server.get("/api/v1/logs", &admin).await.json()["data"].as_array().unwrap().len();
    assert_eq!((count().await, count().await), (4, 4));
    server.write(&admin, 5..9).await;
    assert_eq!(count().await, 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_measurements_tell_how_it_goes() {
    let server = Server::start().await;
    let admin = server.admin().await;
    server.write(&admin, 1..9).await;
    let health = server.ask("GET", "/api/v1/health", None, None).await.json();
    assert_eq!(health["status"], "healthy", "{health}");
    let metrics = server.get("/api/v1/metrics", &admin).await.body;
    for line in ["decnet_record_events_total 8", "decnet_record_paused 0", "decnet_record_newest_event 8"] {
        assert!(metrics.lines().any(|its| its == line), "{line}: {metrics}");
    }
    let document = server.ask("GET", "/api/v1/openapi.json", None, None).await.json();
    assert_eq!(document["openapi"].as_str().unwrap().split('.').next(), Some("3"));
}
