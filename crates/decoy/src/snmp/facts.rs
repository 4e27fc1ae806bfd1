//! What the variables of a machine are made from, at the moment of a request.

use std::{
    f64::consts::TAU,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use decnet_proto::{
    persona::{Persona, ServiceSpec},
    service::Transport,
};

use super::{settings::Settings, stats::Stats};
use crate::machine::{Machine, Network};

/// One moment of one machine.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// Who it is.
    pub persona: &'a Persona,
    /// What it is made of.
    pub machine: &'a Arc<Machine>,
    /// How its agent is set up.
    pub settings: &'a Settings,
    /// What the agent counted.
    pub stats: &'a Stats,
    /// The services that run.
    pub serving: Arc<[ServiceSpec]>,
    /// Seconds since the Unix epoch.
    pub now: f64,
}

/// An address that no visitor comes from: what it sees is what was there before anybody came.
const NOBODY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
/// Half a day and ten minutes: the tides of what a machine does.
const DAY: f64 = 86_400.0;
const MINUTES: f64 = 613.0;

impl Facts<'_> {
    /// Its network.
    pub fn network(&self) -> &Network {
        self.machine.network()
    }

    /// Seconds since the machine booted.
    pub fn up(&self) -> f64 {
        (self.now - self.persona.boot_time as f64).max(1.0)
    }

    /// Seconds since the agent started, which was soon after.
    pub fn agent_up(&self) -> f64 {
        (self.up() - self.settings.delay).max(0.5)
    }

    /// `sysUpTime`.
    pub fn ticks(&self) -> u32 {
        wrapped((self.agent_up() * 100.0) as u64)
    }

    /// A number between 0 and 1 that `purpose` always has on this machine.
    pub fn share(&self, purpose: &str) -> f64 {
        (self.settings.mix(purpose) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// What has been counted since the boot of something that happens about `rate` times a
    /// second: never less than before, and never evenly.
    pub fn counter(&self, purpose: &str, rate: f64) -> u64 {
        let rate = rate * (0.6 + 0.8 * self.share(purpose));
        let up = self.up();
        let tide = |period: f64, weight: f64, phase: f64| {
            let wave = |at: f64| (TAU * at / period + phase).cos();
            weight * period / TAU * (wave(0.0) - wave(up))
        };
        let phase = TAU * self.share("phase");
        ((rate * (up + tide(DAY, 0.5, phase) + tide(MINUTES, 0.4, phase))).max(0.0)) as u64
    }

    /// The same, as a counter of 32 bits that wraps.
    pub fn counter32(&self, purpose: &str, rate: f64) -> u32 {
        wrapped(self.counter(purpose, rate))
    }

    /// Something that goes up and down between two values.
    pub fn level(&self, purpose: &str, low: f64, high: f64) -> f64 {
        let wave = |period: f64, name: &str| (TAU * (self.now / period + self.share(name))).sin();
        let slow = wave(DAY, purpose);
        let quick = wave(MINUTES / 3.0, "quick") * 0.4;
        low + (high - low) * (0.5 + 0.5 * (slow + quick) / 1.4)
    }

    /// What the machine's file of that path says.
    pub fn read(&self, path: &str) -> Vec<u8> {
        let root = self.machine.account("root");
        let files = root.map(|root| self.machine.files(NOBODY, &root));
        files.and_then(|files| files.read(path.as_bytes()).ok()).unwrap_or_default()
    }

    /// The process that has a port.
    pub fn pid_of(&self, port: u16) -> u32 {
        let name: &[&[u8]] = match port {
            21 => &[b"vsftpd", b"proftpd"],
            22 => &[b"sshd"],
            25 | 587 => &[b"master"],
            80 | 443 => &[b"apache2", b"nginx", b"httpd"],
            161 => &[b"snmpd"],
            3306 => &[b"mysqld", b"mariadbd"],
            6379 => &[b"redis-server"],
            _ => &[],
        };
        let tasks = self.machine.tasks(NOBODY);
        let task = tasks.iter().find(|task| name.contains(&task.name.as_slice()));
        task.map_or_else(|| 600 + u32::from(port) % 400, |task| task.pid)
    }

    /// Ports on which something listens: those of the services, in order.
    pub fn ports(&self, transport: Transport) -> Vec<u16> {
        let ports = self.serving.iter().flat_map(|spec| spec.service.info().ports);
        let mut ports: Vec<u16> =
            ports.filter(|port| port.transport == transport).map(|port| port.number).collect();
        ports.sort_unstable();
        ports.dedup();
        ports
    }
}

/// The low 32 bits.
pub fn wrapped(value: u64) -> u32 {
    u32::try_from(value & u64::from(u32::MAX)).unwrap_or_default()
}
