//! Jobs: what a shell started and does not wait for.

use std::sync::Arc;

use tokio::{sync::watch, task::AbortHandle};

use super::super::{execute::Gate, process::Exit};
use crate::caps;

/// How a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JobState {
    Running,
    Stopped,
    Ended(Exit),
}

/// A job.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) number: usize,
    pub(crate) pid: u32,
    pub(crate) text: Vec<u8>,
    pub(crate) stopped: bool,
    pub(crate) gate: Arc<Gate>,
    pub(crate) ended: watch::Receiver<Option<Exit>>,
    pub(crate) task: AbortHandle,
    /// The signal that `kill` sent.
    pub(crate) killed: Option<&'static str>,
}

impl Job {
    pub(crate) fn state(&self) -> JobState {
        match (*self.ended.borrow(), self.killed) {
            (Some(exit), _) => JobState::Ended(exit),
            (None, Some(name)) => JobState::Ended(Exit::Signal(name)),
            _ if self.stopped => JobState::Stopped,
            _ => JobState::Running,
        }
    }
}

/// The jobs of a shell, in the order of their numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Jobs {
    jobs: Vec<Job>,
    /// Numbers of the current job and those before it, newest last.
    order: Vec<usize>,
}

impl Jobs {
    pub(crate) fn next_number(&self) -> usize {
        self.jobs.last().map_or(1, |job| job.number + 1)
    }

    /// Adds a job, and forgets one that ended long ago when there are many.
    pub(crate) fn add(&mut self, job: Job) {
        if self.jobs.len() >= caps::SHELL_PROCESSES {
            let ended = self.jobs.iter().find(|job| matches!(job.state(), JobState::Ended(_)));
            if let Some(number) = ended.map(|job| job.number) {
                self.remove(number);
            }
        }
        self.order.push(job.number);
        self.jobs.push(job);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Job> {
        self.jobs.iter()
    }

    pub(crate) fn get_mut(&mut self, number: usize) -> Option<&mut Job> {
        self.jobs.iter_mut().find(|job| job.number == number)
    }

    pub(crate) fn remove(&mut self, number: usize) -> Option<Job> {
        self.order.retain(|known| *known != number);
        let at = self.jobs.iter().position(|job| job.number == number)?;
        Some(self.jobs.remove(at))
    }

    /// Makes a job the current one.
    pub(crate) fn touch(&mut self, number: usize) {
        self.order.retain(|known| *known != number);
        self.order.push(number);
    }

    pub(crate) fn current(&self) -> Option<usize> {
        let stopped = |number: &&usize| self.jobs.iter().any(|job| job.number == **number && job.stopped);
        self.order.iter().rev().find(stopped).or(self.order.last()).copied()
    }

    pub(crate) fn previous(&self) -> Option<usize> {
        let current = self.current()?;
        self.order.iter().rev().find(|number| **number != current).copied().or(Some(current))
    }

    /// `+` for the current job, `-` for the one before, a blank for others.
    pub(crate) fn mark(&self, number: usize) -> char {
        if self.current() == Some(number) {
            '+'
        } else if self.previous() == Some(number) {
            '-'
        } else {
            ' '
        }
    }

    /// The job that `%1`, `%+`, `%name` or a process id means.
    pub(crate) fn find(&self, text: &[u8]) -> Option<usize> {
        let Some(rest) = text.strip_prefix(b"%") else {
            let pid: u32 = std::str::from_utf8(text).ok()?.parse().ok()?;
            return self.jobs.iter().find(|job| job.pid == pid).map(|job| job.number);
        };
        match rest {
            b"" | b"+" | b"%" => self.current(),
            b"-" => self.previous(),
            [b'?', part @ ..] => {
                let holds = |job: &&Job| job.text.windows(part.len().max(1)).any(|window| window == part);
                self.jobs.iter().find(holds).map(|job| job.number)
            }
            _ => {
                let number = std::str::from_utf8(rest).ok().and_then(|text| text.parse::<usize>().ok());
                let named = |job: &&Job| match number {
                    Some(number) => job.number == number,
                    None => job.text.starts_with(rest),
                };
                self.jobs.iter().find(named).map(|job| job.number)
            }
        }
    }
}
