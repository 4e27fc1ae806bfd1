//! Releases come to hosts, in waves, until the first failure.

use std::{fs::File, path::PathBuf, sync::Arc, time::Duration};

use decnet_api::client::{CallError, Parcel, Waits};
use decnet_master::swarm::Settings;
use decnet_proto::swarm::{
    operator::{Accepted, HostResult, OperationView, ResultState, Route, Token},
    releases::{ReleaseView, UpdateOutcome, UpdateRequest},
    updater::{ARCHIVE, Chain, ReleaseName},
};
use decnet_release::{
    Digest, Part, SigningKey,
    archive::{Source, describe, write},
    manifest::{Facts, Mode},
};
use serde_json::json;

use crate::{
    agent::Agent,
    master::{Master, Operator, eventually, settings},
    swarm::{Swarm, free_port},
    updater::{Mood, Updater, first},
    world::World,
};

/// A swarm whose hosts have updaters, and who makes its releases.
pub(crate) struct Updatable {
    pub(crate) swarm: Swarm,
    pub(crate) updaters: Vec<Updater>,
    pub(crate) key: SigningKey,
}

impl Updatable {
    pub(crate) async fn of(hosts: u8) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let key = SigningKey::draw().unwrap();
        let file = dir.path().join("release-key.pub");
        std::fs::write(&file, format!("{}\n", key.public())).unwrap();
        let with = Settings { release_key: Some(file), ..settings(&dir.path().join("state")) };
        let master = Master::with(with).await;
        let swarm = Swarm { dir, master, agents: Vec::new() };
        let mut all = Self { swarm, updaters: Vec::new(), key };
        for number in 1..=hosts {
            all.join(number).await;
        }
        all
    }

    async fn join(&mut self, number: u8) {
        let swarm = &mut self.swarm;
        let (agent, updater) = (free_port(), free_port());
        let request = json!({
            "name": format!("w{number}"), "address": "127.0.0.1", "agent_port": agent.port(),
            "updater": true, "updater_port": updater.port(),
        });
        let token: Token = swarm.operator().send(Route::Token, &request).await;
        let controller = swarm.master.workers.to_string();
        let dir = swarm.dir.path().join(format!("w{number}"));
        let world = World::new(number, 1);
        let clock = &swarm.master.clock;
        swarm.agents.push(Agent::join(&controller, &token.token, dir, agent, world, clock).await);
        let dir = swarm.dir.path().join(format!("w{number}-updater"));
        let url = format!("https://{controller}");
        self.updaters.push(Updater::join(&url, &token.token, dir, updater, self.key.public()).await);
    }

    pub(crate) fn operator(&self) -> Operator {
        self.swarm.operator()
    }

    /// A release of this many bytes, as its makers hand it out.
    pub(crate) fn archive(&self, key: &SigningKey, part: Part, version: &str, size: usize) -> PathBuf {
        let dir = self.swarm.dir.path();
        let content = dir.join("content");
        // Bytes that do not compress, so that its size is that of the archive.
        let mut bytes = Vec::with_capacity(size + 32);
        let mut seed = Digest::of(version.as_bytes());
        while bytes.len() < size {
            seed = Digest::of(&seed.0);
            bytes.extend(seed.0);
        }
        std::fs::write(&content, bytes).unwrap();
        let source = Source { path: "bin/program".parse().unwrap(), mode: Mode::Program, from: content };
        let facts = Facts {
            part,
            version: version.parse().unwrap(),
            target: "x86_64-unknown-linux-gnu".parse().unwrap(),
            min_from: None,
            downgrade: false,
        };
        let manifest = describe(facts, std::slice::from_ref(&source)).unwrap();
        let signature = key.sign(&manifest.bytes());
        let path = dir.join(manifest.archive_name());
        let out = File::create(&path).unwrap();
        write(out, &manifest, &signature, |_| File::open(&source.from)).unwrap();
        path
    }

    /// Hands an archive to the controller.
    pub(crate) async fn take(&self, path: &PathBuf, digest: &str) -> Result<ReleaseView, CallError> {
        self.take_with(path, digest, "").await
    }

    pub(crate) async fn take_with(
        &self,
        path: &PathBuf,
        digest: &str,
        query: &str,
    ) -> Result<ReleaseView, CallError> {
        let file = File::open(path).unwrap();
        let parcel = Parcel {
            length: file.metadata().unwrap().len(),
            file: Arc::new(file),
            media_type: ARCHIVE,
            digest: digest.to_owned(),
            sent: Arc::default(),
            waits: Waits { taking: Duration::from_secs(20), answer: Duration::from_secs(20) },
        };
        let path = format!("{}{query}", Route::TakeRelease.path());
        self.operator().0.send_file("POST", &path, parcel).await
    }

    /// A release of the worker, or of the updater, that the controller keeps.
    pub(crate) async fn kept(&self, part: Part, version: &str) -> ReleaseName {
        let path = self.archive(&self.key, part, version, 200_000);
        self.take(&path, &digest_of(&path)).await.unwrap().name
    }

    /// Brings a release to all hosts.
    pub(crate) async fn begin(&self, worker: &ReleaseName, wave: u8) -> u64 {
        let request =
            UpdateRequest { hosts: None, worker: Some(worker.clone()), updater: None, wave, dry_run: false };
        self.operator().send::<Accepted>(Route::Update, &request).await.operation
    }

    async fn update(&self, worker: &ReleaseName, wave: u8) -> OperationView {
        self.operator().follow(self.begin(worker, wave).await).await
    }

    pub(crate) fn mood(&self, number: usize, mood: Mood) {
        self.updaters.get(number - 1).unwrap().host().mood = mood;
    }

    /// How many hosts run a release.
    fn running(&self, release: &ReleaseName) -> usize {
        self.updaters.iter().filter(|updater| updater.host().runs == *release).count()
    }
}

/// What the header says of a file.
pub(crate) fn digest_of(path: &PathBuf) -> String {
    use base64::Engine as _;
    let digest = Digest::of(&std::fs::read(path).unwrap());
    format!("sha-256=:{}:", base64::prelude::BASE64_STANDARD.encode(digest.0))
}

pub(crate) fn outcomes(view: &OperationView) -> Vec<UpdateOutcome> {
    view.results.iter().map(|result| result.outcome.unwrap()).collect()
}

fn of_host<'a>(view: &'a OperationView, name: &str) -> &'a HostResult {
    view.results.iter().find(|result| result.host_name == name).unwrap()
}

use UpdateOutcome::{Already, Failed, NoUpdater, NotTried, Refused, RolledBack, Unreachable, Updated};

#[tokio::test(flavor = "multi_thread")]
async fn a_good_release_comes_to_every_host_wave_by_wave() {
    let all = Updatable::of(5).await;
    let release = all.kept(Part::Worker, "1.1.0").await;
    let view = all.update(&release, 40).await;
    assert!(view.succeeded(), "{view:#?}");
    assert_eq!(outcomes(&view), [Updated; 5]);
    assert_eq!(view.notes, ["wave 1 of 3: w1, w2", "wave 2 of 3: w3, w4", "wave 3 of 3: w5"]);
    assert_eq!(all.running(&release), 5);
    let first = first();
    let detail = format!("runs 1.1.0 ({}), 1.0.0 ({}) before", &release.digest[..12], &first.digest[..12]);
    assert_eq!(of_host(&view, "w1").detail, detail);
    assert_eq!(of_host(&view, "w1").steps, (1, 1));
    let audit = all.operator().whole_audit().await;
    assert!(audit.iter().any(|entry| entry.action == "update" && entry.allowed));
    assert!(audit.iter().any(|entry| entry.action == "release" && entry.subject.starts_with("1.1.0 ")));

    let again = all.update(&release, 100).await;
    assert_eq!(outcomes(&again), [Already; 5]);
    assert!(again.succeeded() && again.notes.is_empty());
    assert!(all.updaters.iter().all(|updater| updater.host().taken.len() == 1), "it was sent again");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_host_that_fails_is_the_last() {
    let all = Updatable::of(6).await;
    let release = all.kept(Part::Worker, "1.1.0").await;
    all.mood(3, Mood::RollsBack);
    let view = all.update(&release, 34).await;
    assert!(!view.succeeded() && view.finished_at.is_some());
    // Waves of three: what was begun beside it comes to its end.
    assert_eq!(outcomes(&view), [Updated, Updated, RolledBack, NotTried, NotTried, NotTried]);
    let failed = of_host(&view, "w3");
    assert_eq!(
        (failed.state, failed.detail.as_str()),
        (ResultState::Failed, "rolled back: so the host says")
    );
    assert_eq!(failed.output, "decnet-agent: cannot open the door\nits second line");
    let left = of_host(&view, "w4");
    assert_eq!(left.state, ResultState::Untried);
    assert_eq!(left.detail, "it was left as it is, because w3 failed");
    assert_eq!(all.running(&release), 2);
    assert!(all.updaters[3..].iter().all(|updater| updater.host().taken.is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_host_says_is_told_for_what_it_is() {
    let all = Updatable::of(1).await;
    let mut number = 0;
    let mut check = async |mood, outcome, detail: &str| {
        number += 1;
        let release = all.kept(Part::Worker, &format!("1.1.{number}")).await;
        all.mood(1, mood);
        let view = all.update(&release, 100).await;
        let result = &view.results[0];
        assert_eq!((result.outcome, result.state), (Some(outcome), ResultState::Failed), "{mood:?}");
        assert!(result.detail.contains(detail), "{mood:?}: {}", result.detail);
    };
    check(Mood::RollsBack, RolledBack, "rolled back").await;
    check(Mood::Breaks, Failed, "change failed").await;
    check(Mood::Refuses, Refused, "release refused").await;
    check(Mood::Lies, Failed, "the agent answers as release 000000000000, not as 1.1.4").await;
    check(Mood::Sleeps, Failed, "the agent was not started anew").await;
    check(Mood::Busy, Failed, "another change is under way").await;
    check(Mood::HangsUpAndRollsBack, RolledBack, "1.1.7").await;
    check(Mood::HangsUpAndForgets, Failed, "POST /v1/update").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_to_a_host_that_is_another_machine() {
    let all = Updatable::of(1).await;
    let release = all.kept(Part::Worker, "1.1.0").await;
    all.updaters[0].host().target = Some("riscv64gc-unknown-linux-gnu".to_owned());
    let view = all.update(&release, 100).await;
    assert_eq!((outcomes(&view), view.succeeded()), (vec![Refused], false));
    let detail = &view.results[0].detail;
    assert!(detail.starts_with("release refused: 1.1.0 (") && detail.contains("is riscv64gc-"), "{detail}");
    assert!(all.updaters[0].host().asked == 0, "it was sent all the same");
    // One that does not tell decides itself.
    all.updaters[0].host().target = None;
    let view = all.update(&release, 100).await;
    assert_eq!(outcomes(&view), [Updated]);
    assert_eq!(all.updaters[0].host().asked, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_hangs_up_is_asked_what_became_of_it() {
    let all = Updatable::of(2).await;
    let release = all.kept(Part::Worker, "1.1.0").await;
    all.mood(1, Mood::HangsUp);
    all.updaters[0].host().takes = Duration::from_millis(700);
    let view = all.update(&release, 100).await;
    assert_eq!(outcomes(&view), [Updated, Updated], "{view:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_away_or_has_no_updater_stops_nobody() {
    let mut all = Updatable::of(3).await;
    all.swarm.join(4).await;
    all.updaters[0].cut();
    let release = all.kept(Part::Worker, "1.1.0").await;
    let view = all.update(&release, 1).await;
    assert_eq!(outcomes(&view), [Unreachable, Updated, Updated, NoUpdater]);
    assert!(!view.succeeded(), "not every host runs it");
    all.updaters[0].heal().await;
    let view = all.update(&release, 1).await;
    assert_eq!(outcomes(&view), [Updated, Already, Already, NoUpdater]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_dies_with_a_release_is_given_up() {
    let mut all = Updatable::of(2).await;
    let release = all.kept(Part::Worker, "1.1.0").await;
    all.updaters[0].host().takes = Duration::from_secs(60);
    let id = all.begin(&release, 50).await;
    eventually("it has the release", async || !all.updaters[0].host().taken.is_empty()).await;
    all.updaters[0].cut();
    let view = all.operator().follow(id).await;
    assert_eq!(outcomes(&view), [Failed, NotTried]);
    assert!(of_host(&view, "w1").detail.contains("answers no more"), "{}", of_host(&view, "w1").detail);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_updater_comes_after_what_it_installs() {
    let all = Updatable::of(2).await;
    let (worker, updater) = (all.kept(Part::Worker, "1.1.0").await, all.kept(Part::Updater, "1.1.0").await);
    let request = UpdateRequest {
        hosts: None,
        worker: Some(worker.clone()),
        updater: Some(updater.clone()),
        wave: 50,
        dry_run: false,
    };
    let begin = async || {
        let accepted: Accepted = all.operator().send(Route::Update, &request).await;
        all.operator().follow(accepted.operation).await
    };
    let view = begin().await;
    assert_eq!(outcomes(&view), [Updated, Updated], "{view:#?}");
    assert_eq!(view.results[0].steps, (2, 2));
    for host in &all.updaters {
        assert_eq!(host.host().taken, [worker.clone(), updater.clone()]);
        assert_eq!(host.host().own.current.as_ref(), Some(&updater));
    }
    assert_eq!(outcomes(&begin().await), [Already, Already]);

    // The worker's release runs there already; its updater comes back as what it was.
    all.mood(1, Mood::RollsBack);
    let newer = all.kept(Part::Updater, "1.2.0").await;
    let request = UpdateRequest { updater: Some(newer), ..request };
    let accepted: Accepted = all.operator().send(Route::Update, &request).await;
    let view = all.operator().follow(accepted.operation).await;
    assert_eq!(outcomes(&view), [RolledBack, NotTried]);
    let result = of_host(&view, "w1");
    assert!(result.detail.starts_with("runs 1.1.0 "), "{}", result.detail);
    assert!(result.detail.contains("; then: 1.2.0 "), "{}", result.detail);
    assert_eq!(result.output, "told afterwards");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_asks_and_sends_nothing() {
    let mut all = Updatable::of(3).await;
    let release = all.kept(Part::Worker, "1.1.0").await;
    all.updaters[2].cut();
    all.updaters[1].host().worker.current = Some(release.clone());
    let request =
        UpdateRequest { hosts: None, worker: Some(release), updater: None, wave: 34, dry_run: true };
    let view: OperationView = all.operator().send(Route::Update, &request).await;
    let told: Vec<_> = view.results.iter().map(|result| result.outcome).collect();
    assert_eq!(told, [None, Some(Already), Some(Unreachable)]);
    assert!(view.results[0].detail.starts_with("wave 1: 1.0.0 (000000000000) becomes 1.1.0 ("));
    assert!(all.updaters.iter().all(|updater| updater.host().taken.is_empty()));
    let operations: Vec<OperationView> = all.operator().ask(Route::Operations).await;
    assert!(operations.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_for_is_refused() {
    let all = Updatable::of(1).await;
    let release = all.kept(Part::Worker, "1.1.0").await;
    let request = UpdateRequest {
        hosts: None,
        worker: Some(release.clone()),
        updater: None,
        wave: 100,
        dry_run: false,
    };
    let operator = all.operator();
    let refused = async |request: &UpdateRequest| operator.refusal(Route::Update, request).await.0;
    assert_eq!(refused(&UpdateRequest { wave: 0, ..request.clone() }).await, 422);
    assert_eq!(refused(&UpdateRequest { wave: 101, ..request.clone() }).await, 422);
    assert_eq!(refused(&UpdateRequest { worker: None, ..request.clone() }).await, 422);
    assert_eq!(refused(&UpdateRequest { worker: Some(first()), ..request.clone() }).await, 404);
    let as_updater = UpdateRequest { worker: None, updater: Some(release), ..request.clone() };
    assert_eq!(refused(&as_updater).await, 404, "a worker's release is none of the updater");
    let nobody = "0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3aff".parse().unwrap();
    assert_eq!(refused(&UpdateRequest { hosts: Some(vec![nobody]), ..request.clone() }).await, 404);
    assert_eq!(refused(&UpdateRequest { hosts: Some(Vec::new()), ..request.clone() }).await, 409);
    assert_eq!(operator.refusal(Route::Rollback, &json!({"hosts": []})).await.0, 422);

    // One at a time.
    all.updaters[0].host().takes = Duration::from_millis(1500);
    let accepted: Accepted = operator.send(Route::Update, &request).await;
    let (status, detail) = operator.refusal(Route::Update, &request).await;
    assert_eq!(status, 409);
    assert!(detail.starts_with(&format!("operation {} brings", accepted.operation)), "{detail}");
    assert!(operator.follow(accepted.operation).await.succeeded());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_is_deployed_while_a_release_comes() {
    let all = Updatable::of(2).await;
    let release = all.kept(Part::Worker, "1.1.0").await;
    all.updaters.iter().for_each(|updater| updater.host().takes = Duration::from_millis(800));
    let update = all.begin(&release, 100).await;
    let deploy = all.swarm.deploy(crate::swarm::fleet(4)).await;
    assert!(all.operator().follow(deploy).await.succeeded());
    assert!(all.operator().follow(update).await.succeeded());
    all.swarm.converged(4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_controller_that_died_says_what_became_of_it() {
    let mut all = Updatable::of(4).await;
    let release = all.kept(Part::Worker, "1.1.0").await;
    for (number, mood) in [(1, Mood::Well), (2, Mood::HangsUp), (3, Mood::HangsUpAndRollsBack)] {
        all.mood(number, mood);
        all.updaters[number - 1].host().takes = Duration::from_millis(600);
    }
    // Three of the four are begun, and the fourth waits for its wave.
    let id = all.begin(&release, 75).await;
    eventually("three have it", async || {
        all.updaters[..3].iter().all(|updater| !updater.host().taken.is_empty())
    })
    .await;
    all.swarm.master.kill();
    let key = all.swarm.dir.path().join("release-key.pub");
    all.swarm.master.reopen_with(|settings| Settings { release_key: Some(key), ..settings }).await;
    let view = all.operator().follow(id).await;
    assert_eq!(outcomes(&view), [Updated, Updated, RolledBack, NotTried], "{view:#?}");
    assert!(all.updaters[3].host().taken.is_empty(), "nothing is begun again");
    assert!(view.notes.last().unwrap().starts_with("the controller was started anew"));
    assert!(all.update(&release, 100).await.finished_at.is_some(), "and there is room for another");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_tells_what_an_update_changes() {
    let all = Updatable::of(1).await;
    let ask = async || -> serde_json::Value { all.operator().ask(Route::Check).await };
    let before = ask().await;
    let release = all.kept(Part::Worker, "1.1.0").await;
    assert!(all.update(&release, 100).await.succeeded());
    let after = ask().await;
    assert_eq!(before[0]["forwarder"]["version"], "1.0.0");
    assert_eq!(after[0]["forwarder"]["version"], "1.1.0");
    assert_eq!(after[0]["forwarder"]["release"], release.digest);
    assert_ne!(before[0]["forwarder"]["boot"], after[0]["forwarder"]["boot"]);
    assert_eq!(before[0]["updater"], after[0]["updater"]);
    assert_eq!(after[0]["agent"]["version"], "0.1.0", "the simulated agent is another one");
}

#[tokio::test(flavor = "multi_thread")]
async fn releases_of_both_chains_are_told_apart() {
    let all = Updatable::of(0).await;
    all.kept(Part::Updater, "1.1.0").await;
    all.kept(Part::Worker, "1.1.0").await;
    all.kept(Part::Worker, "1.10.0").await;
    all.kept(Part::Worker, "1.10.0-rc.1").await;
    let listed: Vec<ReleaseView> = all.operator().ask(Route::Releases).await;
    let listed: Vec<_> = listed.iter().map(|view| (view.chain, view.name.version.as_str())).collect();
    let workers = ["1.10.0", "1.10.0-rc.1", "1.1.0"].map(|version| (Chain::Worker, version));
    assert_eq!(listed, [&workers[..], &[(Chain::Updater, "1.1.0")]].concat());
}
