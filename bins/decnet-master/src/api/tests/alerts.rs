//! Rules, receivers and the ignore list, over the wire.

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::fixture::Server;

const SECRET: &str = "hush-0123456789ab";

fn hook(name: &str, url: &str) -> Value {
    let target = json!({"kind": "json", "url": url, "allow_http": true, "secret": SECRET});
    json!({"name": name, "enabled": true, "target": target})
}

async fn add(server: &Server, admin: &str, body: Value) -> i64 {
    let answer = server.ask("POST", "/api/v1/alerts/receivers", Some(admin), Some(body)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert!(!answer.body.contains("hush"), "{answer:?}");
    answer.json()["id"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn receivers_are_kept_and_show_no_secret() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let hook = add(&server, &admin, hook("siem", "http://127.0.0.1:9/hook?key=hush")).await;
    let slack = json!({"kind": "slack", "url": "https://hooks.slack.example/services/hush"});
    let slack = add(&server, &admin, json!({"name": "chat", "enabled": true, "target": slack})).await;
    let mail = json!({"kind": "mail", "host": "mail.example", "port": 587, "security": "starttls",
        "username": "alerts", "password": "hush-pass", "from": "a@example.org", "to": ["b@example.org"]});
    let mail = add(&server, &admin, json!({"name": "mail", "enabled": false, "target": mail})).await;
    let list = server.get("/api/v1/alerts/receivers", &admin).await;
    assert!(!list.body.contains("hush"), "{list:?}");
    let ids: Vec<_> = list.json().as_array().unwrap().iter().map(|it| it["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, [slack, mail, hook]);
    let path = format!("/api/v1/alerts/receivers/{mail}");
    let shown = server.get(&path, &admin).await.json();
    assert_eq!((&shown["target"]["password_set"], &shown["enabled"]), (&json!(true), &json!(false)));
    let changed = server.ask("PUT", &path, Some(&admin), Some(json!({"name": "post"}))).await;
    assert_eq!((changed.status, changed.json()["name"].as_str()), (200, Some("post")), "{changed:?}");
    assert_eq!(server.ask("DELETE", &path, Some(&admin), None).await.status, 200);
    assert_eq!(server.get(&path, &admin).await.status, 404);
    let receivers = "/api/v1/alerts/receivers".to_owned();
    let one = format!("{receivers}/{hook}");
    let cases = [
        (
            "POST",
            receivers.clone(),
            json!({"name": "siem", "enabled": true, "target": {"kind": "slack", "url": "https://x.example/"}}),
            409,
        ),
        (
            "POST",
            receivers.clone(),
            json!({"name": "x", "enabled": true, "target": {"kind": "slack", "url": "http://x.example/"}}),
            422,
        ),
        ("POST", receivers.clone(), json!({"name": "x", "enabled": true, "target": {"kind": "pager"}}), 422),
        ("POST", receivers, json!({"name": "x"}), 422),
        ("PUT", one.clone(), json!({"name": "chat"}), 409),
        ("PUT", one.clone(), json!({"colour": "red"}), 422),
        ("POST", format!("{one}/retry"), json!({"alert": "00000000-0000-4000-8000-000000000000"}), 404),
        ("POST", "/api/v1/alerts/receivers/99/retry".to_owned(), json!({}), 404),
        ("POST", "/api/v1/alerts/receivers/99/test".to_owned(), json!({}), 404),
        ("PUT", "/api/v1/alerts/receivers/99".to_owned(), json!({}), 404),
        ("PUT", "/api/v1/alerts/rules/test".to_owned(), json!({}), 404),
        ("PUT", "/api/v1/alerts/rules/lag".to_owned(), json!({"hourly": 0}), 422),
        ("PUT", "/api/v1/alerts/rules/noise".to_owned(), json!({}), 400),
        ("POST", "/api/v1/alerts/ignores".to_owned(), json!({"reason": "x"}), 422),
        ("POST", "/api/v1/alerts/ignores".to_owned(), json!({"subnet": "10.0.0.0/99", "reason": "x"}), 422),
        ("DELETE", "/api/v1/alerts/ignores/9".to_owned(), Value::Null, 404),
    ];
    for (method, path, body, status) in cases {
        let answer = server.ask(method, &path, Some(&admin), Some(body.clone())).await;
        assert_eq!(answer.status, status, "{method} {path} {body}: {answer:?}");
    }
    assert_eq!(server.get("/api/v1/alerts/receivers/99/deliveries", &admin).await.status, 404);
    assert_eq!(server.get("/api/v1/alerts/ignores/9", &admin).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_tells_what_the_receiver_said() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let hearing = tokio::spawn(async move {
        let mut heard = Vec::new();
        for answer in ["HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 503 No\r\nContent-Length: 4\r\n\r\nbusy"]
        {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 16_384];
            let read = stream.read(&mut request).await.unwrap();
            heard.push(String::from_utf8_lossy(&request[..read]).to_lowercase());
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
        heard
    });
    let id = add(&server, &admin, hook("siem", &url)).await;
    let test = async || {
        let path = format!("/api/v1/alerts/receivers/{id}/test");
        let answer = server.ask("POST", &path, Some(&admin), None).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        (answer.json()["delivered"].as_bool().unwrap(), answer.json()["error"].clone())
    };
    assert_eq!(test().await, (true, Value::Null));
    let (delivered, error) = test().await;
    let error = error.as_str().unwrap().to_owned();
    assert!(!delivered && error.contains("503") && error.contains("busy"), "{error}");
    let heard = hearing.await.unwrap();
    assert!(heard.iter().all(|request| request.contains("x-decnet-signature: sha256=")), "{heard:?}");
    let (delivered, error) = test().await;
    assert!(!delivered && !error.as_str().unwrap().is_empty(), "nobody is there any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_changed_by_name() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let path = "/api/v1/alerts/rules/first_touch";
    let set = server.ask("PUT", path, Some(&admin), Some(json!({"hourly": 7}))).await;
    let expect = json!({"kind": "first_touch", "enabled": true, "hourly": 7});
    assert_eq!((set.status, set.json()), (200, expect));
    let set = server.ask("PUT", path, Some(&admin), Some(json!({"enabled": false}))).await;
    let expect = json!({"kind": "first_touch", "enabled": false, "hourly": 7});
    assert_eq!(set.json(), expect);
    let rules = server.get("/api/v1/alerts/rules", &admin).await.json();
    assert_eq!(rules.as_array().unwrap().len(), 7);
    assert!(rules.as_array().unwrap().contains(&expect), "{rules}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_ones_own_doing_is_marked_found_and_hidden() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let body = json!({"subnet": "203.0.113.1/32", "reason": "our scanner"});
    let added = server.ask("POST", "/api/v1/alerts/ignores", Some(&admin), Some(body)).await;
    assert_eq!((added.status, added.json()["author"].as_str()), (201, Some("admin")), "{added:?}");
    let id = added.json()["id"].as_i64().unwrap();
    server.write(&admin, 1..13).await;
    let count = async |path: &str| server.get(path, &admin).await.json()["total"].as_u64().unwrap();
    assert_eq!(count("/api/v1/logs").await, 12, "nothing is hidden by itself");
    for (search, expect) in
        [("ignored:true", 4), ("ignored:false", 8), ("-ignored:true", 8), ("ignored:1", 4), ("ignored:2", 0)]
    {
        assert_eq!(count(&format!("/api/v1/logs?search={search}")).await, expect, "{search}");
    }
    let row = server.get("/api/v1/logs?search=ignored:true&limit=1", &admin).await.json()["data"][0].clone();
    assert_eq!((row["ignored"].as_i64(), row["attacker_ip"].as_str()), (Some(id), Some("203.0.113.1")));
    assert_eq!(server.get("/api/v1/stats", &admin).await.json()["total_logs"], 12);
    let refused = server.get("/api/v1/logs?search=ignored:perhaps", &admin).await;
    assert_eq!(refused.status, 422, "{refused:?}");
    let file = server.get("/api/v1/logs/export?format=csv", &admin).await.body;
    assert_eq!(file.lines().filter(|line| line.ends_with(",1")).count(), 4, "{file}");
    let path = format!("/api/v1/alerts/ignores/{id}");
    assert_eq!(server.ask("DELETE", &path, Some(&admin), None).await.status, 200);
    assert!(server.get(&path, &admin).await.json()["removed"].is_string());
    assert_eq!(server.get("/api/v1/alerts/ignores", &admin).await.json(), json!([]));
    server.write(&admin, 13..16).await;
    assert_eq!(count("/api/v1/logs?search=ignored:true").await, 4);
}
