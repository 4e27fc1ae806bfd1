//! How workers come into the swarm.

use std::{fs, time::Instant};

use anyhow::{Context, Result, ensure};

use crate::{process, swarm::Swarm};

pub(super) fn three_workers_join_by_token(swarm: &Swarm) -> Result<String> {
    let begun = Instant::now();
    for worker in swarm.workers.iter().filter(|worker| !worker.folder.join("identity/host.json").exists()) {
        swarm.enrol(worker)?;
    }
    swarm.wait_until_active(swarm.workers.len())?;
    let took = begun.elapsed().as_secs_f64();
    for worker in &swarm.workers {
        for identity in ["identity", "updater"] {
            keys_are_private(&worker.folder.join(identity))?;
        }
    }
    Ok(format!("{} hosts active after {took:.1} s", swarm.workers.len()))
}

/// No file of an identity that holds a key is anybody else's to read.
fn keys_are_private(folder: &std::path::Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let entries = fs::read_dir(folder).with_context(|| format!("listing {}", folder.display()))?;
    let mut keys = 0;
    for entry in entries {
        let entry = entry.context("listing an identity")?;
        if entry.path().extension().is_some_and(|extension| extension == "key") {
            let mode = entry.metadata().context("looking at a key")?.permissions().mode() & 0o777;
            ensure!(mode == 0o600, "{} has mode {mode:o}", entry.path().display());
            keys += 1;
        }
    }
    ensure!(keys >= 2, "{} has {keys} keys", folder.display());
    Ok(())
}

pub(super) fn a_token_lets_in_once(swarm: &Swarm) -> Result<String> {
    let [first, second, ..] = swarm.workers.as_slice() else { anyhow::bail!("too few workers") };
    let token = swarm.token("spare", "10.77.80.99")?;
    let taken = swarm.join(first, &token, "spare-one")?;
    ensure!(taken.status.success(), "the token was refused: {}", process::both(&taken));
    let replayed = swarm.join(second, &token, "spare-two")?;
    ensure!(!replayed.status.success(), "the token let in twice");
    let said = process::both(&replayed);
    let left = swarm.workers.iter().all(|worker| !worker.folder.join("spare-two/agent-server.crt").exists());
    ensure!(left, "who was refused has a certificate");
    process::output(&mut swarm.operator(["swarm", "decommission", "--name", "spare", "--yes"])?)?;
    Ok(said.lines().next().unwrap_or_default().to_owned())
}

pub(super) fn the_operators_port_is_the_masters_own(swarm: &Swarm) -> Result<String> {
    swarm.check_operators_port()?;
    Ok("no answer to a worker".to_owned())
}
