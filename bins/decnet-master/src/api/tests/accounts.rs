//! Logging in and out, and users.

use serde_json::json;

use super::fixture::{PASSWORD, Server};

#[tokio::test(flavor = "multi_thread")]
async fn the_first_password_is_told_once_and_has_to_be_changed() {
    let server = Server::start().await;
    let file = server.folder.path().join("record/first-password");
    let told = std::fs::read_to_string(&file).unwrap();
    let (_, first) = told.trim().split_once(' ').unwrap();
    let answer = server.try_log_in("admin", first).await;
    assert_eq!(answer.json()["must_change_password"], true);
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    let refused = server.get("/api/v1/logs", &token).await;
    assert_eq!(
        (refused.status, refused.json()["title"].as_str().unwrap()),
        (403, "password change required")
    );
    server.change_password(&token, first).await;
    assert!(!file.exists());
    assert_eq!(server.get("/api/v1/logs", &token).await.status, 200);
    assert_eq!(server.try_log_in("admin", first).await.status, 401);
    let folder = server.stop().await;
    // Another start makes nobody new, and keeps who is logged in.
    let server = Server::start_in(folder).await;
    assert!(!file.exists());
    assert_eq!(server.get("/api/v1/logs", &token).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_are_slowed_down_whatever_the_name() {
    let server = Server::start().await;
    let mut statuses = Vec::new();
    for attempt in 0..12 {
        let name = if attempt % 2 == 0 { "admin" } else { "nobody" };
        statuses.push(server.try_log_in(name, "wrong").await.status);
    }
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 10, "{statuses:?}");
    let refused = server.try_log_in("somebody-else", "wrong").await;
    assert_eq!(refused.status, 429, "{refused:?}");
    let wait = refused.head.lines().find_map(|line| line.strip_prefix("retry-after: ")).unwrap();
    assert!(wait.parse::<u32>().unwrap() > 0, "{wait}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_logged_in_cannot_guess_the_password_either() {
    let server = Server::start().await;
    let token = server.admin().await;
    let body = json!({"old_password": "wrong", "new_password": "another long enough word"});
    let mut statuses = Vec::new();
    for _ in 0..11 {
        let answer =
            server.ask("POST", "/api/v1/auth/change-password", Some(&token), Some(body.clone())).await;
        statuses.push(answer.status);
    }
    assert_eq!((statuses[..10].to_vec(), statuses[10]), (vec![401; 10], 429));
    assert_eq!(server.get("/api/v1/stats", &token).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_was_ended_asks_no_more() {
    let server = Server::start().await;
    let first = server.admin().await;
    let second = server.log_in("admin", PASSWORD).await;
    let sessions = server.get("/api/v1/auth/sessions", &second).await.json();
    assert_eq!(sessions.as_array().unwrap().len(), 2, "{sessions}");
    let other = sessions.as_array().unwrap().iter().find(|session| session["current"] == false).unwrap();
    let path = format!("/api/v1/auth/sessions/{}", other["uuid"].as_str().unwrap());
    assert_eq!(server.get("/api/v1/stats", &first).await.status, 200);
    assert_eq!(server.ask("DELETE", &path, Some(&second), None).await.status, 200);
    assert_eq!(server.get("/api/v1/stats", &first).await.status, 401);
    assert_eq!(server.ask("POST", "/api/v1/auth/logout", Some(&second), None).await.status, 200);
    assert_eq!(server.get("/api/v1/stats", &second).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_whose_rights_are_taken_loses_them_at_once() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let id = server.add_user(&admin, "second", "admin").await;
    let second = server.log_in("second", "first word of mine").await;
    server.change_password(&second, "first word of mine").await;
    let path = format!("/api/v1/config/users/{id}");
    assert_eq!(server.get("/api/v1/config/users", &second).await.status, 200);
    let role =
        server.ask("PUT", &format!("{path}/role"), Some(&admin), Some(json!({"role": "viewer"}))).await;
    assert_eq!(role.status, 200, "{role:?}");
    assert_eq!(server.get("/api/v1/config/users", &second).await.status, 403);
    assert!(server.get("/api/v1/config", &second).await.json().get("users").is_none());
    assert_eq!(server.ask("DELETE", &path, Some(&admin), None).await.status, 200);
    assert_eq!(server.get("/api/v1/stats", &second).await.status, 401);
    assert_eq!(server.ask("DELETE", &path, Some(&admin), None).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_refused_with_its_reason() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let me = server.get("/api/v1/auth/me", &admin).await.json()["user"]["uuid"].as_str().unwrap().to_owned();
    let user = |name: &str, password: &str| json!({"username": name, "password": password, "role": "viewer"});
    let cases = [
        ("POST", "/api/v1/config/users".to_owned(), Some(user("admin", "long enough word")), 409),
        ("POST", "/api/v1/config/users".to_owned(), Some(user("a b", "long enough word")), 422),
        ("POST", "/api/v1/config/users".to_owned(), Some(user("x", "short")), 422),
        ("POST", "/api/v1/config/users".to_owned(), Some(user("password1234", "password1234")), 422),
        ("POST", "/api/v1/config/users".to_owned(), Some(json!({"username": "x"})), 422),
        ("DELETE", format!("/api/v1/config/users/{me}"), None, 403),
        ("PUT", format!("/api/v1/config/users/{me}/role"), Some(json!({"role": "viewer"})), 403),
        ("PUT", format!("/api/v1/config/users/{me}/role"), Some(json!({"role": "king"})), 422),
        ("DELETE", "/api/v1/config/users/x".to_owned(), None, 400),
    ];
    for (method, path, body, status) in cases {
        let answer = server.ask(method, &path, Some(&admin), body.clone()).await;
        assert_eq!(answer.status, status, "{method} {path} {body:?}: {answer:?}");
        assert!(!answer.body.contains("long enough word"), "{answer:?}");
    }
}
