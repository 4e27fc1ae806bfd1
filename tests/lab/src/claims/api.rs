//! From a decky to the API: at once, once, and whatever is killed.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::delivery::{kill_agent, start_agent};
use crate::{
    api::{Attack, Client, PORT},
    lan,
    stage::Stage,
    transport::Running,
    wait,
};

/// How long an attack may take into the API where other tests run beside.
const PATIENCE: Duration = Duration::from_secs(20);

/// Attacks of a claim.
const ATTACKS: usize = 5;

/// An attack is in the API, once.
pub(super) fn an_attack_is_in_the_api_once(stage: &Stage) -> Result<String> {
    attacks_arrive(stage, PATIENCE)
}

/// The same while the API and the collector are killed.
pub(super) fn the_api_and_the_collector_killed_lose_nothing(stage: &Stage) -> Result<String> {
    attacks_survive(stage)
}

/// Attacks, each of which has to be in the API within `limit`, and once.
///
/// # Errors
/// When one is not.
pub fn attacks_arrive(stage: &Stage, limit: Duration) -> Result<String> {
    let served = Served::start(stage)?;
    let (mut slowest, mut events) = (0.0_f64, 0);
    for _ in 0..ATTACKS {
        let arrival = attack(stage)?.arrive(&served.client, PATIENCE)?;
        slowest = slowest.max(arrival.seconds);
        events += arrival.is_once(&served.client, &stage.fleet.log())?;
    }
    served.running.end()?;
    ensure!(slowest <= limit.as_secs_f64(), "an attack took {slowest:.2} s into the API");
    Ok(format!("{ATTACKS} attacks, {slowest:.2} s at most; {events} events, each once"))
}

/// Attacks during which the API, and then the collector, are killed; each is in the API once.
///
/// # Errors
/// When one is not.
pub fn attacks_survive(stage: &Stage) -> Result<String> {
    let mut served = Served::start(stage)?;
    let mut attacks = vec![attack(stage)?];
    served.running.kill()?;
    attacks.push(attack(stage)?);
    served = Served::start(stage)?;
    kill_agent(stage)?;
    attacks.push(attack(stage)?);
    start_agent(stage)?;
    attacks.push(attack(stage)?);
    let mut events = 0;
    for attack in &attacks {
        let arrival = attack.arrive(&served.client, PATIENCE)?;
        events += arrival.is_once(&served.client, &stage.fleet.log())?;
    }
    served.running.end()?;
    Ok(format!("{} attacks around two kills: {events} events, each once", attacks.len()))
}

fn attack(stage: &Stage) -> Result<Attack> {
    Attack::on(lan::NAMESPACE, (stage.decky("depot")?.persona.ip, 6379).into())
}

/// The API of the fleet's master.
struct Served {
    running: Running,
    client: Client,
}

impl Served {
    fn start(stage: &Stage) -> Result<Self> {
        let mut command = stage.fleet.master(["api", "--port", &PORT.to_string()]);
        let log = stage.fleet.state().join("api.out");
        let running = Running::start(&mut command, &log)?;
        let client = Client::new((std::net::Ipv4Addr::LOCALHOST, PORT).into());
        wait::until("the API to answer", PATIENCE, || client.ask("GET", "/api/v1/health", None).ok())?;
        let first_password = stage.fleet.state().join("record/first-password");
        let client = client.admin(&first_password).context("logging in")?;
        Ok(Self { running, client })
    }
}
