//! Whom a worker listens to, and from when on no more.

use std::{sync::Arc, time::Duration};

use axum::{Router, routing::get};
use decnet_api::{
    client::{CallError, Client},
    server::{Limits, serve},
};
use decnet_membership::{Membership, Part, catch_up, testing::Controller};
use decnet_pki::clock::Clock;
use decnet_proto::swarm::role::Role;

/// A member that serves one route to its master.
async fn serving(membership: &Membership) -> std::net::SocketAddr {
    let door = membership.door("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = door.address().unwrap();
    let slow = || async { tokio::time::sleep(Duration::from_secs(30)).await };
    let routes = Router::new().route("/", get(|| async { "1" })).route("/slow", get(slow));
    tokio::spawn(serve(door, routes, Limits::default(), std::future::pending()));
    address
}

#[tokio::test]
async fn trust_grows_and_never_shrinks() {
    let (controller, home) = (Controller::start().await, tempfile::tempdir().unwrap());
    let (_, membership) = controller.member(Part::Agent, home.path()).await;
    let master = controller.master(Part::Agent, serving(&membership).await);
    let asked = || master.get::<u8>("GET", "/");
    assert_eq!(asked().await.unwrap(), 1);
    let ask_controller = membership.controller().unwrap();

    // The same number, and a smaller one, change nothing, whatever is in them.
    controller.change_trust(|trust| trust.pins.clear());
    assert!(!catch_up(&membership, &ask_controller).await.unwrap());
    controller.change_trust(|trust| trust.serial = 0);
    assert!(!catch_up(&membership, &ask_controller).await.unwrap());
    assert_eq!((membership.trusts(), asked().await.unwrap()), (1, 1));

    // What nobody could trust is refused, whatever its number.
    let authorities = controller.swarm().authority.certificates_pem();
    controller.change_trust(|trust| (trust.serial, trust.authorities) = (5, Vec::new()));
    assert!(catch_up(&membership, &ask_controller).await.is_err());
    assert_eq!((membership.trusts(), asked().await.unwrap()), (1, 1));

    // Without the master's key in it, the master is cut off, in the middle of what it asks.
    let pins = controller.swarm().pins.clone();
    let without = pins.iter().filter(|(role, _)| *role == Role::Controller).cloned().collect::<Vec<_>>();
    controller
        .change_trust(|trust| (trust.serial, trust.authorities, trust.pins) = (5, authorities, without));
    let waiting = tokio::spawn({
        let master = master.clone();
        async move { master.get::<()>("GET", "/slow").await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(catch_up(&membership, &ask_controller).await.unwrap());
    let cut = tokio::time::timeout(Duration::from_secs(1), waiting).await.unwrap().unwrap();
    assert!(matches!(cut, Err(CallError::Broken { .. })), "{cut:?}");
    assert!(matches!(asked().await, Err(CallError::Broken { .. })));

    // It is the same after a restart; and with a larger number the master is let in again.
    let clock = Clock::system();
    let restarted = Membership::open(Part::Agent, home.path(), clock).unwrap().unwrap();
    assert_eq!(restarted.trusts(), 5);
    controller.change_trust(|trust| (trust.serial, trust.pins) = (6, pins));
    assert!(catch_up(&membership, &ask_controller).await.unwrap());
    assert_eq!((membership.trusts(), asked().await.unwrap()), (6, 1));
}

#[tokio::test]
async fn a_controller_that_is_trusted_no_more_is_not_told_anything() {
    let (controller, home) = (Controller::start().await, tempfile::tempdir().unwrap());
    let (_, membership) = controller.member(Part::Updater, home.path()).await;
    let client = membership.controller().unwrap();
    let master = controller.master_peer();
    controller.change_trust(|trust| {
        trust.serial = 2;
        trust.pins = vec![(Role::Master, master.pin.to_string())];
    });
    assert!(catch_up(&membership, &client).await.unwrap());
    let again: Client = membership.controller().unwrap();
    assert!(catch_up(&membership, &again).await.is_err());
}

#[tokio::test]
async fn an_updater_follows_the_trust_by_itself() {
    let (mut controller, home) = (Controller::start().await, tempfile::tempdir().unwrap());
    let (_, membership) = controller.member(Part::Updater, home.path()).await;
    controller.stop().await;
    let following = tokio::spawn(decnet_membership::follow_trust_forever(Arc::clone(&membership)));
    tokio::time::sleep(Duration::from_millis(300)).await;
    controller.change_trust(|trust| trust.serial = 4);
    controller.resume().await;
    let learnt = async {
        while membership.trusts() != 4 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), learnt).await.unwrap();
    membership.leave();
    tokio::time::timeout(Duration::from_secs(5), following).await.unwrap().unwrap();
}
