//! The decoy under measurement: how it is started, how soon it answers, what it weighs.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use anyhow::{Context, Result};
use decnet_proto::{
    ids::SecretKey,
    persona::{
        CONFIG_VERSION, DecoyConfig, ENV_NAME, OsFamily, Persona, Product, ProductName, ServiceSpec, System,
    },
    service::ServiceId,
};
use lab::{process::command, wait, workspace};

use super::local;
use crate::bench::{
    process::Server,
    row::{Row, Target},
};

/// The services of the target: five, with the products that they are measured beside.
pub(super) const SERVICES: [(ServiceId, ProductName, &str); 5] = [
    (ServiceId::Ftp, ProductName::Vsftpd, "3.0.3"),
    (ServiceId::Http, ProductName::Nginx, "1.22.1"),
    (ServiceId::Https, ProductName::Nginx, "1.22.1"),
    (ServiceId::Redis, ProductName::Redis, "7.0.15"),
    (ServiceId::Smtp, ProductName::Postfix, "3.7.11"),
];

/// A decoy with these services; its events go to [`log`].
pub(super) fn start(binary: &Path, services: &[(ServiceId, ProductName, &str)]) -> Result<Server> {
    let first = services.first().context("a decoy without services")?;
    Server::start(&mut decoy(binary, services)?, local(port(first.0)))
}

/// The command that runs it.
pub(super) fn decoy(binary: &Path, services: &[(ServiceId, ProductName, &str)]) -> Result<Command> {
    let path = log();
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    let log = File::create(&path).with_context(|| format!("writing {}", path.display()))?;
    let config = serde_json::to_string(&config(services)?).context("encoding the decoy's configuration")?;
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

fn config(services: &[(ServiceId, ProductName, &str)]) -> Result<DecoyConfig> {
    let spec = |(service, name, version): &(ServiceId, ProductName, &str)| ServiceSpec {
        service: *service,
        product: Product { name: *name, version: (*version).to_owned() },
        config: match service {
            ServiceId::Redis => BTreeMap::from([("password".to_owned(), "a-long-secret".to_owned())]),
            _ => BTreeMap::new(),
        },
        files: BTreeMap::new(),
    };
    let persona = Persona {
        decky: "bench".parse().context("naming the decky")?,
        hostname: "srv-files-02".to_owned(),
        domain: "corp.example".to_owned(),
        organisation: "Example Works".to_owned(),
        ip: Ipv4Addr::LOCALHOST,
        mac: None,
        os: OsFamily::Linux,
        system: System {
            pretty_name: "Debian GNU/Linux 12 (bookworm)".to_owned(),
            banner_name: "Debian".to_owned(),
            kernel: "Linux 6.1.0-28-amd64".to_owned(),
            machine: "x86_64".to_owned(),
        },
        boot_time: 1_700_000_000,
        users: vec!["mkeller".to_owned(), "backup".to_owned()],
        bait: Vec::new(),
        key: SecretKey([7; 32]),
    };
    Ok(DecoyConfig { version: CONFIG_VERSION, persona, services: services.iter().map(spec).collect() })
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
    wait::until("the decoy to open its TLS port", std::time::Duration::from_secs(20), || {
        std::net::TcpStream::connect(local(port(ServiceId::Https))).ok()
    })?;
    wait::pause(std::time::Duration::from_secs(1));
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
