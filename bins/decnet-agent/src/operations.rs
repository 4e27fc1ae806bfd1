//! Operations: one at a time, each with a history of how it went.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use decnet_proto::agent::{OperationStatus, StepFailure};
use tokio::sync::watch;

/// How many ended operations can still be asked about.
const KEPT: usize = 64;

/// How long a caller waits for news at most.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Operations of this run of the agent.
#[derive(Debug, Default)]
pub(crate) struct Operations {
    known: Mutex<BTreeMap<u64, watch::Receiver<OperationStatus>>>,
}

impl Operations {
    /// The operation that runs, if one does.
    pub(crate) fn running(&self) -> Option<u64> {
        self.known().iter().rev().find(|(_, status)| !status.borrow().finished).map(|(id, _)| *id)
    }

    /// Begins an operation, unless one runs: then its id is the error.
    ///
    /// # Errors
    /// The id of the operation that runs.
    pub(crate) fn begin(&self, id: u64) -> Result<Operation, u64> {
        if let Some(running) = self.running() {
            return Err(running);
        }
        let (status, receiver) = watch::channel(OperationStatus {
            revision: 1,
            total: 0,
            done: 0,
            current: "wait for its turn".to_owned(),
            failures: Vec::new(),
            finished: false,
        });
        let mut known = self.known();
        known.insert(id, receiver);
        while known.len() > KEPT {
            known.pop_first();
        }
        Ok(Operation { id, status })
    }

    /// How an operation goes, as soon as there is more to tell than `after` or
    /// [`PATIENCE`] is over; `None` when it is not known.
    pub(crate) async fn follow(&self, id: u64, after: u64) -> Option<OperationStatus> {
        let mut status = self.known().get(&id)?.clone();
        let news = status.wait_for(|status| status.revision > after || status.finished);
        // Neither the end of patience nor that of the operation is a failure: what is known counts.
        let _ = tokio::time::timeout(PATIENCE, news).await;
        let latest = status.borrow().clone();
        Some(latest)
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<u64, watch::Receiver<OperationStatus>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An operation that runs. One that is dropped before its end has failed.
#[derive(Debug)]
pub(crate) struct Operation {
    id: u64,
    status: watch::Sender<OperationStatus>,
}

impl Operation {
    /// Its id.
    pub(crate) const fn id(&self) -> u64 {
        self.id
    }

    /// Tells what is being done.
    pub(crate) fn tell(&self, total: u32, done: u32, current: &str) {
        self.change(|status| {
            status.total = total;
            status.done = done;
            current.clone_into(&mut status.current);
        });
    }

    /// Ends it with these failures; none means that all went well.
    pub(crate) fn finish(self, failures: Vec<StepFailure>) {
        self.change(|status| {
            status.current = if failures.is_empty() { "done" } else { "failed" }.to_owned();
            if failures.is_empty() {
                status.done = status.total;
            }
            status.failures = failures;
            status.finished = true;
        });
    }

    fn change(&self, change: impl FnOnce(&mut OperationStatus)) {
        self.status.send_modify(|status| {
            change(status);
            status.revision += 1;
        });
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        if !self.status.borrow().finished {
            self.change(|status| {
                status.failures.push(StepFailure {
                    subject: "agent".to_owned(),
                    step: status.current.clone(),
                    error: "the agent was stopped; it goes on when it is started again".to_owned(),
                });
                status.finished = true;
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn news_are_told_when_there_are_some() {
        let operations = Operations::default();
        let operation = operations.begin(7).expect("nothing runs");
        assert_eq!(operations.begin(8).expect_err("one runs"), 7);
        let first = operations.follow(7, 0).await.expect("known");
        assert_eq!((first.revision, first.finished), (1, false));

        operation.tell(4, 1, "create container web-01");
        let second = operations.follow(7, first.revision).await.expect("known");
        assert_eq!((second.total, second.done), (4, 1));
        operation.finish(Vec::new());
        let last = operations.follow(7, second.revision).await.expect("known");
        assert!(last.finished);
        assert_eq!(last.done, 4);
        assert_eq!(operations.follow(7, last.revision).await, Some(last), "an ended one is not waited for");
        assert_eq!(operations.follow(9, 0).await, None);
        operations.begin(8).expect("nothing runs any more");
    }

    #[tokio::test]
    async fn an_operation_that_is_dropped_has_failed() {
        let operations = Operations::default();
        drop(operations.begin(1).expect("nothing runs"));
        let status = operations.follow(1, 0).await.expect("known");
        assert!(status.finished);
        assert_eq!(status.failures.len(), 1);
    }

    #[test]
    fn the_history_is_bounded() {
        let operations = Operations::default();
        for id in 1..200 {
            operations.begin(id).expect("nothing runs").finish(Vec::new());
        }
        assert_eq!(operations.known().len(), KEPT);
    }
}
