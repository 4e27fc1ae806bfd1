//! A machine that its master brings releases to: the service manager starts them, and the units' walls stand.

use anyhow::{Result, ensure};
use decnet_release::Part;
use lab::booted::{Machine, Programs, archive};

use super::{
    current,
    serving::{join, serves},
};

/// Has the master bring a release to the worker, and gives back whether that went well, and what was said.
fn push(machine: &Machine, version: &str, programs: Programs) -> Result<(bool, String)> {
    let path = archive(Part::Worker, version, programs)?;
    machine.say("mkdir -p /srv/releases")?;
    machine.copy_in(&path, "/srv/releases")?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let said =
        machine.sh(&format!("decnet-master swarm update --all --release /srv/releases/{name} 2>&1"))?;
    Ok((said.status.success(), String::from_utf8_lossy(&said.stdout).into_owned()))
}

#[test]
fn a_release_from_afar_is_started_by_the_service_manager() -> Result<()> {
    let machine = Machine::boot("afar")?;
    join(&machine)?;
    serves(&machine)?;
    let (done, said) = push(&machine, "0.3.0", Programs::Packaged)?;
    ensure!(done && said.contains("updated"), "{said}");
    let release = current(&machine)?;
    ensure!(release.starts_with("/var/lib/decnet/worker/releases/0.3.0-"), "{release} is current");
    serves(&machine)?;

    for program in ["decnet-agent", "decnet-forwarder"] {
        let (done, said) = push(&machine, "0.4.0", Programs::Broken(program))?;
        ensure!(!done && said.contains("rolled back"), "with a broken {program}: {said}");
        ensure!(current(&machine)? == release, "a broken {program} is current");
        serves(&machine)?;
    }
    Ok(())
}
