//! The decoy under measurement: how it is started, how soon it answers, what it weighs.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use decnet_proto::{persona::ENV_NAME, service::ServiceId};
use lab::{process::command, wait, workspace};

use super::local;
use crate::bench::{
    played::{self, Played, SERVICES},
    process::Server,
    row::{Row, Target},
};

/// A decoy with these services; its events go to [`log`].
pub(super) fn start(binary: &Path, services: &[Played]) -> Result<Server> {
    let first = services.first().context("a decoy without services")?;
    Server::start(&mut decoy(binary, services)?, local(port(first.0)))
}

/// The command that runs it.
pub(super) fn decoy(binary: &Path, services: &[Played]) -> Result<Command> {
    let path = log();
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    let log = File::create(&path).with_context(|| format!("writing {}", path.display()))?;
    let config = played::configuration(services)?;
    let mut decoy = command(&binary.to_string_lossy(), [""; 0]);
    decoy.env_clear().env(ENV_NAME, config).stdout(log);
    Ok(decoy)
}

/// Where the events of the decoy go.
pub(super) fn log() -> PathBuf {
    workspace::lab().join("bench-decoy.log")
}

/// The port on which a service is measured.
pub(super) fn port(service: ServiceId) -> u16 {
    service.info().ports.first().map_or(0, |port| port.number)
}

/// Time to the first answer and memory at rest.
pub(super) fn rows(binary: &Path) -> Result<Vec<Row>> {
    // RSA keys are made in the background, so what is timed is a service without one.
    let mut starts = Vec::new();
    for _ in 0..5 {
        let mut command = decoy(binary, &SERVICES)?;
        let begun = Instant::now();
        let _server = Server::start(&mut command, local(port(ServiceId::Redis)))?;
        starts.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    let best = starts.iter().copied().fold(f64::INFINITY, f64::min);
    let server = start(binary, &SERVICES)?;
    wait::until("the decoy to open its TLS port", Duration::from_secs(20), || {
        std::net::TcpStream::connect(local(port(ServiceId::Https))).ok()
    })?;
    wait::pause(Duration::from_secs(1));
    let resident = server.resident_kib() / 1024.0;
    Ok(vec![
        Row {
            what: "decoy: from start to first connection".to_owned(),
            figure: best,
            unit: "ms",
            target: Target::AtMost(20.0),
            detail: format!("best of {}", starts.len()),
        },
        Row {
            what: "decoy at rest with five services: RSS".to_owned(),
            figure: resident,
            unit: "MiB",
            target: Target::AtMost(5.0),
            detail: format!("CPU since its start {:.0} ms", server.cpu_ms()),
        },
    ])
}
