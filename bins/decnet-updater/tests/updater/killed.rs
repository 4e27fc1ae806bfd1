//! The program itself, killed at each step that it enters in its journal.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::symlink,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use decnet_proto::swarm::updater::{Health, Seen};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;

use crate::{
    alone::Alone,
    host::process,
    releases::{Does, Made, worker},
};

/// What is in the journal of a release that is good, and of one that is not.
const GOOD: [&str; 6] = ["received", "verified", "staged", "switched", "probing", "committed"];
const BAD: [&str; 3] = ["probing", "reverting", "reverted"];

/// How often a step is lain in wait for: some take a millisecond.
const TRIES: usize = 4;

fn phase(journal: &PathBuf) -> Option<String> {
    let text = fs::read(journal).ok()?;
    let journal: Value = serde_json::from_slice(&text).ok()?;
    Some(journal["phase"]["is"].as_str()?.to_owned())
}

/// The release that both answer as, when nothing is under way.
fn settled(health: &Health) -> Option<&str> {
    let (Some(Seen::Up(agent)), Some(Seen::Up(forwarder))) = (&health.agent, &health.forwarder) else {
        return None;
    };
    let same = agent.release == forwarder.release && health.change.is_none();
    agent.release.as_deref().filter(|_| same)
}

/// One that is killed, and what it went on from.
struct Victim {
    host: Alone,
    journal: PathBuf,
    number: u32,
}

impl Victim {
    async fn new() -> Self {
        let mut host = Alone::new(&worker("0.1.0", Does::Well, Does::Well), "").await;
        let dir = host.dir.path().to_owned();
        symlink(dir.join("run/agent.sock"), dir.join("agent.sock")).unwrap();
        host.start("agent forwarder").await;
        host.until("both answer", |health| settled(health).is_some()).await;
        Self { host, journal: dir.join("var/worker/journal.json"), number: 1 }
    }

    /// Kills the updater as soon as its journal says so, and has another one go on. What the journal said
    /// when it was dead, and whether the new release runs in the end.
    async fn killed_at(&mut self, step: &str, agent: Does) -> (String, bool) {
        self.number += 1;
        let next = worker(&format!("0.{}.0", self.number), agent, Does::Well);
        let before = self.running().await;
        let over = Arc::new(AtomicBool::new(false));
        let killer = self.killer(step, Arc::clone(&over));
        let (master, archive) = (self.host.master(), next.archive(&self.host.key));
        let pushed = tokio::spawn(async move { master.push(&archive).await });
        // Whoever pushed sees it break off, or comes to hear how it ended.
        let _ = pushed.await;
        over.store(true, Ordering::Relaxed);
        tokio::task::spawn_blocking(move || killer.join().unwrap()).await.unwrap();
        let died_at = phase(&self.journal).unwrap_or_default();
        self.host.start("").await;
        let after = self.running().await;
        assert!(after == before || after == next.digest(), "{step}: {after} runs");
        self.whole(&next, &after);
        (died_at, after != before)
    }

    fn killer(&self, step: &str, over: Arc<AtomicBool>) -> thread::JoinHandle<()> {
        let updater = process(&self.host.dir.path().join("run"), "updater").unwrap();
        let (journal, step, old) = (self.journal.clone(), step.to_owned(), fs::read(&self.journal).ok());
        thread::spawn(move || {
            let is_due = || fs::read(&journal).ok() != old && phase(&journal).is_some_and(|is| is == step);
            while !is_due() && !over.load(Ordering::Relaxed) {
                std::hint::spin_loop();
            }
            kill(Pid::from_raw(updater.pid.cast_signed()), Signal::SIGKILL).unwrap();
            while updater.is_alive() {
                thread::yield_now();
            }
        })
    }

    async fn running(&self) -> String {
        let health =
            self.host.until("both answer, and nothing is under way", |health| settled(health).is_some());
        settled(&health.await).unwrap().to_owned()
    }

    /// `current` is a whole release, and nothing half is left.
    fn whole(&self, next: &Made, runs: &str) {
        let root = self.host.dir.path().join("var/worker");
        let current = fs::read_link(root.join("current")).unwrap();
        assert!(current.join("manifest.json").is_file(), "{current:?} is not there");
        assert!(current.to_string_lossy().ends_with(runs), "{current:?} is current, and {runs} runs");
        let names = fs::read_dir(root.join("releases")).into_iter().flatten();
        let names: Vec<_> = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        assert!(names.iter().all(|name| !name.starts_with('.')), "{names:?}");
        if names.contains(&next.id().to_string()) {
            let folder = root.join("releases").join(next.id().to_string());
            assert_eq!(fs::read(folder.join("manifest.json")).unwrap(), next.manifest.bytes());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes: `cargo xtask proof releases` has it run"]
async fn killed_at_every_step_it_leaves_the_old_or_the_new() {
    let mut victim = Victim::new().await;
    let (mut caught, mut news, mut kills) = (BTreeSet::new(), 0, 0);
    let cases = GOOD.map(|step| (step, Does::Well)).into_iter().chain(BAD.map(|step| (step, Does::Ends)));
    for (step, agent) in cases {
        let kind = if agent == Does::Well { "good" } else { "bad" };
        for _ in 0..TRIES {
            let (died_at, is_new) = victim.killed_at(step, agent).await;
            kills += 1;
            news += u32::from(is_new);
            assert!(!is_new || agent == Does::Well, "a bad release runs, after it died at {died_at}");
            if died_at == step {
                caught.insert(format!("{step} of a {kind} one"));
                break;
            }
        }
    }
    let steps = GOOD.len() + BAD.len();
    println!(
        "killed: {kills} times, at {} of {steps} steps as meant; the new one ran {news} times after that, else the old",
        caught.len()
    );
    assert!(caught.len() >= steps - 2, "only {caught:?}");
}
