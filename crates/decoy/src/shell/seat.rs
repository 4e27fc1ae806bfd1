//! What all processes of one visit share: the machine, the terminal, who came, and how much
//! they may use.

use std::{
    future::Future,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::task::AbortHandle;

use super::{
    pipe::Writer,
    signals::{Listener, Signal, Signals},
    terminal::Tty,
};
use crate::{
    caps,
    conn::{Claim, Witness},
    machine::{Account, Machine, Presence},
};

/// How long a visit rests that has worked for long, and after how many steps each time.
const REST: Duration = Duration::from_millis(10);
const STEPS_A_REST: u64 = 64;

/// One visit, as its processes see it.
#[derive(Debug)]
pub struct Seat {
    machine: Arc<Machine>,
    witness: Witness,
    account: Account,
    presence: Presence,
    tty: OnceLock<Arc<Tty>>,
    signals: Arc<Signals>,
    /// Interactive shells, one inside the other.
    shells: AtomicUsize,
    processes: AtomicUsize,
    steps: AtomicU64,
    tasks: Mutex<Vec<AbortHandle>>,
}

/// A process of the visit, counted while this lives.
#[derive(Debug)]
pub(crate) struct Forked {
    seat: Arc<Seat>,
    _memory: Claim,
}

/// An interactive shell, which has the keyboard's signals while this lives.
#[derive(Debug)]
pub(crate) struct Foreground(Arc<Seat>);

impl Seat {
    /// The seat of somebody who logged in as `account`.
    pub(crate) fn new(machine: Arc<Machine>, witness: Witness, account: Account, presence: Presence) -> Self {
        Self {
            machine,
            witness,
            account,
            presence,
            tty: OnceLock::new(),
            signals: Arc::default(),
            shells: AtomicUsize::new(0),
            processes: AtomicUsize::new(0),
            steps: AtomicU64::new(0),
            tasks: Mutex::default(),
        }
    }

    /// The machine.
    pub fn machine(&self) -> &Arc<Machine> {
        &self.machine
    }

    /// The session's identity and its way out.
    pub fn witness(&self) -> &Witness {
        &self.witness
    }

    /// The account that logged in.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The entry of the visit in the machine's table of processes and sessions.
    pub fn presence(&self) -> &Presence {
        &self.presence
    }

    /// The terminal, if the visit has one.
    pub fn tty(&self) -> Option<&Arc<Tty>> {
        self.tty.get()
    }

    pub(crate) fn set_tty(&self, tty: Arc<Tty>) {
        let _ = self.tty.set(tty);
    }

    pub(crate) fn signals(&self) -> &Arc<Signals> {
        &self.signals
    }

    /// Sends a signal to what runs in the foreground.
    pub fn signal(&self, signal: Signal) {
        self.signals.send(signal);
    }

    /// Hears signals of the terminal that come from now on.
    pub(crate) fn listen(&self) -> Listener {
        self.signals.listen()
    }

    /// How many interactive shells there are, one inside the other.
    pub(crate) fn shells(&self) -> usize {
        self.shells.load(Ordering::Relaxed)
    }

    pub(crate) fn enter(self: &Arc<Self>) -> Foreground {
        self.shells.fetch_add(1, Ordering::Relaxed);
        Foreground(Arc::clone(self))
    }

    /// Counts one more process; none when the visit has as many as it may, or memory is short.
    pub(crate) fn fork(self: &Arc<Self>) -> Option<Forked> {
        let memory = self.witness.claim(caps::SHELL_PROCESS)?;
        let before = self.processes.fetch_add(1, Ordering::Relaxed);
        let forked = Forked { seat: Arc::clone(self), _memory: memory };
        (before < caps::SHELL_PROCESSES).then_some(forked)
    }

    /// Counts a step of a shell; lets others run, and rests when the visit has worked for long.
    pub(crate) async fn step(&self) {
        self.work(1).await;
    }

    /// Counts work that is worth so many steps.
    pub(crate) async fn work(&self, steps: u64) {
        let before = self.steps.fetch_add(steps, Ordering::Relaxed);
        let after = before.saturating_add(steps);
        let rests = after / STEPS_A_REST - before / STEPS_A_REST;
        if after > caps::SHELL_STEPS && rests > 0 {
            tokio::time::sleep(REST * u32::try_from(rests).unwrap_or(u32::MAX)).await;
        } else if after / 16 != before / 16 {
            tokio::task::yield_now().await;
        }
    }

    /// Lets a new command line work at full speed again.
    pub(crate) fn rested(&self) {
        self.steps.store(0, Ordering::Relaxed);
    }

    /// Runs a task of the visit beside everything else; it ends with the visit at the latest.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        let handle = tokio::spawn(task);
        let mut tasks = self.tasks();
        tasks.retain(|task| !task.is_finished());
        tasks.push(handle.abort_handle());
        handle
    }

    /// Waits until nothing in the background can write to `output` any more; `own` clones of it
    /// are the caller's.
    pub(crate) async fn settle(&self, output: &Writer, own: usize) {
        while output.holders() > own && self.tasks().iter().any(|task| !task.is_finished()) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Ends every task of the visit.
    pub(crate) fn end(&self) {
        for task in self.tasks().drain(..) {
            task.abort();
        }
        if let Some(tty) = self.tty() {
            tty.finish();
        }
    }

    fn tasks(&self) -> MutexGuard<'_, Vec<AbortHandle>> {
        // Nothing under the lock can panic half way.
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Forked {
    fn drop(&mut self) {
        self.seat.processes.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Foreground {
    fn drop(&mut self) {
        self.0.shells.fetch_sub(1, Ordering::Relaxed);
    }
}
