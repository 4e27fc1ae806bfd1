//! What is done with what is durable: on the master's host its log is written, elsewhere it is handed on.

use std::{fs::DirBuilder, os::unix::fs::DirBuilderExt as _, sync::Arc};

use anyhow::{Context as _, bail};
use decnet_daemon::signals::Shutdown;
use decnet_logship::{
    derive::{Deriver, Paths},
    medium::Disk,
    spool::Spool,
};
use decnet_membership::Membership;

use crate::{
    committer::{Committer, Passed},
    deriver::{self, Derived},
    relay::{self, Relayed},
    settings::Settings,
    thread::{self, Working},
};

/// Who reads the spool, before it is known when something is committed.
#[derive(Debug)]
pub(crate) enum Reader {
    Log(Box<Deriver>),
    Relay(Box<relay::Work>),
}

/// The same, ready to work.
#[derive(Debug)]
pub(crate) enum Reading {
    Log(Box<deriver::Work>),
    Relay(Box<relay::Work>),
}

impl Reader {
    /// Opens what the settings want.
    pub(crate) fn open(
        settings: &Settings,
        spool: &Spool,
        membership: &Arc<Membership>,
        passed: &Passed,
    ) -> anyhow::Result<Self> {
        let Some(to) = &settings.relay_to else {
            return open_log(settings, spool).map(|log| Self::Log(Box::new(log)));
        };
        let relay = relay::Work::open(spool, settings, membership, to, passed.clone());
        Ok(Self::Relay(Box::new(relay.context("cannot hand on what comes")?)))
    }

    /// Makes it ready; and how handing on goes, if that is what is done.
    pub(crate) fn begin(
        self,
        committer: &Committer<Disk>,
        passed: Passed,
        derived: Arc<Derived>,
    ) -> (Reading, Option<Relayed>) {
        match self {
            Self::Log(log) => {
                let work = deriver::Work::new(*log, committer.commits(), passed, derived);
                (Reading::Log(Box::new(work)), None)
            }
            Self::Relay(relay) => {
                let relayed = relay.relayed();
                (Reading::Relay(relay), Some(relayed))
            }
        }
    }
}

impl Reading {
    /// Works on a thread of its own. The log ends by itself with the committer, handing on with the
    /// shutdown.
    pub(crate) fn start(self, shutdown: Shutdown) -> anyhow::Result<Working> {
        match self {
            Self::Log(log) => thread::start("deriver", log.run()),
            Self::Relay(relay) => thread::start("relay", relay.run(shutdown)),
        }
    }
}

fn open_log(settings: &Settings, spool: &Spool) -> anyhow::Result<Deriver> {
    let (log, json) = (settings.log.clone(), settings.json());
    if log == json {
        bail!("{} is the name of its own records: give the log another suffix", log.display());
    }
    if let Some(folder) = log.parent() {
        let made = DirBuilder::new().recursive(true).mode(0o750).create(folder);
        made.with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    let paths = Paths { log, json, place: settings.spool.join("derived.json") };
    Deriver::open(&paths, spool).context("cannot write the log of the master")
}
