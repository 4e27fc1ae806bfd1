//! The walls around a decky, as Docker and the kernel tell them.

use std::fs;

use anyhow::{Context, Result, ensure};
use decnet_proto::plan::FleetPlan;
use serde_json::Value;

use crate::{process, stage::Stage};

/// Capability of binding ports below 1024, as a bit of `CapEff`.
const NET_BIND_SERVICE: u64 = 1 << 10;

/// Every container of the fleet, as `docker inspect` shows it.
pub(super) fn containers(plan: &FleetPlan) -> Result<Vec<Value>> {
    let mut ids = Vec::new();
    for decky in &plan.deckies {
        let filter = format!("label=decnet.decky={}", decky.name);
        let found = process::output(&mut process::command("docker", ["ps", "-aq", "--filter", &filter]))?;
        ensure!(!found.trim().is_empty(), "no container of {}", decky.name);
        ids.extend(found.lines().map(str::to_owned));
    }
    let inspect = ["inspect".to_owned()];
    let text = process::output(&mut process::command("docker", inspect.iter().chain(&ids)))?;
    serde_json::from_str(&text).context("reading what docker inspect wrote")
}

/// A value inside, by its path.
pub(super) fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    value.pointer(path).unwrap_or(&Value::Null)
}

/// Capabilities, root file system, limits, system calls, mounts: as documented.
pub(super) fn containers_are_contained(stage: &Stage) -> Result<String> {
    let containers = containers(&stage.plan)?;
    for container in &containers {
        let name = at(container, "/Name").as_str().unwrap_or_default();
        as_docker_says(container).with_context(|| format!("container {name}"))?;
        as_the_kernel_says(container).with_context(|| format!("container {name}"))?;
    }
    Ok(format!("{} containers", containers.len()))
}

fn as_docker_says(container: &Value) -> Result<()> {
    let host = |name: &str| at(container, &format!("/HostConfig/{name}"));
    let list = |name: &str| -> Vec<&str> {
        host(name).as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    };
    ensure!(list("CapDrop") == ["ALL"], "drops {:?}", list("CapDrop"));
    let added: Vec<_> = list("CapAdd").iter().map(|name| name.trim_start_matches("CAP_")).collect();
    ensure!(added.iter().all(|name| *name == "NET_BIND_SERVICE"), "adds {added:?}");
    ensure!(host("ReadonlyRootfs") == true, "its root can be written");
    ensure!(host("Privileged") == false, "it is privileged");
    let options = list("SecurityOpt");
    ensure!(options.iter().any(|option| option.starts_with("no-new-privileges")), "options {options:?}");
    ensure!(options.iter().any(|option| option.starts_with("seccomp=")), "no list of system calls");
    ensure!(!options.iter().any(|option| option.contains("unconfined")), "unconfined: {options:?}");
    for limit in ["Memory", "PidsLimit", "NanoCpus"] {
        ensure!(host(limit).as_i64().unwrap_or(0) > 0, "no limit {limit}");
    }
    ensure!(list("Binds").is_empty(), "binds {:?}", list("Binds"));
    let mounts = at(container, "/Mounts").as_array().map_or(0, Vec::len);
    ensure!(mounts == 0, "{mounts} mounts of the host");
    let user = at(container, "/Config/User").as_str().unwrap_or_default();
    ensure!(!matches!(user.split(':').next(), Some("" | "0" | "root") | None), "runs as {user:?}");
    Ok(())
}

fn as_the_kernel_says(container: &Value) -> Result<()> {
    let id = at(container, "/State/Pid").as_i64().filter(|id| *id > 0).context("it does not run")?;
    let status = fs::read_to_string(format!("/proc/{id}/status")).context("reading its status")?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.map(str::trim).unwrap_or_default()
    };
    for set in ["CapEff", "CapPrm", "CapBnd", "CapInh"] {
        let bits = u64::from_str_radix(field(set), 16).with_context(|| format!("reading {set}"))?;
        ensure!(bits & !NET_BIND_SERVICE == 0, "{set} is {bits:x}");
    }
    ensure!(field("NoNewPrivs") == "1", "it can gain privileges");
    ensure!(field("Seccomp") == "2", "no filter of system calls");
    let uid = field("Uid").split_whitespace().next().unwrap_or("0");
    ensure!(uid != "0", "it runs as root");
    Ok(())
}
