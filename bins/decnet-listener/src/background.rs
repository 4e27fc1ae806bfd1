//! Going on in the background, and the pid file by which others find us.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context as _, bail};
use decnet_daemon::{
    detach::{self, Daemon},
    environment::Environment,
    pidfile,
    process::Process,
    runtime_dir,
};
use tokio::net::TcpStream;

use crate::{args::Args, settings::Settings};

/// How long it may take until logs are taken.
const PATIENCE: Duration = Duration::from_secs(15);

/// The name by which others find this process, while there is no other of that name.
#[derive(Debug)]
pub struct Named(Option<(PathBuf, Process)>);

impl Named {
    /// Writes the pid file, unless it names somebody who lives: who gets the spool is decided there.
    ///
    /// # Errors
    /// There is no folder for it, or it is none of ours.
    pub fn take(environment: &Environment) -> anyhow::Result<Self> {
        let path = pid_file(environment)?;
        let us = Process::own().context("cannot tell which process this is")?;
        if pidfile::read(&path)?.is_some() {
            return Ok(Self(None));
        }
        pidfile::write(&path, us)?;
        Ok(Self(Some((path, us))))
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        let Some((path, us)) = &self.0 else { return };
        if pidfile::read(path).is_ok_and(|named| named == Some(*us))
            && let Err(error) = pidfile::remove(path)
        {
            tracing::warn!("{error}");
        }
    }
}

/// Starts a listener that outlives us, and waits until it takes logs.
///
/// # Errors
/// It does not, or somebody else has its port.
pub async fn start(args: &Args, settings: &Settings, environment: &Environment) -> anyhow::Result<()> {
    let (address, pid_file) = (reachable(settings.address), pid_file(environment)?);
    let answers = async || TcpStream::connect(address).await.is_ok();
    if pidfile::read(&pid_file)?.is_none() && answers().await {
        bail!("somebody else listens on {address}");
    }
    let daemon = Daemon {
        program: std::env::current_exe().context("cannot tell where decnet-listener is")?,
        arguments: args.in_foreground()?,
        output: settings.log.with_extension("listener.log"),
        pid_file,
    };
    detach::start(&daemon, PATIENCE, answers).await?;
    Ok(())
}

fn pid_file(environment: &Environment) -> anyhow::Result<PathBuf> {
    Ok(runtime_dir::open(environment)?.join("listener.pid"))
}

/// Where somebody who listens on `address` is reached from here.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    (ip, address.port()).into()
}
