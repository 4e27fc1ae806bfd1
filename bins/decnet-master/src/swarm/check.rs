//! Asking every host how it is, all at once and for a bounded time.

use std::{sync::Arc, time::Instant};

use decnet_proto::swarm::{
    operator::HostHealth,
    releases::Program,
    updater::{self, Seen},
};
use decnet_store::{Host, StoreError};
use tokio::task::JoinSet;

use super::{agents::AskError, controller::Controller};

/// Most characters of what a host says of a program.
const WORD: usize = 128;

/// Most characters of why it cannot be asked.
const DETAIL: usize = 256;

impl Controller {
    /// Asks every host of the swarm.
    pub(super) async fn check(self: &Arc<Self>) -> Result<Vec<HostHealth>, StoreError> {
        let mut asking = JoinSet::new();
        for host in self.members().await? {
            let controller = Arc::clone(self);
            asking.spawn(async move { ask(&controller, &host).await });
        }
        let mut healths = Vec::new();
        // One that broke off has no answer: the controller is just ending.
        while let Some(asked) = asking.join_next().await {
            healths.extend(asked.ok());
        }
        healths.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(healths)
    }
}

async fn ask(controller: &Controller, host: &Host) -> HostHealth {
    let begun = Instant::now();
    let agent = async {
        let answer = async { controller.agent(host)?.health().await }.await;
        (answer, begun.elapsed())
    };
    let ((answer, took), updater) = tokio::join!(agent, ask_updater(controller, host));
    let (reachable, detail, agent) = match answer {
        Ok(health) => {
            let agent = program(&health.version, health.release.as_deref(), &health.boot);
            (true, health.version, Some(agent))
        }
        Err(error) => (error.is_answer(), error.text(), None),
    };
    let (updater, updater_error) = match updater {
        None => (None, None),
        Some(Ok(health)) => (Some(health), None),
        Some(Err(error)) => (None, Some(cut(&error.text(), DETAIL))),
    };
    let view = &host.view;
    HostHealth {
        host_uuid: view.uuid,
        name: view.name.clone(),
        address: view.address.clone(),
        reachable,
        detail: cut(&detail, DETAIL),
        took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        agent,
        forwarder: updater.as_ref().and_then(|health| seen(health.forwarder.as_ref())),
        updater: updater.map(|health| program(&health.version, health.release.as_deref(), &health.boot)),
        updater_error,
    }
}

/// What the updater of a host says; nothing of a host without one.
async fn ask_updater(controller: &Controller, host: &Host) -> Option<Result<updater::Health, AskError>> {
    host.view.updater_cert_fingerprint.as_ref()?;
    Some(async { controller.updater(host)?.health().await }.await)
}

fn seen(seen: Option<&Seen>) -> Option<Program> {
    match seen? {
        Seen::Up(running) => Some(program(&running.version, running.release.as_deref(), &running.boot)),
        Seen::Down(_) => None,
    }
}

fn program(version: &str, release: Option<&str>, boot: &str) -> Program {
    let release = release.map(|release| cut(release, WORD));
    Program { version: cut(version, WORD), release, boot: cut(boot, WORD) }
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
