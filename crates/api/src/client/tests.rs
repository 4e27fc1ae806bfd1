//! The client against real servers of this crate.

use std::time::Duration;

use axum::{Json, Router, extract::Request, http::StatusCode, routing::get};
use decnet_proto::problem::Problem;

use super::{CallError, Client, Way};
use crate::server::{Limits, Plain, serve};

/// A server with these routes on loopback, and how to reach it.
async fn served(routes: Router) -> (Way, tokio::sync::oneshot::Sender<()>) {
    let door = Plain::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let way = Way::Plain(door.address().unwrap().to_string());
    let (end, ended) = tokio::sync::oneshot::channel();
    tokio::spawn(serve(door, routes, Limits::default(), async {
        let _ = ended.await;
    }));
    (way, end)
}

fn problem() -> Problem {
    Problem { status: 409, title: "taken".to_owned(), detail: "somebody has it".to_owned() }
}

fn routes() -> Router {
    Router::new()
        .route("/number", get(|| async { Json(7) }))
        .route("/nothing", get(|| async { StatusCode::NO_CONTENT }))
        .route("/refused", get(|| async { (StatusCode::CONFLICT, Json(problem())) }))
        .route("/odd", get(|| async { (StatusCode::BAD_GATEWAY, "<html>") }))
        .route("/slow", get(|| async { tokio::time::sleep(Duration::from_secs(60)).await }))
        .route("/long", get(|| async { "x".repeat(5 * 1024 * 1024) }))
        .route(
            "/shown",
            get(|request: Request| async move {
                Json(request.headers()["authorization"].to_str().unwrap().to_owned())
            }),
        )
}

#[tokio::test]
async fn answers_are_typed_and_refusals_told() {
    let (way, _end) = served(routes()).await;
    let client = Client::new(way).with_bearer("secret".to_owned()).with_patience(Duration::from_millis(300));
    assert_eq!(client.get::<u32>("GET", "/number").await.unwrap(), 7);
    client.get::<()>("GET", "/nothing").await.unwrap();
    assert_eq!(client.get::<String>("GET", "/shown").await.unwrap(), "Bearer secret");
    let refused = client.get::<u32>("GET", "/refused").await.unwrap_err();
    assert_eq!(refused.problem(), Some(&problem()));
    let odd = client.get::<u32>("GET", "/odd").await.unwrap_err();
    assert_eq!(odd.problem().map(|problem| problem.status), Some(502));
    assert!(matches!(client.get::<u32>("GET", "/slow").await, Err(CallError::Late { .. })));
    assert!(matches!(client.get::<String>("GET", "/long").await, Err(CallError::Broken { .. })));
    assert_eq!(client.get::<u32>("GET", "/number").await.unwrap(), 7, "a broken conversation is not kept");
}

#[tokio::test]
async fn a_server_that_came_back_is_asked_again() {
    let (way, end) = served(routes()).await;
    let client = Client::new(way.clone());
    client.get::<u32>("GET", "/number").await.unwrap();
    end.send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(matches!(client.get::<u32>("GET", "/number").await, Err(CallError::Absent { .. })));
    let Way::Plain(address) = &way else { unreachable!() };
    let door = Plain::bind(address.parse().unwrap()).await.unwrap();
    tokio::spawn(serve(door, routes(), Limits::default(), std::future::pending()));
    assert_eq!(client.get::<u32>("GET", "/number").await.unwrap(), 7);
}

#[tokio::test]
async fn connections_and_silence_have_bounds() {
    let door = Plain::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = door.address().unwrap();
    let limits = Limits { connections: 2, head: Duration::from_millis(200), ..Limits::default() };
    tokio::spawn(serve(door, routes(), limits, std::future::pending()));
    let _silent = [
        tokio::net::TcpStream::connect(address).await.unwrap(),
        tokio::net::TcpStream::connect(address).await.unwrap(),
    ];
    // There is room again when the silent ones were cut.
    let client = Client::new(Way::Plain(address.to_string())).with_patience(Duration::from_secs(10));
    assert_eq!(client.get::<u32>("GET", "/number").await.unwrap(), 7);
}
