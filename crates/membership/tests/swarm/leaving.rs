//! Leaving: nothing of the swarm is left, and whoever speaks is cut off.

use std::{fs, time::Duration};

use axum::{Router, routing::get};
use decnet_api::{
    client::CallError,
    server::{Limits, serve},
};
use decnet_membership::{Membership, Part, join, renew_those_due, testing::Controller};
use decnet_pki::clock::{Clock, DAY};

#[tokio::test]
async fn who_leaves_forgets_the_swarm() {
    let (controller, home) = (Controller::start().await, tempfile::tempdir().unwrap());
    let (_, membership) = controller.member(Part::Agent, home.path()).await;
    let door = membership.door("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let master = controller.master(Part::Agent, door.address().unwrap());
    let slow = || async { tokio::time::sleep(Duration::from_secs(30)).await };
    let routes = Router::new().route("/", get(slow));
    let mut left = membership.left();
    let served = tokio::spawn(serve(door, routes, Limits::default(), async move { left.requested().await }));
    let waiting = tokio::spawn(async move { master.get::<()>("GET", "/").await });
    tokio::time::sleep(Duration::from_millis(200)).await;

    membership.leave();
    let cut = tokio::time::timeout(Duration::from_secs(1), waiting).await.unwrap().unwrap();
    assert!(matches!(cut, Err(CallError::Broken { .. })), "{cut:?}");
    tokio::time::timeout(Duration::from_secs(2), served).await.unwrap().unwrap();
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
    assert!(Membership::open(Part::Agent, home.path(), Clock::system()).unwrap().is_none());

    // Nothing that still runs puts anything back.
    controller.change_trust(|trust| trust.serial = 7);
    let trust = {
        let swarm = controller.swarm();
        swarm.trust(7)
    };
    assert!(!membership.learn(&trust).unwrap());
    let now = controller.swarm().clock.now();
    controller.swarm().clock.turned(now + 61 * DAY);
    let _ = renew_those_due(&membership).await;
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
    controller.swarm().clock.turned(now);
    join(&controller.join(Part::Agent, home.path())).await.unwrap();
}
