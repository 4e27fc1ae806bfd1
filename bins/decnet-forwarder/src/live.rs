//! How it goes at this moment, for those who ask.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use decnet_daemon::provenance;
use decnet_logship::{
    ship::Sent,
    tail::{Tail, TailError},
};
use decnet_proto::{agent::Function, problem::chain};
use decnet_shipping::Pushed;

use crate::{
    settings::{Settings, Way},
    status::{Artifacts, Connection, Program, Report, State, Totals, Trouble, now},
};

/// What is told. Clones tell the same.
#[derive(Clone, Debug)]
pub(crate) struct Live(Arc<Mutex<Told>>);

#[derive(Debug)]
struct Told {
    report: Report,
    /// Whether the log could be followed when it was looked at last, and what was found.
    log: Result<String, String>,
}

impl Live {
    pub(crate) fn new(settings: &Settings) -> Self {
        let protocol = match &settings.way {
            Way::Swarm(_) => "decnet-log/1",
            Way::Plain(_) => "syslog",
        };
        let program = Program {
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            release: provenance::release(),
            boot: provenance::boot(),
            functions: Vec::new(),
            receiver: settings.receiver.to_string(),
            protocol: protocol.to_owned(),
            connection: Connection { state: State::Down, since: now() },
            totals: Totals::default(),
            last_error: None,
        };
        let report = Report::new(Some(program), &settings.places);
        Self(Arc::new(Mutex::new(Told { report, log: Err("it was not looked at yet".to_owned()) })))
    }

    /// What there is to tell.
    pub(crate) fn report(&self) -> Report {
        let told = self.get();
        let (report, log) = (told.report.clone(), told.log.clone());
        drop(told);
        let program =
            report.program.clone().map(|program| Program { functions: functions(&program, log), ..program });
        Report { healthy: report.is_connected(), program, ..report }
    }

    /// Looks at the log, so that files are held that others remove, and tells how much of it waits.
    pub(crate) fn look(&self, tail: &mut Tail) -> Result<(), TailError> {
        let looked = tail.look().and_then(|()| Ok((tail.lag()?, tail.acknowledged())));
        let mut told = self.get();
        told.log = match &looked {
            Ok((lag, _)) => Ok(format!("{lag} bytes wait")),
            Err(error) => Err(chain(error)),
        };
        let (lag, acknowledged) = looked?;
        (told.report.lag_bytes, told.report.acknowledged) = (lag, acknowledged);
        Ok(())
    }

    /// How it goes with captured files.
    pub(crate) fn artifacts(&self, artifacts: Artifacts) {
        self.get().report.artifacts = Some(artifacts);
    }

    /// Whether lines flow.
    pub(crate) fn connected(&self, is_connected: bool) {
        let state = if is_connected { State::Up } else { State::Down };
        self.program(|program| {
            if program.connection.state != state {
                program.connection = Connection { state, since: now() };
                program.totals.connections += u64::from(is_connected);
            }
        });
    }

    /// What a sender has done by now.
    pub(crate) fn progress(&self, sent: Sent, acknowledgements: u64) {
        self.program(|program| {
            program.totals.lines = sent.lines;
            program.totals.gaps = sent.gaps;
            program.totals.acknowledgements = acknowledgements;
        });
    }

    /// Something more was written to a connection.
    pub(crate) fn wrote(&self, pushed: Pushed) {
        if let Pushed::Bytes(count) = pushed {
            self.program(|program| program.totals.bytes += count as u64);
        }
    }

    /// A connection broke, or did not come about; whether for another reason than the last time.
    pub(crate) fn failed(&self, error: &anyhow::Error) -> bool {
        self.program(|program| program.totals.failures += 1);
        self.noted(error)
    }

    /// Something went wrong; whether it is something else than the last time.
    pub(crate) fn noted(&self, error: &anyhow::Error) -> bool {
        let text = format!("{error:#}");
        let mut is_new = false;
        self.program(|program| {
            is_new = program.last_error.as_ref().is_none_or(|last| last.text != text);
            program.last_error = Some(Trouble { at: now(), text });
        });
        is_new
    }

    fn program(&self, change: impl FnOnce(&mut Program)) {
        if let Some(program) = &mut self.get().report.program {
            change(program);
        }
    }

    // Nobody panics while having it.
    fn get(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a forwarder is able to do: what an update must leave as able as it was.
fn functions(program: &Program, log: Result<String, String>) -> Vec<Function> {
    let connection = match program.connection.state {
        State::Up => Ok(program.receiver.clone()),
        State::Down => Err(format!("{} is not connected", program.receiver)),
    };
    let named = |(name, found): (&str, Result<String, String>)| {
        let able = found.is_ok();
        Function { name: name.to_owned(), able, found: found.unwrap_or_else(|why| why) }
    };
    [("log", log), ("connection", connection)].map(named).into()
}
