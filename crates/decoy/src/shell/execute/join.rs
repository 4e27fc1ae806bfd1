//! Several futures at once, and one that can be stopped for a while.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
};

use crate::shell::process::BoxFuture;

/// Waits for all of the futures; results are in their order.
pub(super) async fn all<T: Send>(futures: Vec<BoxFuture<'static, T>>) -> Vec<T> {
    let mut waiting: Vec<Option<BoxFuture<'static, T>>> = futures.into_iter().map(Some).collect();
    let mut results: Vec<Option<T>> = waiting.iter().map(|_| None).collect();
    std::future::poll_fn(move |context| {
        let mut over = true;
        for (slot, result) in waiting.iter_mut().zip(results.iter_mut()) {
            let Some(future) = slot else { continue };
            match future.as_mut().poll(context) {
                Poll::Ready(value) => {
                    *result = Some(value);
                    *slot = None;
                }
                Poll::Pending => over = false,
            }
        }
        if over { Poll::Ready(results.iter_mut().filter_map(Option::take).collect()) } else { Poll::Pending }
    })
    .await
}

/// Lets what runs stop and go on, as `SIGTSTP` and `SIGCONT` do.
#[derive(Debug, Default)]
pub(crate) struct Gate(Mutex<(bool, Option<Waker>)>);

impl Gate {
    pub(crate) fn stop(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0 = true;
    }

    pub(crate) fn go_on(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 = false;
        if let Some(waker) = state.1.take() {
            waker.wake();
        }
    }
}

/// A future behind a gate.
pub(super) struct Gated<T> {
    gate: Arc<Gate>,
    future: BoxFuture<'static, T>,
}

impl<T> Gated<T> {
    pub(super) fn new(gate: Arc<Gate>, future: BoxFuture<'static, T>) -> Self {
        Self { gate, future }
    }
}

impl<T> Future for Gated<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        {
            let mut state = self.gate.0.lock().unwrap_or_else(PoisonError::into_inner);
            if state.0 {
                state.1 = Some(context.waker().clone());
                return Poll::Pending;
            }
        }
        self.future.as_mut().poll(context)
    }
}
