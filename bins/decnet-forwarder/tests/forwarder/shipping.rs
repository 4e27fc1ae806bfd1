//! Lines on their way to a listener of ours.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use decnet_forwarder::{Settings, status::State};
use decnet_logship::ledger;
use decnet_membership::{Membership, Part, testing::Controller};
use decnet_pki::clock::Clock;

use crate::{
    home::{Home, Running, until},
    listener::{Listener, Mood},
};

/// Where a listener of the swarm has its spool.
fn spool(controller: &Controller, name: &str) -> PathBuf {
    controller.swarm().dir.path().join(name)
}

/// A swarm with a listener, and a host in it.
pub(crate) async fn swarm() -> (Controller, Listener, Home) {
    let controller = Controller::start().await;
    let listener = Listener::start(&controller, &spool(&controller, "spool")).await;
    let home = Home::joined(&controller).await;
    (controller, listener, home)
}

#[tokio::test]
async fn every_line_arrives_once_through_restarts_and_rotations() {
    let (_controller, listener, home) = swarm().await;
    home.append("one\ntwo\n");
    let running = Running::start(home.settings(listener.address)).await;
    until(|| listener.text() == "one\ntwo\n").await;
    home.append("three\n");
    fs::rename(home.log(), home.path("log/decnet.log.1")).unwrap();
    home.append("four\n");
    until(|| listener.text().ends_with("four\n")).await;
    running.stop().await;
    home.append("five\n");
    let running = Running::start(home.settings(listener.address)).await;
    until(|| listener.text() == "one\ntwo\nthree\nfour\nfive\n").await;
    running.stop().await;
}

#[tokio::test]
async fn a_restart_goes_on_from_the_ledger_where_the_listener_knows_nothing() {
    let controller = Controller::start().await;
    let first = Listener::start(&controller, &spool(&controller, "first")).await;
    let second = Listener::start(&controller, &spool(&controller, "second")).await;
    let home = Home::joined(&controller).await;
    home.append("one\ntwo\n");
    let running = Running::start(home.settings(first.address)).await;
    until(|| first.text() == "one\ntwo\n").await;
    running.stop().await;
    let known = ledger::read(&home.path("state")).unwrap();
    assert_eq!(known.iter().map(|known| known.acknowledged).collect::<Vec<_>>(), [8]);

    home.append("three\n");
    second.be(Mood::Mute);
    let running = Running::start(home.settings(second.address)).await;
    until(|| second.heard("three")).await;
    assert!(!second.heard("one") && !second.heard("two"));
    running.stop().await;
}

#[tokio::test]
async fn what_is_on_its_way_is_waited_for_in_the_end() {
    let (_controller, listener, home) = swarm().await;
    listener.be(Mood::Slow(Duration::from_millis(1_500)));
    home.append("one\n");
    let running = Running::start(home.settings(listener.address)).await;
    until(|| listener.heard("one")).await;
    assert_eq!(listener.text(), "", "it is not acknowledged yet");
    running.stop().await;
    assert_eq!(ledger::read(&home.path("state")).unwrap()[0].acknowledged, 4);

    // And where no answer comes, not for ever.
    listener.be(Mood::Mute);
    home.append("two\n");
    let running = Running::start(home.settings(listener.address)).await;
    until(|| listener.heard("two")).await;
    let begun = Instant::now();
    running.stop().await;
    assert!((4..15).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    assert_eq!(ledger::read(&home.path("state")).unwrap()[0].acknowledged, 4);
    listener.be(Mood::Kind);
    let running = Running::start(home.settings(listener.address)).await;
    until(|| listener.text() == "one\ntwo\n").await;
    running.stop().await;
}

#[tokio::test]
async fn a_listener_that_hangs_up_is_not_stormed() {
    let (_controller, listener, home) = swarm().await;
    listener.be(Mood::Rude);
    home.append("one\n");
    let running = Running::start(home.settings(listener.address)).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    // At once, after one second, after two more.
    assert!((2..=4).contains(&listener.connections()), "{}", listener.connections());
    let report = running.report().await;
    assert!(report.program.unwrap().last_error.unwrap().text.contains("closed"), "it is told");
    listener.be(Mood::Kind);
    until(|| listener.text() == "one\n").await;
    running.stop().await;
}

#[tokio::test]
async fn only_the_listener_of_the_own_swarm_is_spoken_to() {
    let (_controller, listener, _) = swarm().await;
    let (_other, _, home) = swarm().await;
    home.append("one\n");
    let running = Running::start(home.settings(listener.address)).await;
    let report = running.reports(|report| report.program.as_ref().unwrap().totals.failures > 0).await;
    assert!(!report.healthy && !listener.heard("one"));
    let text = report.program.unwrap().last_error.unwrap().text;
    assert!(text.contains("invalid peer certificate"), "{text}");
    running.stop().await;

    // And without a place in a swarm, nobody is.
    let nobody = Home::new();
    let running = Running::start(nobody.settings(listener.address)).await;
    let report = running.reports(|report| report.program.as_ref().unwrap().totals.failures > 0).await;
    let text = report.program.unwrap().last_error.unwrap().text;
    assert!(text.contains("this host is in no swarm"), "{text}");
    running.stop().await;
}

#[tokio::test]
async fn a_listener_that_is_trusted_no_more_is_left_at_once() {
    let (controller, listener, home) = swarm().await;
    home.append("one\n");
    let running = Running::start(home.settings(listener.address)).await;
    until(|| listener.text() == "one\n").await;
    running.reports(|report| report.healthy).await;

    // The agent hears of it.
    let membership = Membership::open(Part::Agent, &home.path("agent"), Clock::system()).unwrap().unwrap();
    let mut trust = controller.swarm().trust(2);
    trust.pins.retain(|(role, _)| *role != decnet_proto::swarm::role::Role::Listener);
    assert!(membership.learn(&trust).unwrap());
    running.reports(|report| !report.healthy).await;
    home.append("two\n");
    running.reports(|report| report.program.as_ref().unwrap().totals.failures > 0).await;
    assert!(!listener.heard("two"));

    let known = controller.swarm().trust(3);
    assert!(membership.learn(&known).unwrap());
    until(|| listener.text() == "one\ntwo\n").await;
    running.stop().await;
}

#[tokio::test]
async fn what_others_remove_while_nobody_listens_is_kept() {
    let (_controller, listener, home) = swarm().await;
    home.append("one\n");
    let nowhere = Settings { places: home.places(), ..home.settings("127.0.0.1:1".parse().unwrap()) };
    let running = Running::start(nowhere).await;
    running.reports(|report| report.lag_bytes == 4).await;
    // A new file under the log's name, seen while there is no connection.
    fs::rename(home.log(), home.path("log/decnet.log.1")).unwrap();
    home.append("two\n");
    let report = running.reports(|report| report.lag_bytes == 8).await;
    assert_eq!(report.program.unwrap().connection.state, State::Down);
    for name in ["log/decnet.log", "log/decnet.log.1"] {
        fs::remove_file(home.path(name)).unwrap();
    }
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(running.report().await.lag_bytes, 8, "both are held open");
    running.stop().await;
    drop(listener);
}

#[tokio::test]
async fn beyond_the_limit_the_oldest_lines_go_and_a_gap_comes() {
    let (_controller, listener, home) = swarm().await;
    let line = format!("{}\n", "x".repeat(999));
    home.append(&line.repeat(3_000));
    let settings = Settings { lag_limit: Some(1 << 20), ..home.settings(listener.address) };
    let running = Running::start(settings).await;
    until(|| listener.text().len() > 500_000).await;
    let report = running.reports(|report| report.healthy && report.lag_bytes == 0).await;
    let text = listener.text();
    assert!(text.starts_with("<lag>") && text.len() < (1 << 20) + 1_000, "{}", text.len());
    assert_eq!(report.program.unwrap().totals.gaps, 1);
    running.stop().await;
}
