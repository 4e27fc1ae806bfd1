//! Signals as things to wait for.

use std::io;

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// That the process should end. Clones wait for the same.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<bool>);

/// Ends what waits for a [`Shutdown`].
#[derive(Debug)]
pub struct Trigger(watch::Sender<bool>);

/// That files should be opened anew (SIGHUP). Clones wait for the same.
#[derive(Clone, Debug)]
pub struct Hangup(watch::Receiver<()>);

/// What the signals of a daemon mean to it.
#[derive(Clone, Debug)]
pub struct Signals {
    /// SIGTERM or SIGINT came.
    pub shutdown: Shutdown,
    /// SIGINT came again: who waits at a terminal waits no longer for what is under way.
    pub at_once: Shutdown,
    /// SIGHUP came.
    pub hangup: Hangup,
}

impl Shutdown {
    /// One that is triggered by hand, as tests do.
    pub fn by_hand() -> (Trigger, Self) {
        let (sender, receiver) = watch::channel(false);
        (Trigger(sender), Self(receiver))
    }

    /// Waits until the process should end.
    pub async fn requested(&mut self) {
        // An error means that nobody is left who could ask: that is an end, too.
        let _ = self.0.wait_for(|asked| *asked).await;
    }

    /// Whether it should.
    pub fn is_requested(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }
}

impl Trigger {
    /// Asks everybody to end.
    pub fn request(&self) {
        self.0.send_replace(true);
    }
}

impl Hangup {
    /// Waits for the next SIGHUP; forever, when there can be none.
    pub async fn next(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Takes over SIGTERM, SIGINT and SIGHUP. Must be called within a runtime.
///
/// # Errors
/// When a handler cannot be set.
pub fn listen() -> io::Result<Signals> {
    let (trigger, shutdown) = Shutdown::by_hand();
    let (impatient, at_once) = Shutdown::by_hand();
    let (hung_up, hangup) = watch::channel(());
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hup = signal(SignalKind::hangup())?;
    let asked = shutdown.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                Some(()) = terminate.recv() => trigger.request(),
                Some(()) = interrupt.recv() => match asked.is_requested() {
                    true => impatient.request(),
                    false => trigger.request(),
                },
                Some(()) = hup.recv() => hung_up.send_replace(()),
                else => break,
            }
        }
    });
    Ok(Signals { shutdown, at_once, hangup: Hangup(hangup) })
}

#[cfg(test)]
mod tests {
    use nix::{
        sys::signal::{Signal, raise},
        unistd::getpid,
    };

    use super::*;

    #[tokio::test]
    async fn signals_reach_those_who_wait() {
        let mut signals = listen().expect("handlers");
        assert!(!signals.shutdown.is_requested());
        nix::sys::signal::kill(getpid(), Signal::SIGHUP).expect("sent");
        signals.hangup.next().await;
        assert!(!signals.shutdown.is_requested());
        raise(Signal::SIGTERM).expect("sent");
        signals.shutdown.clone().requested().await;
        assert!(signals.shutdown.is_requested());
    }

    #[tokio::test]
    async fn who_interrupts_twice_does_not_want_to_wait() {
        let signals = listen().expect("handlers");
        raise(Signal::SIGINT).expect("sent");
        signals.shutdown.clone().requested().await;
        assert!(!signals.at_once.is_requested());
        raise(Signal::SIGINT).expect("sent");
        signals.at_once.clone().requested().await;
    }

    #[tokio::test]
    async fn a_trigger_that_is_gone_is_an_end() {
        let (trigger, mut shutdown) = Shutdown::by_hand();
        drop(trigger);
        shutdown.requested().await;
        assert!(shutdown.is_requested());
    }
}
