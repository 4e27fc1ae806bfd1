//! Each verb against Docker, with its edges: what is there already, what is gone, what belongs
//! to somebody else.

use std::{collections::BTreeSet, fs, path::Path};

use decnet_composer::deployment::{Image, Namespace, Network, Role};
use decnet_engine::{
    ContainerChange, EXEC_OUTPUT_MAX, Engine, EngineError, ImageChange, Lasting, NetworkChange, chain,
    docker::{Docker, Settings},
};

use crate::{
    sample::{inspect, joined},
    site::{Site, run},
};

fn permanent(outcome: Result<(), EngineError>, words: &[&str]) {
    let error = outcome.unwrap_err();
    let text = chain(&error);
    assert_eq!(error.lasting(), Lasting::Permanent, "{text}");
    assert!(words.iter().all(|word| text.contains(word)), "{text}");
}

#[tokio::test]
async fn commands_take_data_and_give_capped_output() {
    let site = Site::new(3);
    site.prepare().await;
    let decoy = site.decoy("c", 12);
    site.start(&decoy).await;
    let exec = async |argv: &[&str], stdin: &[u8]| site.docker.exec(&decoy.name, argv, stdin).await;

    let data = "a line\n".repeat(9000);
    let echoed = exec(&["/init", "echo"], data.as_bytes()).await.unwrap();
    assert_eq!((echoed.code, echoed.cut), (0, false));
    assert!(echoed.stdout == data.as_bytes() && echoed.stderr == b"63000 bytes");

    let flood = exec(&["/init", "flood"], b"").await.unwrap();
    assert!(flood.cut && flood.stdout.len() == EXEC_OUTPUT_MAX);

    let failed = exec(&["/init", "fail"], b"nobody reads this").await.unwrap();
    assert_eq!(failed.code, 7);

    let missing = site.docker.exec("t-eng-3-none", &["/init"], b"").await;
    permanent(missing.map(drop), &["cannot run a command in container t-eng-3-none", "No such container"]);
    site.docker.container(ContainerChange::Stop(&decoy.name)).await.unwrap();
    permanent(exec(&["/init"], b"").await.map(drop), &["is not running"]);
}

#[tokio::test]
async fn making_twice_and_removing_twice_is_the_same_as_once() {
    let site = Site::new(4);
    site.prepare().await;
    site.prepare().await;
    let decoy = site.decoy("d", 13);
    site.start(&decoy).await;
    let first = inspect(&decoy.name)["Id"].take();
    site.start(&decoy).await;
    assert_ne!(first, inspect(&decoy.name)["Id"], "a leftover makes room");
    for _ in 0..2 {
        site.docker.container(ContainerChange::Stop(&decoy.name)).await.unwrap();
    }
    assert_eq!(inspect(&decoy.name)["State"]["Status"], "exited");
    assert_eq!(inspect(&decoy.name)["State"]["ExitCode"], 0, "it ended by itself upon SIGTERM");
    for _ in 0..2 {
        site.docker.container(ContainerChange::Remove(&decoy.name)).await.unwrap();
        site.docker.network(NetworkChange::Remove).await.unwrap();
    }
    site.docker.container(ContainerChange::Stop(&decoy.name)).await.unwrap();
    let observed = site.docker.observe().await.unwrap();
    assert_eq!((observed.containers.len(), observed.network), (0, None));
}

#[tokio::test]
async fn what_is_not_ours_is_not_touched() {
    let site = Site::new(5);
    site.prepare().await;
    let decoy = site.decoy("e", 14);
    // Another fleet on the same engine, with a container of the very name.
    let other = site.docker_with(|settings| settings.fleet = "t-eng-other".into());
    let image = &Image::Decoy;
    other.image(ImageChange::Ensure { image, fresh: false }).await.unwrap();
    site.start(&decoy).await;
    let id = inspect(&decoy.name)["Id"].take();
    let not_ours = ["is not of this fleet", decoy.name.as_str()];
    for change in [
        ContainerChange::Create(&decoy),
        ContainerChange::Restart(&decoy.name),
        ContainerChange::Stop(&decoy.name),
        ContainerChange::Remove(&decoy.name),
    ] {
        permanent(other.container(change).await, &not_ours);
    }
    permanent(site.docker.network(NetworkChange::Remove).await, &["it is used by t-eng-5-e, which must"]);
    assert_eq!(inspect(&decoy.name)["Id"], id);
    assert_eq!(other.observe().await.unwrap().containers, []);

    // A network whose name only begins like ours.
    let longer = format!("{}2", site.lan());
    site.docker.container(ContainerChange::Remove(&decoy.name)).await.unwrap();
    site.docker.network(NetworkChange::Remove).await.unwrap();
    let (labelled, parent) = ("--label=decnet.fleet=t-eng-5", "--opt=parent=t-eng-5p");
    run("docker", &["network", "create", "--driver=macvlan", labelled, parent, &longer]);
    assert_eq!(site.docker.observe().await.unwrap().network, None);
    site.docker.network(NetworkChange::Remove).await.unwrap();
    site.docker.network(NetworkChange::Create(&site.network)).await.unwrap();
    assert!(site.docker.observe().await.unwrap().network.is_some());
    run("docker", &["network", "rm", &longer]);
}

#[tokio::test]
async fn a_network_of_other_settings_is_seen_and_not_taken_for_ours() {
    let site = Site::new(6);
    site.prepare().await;
    let seen = site.docker.observe().await.unwrap().network.unwrap();
    assert_eq!(seen.driver, "macvlan");
    assert_eq!(seen.parent.as_deref(), Some("t-eng-6"));
    assert_eq!(seen.subnet, Some(site.network.subnet));
    assert_eq!(seen.gateway, site.network.gateway);

    let mut other = site.network.clone();
    other.subnet = "10.178.6.0/24".parse().unwrap();
    permanent(site.docker.network(NetworkChange::Create(&other)).await, &["exists with other settings"]);
}

#[tokio::test]
async fn a_lan_without_gateway_leaves_containers_without_default_route() {
    let site = Site::new(9);
    site.prepare().await;
    let routes = || {
        let pid = inspect("t-eng-9-f")["State"]["Pid"].to_string();
        run("nsenter", &["--net", "--target", &pid, "ip", "route"])
    };
    let mut decoy = site.decoy("f", 17);
    site.start(&decoy).await;
    assert!(routes().contains("default via 10.177.9.1 dev eth0"), "{}", routes());
    site.docker.container(ContainerChange::Remove(&decoy.name)).await.unwrap();
    site.docker.network(NetworkChange::Remove).await.unwrap();

    let network = Network { gateway: None, host_ip: Some([10, 177, 9, 99].into()), ..site.network.clone() };
    site.docker.network(NetworkChange::Create(&network)).await.unwrap();
    assert_eq!(site.docker.observe().await.unwrap().network.unwrap().gateway, None);
    site.docker.network(NetworkChange::Create(&network)).await.unwrap();
    // The first address, which Docker would otherwise keep for a gateway.
    let mac = None;
    decoy.namespace = Namespace::Lan { ip: [10, 177, 9, 1].into(), mac };
    site.start(&decoy).await;
    assert!(!routes().contains("default"), "{}", routes());
    assert!(routes().contains("10.177.9.0/24 dev eth0"), "{}", routes());
}

#[tokio::test]
async fn a_joiner_is_restarted_into_the_namespace_of_its_base() {
    let site = Site::new(7);
    site.prepare().await;
    let base = site.decoy("g", 15);
    let joiner = joined(&base, Role::Service, "http", Image::Decoy);
    site.start(&base).await;
    site.start(&joiner).await;
    let started = async || {
        let observed = site.docker.observe().await.unwrap();
        let [base, joiner] = observed.containers.try_into().unwrap();
        assert!(base.running && joiner.running);
        (base.started_at, joiner.started_at)
    };
    let (base_at, joiner_at) = started().await;
    assert!(0 < base_at && base_at < joiner_at);
    site.docker.container(ContainerChange::Restart(&base.name)).await.unwrap();
    let (base_at, joiner_at) = started().await;
    assert!(joiner_at < base_at, "the joiner is in a namespace that died");
    site.docker.container(ContainerChange::Restart(&joiner.name)).await.unwrap();
    let (base_at, joiner_at) = started().await;
    assert!(base_at < joiner_at);
    let namespace = |name: &str| {
        let pid = inspect(name)["State"]["Pid"].to_string();
        std::fs::read_link(format!("/proc/{pid}/ns/net")).unwrap()
    };
    assert_eq!(namespace(&base.name), namespace(&joiner.name));
}

#[tokio::test]
async fn earlier_images_go_when_no_container_needs_them() {
    let site = Site::new(8);
    site.prepare().await;
    let old = site.docker.observe().await.unwrap().decoy_image.unwrap();
    let decoy = site.decoy("h", 16);
    site.start(&decoy).await;

    // The next build: the same program, one byte longer, in the same place.
    let binary = Path::new(env!("CARGO_TARGET_TMPDIR")).join("t-eng-8-next");
    let mut bytes = fs::read(&site.docker.settings().decoy).unwrap();
    fs::write(&binary, &bytes).unwrap();
    let docker = site.docker_with(|settings| settings.decoy.clone_from(&binary));
    assert_eq!(docker.observe().await.unwrap().decoy_image.as_ref(), Some(&old));
    bytes.push(0);
    fs::write(&binary, bytes).unwrap();
    assert_eq!(docker.observe().await.unwrap().decoy_image, None, "it sees that the file changed");
    let image = &Image::Decoy;
    docker.image(ImageChange::Ensure { image, fresh: true }).await.unwrap();
    let new = docker.observe().await.unwrap().decoy_image.unwrap();

    let images = || {
        let format = "{{.Repository}}:{{.Tag}}";
        let all = run("docker", &["images", "--format", format, "--filter", "reference=t-eng-8"]);
        all.lines().map(str::to_owned).collect::<BTreeSet<_>>()
    };
    docker.image(ImageChange::Prune).await.unwrap();
    assert_eq!(images(), BTreeSet::from([old, new.clone()]), "a container needs the old one");
    docker.container(ContainerChange::Remove(&decoy.name)).await.unwrap();
    docker.image(ImageChange::Prune).await.unwrap();
    assert_eq!(images(), BTreeSet::from([new]));

    fs::remove_file(&binary).unwrap();
    permanent(docker.image(ImageChange::Prune).await, &["cannot read the decoy binary", "t-eng-8-next"]);
    permanent(docker.image(ImageChange::Ensure { image, fresh: false }).await, &["No such file"]);
    assert_eq!(docker.observe().await.unwrap().decoy_image, None, "what runs is told all the same");
}

#[tokio::test]
async fn the_same_program_makes_the_same_image_and_a_wrong_reference_says_so() {
    let site = Site::new(10);
    site.prepare().await;
    let id = || run("docker", &["images", "--quiet", "--no-trunc", "--filter", "reference=t-eng-10"]);
    let first = id();
    let tag = site.docker.observe().await.unwrap().decoy_image.unwrap();
    assert!(first.starts_with(&format!("sha256:{}", tag.split(':').nth(1).unwrap())), "{first} {tag}");
    let image = &Image::Decoy;
    site.docker.image(ImageChange::Ensure { image, fresh: true }).await.unwrap();
    assert_eq!(id(), first);
    let image = &Image::Named("UPPER/case".into());
    permanent(
        site.docker.image(ImageChange::Ensure { image, fresh: false }).await,
        &["UPPER/case", "must be lowercase"],
    );
}

#[tokio::test]
async fn docker_tells_what_it_is() {
    let about = Docker::new(Settings::new("/nowhere")).about().await.unwrap();
    assert!(about.seccomp && about.network_drivers.contains(&"macvlan".to_owned()), "{about:?}");
    assert!(about.api.starts_with("1.") && !about.version.is_empty() && !about.log_driver.is_empty());
}
