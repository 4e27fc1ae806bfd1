//! Who may ask what: every route, asked by everybody.

use decnet_proto::api::{Allowed, Route};

use super::fixture::Server;

/// How a request was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Met {
    /// Who asks is not known.
    Unknown,
    /// He may not.
    Forbidden,
    /// He was let in, whatever came of it.
    LetIn,
}

impl Met {
    fn of(status: u16) -> Self {
        match status {
            401 => Self::Unknown,
            403 => Self::Forbidden,
            _ => Self::LetIn,
        }
    }
}

/// What must happen, for nobody, somebody with a password to change, a viewer, and an administrator.
fn expect(allowed: Allowed) -> [Met; 4] {
    use Met::{Forbidden, LetIn, Unknown};
    match allowed {
        Allowed::Anybody => [LetIn; 4],
        Allowed::Users => [Unknown, LetIn, LetIn, LetIn],
        Allowed::Viewers => [Unknown, Forbidden, LetIn, LetIn],
        Allowed::Administrators => [Unknown, Forbidden, Forbidden, LetIn],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_lets_in_whom_it_should_and_nobody_else() {
    let server = Server::start().await;
    let admin = server.admin().await;
    server.add_user(&admin, "new", "admin").await;
    server.add_user(&admin, "guest", "viewer").await;
    let new = server.log_in("new", "first word of mine").await;
    let guest = server.log_in("guest", "first word of mine").await;
    server.change_password(&guest, "first word of mine").await;
    for route in Route::ALL {
        let path = route.path().replace("{id}", "00000000-0000-4000-8000-000000000000");
        let wanted = expect(route.allowed());
        for (who, wanted) in [None, Some(&new), Some(&guest), Some(&admin)].into_iter().zip(wanted) {
            // Whoever logs out asks no more.
            if *route == Route::LogOut && wanted == Met::LetIn {
                continue;
            }
            let status = server.status(route.method(), &path, who.map(String::as_str)).await;
            let met = if *route == Route::LogIn { Met::LetIn } else { Met::of(status) };
            assert_eq!(met, wanted, "{route:?} as {who:?}: {status}");
            assert!(status < 500 || status == 503, "{route:?} as {who:?}: {status}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_counts_in_its_header_only() {
    let server = Server::start().await;
    let token = server.admin().await;
    assert_eq!(server.get("/api/v1/stats", &token).await.status, 200);
    for path in ["/api/v1/stats?token=", "/api/v1/stream?token=", "/api/v1/stats?access_token="] {
        assert_eq!(server.status("GET", &format!("{path}{token}"), None).await, 401, "{path}");
    }
    let mut spoiled = token.clone();
    let last = spoiled.pop().unwrap();
    spoiled.push(if last == 'a' { 'b' } else { 'a' });
    assert_eq!(server.get("/api/v1/stats", &spoiled).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_route_is_told_and_methods_are_not_guessed() {
    let server = Server::start().await;
    let admin = server.admin().await;
    for (method, path) in
        [("GET", "/"), ("GET", "/api/v2/stats"), ("POST", "/api/v1/stats"), ("TRACE", "/api/v1/logs")]
    {
        let answer = server.ask(method, path, Some(&admin), None).await;
        assert_eq!(answer.status, 404, "{method} {path}");
        assert!(answer.head.contains("application/problem+json"), "{answer:?}");
    }
}
