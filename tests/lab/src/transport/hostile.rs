//! Whoever means ill, at a listener to which a good host ships all the time.

use std::{
    collections::VecDeque,
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, ensure};
use serde::Deserialize;
use serde_json::Value;

use super::{
    Site, Worker,
    callers::{self, Held},
    interop::id,
    site::Programs,
    tally::tally,
};
use crate::wait;

/// Hosts that are connected and say nothing, and the connections of each: as many as a host may have.
const CROWD: u16 = 1_000;
const EACH: u16 = 2;
/// How long nuisances last, in seconds.
const BOTHER: u64 = 20;
/// How long a line may take from the good host's log into the master's, whoever comes.
const LATEST: Duration = Duration::from_secs(5);

/// A name of a claim and what it does.
pub type Claim = (&'static str, fn(&mut Ground) -> Result<String>);

/// Every claim, in the order in which they are tried.
pub const ALL: &[Claim] = &[
    ("strangers are refused", strangers_are_refused),
    ("nuisances disturb nobody", nuisances_disturb_nobody),
    ("a frame that is too long ends its connection", a_frame_that_is_too_long_ends_its_connection),
    ("what is not finished is not waited for", what_is_not_finished_is_not_waited_for),
    ("two thousand idle connections disturb nobody", two_thousand_idle_connections_disturb_nobody),
    ("who is revoked is cut off", who_is_revoked_is_cut_off),
    ("who was refused is counted", who_was_refused_is_counted),
    ("the good host lost nothing", the_good_host_lost_nothing),
];

/// Where it is tried.
#[derive(Debug)]
pub struct Ground {
    site: Site,
    /// It ships all the time.
    good: Worker,
    /// It is let in, and misbehaves.
    bad: Worker,
    /// It leaves the swarm.
    leaving: Worker,
    /// How many were tried and refused.
    refused: u64,
}

impl Ground {
    /// Makes it anew in a folder.
    ///
    /// # Errors
    /// When no line comes from the good host.
    pub fn raise(folder: &Path, programs: &Programs) -> Result<Self> {
        let site = Site::raise(folder, programs)?;
        let [mut good, bad, leaving] = [1, 2, 3].map(|number| Worker::enrol(&site, number));
        if let Ok(good) = &mut good {
            good.forwarder.start()?;
        }
        let mut ground = Self { site, good: good?, bad: bad?, leaving: leaving?, refused: 0 };
        ground.good.writer.write(1)?;
        ground.site.wait_for(ground.good.writer.bytes(), Duration::from_secs(60))?;
        Ok(ground)
    }

    /// Does something while the good host ships, and says beside what came of it how long the
    /// slowest line took.
    fn beside(&mut self, act: impl FnOnce(&Site) -> Result<String> + Send) -> Result<String> {
        let (site, over) = (&self.site, AtomicBool::new(false));
        let writer = &mut self.good.writer;
        let (found, slowest) = std::thread::scope(|scope| {
            let acting = scope.spawn(|| {
                let found = act(site);
                over.store(true, Ordering::Relaxed);
                found
            });
            let slowest = watch(site, writer, &over);
            // Whatever happens there, it must not be waited for here for ever.
            over.store(true, Ordering::Relaxed);
            (acting.join().map_err(|_| anyhow!("a claim broke down")), slowest)
        });
        let (found, slowest) = (found??, slowest?);
        ensure!(slowest < LATEST, "{found}; but a line of the good host took {slowest:.1?}");
        Ok(format!("{found}; the good host's slowest line took {:.0} ms", slowest.as_secs_f64() * 1e3))
    }
}

/// Writes until it is over, and says how long the slowest line took.
fn watch(site: &Site, writer: &mut super::Writer, over: &AtomicBool) -> Result<Duration> {
    let (mut on_way, mut slowest) = (VecDeque::new(), Duration::ZERO);
    // A while longer, so that something is seen of what is over at once.
    let shortest = Instant::now() + Duration::from_secs(1);
    let mut last = Instant::now();
    while !over.load(Ordering::Relaxed) || Instant::now() < shortest || !on_way.is_empty() {
        if !over.load(Ordering::Relaxed) || Instant::now() < shortest {
            writer.write(10)?;
            on_way.push_back((writer.bytes(), Instant::now()));
            last = Instant::now();
        }
        wait::pause(Duration::from_millis(2));
        let came = site.came();
        while let Some((_, since)) = on_way.pop_front_if(|(bytes, _)| *bytes <= came) {
            slowest = slowest.max(since.elapsed());
        }
        ensure!(
            last.elapsed() < Duration::from_secs(60),
            "{} writes of the good host do not come",
            on_way.len()
        );
    }
    Ok(slowest)
}

#[derive(Deserialize)]
struct Tried {
    tried: u64,
    refused: u64,
    inside: Vec<String>,
    silent: Vec<String>,
}

fn strangers_are_refused(ground: &mut Ground) -> Result<String> {
    let tried = ground.intrude(&[])?;
    ground.refused += tried.refused;
    let Tried { tried, refused, inside, silent } = tried;
    ensure!(inside.is_empty(), "{} were let in: {}", inside.len(), inside.join("; "));
    ensure!(silent.is_empty(), "{} were not answered: {}", silent.len(), silent.join("; "));
    Ok(format!("{refused} of {tried} refused"))
}

impl Ground {
    fn intrude(&mut self, revoked: &[PathBuf]) -> Result<Tried> {
        let authority = self.site.master().join("state/swarm/ca");
        let (authority, listener) = (authority.to_string_lossy(), self.site.address().to_string());
        let master = id(&self.good, "trust.json", "master")?;
        let (worker, other) = (id(&self.good, "host.json", "id")?, id(&self.bad, "host.json", "id")?);
        let revoked: Vec<_> = revoked.iter().map(|path| path.to_string_lossy()).collect();
        let mut words = vec!["intrude", "--listener", &listener, "--authority", &authority];
        words.extend(["--master", &master, "--worker", &worker, "--other-worker", &other]);
        revoked.iter().for_each(|path| words.extend(["--revoked", path]));
        let mut tried = None;
        let told = self.beside(|site| {
            tried = Some(callers::ask(site, &words)?);
            Ok(String::new())
        });
        told?;
        tried.context("nobody was tried")
    }
}

fn nuisances_disturb_nobody(ground: &mut Ground) -> Result<String> {
    let (identity, listener) = (ground.bad.identity(), ground.site.address().to_string());
    let seconds = BOTHER.to_string();
    ground.beside(|site| {
        let identity = identity.to_string_lossy();
        let words = ["bother", "--listener", &listener, "--identity", &identity, "--seconds", &seconds];
        let found: Value = callers::ask(site, &words)?;
        let members = found.as_object().context("no counts")?;
        ensure!(members.values().all(|count| count.as_u64() > Some(0)), "{found}");
        let say = |(name, count): (&String, &Value)| format!("{count} {}", name.replace('_', " "));
        Ok(format!("{} in {seconds} s", members.iter().map(say).collect::<Vec<_>>().join(", ")))
    })
}

#[derive(Deserialize)]
struct Overlong {
    sent: u64,
    closed: bool,
}

fn a_frame_that_is_too_long_ends_its_connection(ground: &mut Ground) -> Result<String> {
    let (identity, listener) = (ground.bad.identity(), ground.site.address().to_string());
    ground.beside(|site| {
        let identity = identity.to_string_lossy();
        let words = ["overlong", "--listener", &listener, "--identity", &identity];
        let mut sent = 0;
        for more in [None, Some("--plain")] {
            let found: Overlong = callers::ask(site, &words.into_iter().chain(more).collect::<Vec<_>>())?;
            ensure!(found.closed, "the connection is open after {} bytes", found.sent);
            sent = sent.max(found.sent);
        }
        Ok(format!("closed after {} KiB of 256 MiB", sent >> 10))
    })
}

#[derive(Deserialize)]
struct Waited {
    seconds: f64,
}

/// What is begun, and for how many seconds it may be waited for.
pub const UNFINISHED: [(&str, f64); 4] =
    [("nothing", 10.0), ("handshake", 10.0), ("frame", 15.0), ("plain-frame", 15.0)];

/// For how many seconds the listener waits for the rest of something.
///
/// # Errors
/// When it is still waiting after 70 s.
pub fn waited(site: &Site, identity: &Path, what: &str) -> Result<f64> {
    let (listener, identity) = (site.address().to_string(), identity.to_string_lossy());
    let words = ["patience", "--listener", &listener, "--identity", &identity, "--what", what];
    callers::ask::<Waited>(site, &words).map(|found| found.seconds)
}

fn what_is_not_finished_is_not_waited_for(ground: &mut Ground) -> Result<String> {
    let identity = ground.bad.identity();
    ground.beside(|site| {
        let mut told = Vec::new();
        for (what, most) in UNFINISHED {
            let seconds = waited(site, &identity, what)?;
            // A clock that is asked once in a while is late by that.
            ensure!(seconds <= most + 1.0, "{what} is waited for {seconds:.1} s");
            told.push(format!("{what} {seconds:.1} s"));
        }
        Ok(told.join(", "))
    })
}

fn two_thousand_idle_connections_disturb_nobody(ground: &mut Ground) -> Result<String> {
    let folder = ground.site.folder().join("crowd");
    callers::enrol(&ground.site, &folder, CROWD)?;
    // The listener has heard of them all by then.
    wait::pause(Duration::from_secs(3));
    ground.beside(|site| {
        let held = Held::of(site, &folder, EACH)?;
        let count = held.count;
        wait::pause(Duration::from_secs(10));
        let left = held.finish()?;
        let all = usize::from(CROWD * EACH);
        ensure!(count == all && left == all, "{count} of {all} were taken, and {left} are left");
        Ok(format!("{left} connections of {CROWD} hosts"))
    })
}

fn who_is_revoked_is_cut_off(ground: &mut Ground) -> Result<String> {
    let before = ground.good.writer.bytes();
    ground.leaving.forwarder.start()?;
    ground.leaving.writer.write(10)?;
    ground.site.wait_for(before + ground.leaving.writer.bytes(), Duration::from_secs(30))?;
    let begun = Instant::now();
    ground.site.decommission(ground.leaving.name())?;
    let said = ground.leaving.folder().join("system.log");
    let cut = wait::until("the listener to cut off who was revoked", Duration::from_secs(10), || {
        let text = fs::read_to_string(&said).ok()?;
        text.contains("cannot ship").then(|| begun.elapsed())
    })?;
    let came = ground.site.came();
    ground.leaving.writer.write(10)?;
    wait::pause(Duration::from_secs(5));
    ensure!(ground.site.came() == came, "its lines came after it was revoked");
    ground.leaving.forwarder.end()?;
    let tried = ground.intrude(&[ground.leaving.identity()])?;
    ground.refused += tried.refused;
    ensure!(tried.inside.is_empty(), "it was let in again");
    Ok(format!("after {:.1} s, and refused since", cut.as_secs_f64()))
}

fn who_was_refused_is_counted(ground: &mut Ground) -> Result<String> {
    let status = ground.site.status()?;
    let by_reason = status.get("refused").context("the listener's status says nobody was refused")?;
    let counted = sum(by_reason);
    let refused = ground.refused;
    ensure!(counted >= refused, "{counted} counted of {refused}: {by_reason}");
    Ok(format!("{counted} counted, {refused} of them strangers: {by_reason}"))
}

/// Every number in a value.
fn sum(value: &Value) -> u64 {
    match value {
        Value::Number(number) => number.as_u64().unwrap_or(0),
        Value::Array(values) => values.iter().map(sum).sum(),
        Value::Object(members) => members.values().map(sum).sum(),
        _ => 0,
    }
}

fn the_good_host_lost_nothing(ground: &mut Ground) -> Result<String> {
    ground.good.forwarder.check()?;
    let (good, leaving) = (&ground.good.writer, &ground.leaving.writer);
    // What it wrote after it was revoked did not come.
    let written = [(good.corpus(), good.written()), (leaving.corpus(), leaving.written() - 10)];
    let tallies = tally(&ground.site.log(), &written)?;
    let told = tallies.iter().map(|tally| tally.whole().map(|tally| tally.to_string()));
    Ok(told.collect::<Result<Vec<_>>>()?.join("; "))
}
