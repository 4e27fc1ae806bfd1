//! Threads for what waits for disks.

use std::thread;

use anyhow::Context as _;
use tokio::{runtime::Builder, sync::oneshot};

/// A thread that works. It is not ended by dropping this.
#[derive(Debug)]
pub(crate) struct Working(oneshot::Receiver<()>);

impl Working {
    /// Comes when it has ended, however that was.
    pub(crate) async fn ended(&mut self) {
        // Nothing is ever sent: the other half goes with the thread.
        let _ = (&mut self.0).await;
    }
}

/// Starts a thread that does `work`.
pub(crate) fn start(name: &str, work: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<Working> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.with_context(|| format!("cannot start the runtime of the {name}"))?;
    let (goes_with_it, ended) = oneshot::channel();
    let body = move || {
        let _goes_with_it = goes_with_it;
        runtime.block_on(work);
    };
    let started = thread::Builder::new().name(name.to_owned()).spawn(body);
    started.with_context(|| format!("cannot start the {name}"))?;
    Ok(Working(ended))
}
