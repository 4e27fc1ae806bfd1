//! Who is logged in: terminals, processes, and what `w` and `last` know of them.

use std::{
    collections::{BTreeMap, VecDeque},
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use super::{Machine, accounts::Account, clock::Time, processes::Task};
use crate::caps;

/// How somebody came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// Through sshd.
    Ssh,
    /// Through telnetd and login.
    Telnet,
}

/// A log-in about to begin.
#[derive(Clone, Copy, Debug)]
pub struct LogIn<'a> {
    /// Who.
    pub account: &'a Account,
    /// From where.
    pub peer: SocketAddr,
    /// How.
    pub via: Via,
    /// Whether with a terminal; without one nobody is entered into utmp.
    pub terminal: bool,
}

/// A session as `w` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Log-in name.
    pub user: String,
    /// Terminal without `/dev/`, as `pts/0`.
    pub terminal: String,
    /// From where.
    pub from: IpAddr,
    /// Since when.
    pub since: Time,
    /// Process of the log-in shell.
    pub shell: u32,
}

#[derive(Debug)]
struct Visit {
    source: IpAddr,
    peer: SocketAddr,
    via: Via,
    /// The process that holds the connection.
    carrier: u32,
    session: Option<Session>,
    /// Processes of this session by id.
    tasks: BTreeMap<u32, Task>,
    /// Where those listen that a signal can end.
    ends: BTreeMap<u32, watch::Sender<Option<&'static str>>>,
}

/// Everybody who is here.
#[derive(Debug, Default)]
pub(super) struct Presences {
    visits: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    /// Processes started so far.
    started: u32,
    visits: BTreeMap<u64, Visit>,
    /// Processes whose session is over.
    left: VecDeque<(IpAddr, Task)>,
}

impl Presences {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.visits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sessions that a visitor from `source` can see: one's own.
    pub(super) fn sessions(&self, source: IpAddr) -> Vec<Session> {
        let state = self.lock();
        state.visits.values().filter(|v| v.source == source).filter_map(|v| v.session.clone()).collect()
    }

    pub(super) fn tasks(&self, source: IpAddr) -> Vec<Task> {
        let state = self.lock();
        let own = state.visits.values().filter(|visit| visit.source == source);
        let left = state.left.iter().filter(|(from, _)| *from == source).map(|(_, task)| task.clone());
        own.flat_map(|visit| visit.tasks.values().cloned()).chain(left).collect()
    }

    /// Ends a process that outlived its session, or one of a session that listens for signals.
    pub(super) fn end_task(&self, source: IpAddr, pid: u32, signal: &'static str) {
        let mut state = self.lock();
        state.left.retain(|(from, task)| *from != source || task.pid != pid);
        let own = state.visits.values().filter(|visit| visit.source == source);
        for sender in own.filter_map(|visit| visit.ends.get(&pid)) {
            sender.send_replace(Some(signal));
        }
    }

    /// Connections that the source holds: its end, how it came, and the process here.
    pub(super) fn connections(&self, source: IpAddr) -> Vec<(SocketAddr, Via, u32)> {
        let state = self.lock();
        let own = state.visits.values().filter(|visit| visit.source == source);
        own.map(|visit| (visit.peer, visit.via, visit.carrier)).collect()
    }

    fn end(&self, id: u64, pid: u32) {
        if let Some(visit) = self.lock().visits.get_mut(&id) {
            visit.tasks.remove(&pid);
            visit.ends.remove(&pid);
        }
    }
}

/// A log-in that lasts as long as this value.
#[derive(Debug)]
pub struct Presence {
    machine: Arc<Machine>,
    id: u64,
    terminal: Option<String>,
    shell: u32,
}

impl Presence {
    pub(super) fn begin(machine: &Arc<Machine>, login: LogIn<'_>) -> Self {
        let mut state = machine.presences().lock();
        let id = state.next;
        state.next += 1;
        let terminal = login.terminal.then(|| free_terminal(&state, login.peer.ip()));
        let now = machine.now();
        let parent = match login.via {
            Via::Ssh => super::daemons::sshd_pid(machine),
            Via::Telnet => 1,
        };
        let mut pid = || machine.next_pid(&mut state.started);
        let (chain, shell) = super::processes::chain(login, terminal.as_deref(), (parent, now), &mut pid);
        let session = terminal.clone().map(|terminal| Session {
            user: login.account.name.clone(),
            terminal,
            from: login.peer.ip(),
            since: now,
            shell,
        });
        let carrier = chain.first().map_or(shell, |task| task.pid);
        let tasks = chain.into_iter().map(|task| (task.pid, task)).collect();
        let (peer, via) = (login.peer, login.via);
        state.visits.insert(
            id,
            Visit { source: peer.ip(), peer, via, carrier, session, tasks, ends: BTreeMap::new() },
        );
        drop(state);
        Self { machine: Arc::clone(machine), id, terminal, shell }
    }

    /// The terminal without `/dev/`, as `pts/0`.
    pub fn terminal(&self) -> Option<&str> {
        self.terminal.as_deref()
    }

    /// Process id of the log-in shell: `$$`.
    pub fn shell(&self) -> u32 {
        self.shell
    }

    /// Enters a process that runs as long as the returned value lives.
    pub fn start(&self, parent: u32, account: &Account, arguments: &[Vec<u8>], directory: &[u8]) -> Running {
        let presences = self.machine.presences();
        let mut state = presences.lock();
        let pid = self.machine.next_pid(&mut state.started);
        let now = self.machine.now();
        let terminal = self.terminal.as_deref();
        let task = Task::of_visitor((pid, parent), account, arguments, directory, terminal, now);
        if let Some(visit) = state.visits.get_mut(&self.id)
            && visit.tasks.len() < caps::MACHINE_TASKS_PER_VISIT
        {
            visit.tasks.insert(pid, task);
        }
        Running { machine: Arc::clone(&self.machine), visit: self.id, pid }
    }
}

impl Presence {
    /// Enters a copy of the process `parent`, as `fork` makes it.
    pub fn fork(&self, parent: u32) -> Running {
        let presences = self.machine.presences();
        let mut state = presences.lock();
        let pid = self.machine.next_pid(&mut state.started);
        let now = self.machine.now();
        if let Some(visit) = state.visits.get_mut(&self.id)
            && visit.tasks.len() < caps::MACHINE_TASKS_PER_VISIT
            && let Some(copied) = visit.tasks.get(&parent).cloned()
        {
            let task = Task { pid, parent, started: now, state: "S", ..copied };
            visit.tasks.insert(pid, task);
        }
        Running { machine: Arc::clone(&self.machine), visit: self.id, pid }
    }

    /// Lets a process run another program, as `execve` does.
    pub fn exec(&self, pid: u32, arguments: &[Vec<u8>], path: &[u8]) {
        let mut state = self.machine.presences().lock();
        let task = state.visits.get_mut(&self.id).and_then(|visit| visit.tasks.get_mut(&pid));
        if let Some(task) = task {
            task.run(arguments, path);
        }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let ended = self.machine.presences().lock().visits.remove(&self.id);
        if let Some(session) = ended.and_then(|visit| visit.session) {
            self.machine.remember(session);
        }
    }
}

/// The lowest number that none of the source's sessions has.
fn free_terminal(state: &State, source: IpAddr) -> String {
    let taken = |name: &str| {
        let own = state.visits.values().filter(|visit| visit.source == source);
        own.filter_map(|visit| visit.session.as_ref()).any(|session| session.terminal == name)
    };
    (0..).map(|number: u32| format!("pts/{number}")).find(|name| !taken(name)).unwrap_or_default()
}

/// A process of a visitor, ended when this value is dropped.
#[derive(Debug)]
pub struct Running {
    machine: Arc<Machine>,
    visit: u64,
    pid: u32,
}

impl Running {
    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Waits for a signal that ends the process; its name.
    pub fn ended(&self) -> impl Future<Output = &'static str> + Send + 'static + use<> {
        let (sender, mut heard) = watch::channel(None);
        let mut state = self.machine.presences().lock();
        if let Some(visit) = state.visits.get_mut(&self.visit).filter(|v| v.tasks.contains_key(&self.pid)) {
            visit.ends.insert(self.pid, sender);
        }
        async move {
            let signal = heard.wait_for(Option::is_some).await.ok().and_then(|signal| *signal);
            match signal {
                Some(signal) => signal,
                // Nobody can send one any more.
                None => std::future::pending().await,
            }
        }
    }

    /// Lets the process outlive its session, as after `nohup`.
    pub fn leave(self) {
        let mut state = self.machine.presences().lock();
        let Some(visit) = state.visits.get_mut(&self.visit) else { return };
        let source = visit.source;
        let Some(mut task) = visit.tasks.remove(&self.pid) else { return };
        (task.parent, task.terminal) = (1, None);
        if state.left.len() >= caps::MACHINE_TASKS_LEFT {
            state.left.pop_front();
        }
        state.left.push_back((source, task));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.machine.presences().end(self.visit, self.pid);
    }
}
