//! The client against real servers of this crate.

use std::{
    os::unix::fs::FileExt as _,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::Request,
    http::StatusCode,
    routing::{get, post},
};
use decnet_proto::problem::Problem;
use http_body_util::BodyExt as _;

use super::{CallError, Client, Parcel, Waits, Way};
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

/// A file of `length` bytes, each telling its place, to be sent.
fn parcel(length: u64) -> Parcel {
    let file = tempfile::tempfile().unwrap();
    let bytes: Vec<u8> = (0..length).map(|place| (place % 251) as u8).collect();
    file.write_all_at(&bytes, 0).unwrap();
    Parcel {
        file: Arc::new(file),
        length,
        media_type: "application/gzip",
        digest: "sha-256=:AA==:".to_owned(),
        sent: Arc::default(),
        waits: Waits { taking: Duration::from_secs(5), answer: Duration::from_secs(5) },
    }
}

/// Tells how much came, whether it was right, and what was said of it.
async fn taken(request: Request) -> Json<(u64, bool, [String; 3])> {
    let said = ["content-type", "content-digest", "content-length"]
        .map(|name| request.headers()[name].to_str().unwrap().to_owned());
    let (mut body, mut length, mut is_right) = (request.into_body(), 0, true);
    while let Some(frame) = body.frame().await {
        for byte in frame.unwrap().into_data().unwrap() {
            is_right &= byte == (length % 251) as u8;
            length += 1;
        }
    }
    Json((length, is_right, said))
}

#[tokio::test]
async fn a_file_is_sent_to_several_at_once() {
    let (way, _end) = served(Router::new().route("/take", post(taken))).await;
    let client = Client::new(way);
    const LENGTH: u64 = 3 * 1024 * 1024 + 7;
    let parcel = parcel(LENGTH);
    let send = || async {
        let parcel = Parcel { sent: Arc::default(), ..parcel.clone() };
        let sent = Arc::clone(&parcel.sent);
        let answer: (u64, bool, [String; 3]) = client.send_file("POST", "/take", parcel).await.unwrap();
        (answer, sent.load(Ordering::Relaxed))
    };
    let (one, other) = tokio::join!(send(), send());
    for (answer, sent) in [one, other] {
        let said = ["application/gzip", "sha-256=:AA==:", &LENGTH.to_string()].map(str::to_owned);
        assert_eq!((answer, sent), ((LENGTH, true, said), LENGTH));
    }
}

#[tokio::test]
async fn who_takes_no_more_of_a_file_is_not_waited_for() {
    let never = || async { std::future::pending::<()>().await };
    let (way, _end) = served(Router::new().route("/take", post(never))).await;
    let client = Client::new(way);
    let waits = Waits { taking: Duration::from_millis(300), answer: Duration::from_secs(60) };
    let large = Parcel { waits, ..parcel(32 * 1024 * 1024) };
    assert!(matches!(client.upload("POST", "/take", large).await, Err(CallError::Late { .. })));
    // All of this one is in buffers at once: the answer is what does not come.
    let waits = Waits { taking: Duration::from_secs(1), answer: Duration::from_millis(300) };
    let small = Parcel { waits, ..parcel(10) };
    assert!(matches!(client.upload("POST", "/take", small).await, Err(CallError::Late { .. })));
}

#[tokio::test]
async fn a_file_that_is_shorter_than_was_said_is_not_sent_as_if_it_were_whole() {
    let (way, _end) = served(Router::new().route("/take", post(taken))).await;
    let short = Parcel { length: 2000, ..parcel(1000) };
    assert!(matches!(Client::new(way).upload("POST", "/take", short).await, Err(CallError::Broken { .. })));
}
