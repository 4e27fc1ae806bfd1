//! Who is not let in, and who must go.

use std::time::Duration;

use decnet_listener::GOOD_FOR;
use decnet_logship::wire;
use decnet_pki::{clock::DAY, testing::cast::nobody};
use decnet_proto::swarm::role::Role;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, timeout},
};

use crate::swarm::{PATIENCE, Shipper, Swarm, Worker};

/// Waits until the other end closes.
async fn closed(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> Duration {
    let begun = Instant::now();
    let mut heard = Vec::new();
    // Whether it is told or cut off does not matter.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut heard)).await.unwrap();
    begun.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_who_is_on_the_roster_is_heard_and_others_go_on() {
    let swarm = Swarm::start().await;
    let running = swarm.listen().await;
    let (good, revoked) = (swarm.worker(10), swarm.worker(11));
    running.tells("the roster is known", |report| report.roster.certificates == 2).await;
    let mut shipper = Shipper::of(swarm.dir.path(), "worker");
    shipper.write(["before".to_owned()]);
    good.ship(running.address, &mut shipper).await.unwrap();
    let mut standing = revoked.greeted(running.address).await.unwrap();

    swarm.revoke(&revoked);
    assert!(closed(&mut standing).await < Duration::from_secs(5), "a connection that stands is cut");
    assert!(revoked.is_refused(running.address).await);
    let unknown = swarm.stranger(Role::Agent, 10, &[wire::PROTOCOL]);
    assert!(unknown.is_refused(running.address).await, "a good certificate that is not on the roster");
    for role in [Role::Updater, Role::Master, Role::Operator, Role::Listener] {
        let other = swarm.stranger(role, 10, &[wire::PROTOCOL]);
        if matches!(role, Role::Updater | Role::Master | Role::Operator) {
            swarm.enlist(&other);
        }
        assert!(other.is_refused(running.address).await, "{role}");
    }
    let anonymous = Worker { peer: good.peer.clone(), config: nobody() };
    assert!(anonymous.is_refused(running.address).await);
    let cast = swarm.controller.swarm().cast();
    for member in &cast {
        let stranger = Worker { peer: good.peer.clone(), config: member.client() };
        assert!(stranger.is_refused(running.address).await, "{member}");
    }

    shipper.write(["after".to_owned()]);
    good.ship(running.address, &mut shipper).await.unwrap();
    assert_eq!(swarm.log_of(2).await, "before\nafter\n");
    let report = running.report().await;
    let count = |reason: &str| report.refused[reason];
    assert!(count("chain") > 0 && count("time") > 0 && count("nobody") > 0, "{:?}", report.refused);
    assert!(count("role") >= 3 && count("revoked") >= 1 && count("direction") > 0, "{:?}", report.refused);
    assert!(count("unknown_host") >= 2, "{:?}", report.refused);
    assert_eq!(count("expelled"), 1);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_controller_nobody_is_let_in_once_the_roster_is_old() {
    let mut swarm = Swarm::start().await;
    let worker = swarm.worker(10);
    let running = swarm.listen().await;
    running.tells("the roster is known", |report| report.roster.certificates == 1).await;
    swarm.controller.stop().await;
    running.stop().await;

    let running = swarm.listen().await;
    let report = running.report().await;
    assert!(!report.roster.stale && report.roster.certificates == 1, "what was kept is still good");
    drop(worker.greeted(running.address).await.unwrap());
    running.stop().await;

    let good_for = i64::try_from(GOOD_FOR.as_secs()).unwrap();
    let clock = swarm.controller.swarm().clock.clone();
    let now = clock.now();
    clock.turned(now + good_for - 5);
    let running = swarm.listen().await;
    let mut standing = worker.greeted(running.address).await.unwrap();
    let stood = closed(&mut standing).await;
    assert!(stood < Duration::from_secs(10), "{stood:?}");
    assert!(worker.is_refused(running.address).await);
    let report = running.report().await;
    assert!(report.roster.stale && !report.healthy);
    assert!(report.refused["stale_roster"] >= 1 && report.refused["expelled"] == 1, "{:?}", report.refused);

    running.stop().await;

    std::fs::write(swarm.path("identity/roster.json"), "{\"heard\":1").unwrap();
    clock.turned(now);
    let running = swarm.listen().await;
    assert!(running.report().await.roster.stale, "what cannot be read counts for nothing");
    swarm.controller.resume().await;
    running.tells("the roster is known again", |report| !report.roster.stale).await;
    drop(worker.greeted(running.address).await.unwrap());
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_runs_out_ends_its_connections() {
    let swarm = Swarm::start().await;
    let worker = swarm.worker(10);
    let running = swarm.listen().await;
    running.tells("the roster is known", |report| report.roster.certificates == 1).await;
    let mut standing = worker.greeted(running.address).await.unwrap();
    let clock = swarm.controller.swarm().clock.clone();
    clock.turned(clock.now() + 200 * DAY);
    assert!(closed(&mut standing).await < Duration::from_secs(10));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_newest_connections_of_a_host_have_its_places() {
    let swarm = Swarm::start().await;
    let worker = swarm.worker(10);
    let running = swarm.listen().await;
    running.tells("the roster is known", |report| report.roster.certificates == 1).await;
    let mut first = worker.greeted(running.address).await.unwrap();
    let mut others = Vec::new();
    for _ in 0..2 {
        others.push(worker.greeted(running.address).await.unwrap());
    }
    closed(&mut first).await;
    let report = running.tells("one is gone", |report| report.hosts[0].connections == 2).await;
    assert_eq!(report.refused["replaced"], 1);
    let mut shipper = Shipper::of(swarm.dir.path(), "worker");
    shipper.write(["a line".to_owned()]);
    worker.ship(running.address, &mut shipper).await.unwrap();
    drop(others);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_who_do_not_finish_keep_nobody_out() {
    let swarm = Swarm::start().await;
    let worker = swarm.worker(10);
    let running = swarm
        .listen_with(|settings| {
            settings.limits.handshakes = 8;
            settings.limits.handshake = Duration::from_secs(2);
        })
        .await;
    running.tells("the roster is known", |report| report.roster.certificates == 1).await;
    let mut hanging = Vec::new();
    for number in 0..40_u8 {
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        // The head of a record, and no more.
        stream.write_all(&[22, 3, 1, 2, number][..usize::from(number % 6)]).await.unwrap();
        hanging.push(stream);
    }
    let mut shipper = Shipper::of(swarm.dir.path(), "worker");
    shipper.write(["a line".to_owned()]);
    worker.ship(running.address, &mut shipper).await.unwrap();
    for stream in &mut hanging {
        assert!(closed(stream).await < Duration::from_secs(10));
    }
    let report = running.tells("all are gone", |report| report.handshakes == 0).await;
    assert!(report.refused["crowd"] >= 32, "{:?}", report.refused);
    assert!(report.refused["late_handshake"] >= 1, "{:?}", report.refused);
    let mut garbage = TcpStream::connect(running.address).await.unwrap();
    garbage.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    closed(&mut garbage).await;
    running.tells("garbage is counted", |report| report.refused["broken_handshake"] >= 1).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_comes_too_often_waits() {
    let swarm = Swarm::start().await;
    let worker = swarm.worker(10);
    let running = swarm
        .listen_with(|settings| {
            settings.limits.pace = 1;
            settings.limits.burst = 10;
        })
        .await;
    running.tells("the roster is known", |report| report.roster.certificates == 1).await;
    for _ in 0..30 {
        drop(TcpStream::connect(running.address).await.unwrap());
    }
    running.tells("they are turned away", |report| report.refused["pace"] >= 19).await;
    let stream = worker.connect_from("127.0.0.77", running.address).await;
    assert!(stream.is_ok(), "another address has its own measure");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_are_no_more_connections_than_there_may_be() {
    let swarm = Swarm::start().await;
    let workers: Vec<_> = (10..13).map(|number| swarm.worker(number)).collect();
    let running = swarm.listen_with(|settings| settings.limits.connections = 2).await;
    running.tells("the roster is known", |report| report.roster.certificates == 3).await;
    let first = workers[0].greeted(running.address).await.unwrap();
    let second = workers[1].greeted(running.address).await.unwrap();
    assert!(workers[2].is_refused(running.address).await);
    assert_eq!(running.report().await.refused["full"], 1);
    drop(first);
    running.tells("there is room", |report| report.connections == 1).await;
    drop(workers[2].greeted(running.address).await.unwrap());
    drop(second);
    running.stop().await;
}
