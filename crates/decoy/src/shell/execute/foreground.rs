//! What a shell waits for, and what it does not.

use std::sync::Arc;

use tokio::{sync::watch, task::AbortHandle};

use super::{
    super::{
        interpreter::{Flow, Shell, Stop},
        language::ast::{Command, Item},
        pipe::Reader,
        process::{BoxFuture, Exit},
        seat::Seat,
        signals::Signal,
        state::{Descriptor, Job},
    },
    join::{self, Gate, Gated},
};
use crate::{caps, machine::Running};

/// Ends a task when nobody waits for it any more.
pub(super) struct Guard(Option<AbortHandle>);

impl Guard {
    pub(super) fn new(task: AbortHandle) -> Self {
        Self(Some(task))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(task) = self.0.take() {
            task.abort();
        }
    }
}

/// A process of a background job; cut off with the visit, it is seen to run on.
struct Lasting(Option<Running>);

impl Drop for Lasting {
    fn drop(&mut self) {
        if let Some(running) = self.0.take() {
            running.leave();
        }
    }
}

/// Waits for the end of a task; false when it was cut off.
async fn is_over(ended: &mut watch::Receiver<Option<Exit>>) -> bool {
    ended.wait_for(Option::is_some).await.is_ok()
}

/// The future as a task of its own, so that processes inside processes do not use up the stack
/// of the thread; `cut` is what comes of it when it is cut off.
pub(super) fn on_own_stack<T: Send + 'static>(
    seat: &Seat,
    future: BoxFuture<'static, T>,
    cut: T,
) -> BoxFuture<'static, T> {
    let handle = seat.spawn(future);
    let guard = Guard::new(handle.abort_handle());
    Box::pin(async move {
        let result = handle.await.unwrap_or(cut);
        drop(guard);
        result
    })
}

impl Shell {
    /// Waits for the stages of a pipeline; ^C ends them, ^Z makes them a job.
    pub(super) async fn wait_for(
        &mut self,
        stages: Vec<BoxFuture<'static, u8>>,
        text: &[u8],
    ) -> Result<Vec<u8>, Stop> {
        if !self.interactive {
            let mut all = on_own_stack(&self.seat, Box::pin(join::all(stages)), vec![137]);
            loop {
                tokio::select! {
                    biased;
                    statuses = &mut all => return Ok(statuses),
                    signal = self.listener.next() => {
                        if self.hears(signal) && signal != Signal::Stop && !self.ignores(signal.name()) {
                            return Err(self.interrupted(signal.name()));
                        }
                    }
                }
            }
        }
        self.wait_for_job(stages, text).await
    }

    /// Whether what is called now should have a stack of its own, so that calls inside calls do
    /// not use up that of the thread.
    pub(super) fn is_deep(&self) -> bool {
        self.depth % caps::SHELL_STACK == caps::SHELL_STACK - 1
    }

    /// Whether a signal of the terminal is meant for this shell rather than for one inside it.
    pub(super) fn hears(&self, signal: Signal) -> bool {
        matches!(signal, Signal::HangUp | Signal::Kill) || self.seat.shells() <= self.level
    }

    async fn wait_for_job(
        &mut self,
        stages: Vec<BoxFuture<'static, u8>>,
        text: &[u8],
    ) -> Result<Vec<u8>, Stop> {
        let gate = Arc::new(Gate::default());
        let (sender, mut ended) = watch::channel(None);
        let (statuses_sender, statuses) = watch::channel(Vec::new());
        let all = Gated::new(Arc::clone(&gate), Box::pin(join::all(stages)));
        let handle = self.seat.spawn(async move {
            let statuses = all.await;
            let last = statuses.last().copied().unwrap_or(0);
            statuses_sender.send_replace(statuses);
            sender.send_replace(Some(Exit::Code(last)));
        });
        let mut guard = Guard(Some(handle.abort_handle()));
        loop {
            tokio::select! {
                biased;
                over = is_over(&mut ended) => {
                    if !over {
                        return Ok(vec![137]);
                    }
                    guard.0 = None;
                    return Ok(statuses.borrow().clone());
                }
                signal = self.listener.next() => {
                    if !self.hears(signal) || self.ignores(signal.name()) {
                        continue;
                    }
                    if signal != Signal::Stop {
                        return Err(self.interrupted(signal.name()));
                    }
                    gate.stop();
                    let Some(task) = guard.0.take() else { continue };
                    return self.stopped(text, gate, ended.clone(), task).await;
                }
            }
        }
    }

    /// Makes a job of what ^Z stopped.
    async fn stopped(
        &mut self,
        text: &[u8],
        gate: Arc<Gate>,
        ended: watch::Receiver<Option<Exit>>,
        task: AbortHandle,
    ) -> Result<Vec<u8>, Stop> {
        let number = self.jobs.next_number();
        let pid = self.own_pid;
        self.jobs.add(Job {
            number,
            pid,
            text: text.to_vec(),
            stopped: true,
            gate,
            ended,
            task,
            killed: None,
        });
        self.print_error("\n").await;
        let line = self.job_line(number, false);
        self.print_error(line).await;
        Ok(vec![128 + 20])
    }

    /// Waits for a job that was brought to the foreground.
    pub(crate) async fn wait_for_number(&mut self, number: usize) -> Flow {
        let Some(job) = self.jobs.get_mut(number) else { return Ok(()) };
        job.stopped = false;
        job.gate.go_on();
        let (mut ended, gate, task) = (job.ended.clone(), Arc::clone(&job.gate), job.task.clone());
        loop {
            tokio::select! {
                biased;
                _ = is_over(&mut ended) => {
                    let exit = *ended.borrow();
                    self.status = exit.map_or(137, Exit::status);
                    self.jobs.remove(number);
                    return Ok(());
                }
                signal = self.listener.next() => {
                    if !self.hears(signal) {
                        continue;
                    }
                    if signal == Signal::Stop {
                        gate.stop();
                        if let Some(job) = self.jobs.get_mut(number) {
                            job.stopped = true;
                        }
                        self.print_error("\n").await;
                        let line = self.job_line(number, false);
                        self.print_error(line).await;
                        self.status = 128 + 20;
                        return Ok(());
                    }
                    task.abort();
                    self.jobs.remove(number);
                    return Err(self.interrupted(signal.name()));
                }
            }
        }
    }

    /// Starts an and-or list that the shell does not wait for.
    pub(super) async fn background(&mut self, item: &Item) -> Flow {
        let (mut child, forked) = self.fork().await?;
        if !self.interactive {
            child.descriptors.put(0, Descriptor::reading(Reader::empty()));
        }
        let running = self.seat.presence().fork(self.own_pid);
        let pid = running.pid();
        child.own_pid = pid;
        child.jobs = Default::default();
        child.embodied = item.rest.is_empty()
            && matches!(item.first.commands.as_slice(), [command] if matches!(**command, Command::Simple(_)));
        // Nothing of the terminal's signals reaches a background job.
        child.listener = super::super::signals::Signals::default().listen();
        let (sender, ended) = watch::channel(None);
        let gate = Arc::new(Gate::default());
        let list = item.clone();
        let run = Box::pin(async move {
            let mut lasting = Lasting(Some(running));
            let flow = child.and_or(&list).await;
            let exit = match flow {
                Err(Stop::Signal(name)) => Exit::Signal(name),
                flow => Exit::Code(child.finish(flow).await),
            };
            drop(lasting.0.take());
            drop(forked);
            sender.send_replace(Some(exit));
        });
        let handle = self.seat.spawn(Gated::new(Arc::clone(&gate), run));
        let number = self.jobs.next_number();
        let text = item.text.to_vec();
        let task = handle.abort_handle();
        self.jobs.add(Job { number, pid, text, stopped: false, gate, ended, task, killed: None });
        self.last_background = Some(pid);
        if self.interactive && self.dialect.is_bash() {
            self.print_error(format!("[{number}] {pid}\n")).await;
        }
        self.status = 0;
        Ok(())
    }
}
