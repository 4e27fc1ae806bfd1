//! Deployments as the agent makes them: observed, compared, carried out, and observed again.

use std::num::NonZeroU16;

use decnet_composer::{
    deployment::{Container, Deployment, Image, Namespace, Observed, Role, Step, Steps},
    diff::{diff, teardown_all},
};
use decnet_engine::{
    Engine, Options, execute, observe,
    recording::{DECOY_TAG, Recording, RecordingHost},
};
use decnet_proto::agent::StepFailure;

use crate::{
    sample::{inspect, joined},
    site::Site,
};

pub(crate) const OPTIONS: Options = Options { parallel: NonZeroU16::new(4).unwrap(), fresh_image: false };

fn deployment(site: &Site, containers: Vec<Container>) -> Deployment {
    Deployment { generation: 1, network: site.network.clone(), containers }
}

pub(crate) async fn converge<E: Engine>(
    engine: &E,
    host: &RecordingHost,
    wanted: &Deployment,
) -> (Steps, Vec<StepFailure>) {
    let steps = diff(wanted, &observe(engine, host).await.unwrap());
    let failures = execute(engine, host, &steps, OPTIONS, &|_| {}).await;
    (steps, failures)
}

/// What does not depend on engine and clock.
fn timeless(mut observed: Observed) -> Observed {
    for container in &mut observed.containers {
        container.started_at = i64::from(container.started_at > 0);
        if container.role != "custom" {
            DECOY_TAG.clone_into(&mut container.image);
        }
    }
    observed.decoy_image = observed.decoy_image.map(|_| DECOY_TAG.to_owned());
    observed
}

#[tokio::test]
async fn the_second_deployment_changes_nothing_and_the_twin_shows_the_same() {
    let site = Site::new(11);
    let (host, twin, twin_host) = (RecordingHost::new(), Recording::new(), RecordingHost::new());
    let base = site.decoy("base", 21);
    let service = joined(&base, Role::Service, "http", Image::Decoy);
    let wanted = deployment(&site, vec![site.decoy("a", 20), base, service]);

    let (_, failures) = converge(&site.docker, &host, &wanted).await;
    assert_eq!(failures, []);
    let (steps, failures) = converge(&site.docker, &host, &wanted).await;
    assert_eq!((steps, failures), (Steps::default(), vec![]));

    converge(&twin, &twin_host, &wanted).await;
    let shown = timeless(observe(&site.docker, &host).await.unwrap());
    assert_eq!(shown, timeless(observe(&twin, &twin_host).await.unwrap()));
    assert_eq!(shown.containers.len(), 3);

    // A smaller fleet leaves no orphan, and the untouched decky is not made anew.
    let id = inspect("t-eng-11-a")["Id"].take();
    let smaller = deployment(&site, wanted.containers[..1].to_vec());
    let (_, failures) = converge(&site.docker, &host, &smaller).await;
    assert_eq!(failures, []);
    assert_eq!(site.docker.observe().await.unwrap().containers.len(), 1);
    assert_eq!(inspect("t-eng-11-a")["Id"], id);

    let nothing = teardown_all(&observe(&site.docker, &host).await.unwrap());
    assert_eq!(execute(&site.docker, &host, &nothing, OPTIONS, &|_| {}).await, []);
    let left = observe(&site.docker, &host).await.unwrap();
    assert_eq!((left.containers, left.network), (vec![], None));
}

#[tokio::test]
async fn a_decky_that_cannot_start_leaves_nothing_and_the_others_run() {
    let site = Site::new(12);
    let host = RecordingHost::new();
    let mut wrong = site.decoy("wrong", 31);
    wrong.sysctls.insert("net.ipv4.no_such_setting".into(), "1".into());
    // Its base starts; the container that joins it does not.
    let half = site.decoy("half", 32);
    let missing = Image::Named("t-eng-12-missing@sha256:nonsense".into());
    let joiner = joined(&half, Role::Custom, "own", missing);
    let mut taken = site.decoy("taken", 33);
    taken.namespace = site.decoy("a", 30).namespace;
    let wanted = deployment(&site, vec![site.decoy("a", 30), wrong, half, joiner, site.decoy("b", 34)]);

    let (_, failures) = converge(&site.docker, &host, &wanted).await;
    let subjects: Vec<_> = failures.iter().map(|f| f.subject.as_str()).collect();
    assert_eq!(subjects, ["t-eng-12-wrong", "t-eng-12-half"]);
    let says = |at: usize, words: &str| {
        let error: &StepFailure = &failures[at];
        assert!(error.error.contains(words), "{error:?}");
    };
    says(0, "cannot start container t-eng-12-wrong: ");
    says(0, "no_such_setting");
    says(1, "t-eng-12-missing@sha256:nonsense: ");
    says(1, "invalid reference format");
    let running = async || -> Vec<String> {
        let observed = site.docker.observe().await.unwrap();
        assert!(observed.containers.iter().all(|c| c.running));
        observed.containers.into_iter().map(|c| c.name).collect()
    };
    assert_eq!(running().await, ["t-eng-12-a", "t-eng-12-b"]);

    // Two deckies of one address: Docker refuses the second.
    let mut containers = wanted.containers;
    containers.retain(|c| !["t-eng-12-wrong", "t-eng-12-half"].contains(&c.decky.as_str()));
    containers.push(taken);
    let (_, failures) = converge(&site.docker, &host, &deployment(&site, containers)).await;
    assert!(failures[0].error.ends_with("Address already in use"), "{failures:?}");
    assert_eq!(running().await, ["t-eng-12-a", "t-eng-12-b"]);
}

#[tokio::test]
async fn what_died_is_started_again_and_what_joined_it_with_it() {
    let site = Site::new(13);
    let host = RecordingHost::new();
    let base = site.decoy("g", 41);
    let service = joined(&base, Role::Service, "http", Image::Decoy);
    let wanted = deployment(&site, vec![base, service]);
    assert_eq!(converge(&site.docker, &host, &wanted).await.1, []);

    crate::site::run("docker", &["restart", "--time", "1", "t-eng-13-g"]);
    let (steps, failures) = converge(&site.docker, &host, &wanted).await;
    let restarts = [Step::RestartContainer("t-eng-13-g-http".into())];
    assert_eq!((&steps.deckies[0].steps[..], failures), (&restarts[..], vec![]));

    crate::site::run("docker", &["stop", "--time", "1", "t-eng-13-g-http", "t-eng-13-g"]);
    assert_eq!(converge(&site.docker, &host, &wanted).await.1, []);
    let namespace = |name: &str| {
        let pid = inspect(name)["State"]["Pid"].to_string();
        std::fs::read_link(format!("/proc/{pid}/ns/net")).unwrap()
    };
    assert_eq!(namespace("t-eng-13-g"), namespace("t-eng-13-g-http"));
    assert_eq!(converge(&site.docker, &host, &wanted).await.0, Steps::default());
}

#[tokio::test]
async fn another_network_takes_the_fleet_along() {
    let site = Site::new(14);
    let host = RecordingHost::new();
    let mut wanted = deployment(&site, vec![site.decoy("h", 51)]);
    assert_eq!(converge(&site.docker, &host, &wanted).await.1, []);
    wanted.network.subnet = "10.178.14.0/24".parse().unwrap();
    wanted.network.gateway = Some([10, 178, 14, 1].into());
    wanted.containers[0].namespace = Namespace::Lan { ip: [10, 178, 14, 51].into(), mac: None };
    assert_eq!(converge(&site.docker, &host, &wanted).await.1, []);
    let observed = site.docker.observe().await.unwrap();
    assert_eq!(observed.network.unwrap().subnet, Some(wanted.network.subnet));
    assert_eq!(observed.containers[0].ip, Some([10, 178, 14, 51].into()));
}
