//! The client before agents that behave and agents that do not.

use std::{
    io::{Read as _, Write as _},
    os::unix::net::UnixListener,
    thread::JoinHandle,
};

use super::*;

/// A server that answers each request in turn with the next of `answers`, and in the end
/// hands back what it was sent.
fn serve(dir: &Path, answers: &'static [&'static str]) -> (Client, JoinHandle<Vec<String>>) {
    let socket = dir.join("agent.sock");
    let listener = UnixListener::bind(&socket).expect("bound");
    let server =
        std::thread::spawn(move || answers.iter().map(|answer| exchange(&listener, answer)).collect());
    (Client::new(&socket), server)
}

fn exchange(listener: &UnixListener, answer: &str) -> String {
    let (mut stream, _) = listener.accept().expect("a client");
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !is_whole(&request) {
        let length = stream.read(&mut buffer).expect("a request");
        request.extend_from_slice(&buffer[..length]);
    }
    stream.write_all(answer.as_bytes()).expect("answered");
    String::from_utf8(request).expect("text")
}

/// Whether the request has come with all of its body.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}

const OK: &str =
    concat!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", r#"{"api":1,"version":"0.1.0","pid":4711}"#);
const ACCEPTED: &str = "HTTP/1.1 202 Accepted\r\nContent-Length: 15\r\n\r\n{\"operation\":7}";
const WORKING: &str = concat!(
    "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
    r#"{"revision":3,"total":2,"done":1,"current":"x","failures":[],"finished":false}"#
);
const FINISHED: &str = concat!(
    "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
    r#"{"revision":4,"total":2,"done":2,"current":"","failures":[],"finished":true}"#
);
const REFUSED: &str = concat!(
    "HTTP/1.1 409 Conflict\r\nConnection: close\r\nContent-Type: application/problem+json\r\n\r\n",
    r#"{"status":409,"title":"old plan","detail":"generation 3 is older than 5"}"#
);
const NO_PROBLEM: &str = "HTTP/1.1 500 Oops\r\nConnection: close\r\n\r\n<html>";
const TORN: &str = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{";

#[tokio::test]
async fn requests_are_what_the_routes_say() {
    let dir = tempfile::tempdir().expect("a folder");
    let (client, server) = serve(dir.path(), &[OK, ACCEPTED, WORKING, FINISHED]);
    assert_eq!(client.health().await.expect("healthy").pid, 4711);
    let accepted = client.teardown(&TeardownRequest::All).await.expect("accepted");
    let outcome = crate::agent::follow(&client, accepted).await.expect("finished");
    assert_eq!((outcome.done, outcome.revision), (2, 4));
    let requests = server.join().expect("served");
    let lines: Vec<_> = requests.iter().map(|request| request.lines().next().unwrap_or_default()).collect();
    assert_eq!(
        lines,
        [
            "GET /v1/health HTTP/1.1",
            "POST /v1/teardowns HTTP/1.1",
            "GET /v1/operations/7?after=0 HTTP/1.1",
            "GET /v1/operations/7?after=3 HTTP/1.1"
        ]
    );
    assert!(requests[1].ends_with("\r\n\r\n\"all\""), "{}", requests[1]);
}

#[tokio::test]
async fn a_question_about_the_site_is_escaped() {
    let dir = tempfile::tempdir().expect("a folder");
    let (client, server) = serve(dir.path(), &[REFUSED]);
    let asked = SiteQuery {
        interface: Some("eth0&x".to_owned()),
        subnet: Some("10.0.0.0/24".parse().expect("a subnet")),
        probe: true,
    };
    client.site(&asked).await.expect_err("refused");
    let requests = server.join().expect("served");
    assert!(
        requests[0].starts_with("GET /v1/site?interface=eth0%26x&subnet=10.0.0.0%2F24&probe=true HTTP/1.1")
    );
}

#[tokio::test]
async fn whatever_goes_wrong_is_told() {
    let check = async |answer: &'static [&'static str], expected: &str| {
        let dir = tempfile::tempdir().expect("a folder");
        let (client, server) = serve(dir.path(), answer);
        let error = client.status().await.expect_err("a failure").to_string();
        assert!(error.contains(expected), "{error}");
        server.join().expect("served");
    };
    check(&[REFUSED], "the agent refused: old plan: generation 3 is older than 5").await;
    check(&[NO_PROBLEM], "refused GET /v1/status without saying why").await;
    check(&[TORN], "cannot GET /v1/status on ").await;
    check(&[OK], "cannot GET /v1/status on ").await;
    check(&["nonsense\r\n\r\n"], "cannot GET /v1/status on ").await;
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let dir = tempfile::tempdir().expect("a folder");
    let socket = dir.path().join("agent.sock");
    let listener = UnixListener::bind(&socket).expect("bound");
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        let mut sent = stream.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").expect("begun");
        while let Ok(length) = stream.write(&[b' '; 65_536]) {
            sent += length;
        }
        sent
    });
    Client::new(&socket).health().await.expect_err("too long");
    // The connection is let go of by this very thread.
    let sent = tokio::task::spawn_blocking(move || server.join().expect("served")).await;
    assert!(sent.expect("joined") < 8 * 1024 * 1024);
}

#[tokio::test]
async fn nobody_there_is_told_apart() {
    let dir = tempfile::tempdir().expect("a folder");
    let socket = dir.path().join("agent.sock");
    let client = Client::new(&socket);
    assert!(matches!(client.health().await, Err(AgentError::Absent { .. })), "no socket");
    drop(UnixListener::bind(&socket).expect("bound"));
    assert!(
        matches!(client.health().await, Err(AgentError::Absent { .. })),
        "a socket that nobody listens on"
    );
}
