//! A listener on another host, between workers and the listener of the master.

use std::net::SocketAddr;

use decnet_daemon::config::Setting;
use decnet_listener::{Settings, Upstream};
use decnet_membership::Part;
use decnet_pki::folder::IdentityFolder;
use decnet_proto::swarm::{operator::Profile, role::Role, worker::RosterEntry};

use sha2::{Digest as _, Sha256};

use crate::swarm::{Running, Shipper, Swarm, until};

fn lines(numbers: std::ops::Range<usize>) -> Vec<String> {
    let line = |number| {
        format!(
            "<134>1 2026-11-27T10:47:13.000042+00:00 web http - request [relay@55555 seq=\"{number}\" boot=\"1\"]"
        )
    };
    numbers.map(line).collect()
}

/// Lets a second listener join, as one that may hand on.
async fn enlist_relay(swarm: &Swarm) {
    let of_master = IdentityFolder::at(swarm.path("identity")).open(Profile::ListenerServer);
    let pin = of_master.unwrap().unwrap().peer.pin.to_string();
    swarm.controller.change_trust(|trust| {
        trust.serial += 1;
        trust.pins.push((Role::Listener, pin));
    });
    let identity = swarm.path("relay/identity");
    decnet_membership::join(&swarm.controller.join(Part::Listener, &identity)).await.unwrap();
    let folder = IdentityFolder::at(&identity);
    let peer = folder.open(Profile::ListenerClient).unwrap().unwrap().peer;
    let entry = RosterEntry {
        role: peer.identity.role,
        host: peer.identity.host,
        name: "relay".parse().unwrap(),
        fingerprint: peer.fingerprint.to_string(),
    };
    swarm.controller.change_roster(|roster| roster.clients.push(entry));
}

async fn relay(swarm: &Swarm, to: SocketAddr) -> Running {
    let here = |settings: &mut Settings| {
        settings.identity = swarm.path("relay/identity");
        settings.spool = swarm.path("relay/spool");
        settings.log = swarm.path("relay/log/master.log");
        settings.artifacts = swarm.path("relay/artifacts");
        let host = Setting::parse("127.0.0.1").unwrap();
        settings.relay_to = Some(Upstream { host, port: to.port() });
    };
    swarm.listen_with(here).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_listener_elsewhere_took_is_at_the_master_once_and_under_its_own_name() {
    let swarm = Swarm::start().await;
    let worker = swarm.worker(10);
    enlist_relay(&swarm).await;
    let master = swarm.listen().await;
    let far = relay(&swarm, master.address).await;
    far.tells("the roster is known", |report| report.roster.certificates == 2).await;
    let mut shipper = Shipper::of(swarm.dir.path(), "worker");
    shipper.write(lines(0..1_000));
    worker.ship(far.address, &mut shipper).await.unwrap();
    assert_eq!(swarm.log_of(1_000).await.lines().collect::<Vec<_>>(), lines(0..1_000));
    far.tells("it is connected", |report| report.relayed.as_ref().is_some_and(|to| to.connected)).await;
    assert!(!swarm.path("relay/log/master.log").exists(), "the log is the master's");

    // What it kept of captured files goes on, too.
    let content = b"dropped by somebody".repeat(1_000);
    let sha256: String = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
    std::fs::write(swarm.path("relay/artifacts").join(&sha256), &content).unwrap();
    let kept = swarm.path("artifacts").join(&sha256);
    until("the file is at the master", async || kept.exists()).await;
    assert_eq!(std::fs::read(&kept).unwrap(), content);

    // The master is away: the worker is answered all the same.
    let address = master.address;
    master.stop().await;
    shipper.write(lines(1_000..2_000));
    worker.ship(far.address, &mut shipper).await.unwrap();
    let told = far.tells("it says so", |report| !report.healthy).await;
    assert!(told.relayed.is_some_and(|to| to.trouble.is_some()));
    far.stop().await;
    // What was handed on was not written down: everything that is left of the spool goes again.
    std::fs::remove_file(swarm.path("relay/spool/relayed.json")).unwrap();
    let master = swarm.listen_with(|settings| settings.address = address).await;
    let far = relay(&swarm, address).await;
    assert_eq!(swarm.log_of(2_000).await.lines().collect::<Vec<_>>(), lines(0..2_000));
    until("all is acknowledged", async || far.report().await.healthy).await;
    far.stop().await;
    master.stop().await;
    assert_eq!(swarm.log().lines().count(), 2_000);
    let records = std::fs::read_to_string(swarm.path("log/master.json")).unwrap();
    assert_eq!(records.matches("\"source_worker\":\"w10\"").count(), 2_000);
}
