//! Fifty deckies beside the floor: fifty containers of the same image that do nothing.

use std::{fs, sync::Mutex, time::Instant};

use anyhow::{Context, Result, bail};
use decnet_proto::persona::ENV_NAME;
use lab::{
    fleet::{Fleet, Programs},
    lan, process, workspace,
};
use serde_json::json;

use super::{
    docker, played,
    row::{Row, Target},
};
use crate::{
    image::{self, Profile},
    lab_verb,
};

/// How many deckies, and containers of the floor.
const COUNT: usize = 50;
/// How many are worked on at once, on both sides.
const PARALLEL: usize = 8;

/// The time of a deploy over the time of the floor.
pub(super) fn run() -> Result<Vec<Row>> {
    lab_verb::up()?;
    image::build(Profile::Shipped)?;
    let build = ["build", "--quiet", "--locked", "--release", "-p", "decnet-master", "-p", "decnet-agent"];
    process::run(process::command("cargo", build).current_dir(workspace::root()))?;
    let folder = workspace::lab().join("bench-deploy");
    let fleet = Fleet::open(&folder, &Programs::built("release", "decoy"))?;
    let result = measure(&fleet);
    fleet.teardown().context("taking the fleet of the benchmark down")?;
    result
}

fn measure(fleet: &Fleet) -> Result<Vec<Row>> {
    // One decky first: agent, image and network are there when the clock starts, as they are
    // for the floor.
    deploy(fleet, 1)?;
    let image = image_of_fleet()?;
    let (mut ours, mut floor) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..2 {
        floor = floor.min(idle_containers(&image)?);
        ours = ours.min(deploy(fleet, COUNT)?);
        deploy(fleet, 1)?;
    }
    Ok(vec![Row {
        what: format!("deploy of {COUNT} deckies over {COUNT} idle containers"),
        figure: ours / floor,
        unit: "×",
        target: Target::AtMost(1.15),
        detail: format!("{ours:.1} s; floor {floor:.1} s; {PARALLEL} at once"),
    }])
}

/// Makes the fleet `count` deckies large and gives back the seconds it took.
fn deploy(fleet: &Fleet, count: usize) -> Result<f64> {
    let ini = workspace::lab().join("bench-deploy/fleet.ini");
    let text = format!(
        "[general]\ninterface = {}\nnet = {}\n\n[desk]\namount = {count}\n\
         services = ftp, http, https, redis, smtp\nnmap_os = linux\n",
        lan::PARENT,
        lan::SUBNET
    );
    fs::write(&ini, text).with_context(|| format!("writing {}", ini.display()))?;
    let parallel = format!("--parallel={PARALLEL}");
    let start = Instant::now();
    process::output(fleet.master(["deploy", &parallel, "--config"]).arg(&ini))?;
    Ok(start.elapsed().as_secs_f64())
}

fn image_of_fleet() -> Result<String> {
    let filters = ["ps", "--filter", "label=decnet.fleet", "--format", "{{.Image}}"];
    let text = process::output(&mut process::command("docker", filters))?;
    text.lines().next().map(str::to_owned).context("the fleet has no container")
}

/// Starts idle containers on the fleet's network and gives back the seconds it took.
fn idle_containers(image: &str) -> Result<f64> {
    let numbers = Mutex::new(0..COUNT);
    let next = || numbers.lock().ok().and_then(|mut numbers| numbers.next());
    let work = || -> Result<()> {
        while let Some(number) = next() {
            start_idle(number, image)?;
        }
        Ok(())
    };
    let start = Instant::now();
    let results: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..PARALLEL).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect()
    });
    let seconds = start.elapsed().as_secs_f64();
    let removed = (0..COUNT).map(remove_idle).collect::<Result<Vec<_>>>();
    for result in results {
        match result {
            Ok(result) => result?,
            Err(_) => bail!("a thread of the floor broke down"),
        }
    }
    removed?;
    Ok(seconds)
}

fn name(number: usize) -> String {
    format!("decnet-bench-floor-{number}")
}

fn start_idle(number: usize, image: &str) -> Result<()> {
    let name = name(number);
    let address = format!("10.77.0.{}", 150 + number);
    let body = json!({
        "Image": image,
        "Env": [format!("{ENV_NAME}={}", played::configuration(&[])?)],
        "HostConfig": { "NetworkMode": "decnet_lan", "Tmpfs": { "/run": "mode=1777" } },
        "NetworkingConfig": { "EndpointsConfig": { "decnet_lan": { "IPAMConfig": { "IPv4Address": address } } } },
    });
    docker::request("POST", &format!("/containers/create?name={name}"), &body)?;
    docker::request("POST", &format!("/containers/{name}/start"), &json!({}))?;
    Ok(())
}

fn remove_idle(number: usize) -> Result<()> {
    docker::request("DELETE", &format!("/containers/{}?force=true", name(number)), &json!({})).map(drop)
}
