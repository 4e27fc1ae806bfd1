//! The machine that a log-in finds: accounts, files, processes, network, all from the persona.
//!
//! Everything is made when somebody looks, from static tables, the persona and the time; what a
//! visitor changes is kept per source address, so that it is there when the visitor comes back by
//! whatever service. Nothing here speaks a protocol or waits.
//!
//! Invariants:
//! - Two looks at one thing agree: `/proc/uptime` is the persona's boot time, `ps` is `/proc`, the
//!   owner in `ls` is in `/etc/passwd`.
//! - What visitors keep is bounded by [`crate::caps`], per file, per source and in all.
//! - Only pairs of name and password that the persona has as bait log in, and root with the
//!   password that the operator set.

pub mod accounts;
mod base;
pub(crate) mod boot;
pub(crate) mod calendar;
mod clock;
mod daemons;
mod distro;
mod elf;
mod errno;
pub mod files;
mod hardware;
mod kernel;
pub(crate) mod mounts;
mod network;
pub mod presence;
mod proc;
mod processes;
pub(crate) mod records;
mod scene;
pub(crate) mod sockets;
mod surface;
mod surroundings;
#[cfg(test)]
mod tests;

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock},
};

use decnet_proto::persona::{Persona, ProductName};

pub use self::{
    accounts::Account,
    clock::{Clock, DAY, Seconds, Time},
    distro::{Distro, Line},
    errno::Errno,
    files::{Access, Entry, Files, Handle, Kind, Metadata, Open},
    hardware::{Hardware, Maker},
    network::Network,
    presence::{LogIn, Presence, Running, Session, Via},
    processes::Task,
    sockets::Socket,
};
use self::{accounts::Accounts, base::Base, files::Overlays, presence::Presences};
pub(crate) use self::{base::packages::Package, elf::Elf, proc::Memory};
use crate::identity;

/// All settings of the kernel, sorted by name.
pub(crate) fn settings(machine: &Machine) -> Vec<(String, String)> {
    proc::settings::values(machine)
}

/// A host key as `ssh-keygen -A` leaves it in `/etc/ssh`.
#[derive(Clone, Debug)]
pub struct HostKeyFile {
    /// `rsa`, `ecdsa` or `ed25519`.
    pub kind: &'static str,
    /// Content of `ssh_host_KIND_key`.
    pub private: String,
    /// Content of `ssh_host_KIND_key.pub`.
    pub public: String,
}

/// One machine.
#[derive(Debug)]
pub struct Machine {
    persona: Persona,
    distro: Distro,
    /// What all its numbers come from.
    seed: u64,
    clock: Clock,
    hardware: Hardware,
    network: Network,
    accounts: Accounts,
    products: RwLock<Vec<ProductName>>,
    host_keys: OnceLock<Vec<HostKeyFile>>,
    base: OnceLock<Base>,
    overlays: Mutex<Overlays>,
    presences: Presences,
    ended: Mutex<Vec<(Session, Time)>>,
    /// Processes of the system as they were at that second.
    running: Mutex<(Seconds, Arc<[Task]>)>,
}

impl Machine {
    /// The machine of a persona. Cheap: files are made when somebody looks.
    pub fn new(persona: &Persona) -> Self {
        Self::at(persona, Clock::System)
    }

    /// The machine of a persona with a clock of one's own.
    pub fn at(persona: &Persona, clock: Clock) -> Self {
        let distro = Distro::of(persona);
        let hardware = Hardware::new(persona, distro);
        Self {
            network: Network::new(persona, distro, hardware.maker),
            accounts: Accounts::new(persona, distro),
            seed: u64::from_be_bytes(identity::derive(&persona.key, "machine")),
            persona: persona.clone(),
            distro,
            clock,
            hardware,
            products: RwLock::default(),
            host_keys: OnceLock::new(),
            base: OnceLock::new(),
            overlays: Mutex::default(),
            presences: Presences::default(),
            ended: Mutex::default(),
            running: Mutex::new((0, Arc::from([]))),
        }
    }

    /// Who it is.
    pub fn persona(&self) -> &Persona {
        &self.persona
    }

    /// Lays the keys of its SSH server below `/etc/ssh`; those laid there first stay.
    pub fn set_host_keys(&self, files: Vec<HostKeyFile>) {
        // The server may be taken away and come back, with the same keys.
        let _ = self.host_keys.set(files);
    }

    /// The files of a kind of host key, if an SSH server runs here.
    pub(crate) fn host_key(&self, kind: &str) -> Option<&HostKeyFile> {
        self.host_keys.get()?.iter().find(|file| file.kind == kind)
    }

    /// What it runs.
    pub fn distro(&self) -> Distro {
        self.distro
    }

    /// What it is made of.
    pub fn hardware(&self) -> &Hardware {
        &self.hardware
    }

    /// Its network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The time.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// When it booted.
    pub fn booted(&self) -> Seconds {
        self.persona.boot_time
    }

    /// When its system was installed.
    pub fn installed(&self) -> Seconds {
        identity::installed_at(&self.persona)
    }

    /// Release of its kernel, as `uname -r` prints it.
    pub fn kernel(&self) -> &str {
        let kernel = self.persona.system.kernel.as_str();
        kernel.split_once(' ').map_or(kernel, |(_, release)| release)
    }

    /// Says which products the decky plays, so that their processes and ports are seen.
    pub fn set_products(&self, products: Vec<ProductName>) {
        *self.products.write().unwrap_or_else(PoisonError::into_inner) = products;
        self.running.lock().unwrap_or_else(PoisonError::into_inner).0 = 0;
    }

    /// Products that the decky plays.
    pub fn products(&self) -> Vec<ProductName> {
        self.products.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The account of that name.
    pub fn account(&self, name: &str) -> Option<Account> {
        self.accounts.find(name).cloned()
    }

    /// The account of that number.
    pub fn account_of(&self, uid: u32) -> Option<&Account> {
        self.accounts.users.iter().find(|user| user.uid == uid)
    }

    /// Number of a group, root's when there is none of that name.
    pub(crate) fn group(&self, name: &str) -> u32 {
        self.accounts.groups.iter().find(|(known, ..)| known == name).map_or(0, |(_, id, _)| *id)
    }

    /// Accounts of people and of what logs in like people.
    pub(crate) fn people(&self) -> impl Iterator<Item = &Account> {
        self.accounts
            .users
            .iter()
            .filter(|user| user.home.starts_with("/home/") && !user.shell.ends_with("nologin"))
    }

    /// The account that name and password open: a pair of the persona's bait, or root with `extra`,
    /// the password that the operator set.
    pub fn check_password(&self, name: &str, password: &str, extra: Option<&str>) -> Option<Account> {
        let baited = self.persona.bait.iter().any(|b| b.username == name && b.password == password);
        let set = name == "root" && extra.is_some_and(|extra| !extra.is_empty() && extra == password);
        if baited || set { self.account(name) } else { None }
    }

    /// The files as somebody from `source` sees them under an account.
    pub fn files(self: &Arc<Self>, source: IpAddr, account: &Account) -> Files {
        Files::new(Arc::clone(self), source, account)
    }

    /// Ends a process that outlived the session of a visitor from `source`.
    pub(crate) fn end_task(&self, source: IpAddr, pid: u32, signal: &'static str) {
        self.presences.end_task(source, pid, signal);
    }

    /// Begins a session.
    pub fn log_in(self: &Arc<Self>, login: LogIn<'_>) -> Presence {
        Presence::begin(self, login)
    }

    /// Sessions that somebody from `source` can see.
    pub fn sessions(&self, source: IpAddr) -> Vec<Session> {
        self.presences.sessions(source)
    }

    fn connections(&self, source: IpAddr) -> Vec<(std::net::SocketAddr, Via, u32)> {
        self.presences.connections(source)
    }

    fn presences(&self) -> &Presences {
        &self.presences
    }

    /// Keeps a session that ended, for `last`.
    fn remember(&self, session: Session) {
        const MOST: usize = 64;
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if ended.len() >= MOST {
            ended.remove(0);
        }
        ended.push((session, self.now()));
    }

    /// Sessions from `source` that ended, and when, newest last.
    pub fn past_sessions(&self, source: IpAddr) -> Vec<(Session, Time)> {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.iter().filter(|(session, _)| session.from == source).cloned().collect()
    }

    /// Packages that are installed.
    pub(crate) fn packages(&self) -> &'static [Package] {
        base::packages::of(self.distro)
    }

    fn base(&self) -> &Base {
        self.base.get_or_init(|| base::tree::build(self))
    }

    fn overlays(&self) -> MutexGuard<'_, Overlays> {
        self.overlays.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number below `bound` that `purpose` always has on this machine.
    pub(crate) fn number(&self, purpose: &str, bound: u64) -> u64 {
        surface::mix(self.seed, purpose.as_bytes()) % bound.max(1)
    }

    /// One of `words`, always the same for `purpose`.
    pub(crate) fn pick<'a>(&self, purpose: &str, words: &[&'a str]) -> &'a str {
        words.get(self.number(purpose, words.len() as u64) as usize).copied().unwrap_or_default()
    }

    /// The three load averages in hundredths.
    pub(crate) fn load(&self) -> [u64; 3] {
        proc::averages(self)
    }

    /// Features of the processors.
    pub(crate) fn cpu_flags(&self) -> &'static str {
        proc::flags(self)
    }

    /// The disk and its partitions with minor number and size in KiB.
    pub(crate) fn partitions(&self) -> Vec<(String, u32, u64)> {
        proc::parts(self)
    }

    /// Whether process ids go beyond 32,768.
    fn has_wide_pids(&self) -> bool {
        !matches!(self.distro, Distro::CentOs7 | Distro::Alpine319 | Distro::Firmware)
    }
}
