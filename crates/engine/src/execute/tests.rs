//! Steps carried out over the twins: order, rollback, patience, progress.

use std::sync::Mutex;

use decnet_composer::deployment::{Container, Limits, Namespace, Network, Role};
use decnet_proto::plan::LinkDriver;

use super::*;
use crate::{
    error::Lasting,
    recording::{HostTold, Recording, RecordingHost, Told},
};

fn network() -> Network {
    Network {
        driver: LinkDriver::Macvlan,
        parent: "eth0".into(),
        subnet: "10.0.0.0/24".parse().unwrap(),
        gateway: None,
        host_ip: None,
        routes: vec![[10, 0, 0, 5].into()],
    }
}

fn container(name: &str, image: Image) -> Container {
    Container {
        name: name.into(),
        decky: name.split('-').next().unwrap().parse().unwrap(),
        role: Role::Decoy,
        service: None,
        image,
        command: Vec::new(),
        environment: Default::default(),
        hostname: None,
        namespace: match name.split_once('-') {
            Some((base, _)) => Namespace::Of(base.into()),
            None => Namespace::Lan { ip: [10, 0, 0, 5].into(), mac: None },
        },
        sysctls: Default::default(),
        limits: Limits { memory_mib: 1, pids: 1, milli_cpus: 1, files: 1 },
        spec: String::new(),
    }
}

fn create(name: &str) -> Step {
    Step::CreateContainer(Box::new(container(name, Image::Decoy)))
}

/// The first deployment of deckies of which each is given as `base` or `base base-service`.
fn first(deckies: &[&str]) -> Steps {
    let decky = |names: &&str| {
        let names: Vec<_> = names.split(' ').collect();
        let steps = names.iter().map(|name| create(name)).collect();
        DeckySteps { decky: names[0].into(), steps }
    };
    Steps {
        before: vec![Step::EnsureImage, Step::CreateNetwork(network()), Step::EnsureHostLink(network())],
        deckies: deckies.iter().map(decky).collect(),
        after: Vec::new(),
    }
}

const OPTIONS: Options = Options { parallel: NonZeroU16::new(2).unwrap(), fresh_image: false };

async fn run(engine: &Recording, host: &RecordingHost, steps: &Steps) -> Vec<StepFailure> {
    execute(engine, host, steps, OPTIONS, &|_| {}).await
}

/// That the failures are of these subjects, in this order, and of steps that begin so.
fn check(failures: &[StepFailure], expect: &[(&str, &str)]) {
    assert_eq!(failures.len(), expect.len(), "{failures:?}");
    for (failure, (subject, step)) in failures.iter().zip(expect) {
        assert_eq!(failure.subject, *subject);
        assert!(failure.step.starts_with(step), "{failure:?}");
    }
}

fn spawnable<T: Send>(work: T) -> T {
    work
}

async fn running(engine: &Recording) -> Vec<String> {
    engine.observe().await.unwrap().containers.into_iter().map(|c| c.name).collect()
}

#[tokio::test]
async fn a_first_deployment_makes_everything_in_order() {
    let (engine, host) = (Recording::new(), RecordingHost::new());
    let steps = first(&["a", "b b-http"]);
    check(&spawnable(run(&engine, &host, &steps)).await, &[]);
    let told = engine.told();
    assert_eq!(told[0], Told::EnsureImage { image: Image::Decoy, fresh: false });
    assert_eq!(told[1], Told::CreateNetwork(network()));
    assert_eq!(told.last(), Some(&Told::PruneImages));
    let place = |name: &str| told.iter().position(|t| *t == Told::Create(name.into())).unwrap();
    assert!(place("b") < place("b-http"));
    assert_eq!(host.told(), [HostTold::EnsureLink(network())]);
    assert_eq!(running(&engine).await, ["a", "b", "b-http"]);
    let observed = observe(&engine, &host).await.unwrap();
    assert_eq!(observed.host_link, Some((LinkDriver::Macvlan, network().routes)));
}

#[tokio::test]
async fn nothing_to_do_does_nothing() {
    let (engine, host) = (Recording::new(), RecordingHost::new());
    check(&run(&engine, &host, &Steps::default()).await, &[]);
    assert_eq!((engine.told(), host.told()), (vec![], vec![]));
}

#[tokio::test]
async fn a_decky_that_fails_is_rolled_back_and_the_others_go_on() {
    let (engine, host) = (Recording::new(), RecordingHost::new());
    engine.refuse("b-http", Lasting::Permanent, 1);
    engine.refuse("d", Lasting::Permanent, 1);
    let failures = run(&engine, &host, &first(&["a", "b b-http b-ftp", "c", "d", "e"])).await;
    check(&failures, &[("b", "create container b-http"), ("d", "create container d")]);
    assert_eq!(failures[0].error, "cannot start container b-http: told to refuse");
    assert_eq!(running(&engine).await, ["a", "c", "e"]);
    let told = engine.told();
    assert!(!told.contains(&Told::Create("b-ftp".into())));
    assert!(!told.contains(&Told::PruneImages), "the way back may need them");
    let drained = |name: &str| host.told().contains(&HostTold::Drained(name.into()));
    assert!(drained("b") && drained("b-http"));
}

#[tokio::test]
async fn a_way_back_that_fails_is_told_too() {
    let (engine, host) = (Recording::new(), RecordingHost::new());
    engine.refuse("a", Lasting::Permanent, 2);
    let failures = run(&engine, &host, &first(&["a"])).await;
    check(&failures, &[("a", "create container a"), ("a", "remove what there is of it")]);
}

#[tokio::test(start_paused = true)]
async fn what_passes_is_tried_again_and_what_lasts_is_not() {
    for (lasting, times, tries, failed) in [
        (Lasting::Transient, 1, 2, 0),
        (Lasting::Transient, 3, 4, 0),
        (Lasting::Transient, 4, 4, 1),
        (Lasting::Permanent, 1, 1, 1),
    ] {
        let (engine, host) = (Recording::new(), RecordingHost::new());
        engine.refuse("network", lasting, times);
        assert_eq!(run(&engine, &host, &first(&["a"])).await.len(), failed);
        let told = engine.told().into_iter().filter(|t| matches!(t, Told::CreateNetwork(_)));
        assert_eq!(told.count(), tries, "{lasting:?} {times}");
    }
}

#[tokio::test]
async fn without_ground_nothing_is_built_but_a_host_link_is_no_ground() {
    let (engine, host) = (Recording::new(), RecordingHost::new());
    engine.refuse("image", Lasting::Permanent, 1);
    check(&run(&engine, &host, &first(&["a"])).await, &[("image", "make the decoy image")]);
    assert_eq!(engine.told().len(), 1);

    let (engine, host) = (Recording::new(), RecordingHost::refusing());
    let failures = run(&engine, &host, &first(&["a"])).await;
    check(&failures, &[("host link", "link the host through decnet_macvlan0")]);
    assert_eq!(running(&engine).await, ["a"]);
}

#[tokio::test]
async fn a_container_is_read_to_its_end_before_it_is_removed() {
    let (engine, host) = (Recording::new(), RecordingHost::new());
    check(&run(&engine, &host, &first(&["a", "b"])).await, &[]);
    let before = engine.told().len();
    let steps = Steps {
        before: ["a", "b"].map(|name| Step::RemoveContainer(name.into())).into(),
        after: vec![Step::RemoveHostLink(LinkDriver::Macvlan), Step::RemoveNetwork],
        ..Steps::default()
    };
    check(&run(&engine, &host, &steps).await, &[]);
    let told = engine.told().split_off(before);
    for name in ["a", "b"] {
        let place = |wanted: Told| told.iter().position(|t| *t == wanted).unwrap();
        assert!(place(Told::Stop(name.into())) < place(Told::Remove(name.into())));
        assert!(host.told().contains(&HostTold::Drained(name.into())));
    }
    assert_eq!(told.last(), Some(&Told::RemoveNetwork));
    assert_eq!(observe(&engine, &host).await.unwrap().host_link, None);
    assert_eq!(running(&engine).await, [""; 0]);
}

#[tokio::test]
async fn an_image_of_the_operators_is_had_before_its_container() {
    let (engine, host) = (Recording::new(), RecordingHost::new());
    let own = Image::Named("own:1".into());
    let mut steps = first(&["a"]);
    let joiner = container("a-own", own.clone());
    steps.deckies[0].steps.push(Step::CreateContainer(Box::new(joiner)));
    check(&run(&engine, &host, &steps).await, &[]);
    let wanted = [Told::EnsureImage { image: own, fresh: false }, Told::Create("a-own".into())];
    assert!(engine.told().windows(2).any(|pair| pair == wanted));
}

#[tokio::test]
async fn a_fresh_image_is_made_whatever_the_steps_say() {
    let (engine, host) = (Recording::new(), RecordingHost::new());
    let options = Options { fresh_image: true, ..OPTIONS };
    check(&execute(&engine, &host, &Steps::default(), options, &|_| {}).await, &[]);
    let fresh = Told::EnsureImage { image: Image::Decoy, fresh: true };
    assert_eq!(engine.told(), [fresh, Told::PruneImages]);
}

#[tokio::test]
async fn progress_counts_to_its_total() {
    for refused in ["nobody", "b"] {
        let (engine, host) = (Recording::new(), RecordingHost::new());
        engine.refuse(refused, Lasting::Permanent, 1);
        let seen = Mutex::new(Vec::new());
        let tell = |progress| seen.lock().unwrap().push(progress);
        execute(&engine, &host, &first(&["a", "b b-http", "c"]), OPTIONS, &tell).await;
        let seen = seen.into_inner().unwrap();
        assert!(seen.iter().all(|p| p.total == 7) && seen.is_sorted_by_key(|p| p.done));
        assert_eq!(seen.iter().map(|p| p.done).max(), Some(7), "{refused}");
    }
}
