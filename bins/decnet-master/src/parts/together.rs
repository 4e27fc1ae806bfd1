//! Parts that run together and end together.

use anyhow::bail;
use decnet_daemon::signals::{Shutdown, Signals};
use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use tokio::task::JoinError;

use super::DRAIN;

/// A part that listens, and answers once it runs.
pub(super) struct Part {
    name: &'static str,
    work: Box<dyn FnOnce(Shutdown) -> BoxFuture<'static, ()> + Send>,
}

impl Part {
    /// What `work` does until the shutdown that it is given.
    pub(super) fn new<F>(name: &'static str, work: impl FnOnce(Shutdown) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self { name, work: Box::new(|shutdown| work(shutdown).boxed()) }
    }

    /// Begins it; what comes back is its end.
    fn start(
        self,
        shutdown: &Shutdown,
    ) -> impl Future<Output = (&'static str, Result<(), JoinError>)> + use<> {
        let (name, task) = (self.name, tokio::spawn((self.work)(shutdown.clone())));
        async move { (name, task.await) }
    }
}

/// Runs them until a signal comes, then lets them end what is under way: for [`DRAIN`], or until there is
/// no patience left.
///
/// # Errors
/// One ended that nobody had asked to; the others have ended then, too.
pub(super) async fn together(parts: Vec<Part>, signals: Signals) -> anyhow::Result<()> {
    let Signals { mut shutdown, mut at_once, .. } = signals;
    let (trigger, ending) = Shutdown::by_hand();
    let mut running: FuturesUnordered<_> = parts.into_iter().map(|part| part.start(&ending)).collect();
    let lost = tokio::select! {
        ended = running.next() => ended,
        () = shutdown.requested() => None,
    };
    if let Some((name, _)) = &lost {
        tracing::error!("the {name} ended by itself: all of it ends");
    }
    trigger.request();
    let rest = async { while running.next().await.is_some() {} };
    tokio::select! {
        () = rest => tracing::info!("ended"),
        () = tokio::time::sleep(DRAIN) => tracing::warn!("ended before everything under way had"),
        () = at_once.requested() => tracing::warn!("ended at once"),
    }
    match lost {
        None => Ok(()),
        Some((name, Ok(()))) => bail!("the {name} ended, and nobody had asked it to"),
        Some((name, Err(_))) => bail!("the {name} broke down; what it said last is in the diagnostics"),
    }
}

#[cfg(test)]
mod tests;
