//! Signals from the terminal, or from the carrier, to what runs in the foreground.

use tokio::sync::watch;

/// A signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// `SIGINT`: ^C.
    Interrupt,
    /// `SIGQUIT`: ^\.
    Quit,
    /// `SIGTSTP`: ^Z.
    Stop,
    /// `SIGHUP`.
    HangUp,
    /// `SIGTERM`.
    Terminate,
    /// `SIGKILL`.
    Kill,
}

impl Signal {
    /// Its name without `SIG`, as `INT`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "INT",
            Self::Quit => "QUIT",
            Self::Stop => "TSTP",
            Self::HangUp => "HUP",
            Self::Terminate => "TERM",
            Self::Kill => "KILL",
        }
    }

    /// The signal of that name, if it is one that ends what runs.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::Interrupt, Self::Quit, Self::Stop, Self::HangUp, Self::Terminate, Self::Kill];
        all.into_iter().find(|signal| signal.name() == name)
    }
}

/// Number of a signal on Linux, by its name without `SIG`.
pub fn number(name: &str) -> Option<u8> {
    NAMES.iter().position(|known| *known == name).and_then(|at| u8::try_from(at + 1).ok())
}

/// Names of the signals of Linux without `SIG`, from 1 on.
pub const NAMES: [&str; 31] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE",
    "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ",
    "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
];

/// Where signals are sent.
#[derive(Debug)]
pub(crate) struct Signals(watch::Sender<(u64, Signal)>);

impl Default for Signals {
    fn default() -> Self {
        Self(watch::Sender::new((0, Signal::Interrupt)))
    }
}

impl Signals {
    /// Sends a signal to everybody who listens.
    pub(crate) fn send(&self, signal: Signal) {
        self.0.send_modify(|(count, last)| {
            *count += 1;
            *last = signal;
        });
    }

    /// Hears signals that are sent from now on.
    pub(crate) fn listen(&self) -> Listener {
        Listener(self.0.subscribe())
    }
}

/// Who hears signals.
#[derive(Clone, Debug)]
pub(crate) struct Listener(watch::Receiver<(u64, Signal)>);

impl Listener {
    /// The signal that came and was not taken, if any.
    pub(crate) fn pending(&mut self) -> Option<Signal> {
        let came = self.0.has_changed().unwrap_or(false);
        came.then(|| self.0.borrow_and_update().1)
    }

    /// Waits for a signal.
    pub(crate) async fn next(&mut self) -> Signal {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
        self.0.borrow_and_update().1
    }
}
