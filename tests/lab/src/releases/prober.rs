//! Somebody on each LAN who asks every decky, again and again: that whatever is done to workers, nobody
//! out there sees anything of it.

use std::{
    fmt,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Sender},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow, ensure};
use decnet_proto::service::{ServiceId, Transport};

use super::question::ask;
use crate::{
    attacker,
    swarm::{Swarm, stage, wiring::Place},
    wait,
};

/// Between two questions to a service: some a second for each.
const EVERY: Duration = Duration::from_millis(350);

/// How long a service may take to answer for the first time: a decky may have been started just now.
const FIRST: Duration = Duration::from_secs(30);

/// Most failures that are told.
const TOLD: usize = 8;

/// A service of a decky.
#[derive(Clone, Debug)]
struct Door {
    decky: String,
    service: ServiceId,
    address: SocketAddr,
    attacker: Place,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Probed {
    /// How many services were asked.
    pub doors: usize,
    /// How often one answered.
    pub answers: u64,
    /// The longest that one took.
    pub slowest: Duration,
    /// How often one did not.
    pub failures: u64,
    /// The first of them, in words.
    pub told: Vec<String>,
}

impl Probed {
    /// The figure.
    ///
    /// # Errors
    /// When anything failed, or nothing was asked.
    pub fn whole(&self) -> Result<String> {
        ensure!(self.failures == 0, "{self}: {}", self.told.join("; "));
        ensure!(self.doors > 0 && self.answers >= self.doors as u64, "{self}");
        Ok(self.to_string())
    }

    fn add(&mut self, other: Self) {
        self.doors += other.doors;
        self.answers += other.answers;
        self.slowest = self.slowest.max(other.slowest);
        self.failures += other.failures;
        self.told.extend(other.told);
        self.told.truncate(TOLD);
    }
}

impl fmt::Display for Probed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { doors, answers, slowest, failures, .. } = self;
        let asked = answers + failures;
        let slowest = slowest.as_millis();
        write!(f, "{doors} services asked {asked} times, {failures} failures, {slowest} ms at most")
    }
}

/// Asks until it is told to stop.
#[derive(Debug)]
pub struct Prober {
    stop: Arc<AtomicBool>,
    asking: Vec<JoinHandle<Result<Probed>>>,
}

impl Prober {
    /// Begins to ask every service of every decky that speaks TCP, and returns when each has answered.
    ///
    /// # Errors
    /// When it is not known which there are, a decky has none, or one does not answer.
    pub fn start(swarm: &Swarm) -> Result<Self> {
        let doors = doors(swarm)?;
        let (stop, (answered, answers)) = (Arc::new(AtomicBool::new(false)), mpsc::channel());
        let begun = Instant::now();
        let asking = doors.iter().cloned().map(|door| {
            let (stop, answered) = (Arc::clone(&stop), answered.clone());
            thread::spawn(move || keep_asking(&door, begun, (&stop, answered)))
        });
        let prober = Self { asking: asking.collect(), stop };
        drop(answered);
        // Who gives up hangs up.
        let all = answers.iter().count();
        ensure!(all == doors.len(), "{all} of {} services answer; {:?}", doors.len(), prober.stop());
        Ok(prober)
    }

    /// Ends, and says what came of it.
    ///
    /// # Errors
    /// When somebody could not ask.
    pub fn stop(mut self) -> Result<Probed> {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Probed::default();
        for asking in self.asking.drain(..) {
            all.add(asking.join().map_err(|_| anyhow!("who asked broke down"))??);
        }
        Ok(all)
    }
}

impl Drop for Prober {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn keep_asking(door: &Door, begun: Instant, (stop, answered): (&AtomicBool, Sender<()>)) -> Result<Probed> {
    attacker::enter(&door.attacker.namespace())?;
    let Door { decky, service, address, .. } = door;
    let first = || ask(*address, *service).ok();
    wait::until(&format!("{service} of {decky} ({address}) to answer"), FIRST, first)?;
    // Nobody waits any more when another one gave up.
    let _ = answered.send(());
    drop(answered);
    let mut probed = Probed { doors: 1, ..Probed::default() };
    while !stop.load(Ordering::Relaxed) {
        let asked = Instant::now();
        let (after, answer) = (begun.elapsed().as_secs_f64(), ask(door.address, door.service));
        match answer {
            Ok(()) => probed.answers += 1,
            Err(error) => {
                probed.failures += 1;
                probed.told.push(format!("{service} of {decky} ({address}) after {after:.1} s: {error:#}"));
                probed.told.truncate(TOLD);
            }
        }
        probed.slowest = probed.slowest.max(asked.elapsed());
        wait::pause(EVERY);
    }
    Ok(probed)
}

/// Every service that speaks TCP, of every decky that the master knows of.
fn doors(swarm: &Swarm) -> Result<Vec<Door>> {
    let mut doors = Vec::new();
    for decky in swarm.deckies()? {
        let name = decky.decky_name.to_string();
        let attacker = stage::attacker_near(decky.ip)?;
        let services = decky.services.iter().filter_map(|slug| slug.parse::<ServiceId>().ok());
        let before = doors.len();
        for service in services {
            let ports = service.info().ports.iter().filter(|port| port.transport == Transport::Tcp);
            doors.extend(ports.map(|port| Door {
                decky: name.clone(),
                service,
                address: (decky.ip, port.number).into(),
                attacker,
            }));
        }
        ensure!(doors.len() > before, "{name} has no service that could be asked");
    }
    ensure!(!doors.is_empty(), "there is no decky");
    Ok(doors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failure_is_a_failure() {
        let good = || Probed { doors: 1, answers: 9, slowest: Duration::from_millis(7), ..Probed::default() };
        assert_eq!(good().whole().unwrap(), "1 services asked 9 times, 0 failures, 7 ms at most");
        let bad = Probed { failures: 1, told: vec!["closed".to_owned()], ..good() };
        let mut both = good();
        both.add(bad);
        let error = both.whole().unwrap_err().to_string();
        assert_eq!(error, "2 services asked 19 times, 1 failures, 7 ms at most: closed");
        assert!(Probed::default().whole().is_err(), "who asked nobody knows nothing");
        assert!(Probed { answers: 0, ..good() }.whole().is_err());
    }
}
