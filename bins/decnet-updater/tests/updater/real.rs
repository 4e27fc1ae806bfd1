//! The agent and the forwarder themselves, as they were built.

use std::{fs, path::Path};

use decnet_membership::Part as Role;
use decnet_proto::swarm::updater::{Conclusion, Health, Outcome, Running, Seen};
use decnet_release::Part;

use crate::{
    alone::{Alone, beside},
    releases::{Made, facts, installed},
};

/// A release of both; the forwarder does something first.
fn worker(number: &str, forwarder_first: &str) -> Made {
    let files = [
        ("bin/decnet-agent", installed("AGENT", "")),
        ("bin/decnet-forwarder", installed("FORWARDER", forwarder_first)),
    ];
    Made::new(facts(Part::Worker, number), files.map(|(path, text)| (path.to_owned(), text)).into())
}

fn both(health: &Health) -> Option<(&Running, &Running)> {
    match (&health.agent, &health.forwarder) {
        (Some(Seen::Up(agent)), Some(Seen::Up(forwarder))) => Some((agent, forwarder)),
        _ => None,
    }
}

/// Whether both answer as this release.
fn are_of<'a>(release: &Made, health: &'a Health) -> Option<(&'a Running, &'a Running)> {
    let digest = Some(release.digest());
    both(health).filter(|(agent, forwarder)| agent.release == digest && forwarder.release == digest)
}

fn ini(dir: &Path) -> String {
    let at = dir.display();
    format!(
        "[agent]\ndocker-socket = {at}/none.sock\nagent-host = 127.0.0.1\nagent-port = {}\n\
         [forwarder]\nforwarder-state = {at}/forwarder\n",
        crate::host::free_port().port()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn agent_and_forwarder_are_replaced_and_an_agent_does_not_start_the_forwarder_before_its_time() {
    if !beside("decnet-agent").exists() || !beside("decnet-forwarder").exists() {
        println!("agent and forwarder are not built: `cargo xtask test` builds them");
        return;
    }
    let first = worker("0.1.0", "");
    let mut host = Alone::new(&first, "").await;
    let dir = host.dir.path().to_owned();
    let text = fs::read_to_string(dir.join("decnet.ini")).unwrap();
    let whole = format!(
        "[decnet]\nagent-dir = {at}/agent\nartifacts-root = {at}/artifacts\nswarm-master-host = 127.0.0.1\n{}\n{}",
        text.trim_start_matches("[decnet]\n"),
        ini(&dir),
        at = dir.display()
    );
    fs::write(dir.join("decnet.ini"), whole).unwrap();
    decnet_membership::join(&host.controller.join(Role::Agent, &dir.join("agent"))).await.unwrap();
    host.start("agent").await;
    // The agent has started its forwarder.
    let well = host.until("both answer", |health| are_of(&first, health).is_some()).await;
    let (agent, forwarder) = both(&well).unwrap();
    let able: Vec<_> = agent.functions.iter().map(|one| (one.name.as_str(), one.able)).collect();
    assert_eq!(able, [("door", true), ("state", true), ("docker", false)]);

    let next = worker("0.2.0", "");
    let (status, done) = host.master().push(&next.archive(&host.key)).await;
    let done = done.unwrap();
    assert_eq!((status, done.outcome), (200, Outcome::Updated), "{done:?}");
    let after = host.until("both are replaced", |health| are_of(&next, health).is_some()).await;
    let (new_agent, new_forwarder) = both(&after).unwrap();
    assert!(new_agent.boot != agent.boot && new_forwarder.boot != forwarder.boot);

    let bad = worker("0.3.0", "echo 'no such library' >&2; exit 3");
    let (status, done) = host.master().push(&bad.archive(&host.key)).await;
    let failure = done.unwrap_err();
    assert_eq!((status, failure.rolled_back), (409, true), "{failure:?}");
    assert!(failure.problem.detail.contains("decnet-forwarder: does not answer"), "{failure:?}");
    let back = host.until("both are back", |health| are_of(&next, health).is_some()).await;
    assert_ne!(both(&back).unwrap().0.boot, new_agent.boot);
    assert_eq!(host.releases().await.worker.last.unwrap().result, Conclusion::RolledBack);
}
