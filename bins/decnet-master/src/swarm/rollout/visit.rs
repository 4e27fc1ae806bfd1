//! One host: what is brought there, and what became of it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use decnet_proto::swarm::{
    operator::ResultState,
    releases::UpdateOutcome,
    updater::{Change, Done, Ended, Health, Outcome, REFUSED, Releases},
};
use decnet_store::{Host, NewResult};

use super::{
    Errand,
    aim::{Aim, named},
    verdict::{Verdict, under_way},
};
use crate::swarm::{
    agents::AskError,
    controller::Controller,
    refusal::chain,
    updaters::{Answer, CHANGE, Cargo, Updater, bounded},
};

/// A host, as an operation comes to it.
pub(super) struct Visit {
    pub(super) controller: Arc<Controller>,
    pub(super) operation: u64,
    pub(super) host: Host,
    /// How many steps there are.
    pub(super) steps: u32,
}

/// How a host stood before anything was sent.
struct Before {
    releases: Releases,
    health: Health,
}

impl Visit {
    /// Does what there is to do, and tells how it ended.
    pub(super) async fn run(self, errand: &Errand) -> Verdict {
        self.told(self.do_all(errand).await).await
    }

    /// Finds out how what was begun before the controller ended has ended, and tells it.
    pub(super) async fn look_after(self, aims: &[Aim]) -> Verdict {
        let verdict = match self.updater() {
            Ok(updater) => self.all_ended(&updater, aims).await,
            Err(verdict) => verdict,
        };
        self.told(verdict).await
    }

    fn updater(&self) -> Result<Updater<'_>, Verdict> {
        if self.host.view.updater_cert_fingerprint.is_none() {
            return Err(no_updater());
        }
        self.controller.updater(&self.host).map_err(|error| Verdict::unreached(&error))
    }

    async fn do_all(&self, errand: &Errand) -> Verdict {
        let updater = match self.updater() {
            Ok(updater) => updater,
            Err(verdict) => return verdict,
        };
        match errand {
            Errand::Bring(cargo) => self.bring_all(&updater, cargo).await,
            Errand::Back => self.back(&updater).await,
        }
    }

    /// One after the other, until one does not get there.
    async fn bring_all(&self, updater: &Updater<'_>, all: &[Cargo]) -> Verdict {
        let (mut outcome, mut details) = (UpdateOutcome::Already, Vec::new());
        for (cargo, done) in all.iter().zip(0..) {
            let verdict = self.bring(updater, cargo, done).await;
            if !verdict.is_good() {
                return behind(details, verdict);
            }
            if verdict.outcome == UpdateOutcome::Updated {
                outcome = UpdateOutcome::Updated;
            }
            details.push(verdict.detail);
        }
        Verdict::good(outcome, details.join("; "))
    }

    async fn bring(&self, updater: &Updater<'_>, cargo: &Cargo, done: u32) -> Verdict {
        let release = &cargo.release;
        let aim = Aim::Release(release.chain, release.name.clone());
        let before = match stand(updater).await {
            Ok(before) => before,
            Err(error) => return Verdict::unreached(&error),
        };
        let line = aim.line(&before.releases);
        if aim.is_met(line) {
            return Verdict::good(UpdateOutcome::Already, format!("runs {} already", named(&release.name)));
        }
        if let Some(change) = change(&before.releases) {
            let text = format!("something else is under way there: {}", under_way(change));
            return Verdict::bad(UpdateOutcome::Failed, text);
        }
        // A host refuses it as well, when all of it was sent.
        if let Some(own) = before.health.target.as_ref().filter(|own| **own != release.target) {
            let (name, target) = (named(&release.name), &release.target);
            let text = format!("{REFUSED}: {name} is for {target}, and this host is {own}; nothing was sent");
            return Verdict::bad(UpdateOutcome::Refused, bounded(text));
        }
        let sent = Arc::default();
        let verdict = tokio::select! {
            answer = updater.bring(cargo, &sent) => {
                self.answered(updater, &aim, line.last.as_ref(), done, answer).await
            }
            verdict = self.watch(updater, cargo, &sent, done) => verdict,
        };
        self.proved(updater, &aim, &before, verdict).await
    }

    async fn back(&self, updater: &Updater<'_>) -> Verdict {
        let before = match updater.releases().await {
            Ok(before) => before,
            Err(error) => return Verdict::unreached(&error),
        };
        self.tell(0, "goes back to the release before").await;
        let answer = updater.roll_back().await;
        self.answered(updater, &Aim::Before, before.worker.last.as_ref(), 0, answer).await
    }

    /// What an answer comes to. Where there is none, the host itself knows what became of it.
    async fn answered(
        &self,
        updater: &Updater<'_>,
        aim: &Aim,
        before: Option<&Ended>,
        done: u32,
        answer: Result<Answer, AskError>,
    ) -> Verdict {
        match answer {
            Ok(Answer::Failed(failure)) => Verdict::failed(*failure),
            Ok(Answer::Done(Done { outcome: Outcome::Queued, .. })) => {
                self.ended(updater, aim, before, done, "the updater did not make the change").await
            }
            Ok(Answer::Done(Done { outcome, release, output })) => {
                let name = named(&release);
                let verdict = match (outcome, aim) {
                    (Outcome::Updated, Aim::Release(..)) => {
                        Verdict::good(UpdateOutcome::Updated, format!("runs {name}"))
                    }
                    (Outcome::Already, Aim::Release(..)) => {
                        Verdict::good(UpdateOutcome::Already, format!("runs {name} already"))
                    }
                    (Outcome::RolledBack, Aim::Before) => {
                        Verdict::good(UpdateOutcome::RolledBack, format!("runs {name} again"))
                    }
                    _ => Verdict::bad(UpdateOutcome::Failed, "the updater did something else"),
                };
                verdict.saying(output)
            }
            Err(error) => self.ended(updater, aim, before, done, &error.text()).await,
        }
    }

    /// An update that the updater calls done is done when what it installed says so itself.
    async fn proved(&self, updater: &Updater<'_>, aim: &Aim, before: &Before, verdict: Verdict) -> Verdict {
        if verdict.outcome != UpdateOutcome::Updated {
            return verdict;
        }
        let proved = match updater.health().await {
            Ok(after) => aim.proved(&before.health, &after),
            Err(error) => Err(error.text()),
        };
        match proved {
            Ok(()) => {
                let was = aim.line(&before.releases).current.as_ref();
                let was = was.map(|was| format!(", {} before", named(was))).unwrap_or_default();
                Verdict { detail: verdict.detail + &was, ..verdict }
            }
            Err(why) => {
                let text = format!("the updater says that it is done, but {why}");
                Verdict::bad(UpdateOutcome::Failed, text).saying(verdict.output)
            }
        }
    }

    /// Tells how an archive goes, and comes to an end only when the host is gone.
    async fn watch(&self, updater: &Updater<'_>, cargo: &Cargo, sent: &AtomicU64, done: u32) -> Verdict {
        let looks = self.controller.settings.looks;
        let (version, length) = (&cargo.release.name.version, cargo.length().max(1));
        let (mut told, mut heard) = (String::new(), Instant::now());
        loop {
            let sent = sent.load(Ordering::Relaxed);
            let text = if sent < length {
                heard = Instant::now();
                format!("{version} is being sent: {} %", sent.saturating_mul(100) / length)
            } else {
                match updater.releases().await {
                    Ok(releases) => {
                        heard = Instant::now();
                        let change = change(&releases).map(under_way);
                        change.unwrap_or_else(|| format!("{version} was sent"))
                    }
                    Err(error) if heard.elapsed() > looks.gone => {
                        let text = format!("it was sent {version}, and answers no more: {}", error.text());
                        return Verdict::bad(UpdateOutcome::Failed, text);
                    }
                    Err(_) => told.clone(),
                }
            };
            if text != told {
                self.tell(done, &text).await;
                told = text;
            }
            tokio::time::sleep(looks.every).await;
        }
    }

    /// Asks the host until nothing is under way there, and says how that ended; `why` nothing may have.
    async fn ended(
        &self,
        updater: &Updater<'_>,
        aim: &Aim,
        before: Option<&Ended>,
        done: u32,
        why: &str,
    ) -> Verdict {
        let looks = self.controller.settings.looks;
        let begun = Instant::now();
        let (mut heard, mut idle, mut told) = (begun, None, String::new());
        while begun.elapsed() < CHANGE {
            match updater.releases().await {
                Ok(releases) => {
                    heard = Instant::now();
                    let line = aim.line(&releases);
                    match &line.change {
                        Some(change) => {
                            idle = None;
                            let text = under_way(change);
                            if text != told {
                                self.tell(done, &text).await;
                                told = text;
                            }
                        }
                        None => match aim.concluded(line, before) {
                            Some(verdict) => return verdict,
                            None if idle.get_or_insert(heard).elapsed() > looks.settle => {
                                return Verdict::bad(UpdateOutcome::Failed, why);
                            }
                            None => {}
                        },
                    }
                }
                Err(error) if heard.elapsed() > looks.gone => {
                    let text = format!("{why}; and then its updater answers no more: {}", error.text());
                    return Verdict::bad(UpdateOutcome::Failed, text);
                }
                Err(_) => {}
            }
            tokio::time::sleep(looks.every).await;
        }
        let text = format!("no end was seen within {} s", CHANGE.as_secs());
        Verdict::bad(UpdateOutcome::Failed, text)
    }

    async fn all_ended(&self, updater: &Updater<'_>, aims: &[Aim]) -> Verdict {
        const WHY: &str = "the controller was started anew before it had brought it there";
        let (mut last, mut details) = (Verdict::bad(UpdateOutcome::Failed, WHY), Vec::new());
        for (aim, done) in aims.iter().zip(0..) {
            last = self.ended(updater, aim, None, done, WHY).await;
            if !last.is_good() {
                return behind(details, last);
            }
            details.push(last.detail.clone());
        }
        Verdict { detail: details.join("; "), ..last }
    }

    async fn told(&self, verdict: Verdict) -> Verdict {
        let done = if verdict.is_good() { self.steps } else { 0 };
        let result = NewResult {
            host: self.host.view.uuid,
            state: verdict.state,
            steps: (self.steps, done),
            detail: verdict.detail.clone(),
            failures: Vec::new(),
            outcome: Some(verdict.outcome),
            output: verdict.output.clone(),
        };
        self.note(result).await;
        tracing::info!(host = %self.host.view.name, outcome = ?verdict.outcome, "{}", verdict.detail);
        verdict
    }

    async fn tell(&self, done: u32, text: &str) {
        let result = NewResult {
            host: self.host.view.uuid,
            state: ResultState::Running,
            steps: (self.steps, done),
            detail: text.to_owned(),
            failures: Vec::new(),
            outcome: None,
            output: String::new(),
        };
        self.note(result).await;
    }

    /// What cannot be written down is still done.
    async fn note(&self, result: NewResult) {
        if let Err(error) = self.controller.report(self.operation, result).await {
            tracing::error!("cannot keep how operation {} goes: {}", self.operation, chain(&error));
        }
    }
}

/// What is under way on a host.
fn change(releases: &Releases) -> Option<&Change> {
    releases.worker.change.as_ref().or(releases.updater.change.as_ref())
}

/// How a host stands.
async fn stand(updater: &Updater<'_>) -> Result<Before, AskError> {
    Ok(Before { releases: updater.releases().await?, health: updater.health().await? })
}

/// A verdict on what came after these.
fn behind(details: Vec<String>, verdict: Verdict) -> Verdict {
    if details.is_empty() {
        return verdict;
    }
    // Something was brought there before: this host was reached.
    let outcome = match verdict.outcome {
        UpdateOutcome::Unreachable => UpdateOutcome::Failed,
        outcome => outcome,
    };
    Verdict { outcome, detail: format!("{}; then: {}", details.join("; "), verdict.detail), ..verdict }
}

/// What is said of a host without one.
pub(super) fn no_updater() -> Verdict {
    let text = "it has no updater: `swarm token --again --updater` lets one in";
    Verdict::bad(UpdateOutcome::NoUpdater, text)
}
