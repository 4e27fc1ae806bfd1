//! The decoy under measurement: how it is started, how soon it answers, what it weighs.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use decnet_proto::{persona::ENV_NAME, service::ServiceId};
use lab::{process::command, wait, workspace};

use super::local;
use crate::bench::{
    played::{self, EVERY, Played, SERVICES},
    process::Server,
    row::{Row, Target},
};

/// A decoy with these services; its events go to [`log`].
pub(in crate::bench) fn start(binary: &Path, services: &[Played]) -> Result<Server> {
    let first = services.first().context("a decoy without services")?;
    Server::start(&mut decoy(binary, services)?, local(port(first.0)))
}

/// The command that runs it.
pub(in crate::bench) fn decoy(binary: &Path, services: &[Played]) -> Result<Command> {
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
pub(in crate::bench) fn log() -> PathBuf {
    workspace::lab().join("bench-decoy.log")
}

/// The port on which a service is measured.
pub(in crate::bench) fn port(service: ServiceId) -> u16 {
    service.info().ports.first().map_or(0, |port| port.number)
}

/// Services that make no RSA key, which takes its time in the background.
const KEYLESS: [ServiceId; 4] = [ServiceId::Http, ServiceId::Redis, ServiceId::Snmp, ServiceId::Telnet];
/// Starts; the quickest counts.
const STARTS: usize = 20;

/// Time to the first answer and memory at rest, with five services and with all.
pub(super) fn rows(binary: &Path) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (services, name, most) in [(&SERVICES[..], "five services", 5.0), (&EVERY[..], "all services", 8.0)] {
        rows.push(start_time(binary, services, name)?);
        rows.push(at_rest(binary, services, name, most)?);
    }
    Ok(rows)
}

/// Time from the start until every port that waits for no key takes connections.
fn start_time(binary: &Path, services: &[Played], name: &str) -> Result<Row> {
    let keyless = || services.iter().map(|(service, ..)| *service).filter(|id| KEYLESS.contains(id));
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let mut command = decoy(binary, services)?;
        let first = keyless().next().context("every service waits for a key")?;
        let begun = Instant::now();
        let server = Server::start(&mut command, local(port(first)))?;
        for service in keyless() {
            opened(&server, service, Duration::from_micros(200))?;
        }
        starts.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    Ok(Row {
        what: format!("decoy with {name}: from start to open ports"),
        figure: starts.iter().copied().fold(f64::INFINITY, f64::min),
        unit: "ms",
        target: Target::AtMost(20.0),
        detail: format!("best of {STARTS}; ports without an RSA key"),
    })
}

/// Memory once every port is open and nobody has come.
fn at_rest(binary: &Path, services: &[Played], name: &str, most: f64) -> Result<Row> {
    let begun = Instant::now();
    let server = start(binary, services)?;
    for (service, ..) in services {
        opened(&server, *service, Duration::from_millis(5))?;
    }
    let whole = begun.elapsed().as_secs_f64();
    wait::pause(Duration::from_secs(1));
    Ok(Row {
        what: format!("decoy at rest with {name}: RSS"),
        figure: server.resident_kib() / 1024.0,
        unit: "MiB",
        target: Target::AtMost(most),
        detail: format!("all ports open after {whole:.2} s; CPU since its start {:.0} ms", server.cpu_ms()),
    })
}

/// Waits until every port of a service is open, without going there: nobody has come then.
fn opened(server: &Server, service: ServiceId, step: Duration) -> Result<()> {
    let end = Instant::now() + Duration::from_secs(20);
    for port in service.info().ports {
        while !server.listens(*port) {
            ensure!(Instant::now() < end, "{service} does not open its port {port}");
            wait::pause(step);
        }
    }
    Ok(())
}
