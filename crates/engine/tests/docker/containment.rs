//! What a container may do, as Docker tells it and as one inside finds it.

use std::collections::BTreeMap;

use decnet_composer::deployment::{Image, Role};
use decnet_engine::Engine;
use serde_json::{Value, json};

use crate::{
    sample::{inspect, joined},
    site::Site,
};

/// `escape` and its outcomes, as errno(3) numbers them: EPERM 1 unless listed.
const NOT_EPERM: [(&str, &str); 6] = [
    // ENOSYS, upon which a C library uses clone.
    ("clone3_of_a_process", "38"),
    // ENOENT: the engine must be able to execute the program, but there is no other.
    ("shell", "2"),
    // EROFS.
    ("write_root", "30"),
    ("write_etc", "30"),
    ("write_sysctl", "30"),
    // ENOSPC.
    ("fill_run", "28"),
];

async fn outcomes(site: &Site, container: &str, what: &str) -> BTreeMap<String, String> {
    let ran = site.docker.exec(container, &["/init", what], b"").await.unwrap();
    assert_eq!((ran.code, ran.stderr), (0, Vec::new()));
    let text = String::from_utf8(ran.stdout).unwrap();
    let pairs = text.lines().map(|line| line.split_once(' ').unwrap());
    pairs.map(|(name, outcome)| (name.to_owned(), outcome.to_owned())).collect()
}

#[tokio::test]
async fn an_intruder_gets_nowhere_and_a_decoy_can_work() {
    let site = Site::new(1);
    site.prepare().await;
    let decoy = site.decoy("a", 10);
    let joiner = joined(&decoy, Role::Service, "http", Image::Decoy);
    for container in [&decoy, &joiner] {
        site.start(container).await;
        let work = outcomes(&site, &container.name, "work").await;
        assert!(work.len() > 5 && work.values().all(|outcome| outcome == "ok"), "{work:?}");
        let escape = outcomes(&site, &container.name, "escape").await;
        assert!(escape.len() > 40, "{escape:?}");
        for (name, outcome) in &escape {
            let known = NOT_EPERM.iter().find(|(known, _)| known == name);
            assert_eq!(outcome, known.map_or("1", |(_, errno)| errno), "{name}");
        }
    }
}

/// That `json` has each path (dots between keys) with its value.
fn check(json: &Value, expect: &[(&str, Value)]) {
    for (path, value) in expect {
        let found = path.split('.').fold(json, |json, key| &json[key]);
        assert_eq!(found, value, "{path}");
    }
}

fn everywhere() -> Vec<(&'static str, Value)> {
    vec![
        ("HostConfig.CapDrop", json!(["ALL"])),
        ("HostConfig.Privileged", json!(false)),
        ("HostConfig.Binds", json!(null)),
        ("HostConfig.Memory", json!(64 << 20)),
        ("HostConfig.MemorySwap", json!(64 << 20)),
        ("HostConfig.NanoCpus", json!(500_000_000)),
        ("HostConfig.PidsLimit", json!(32)),
        ("HostConfig.Ulimits", json!([{"Name": "nofile", "Hard": 1024, "Soft": 1024}])),
        ("HostConfig.LogConfig.Type", json!("json-file")),
        ("HostConfig.LogConfig.Config", json!({"max-size": "10m", "max-file": "5"})),
        ("HostConfig.RestartPolicy.Name", json!("unless-stopped")),
        ("HostConfig.IpcMode", json!("private")),
        ("Mounts", json!([])),
        ("State.Status", json!("running")),
    ]
}

#[tokio::test]
async fn docker_tells_the_containment_of_each_role() {
    let site = Site::new(2);
    site.prepare().await;
    let base = site.decoy("b", 11);
    let service = joined(&base, Role::Service, "http", Image::Decoy);
    let custom = joined(&base, Role::Custom, "own", Image::Named(site.own_image().await));
    for container in [&base, &service, &custom] {
        site.start(container).await;
    }

    let seen = inspect(&base.name);
    check(&seen, &everywhere());
    check(
        &seen,
        &[
            ("HostConfig.CapAdd", json!(null)),
            ("HostConfig.ReadonlyRootfs", json!(true)),
            ("HostConfig.Init", json!(false)),
            ("HostConfig.Sysctls", json!(base.sysctls)),
            ("HostConfig.NetworkMode", json!(site.lan())),
            ("Config.Hostname", json!("WS-07")),
            ("Config.User", json!("65534:65534")),
            ("Config.Env", json!(["APP_CONFIG={}"])),
            ("Config.Image", json!(site.docker.observe().await.unwrap().decoy_image)),
            (
                "Config.Labels",
                json!({
                    "com.docker.compose.project": "decnet",
                    "decnet.decky": base.name,
                    "decnet.fleet": site.name(),
                    "decnet.role": "decoy",
                    "decnet.spec": "ab".repeat(32),
                }),
            ),
        ],
    );
    let tmpfs = seen["HostConfig"]["Tmpfs"]["/run"].as_str().unwrap();
    assert_eq!(tmpfs, "rw,noexec,nosuid,nodev,size=8m,mode=0700,uid=65534,gid=65534");
    let options = seen["HostConfig"]["SecurityOpt"].as_array().unwrap();
    assert_eq!(options[0], "no-new-privileges:true");
    assert!(options[1].as_str().unwrap().starts_with("seccomp={"), "{options:?}");
    let address = &seen["NetworkSettings"]["Networks"][site.lan()];
    assert_eq!(address["IPAddress"], "10.177.2.11");
    assert_eq!(address["MacAddress"], "00:1b:21:0a:0b:0b");

    let joined_to = json!(format!("container:{}", seen["Id"].as_str().unwrap()));
    let seen = inspect(&service.name);
    check(&seen, &everywhere());
    check(
        &seen,
        &[
            ("HostConfig.ReadonlyRootfs", json!(true)),
            ("HostConfig.NetworkMode", joined_to.clone()),
            ("Config.Cmd", json!(["hold"])),
            (
                "Config.Labels",
                json!({
                    "com.docker.compose.project": "decnet",
                    "decnet.decky": base.name,
                    "decnet.fleet": site.name(),
                    "decnet.role": "service",
                    "decnet.service": "http",
                    "decnet.spec": "ab".repeat(32),
                }),
            ),
        ],
    );

    let seen = inspect(&custom.name);
    check(&seen, &everywhere());
    check(
        &seen,
        &[
            ("HostConfig.ReadonlyRootfs", json!(false)),
            ("HostConfig.SecurityOpt", json!(["no-new-privileges:true"])),
            ("HostConfig.NetworkMode", joined_to),
            ("Config.User", json!("0")),
        ],
    );
    let added = seen["HostConfig"]["CapAdd"].as_array().unwrap();
    assert!(added.contains(&json!("NET_BIND_SERVICE")) && !added.contains(&json!("NET_RAW")));
}
