//! From a worker's decky to the master's API: at once, once, and whatever is killed.

use std::{
    net::Ipv4Addr,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use decnet_proto::{api::PORT, swarm::operator::ShardView};

use super::faults;
use crate::{
    api::{Attack, Client},
    swarm::{Machine, Part, Swarm, stage},
    wait,
};

/// How long an attack may take into the API, whatever was restarted or runs beside.
const PATIENCE: Duration = Duration::from_secs(60);

/// The decky that is attacked, by the fleet file.
const TARGET: &str = "cache-1";

/// Attacks of a claim.
const ATTACKS: usize = 5;

/// An attack is in the API, once.
pub(super) fn an_attack_is_in_the_api_once(swarm: &Swarm) -> Result<String> {
    attacks_arrive(swarm, PATIENCE)
}

/// Attacks, each of which has to be in the API within `limit`, and once.
///
/// # Errors
/// When one is not.
pub fn attacks_arrive(swarm: &Swarm, limit: Duration) -> Result<String> {
    let (target, client) = (Target::find(swarm)?, serve(swarm)?);
    let (mut slowest, mut events) = (0.0_f64, 0);
    for _ in 0..ATTACKS {
        let arrival = target.attack()?.arrive(&client, PATIENCE)?;
        slowest = slowest.max(arrival.seconds);
        events += arrival.is_once(&client, &target.log)?;
    }
    ensure!(slowest <= limit.as_secs_f64(), "an attack took {slowest:.2} s into the API");
    Ok(format!("{ATTACKS} attacks, {slowest:.2} s at most; {events} events, each once"))
}

/// Every part of the way killed in turn: what is attacked then is in the API once.
///
/// # Errors
/// When it is not.
pub fn attacks_survive(swarm: &Swarm) -> Result<String> {
    let (target, mut client) = (Target::find(swarm)?, serve(swarm)?);
    let parts = target.parts(swarm);
    let (mut slowest, mut events) = (Duration::ZERO, 0);
    for (machine, part) in &parts {
        let begun = Instant::now();
        let mut again = || -> Result<usize> {
            let before = target.attack()?;
            match part {
                Part::Listener | Part::Forwarder => machine.kill_part(*part)?,
                _ => faults::kill(swarm, machine, *part)?,
            }
            client = serve(swarm)?;
            let after = target.attack()?;
            let mut events = 0;
            for attack in [before, after] {
                events += attack.arrive(&client, PATIENCE)?.is_once(&client, &target.log)?;
            }
            Ok(events)
        };
        events +=
            again().with_context(|| format!("after {} of {} was killed", part.word(), machine.place.name))?;
        slowest = slowest.max(begun.elapsed());
    }
    Ok(format!("{} kills, {} s at most; {events} events, each once", parts.len(), slowest.as_secs()))
}

/// What is attacked.
struct Target {
    decky: ShardView,
    worker: Machine,
    /// The log of its worker.
    log: PathBuf,
}

impl Target {
    fn find(swarm: &Swarm) -> Result<Self> {
        let mut deckies = swarm.deckies()?.into_iter();
        let decky = deckies.find(|decky| decky.decky_name.to_string() == TARGET);
        let decky = decky.with_context(|| format!("there is no {TARGET}"))?;
        let is_its = |worker: &&Machine| worker.place.name == decky.host_name;
        let worker = swarm.workers.iter().find(is_its).context("a decky on no worker")?.clone();
        Ok(Self { decky, log: worker.folder.join("decnet.log"), worker })
    }

    fn attack(&self) -> Result<Attack> {
        let attacker = stage::attacker_near(self.decky.ip)?;
        Attack::on(&attacker.namespace(), (self.decky.ip, 6379).into())
    }

    /// Every part that its events come through.
    fn parts<'s>(&'s self, swarm: &'s Swarm) -> [(&'s Machine, Part); 4] {
        [
            (&self.worker, Part::Agent),
            (&self.worker, Part::Forwarder),
            (&swarm.master, Part::Listener),
            (&swarm.master, Part::Controller),
        ]
    }
}

/// The API, which runs beside the controller, and its administrator.
fn serve(swarm: &Swarm) -> Result<Client> {
    let client = Client::new((Ipv4Addr::LOCALHOST, PORT).into()).inside(&swarm.master.place.namespace());
    let answers = || client.ask("GET", "/api/v1/health", None).ok();
    wait::until("the API to answer", PATIENCE, answers)?;
    let first_password = swarm.master.folder.join("state/record/first-password");
    client.admin(&first_password).context("logging in")
}
