//! The driver's contract, on loopback.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpStream},
    sync::Arc,
    time::{Duration, Instant},
};

use decnet_proto::{
    persona::{ProductName, ServiceSpec},
    service::ServiceId,
};

use super::{Bind, Driver, limits::Limits};
use crate::{Host, testing};

fn redis(password: Option<&str>) -> ServiceSpec {
    let keys: Vec<_> = password.map(|p| ("password", p)).into_iter().collect();
    testing::spec(ServiceId::Redis, ProductName::Redis, "7.0.15", &keys)
}

/// Runs `test` with a driver whose ports are shifted by `offset`, one of its own per test.
fn with_driver(offset: u16, test: impl FnOnce(Arc<Driver>, Arc<Host>, &tokio::runtime::Runtime)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let host = testing::host(3);
    let _guard = runtime.enter();
    let driver = Driver::new(Arc::clone(&host), Bind { address: Ipv4Addr::LOCALHOST.into(), offset });
    test(driver, host, &runtime);
}

fn connect(offset: u16) -> TcpStream {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, 6_379 + offset)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

fn ask(stream: &mut TcpStream, request: &str, answer: &str) {
    stream.write_all(request.as_bytes()).unwrap();
    let mut seen = vec![0; answer.len()];
    stream.read_exact(&mut seen).unwrap();
    assert_eq!(String::from_utf8_lossy(&seen), answer);
}

fn wait_for(host: &Host, kind: &str, reason: &str) {
    let mut seen = Vec::new();
    for _ in 0..500 {
        seen.extend(testing::events(host).into_iter().map(|e| (e.kind.clone(), e.get("reason").to_owned())));
        if seen.iter().any(|(k, r)| k == kind && r == reason) {
            return;
        }
        std::thread::park_timeout(Duration::from_millis(10));
    }
    panic!("no {kind} {reason} in {seen:?}");
}

#[test]
fn a_changed_service_keeps_its_sessions_and_one_that_goes_ends_them() {
    with_driver(20_000, |driver, host, runtime| {
        let report = runtime.block_on(driver.apply(vec![redis(None)]));
        assert_eq!(report.added, [ServiceId::Redis]);
        let mut old = connect(20_000);
        ask(&mut old, "PING\r\n", "+PONG\r\n");

        let report = runtime.block_on(driver.apply(vec![redis(Some("s3cret"))]));
        assert_eq!((report.added.len(), report.removed.len(), report.failed.len()), (0, 0, 0));
        ask(&mut old, "PING\r\n", "+PONG\r\n");
        ask(&mut connect(20_000), "PING\r\n", "-NOAUTH");

        let report = runtime.block_on(driver.apply(Vec::new()));
        assert_eq!(report.removed, [ServiceId::Redis]);
        assert_eq!(old.read(&mut [0]).unwrap(), 0);
        assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, 26_379)).is_err());
        wait_for(&host, "disconnect", "shutdown");
    });
}

#[test]
fn a_port_that_is_taken_is_reported_and_the_driver_goes_on() {
    with_driver(21_000, |driver, host, runtime| {
        let taken = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 27_379)).unwrap();
        let report = runtime.block_on(driver.apply(vec![redis(None)]));
        assert!(report.failed[0].1.contains("tcp/6379"), "{report:?}");
        wait_for(&host, "bind_failed", "");
        drop(taken);
        assert_eq!(runtime.block_on(driver.apply(vec![redis(None)])).added, [ServiceId::Redis]);
    });
}

#[test]
fn a_peer_that_leaves_is_told_apart_from_a_service_that_closes() {
    with_driver(22_000, |driver, host, runtime| {
        runtime.block_on(driver.apply(vec![redis(None)]));
        drop(connect(22_000));
        wait_for(&host, "disconnect", "peer");
        ask(&mut connect(22_000), "QUIT\r\n", "+OK\r\n");
        wait_for(&host, "disconnect", "service");
    });
}

#[test]
fn one_source_cannot_take_every_place() {
    let limits = Arc::new(Limits::new(10, 2));
    let source = |last| Ipv4Addr::new(10, 77, 0, last).into();
    let held: Vec<_> = (0..3).map(|_| limits.enter(source(1))).collect();
    assert!(held[1].is_some() && held[2].is_none());
    assert!(limits.enter(source(2)).is_some());
    assert!(!limits.is_empty());
    drop(held);
    assert!(limits.is_empty());
    assert!(limits.enter(source(1)).is_some());
}

#[test]
fn refusals_are_told_once_a_minute_with_their_count() {
    let limits = Limits::new(1, 1);
    let start = Instant::now();
    let at = |seconds| start + Duration::from_secs(seconds);
    let told = [0, 1, 59, 60, 61].map(|seconds| limits.refused("files", at(seconds)));
    assert_eq!(told, [Some(1), None, None, Some(3), None]);
}

#[test]
fn services_change_through_the_control_socket() {
    with_driver(23_000, |driver, _, runtime| {
        let directory = std::env::temp_dir().join(format!("control-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let path = directory.join("ctl");
        let served = path.clone();
        runtime.spawn(async move { super::serve_control(driver, &served).await });
        let ask = |request: &[u8]| runtime.block_on(super::request(&path, request));
        let wanted = serde_json::to_vec(&[redis(None)]).unwrap();
        let mut answer = ask(&wanted);
        for _ in 0..100 {
            if answer.is_ok() {
                break;
            }
            std::thread::park_timeout(Duration::from_millis(10));
            answer = ask(&wanted);
        }
        assert_eq!(answer.unwrap(), br#"{"added":["redis"],"removed":[],"failed":[]}"#);
        assert!(ask(b"nonsense").unwrap().starts_with(b"{\"error\""));
        std::fs::remove_dir_all(directory).unwrap();
    });
}

/// Each connection has room for the conversation of any service, so that the largest of them is paid
/// by all: what follows a log-in belongs on the heap.
#[test]
fn a_conversation_begins_small() {
    let host = testing::host(3);
    let (mut conn, _peer) = testing::open(&host, ServiceId::Redis);
    let service = crate::registry::Service::build(&redis(None), &host).unwrap();
    let size = size_of_val(&service.serve(&mut conn));
    assert!(size <= 1_536, "{size} bytes for each connection");
}
