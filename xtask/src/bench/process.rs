//! A server under measurement: started, watched through `/proc`, ended.

use std::{
    fs,
    net::{SocketAddr, TcpStream},
    process::{Child, Command},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use decnet_proto::service::{Port, Transport};
use lab::{process, wait};

use super::machine;

/// A running server; dropping it ends it.
pub(crate) struct Server {
    child: Child,
}

impl Server {
    /// Starts it and returns as soon as it takes connections on `address`.
    pub(crate) fn start(command: &mut Command, address: SocketAddr) -> Result<Self> {
        let shown = process::shown(command);
        let server = Self { child: command.spawn().with_context(|| format!("starting {shown}"))? };
        let end = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(address).is_err() {
            if Instant::now() > end {
                bail!("{shown} takes no connections on {address}");
            }
            wait::pause(Duration::from_micros(500));
        }
        Ok(server)
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// CPU time that it and its children used so far, in milliseconds.
    pub(crate) fn cpu_ms(&self) -> f64 {
        std::iter::once(self.id()).chain(self.children()).map(cpu_ms).sum()
    }

    /// Resident memory, in KiB.
    pub(crate) fn resident_kib(&self) -> f64 {
        self.status("VmRSS:")
    }

    /// The most memory that was ever resident, in KiB, since [`Self::forget_peak`].
    pub(crate) fn peak_kib(&self) -> f64 {
        self.status("VmHWM:")
    }

    /// What is resident now is the most from here on.
    pub(crate) fn forget_peak(&self) -> Result<()> {
        let path = format!("/proc/{}/clear_refs", self.id());
        fs::write(&path, "5").with_context(|| format!("writing {path}"))
    }

    /// The part of it that is its own rather than of a file that all deckies share, in KiB.
    pub(crate) fn own_kib(&self) -> f64 {
        self.status("RssAnon:")
    }

    fn status(&self, key: &str) -> f64 {
        let path = format!("/proc/{}/status", self.id());
        machine::value(&path, key).and_then(|text| text.parse().ok()).unwrap_or(f64::NAN)
    }

    /// Whether anything in its network takes connections or datagrams on a port.
    pub(crate) fn listens(&self, port: Port) -> bool {
        let (table, state) = match port.transport {
            Transport::Tcp => ("tcp", "0A"),
            Transport::Udp => ("udp", "07"),
        };
        let text = fs::read_to_string(format!("/proc/{}/net/{table}", self.id())).unwrap_or_default();
        let end = format!(":{:04X}", port.number);
        let is_it = |line: &str| {
            let mut words = line.split_whitespace().skip(1);
            words.next().is_some_and(|local| local.ends_with(&end)) && words.nth(1) == Some(state)
        };
        text.lines().any(is_it)
    }

    fn children(&self) -> Vec<u32> {
        let path = format!("/proc/{0}/task/{0}/children", self.id());
        let text = fs::read_to_string(path).unwrap_or_default();
        text.split_whitespace().filter_map(|word| word.parse().ok()).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let children = self.children();
        let _ = self.child.kill();
        let _ = self.child.wait();
        for child in children {
            let child = nix::unistd::Pid::from_raw(child.cast_signed());
            let _ = nix::sys::signal::kill(child, nix::sys::signal::Signal::SIGTERM);
            // Until it is gone it holds the port, and the next one would be taken for it.
            let _ = wait::until("a worker to end", Duration::from_secs(5), || {
                nix::sys::signal::kill(child, None).is_err().then_some(())
            });
        }
    }
}

/// User and system time of a process and of its children that have ended, in milliseconds: fields
/// 14 to 17 of its `stat`, in ticks of a hundredth of a second.
pub(crate) fn cpu_ms(id: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let fields = stat.rsplit_once(") ").map(|(_, fields)| fields).unwrap_or_default();
    let ticks = fields.split(' ').skip(11).take(4).filter_map(|word| word.parse::<f64>().ok());
    ticks.sum::<f64>() * 10.0
}
