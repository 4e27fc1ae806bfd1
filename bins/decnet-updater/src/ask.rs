//! Asking the programs of the worker how they are.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use decnet_api::{
    client::{CallError, Client, Way},
    status::STATUS_PATH,
};
use decnet_proto::{
    agent,
    problem::chain,
    swarm::updater::{Running, Seen},
};
use decnet_release::change::health::{Check, Health};
use serde::Deserialize;

/// How long one may take to answer: the agent waits five seconds for Docker.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where the programs of a worker are asked.
#[derive(Clone, Debug)]
pub struct Places {
    /// Socket of the agent.
    pub agent: PathBuf,
    /// Where the forwarder tells how it goes; none where it is told to tell nobody.
    pub forwarder: Option<SocketAddr>,
}

/// As much of the forwarder's report as is looked at.
#[derive(Deserialize)]
struct Report {
    program: Option<Running>,
}

impl Places {
    /// What the agent says.
    pub(crate) async fn agent(&self) -> Seen {
        let client = Client::new(Way::Unix(self.agent.clone())).with_patience(PATIENCE);
        let health: Result<agent::Health, CallError> =
            client.get(agent::Route::Health.method(), agent::Route::Health.path()).await;
        match health {
            Ok(agent::Health { version, pid, release, boot, functions, .. }) => {
                Seen::Up(Running { version, pid, release, boot, functions })
            }
            Err(error) => Seen::Down(chain(&error)),
        }
    }

    /// What the forwarder says.
    pub(crate) async fn forwarder(&self) -> Seen {
        let Some(address) = self.forwarder else {
            return Seen::Down("forwarder-status-port is empty: it tells nobody how it goes".to_owned());
        };
        let client = Client::new(Way::Plain(address.to_string())).with_patience(PATIENCE);
        let report: Result<Report, CallError> = client.get("GET", STATUS_PATH).await;
        match report.map(|report| report.program) {
            Ok(Some(program)) => Seen::Up(program),
            Ok(None) => Seen::Down(format!("who answers on {address} is no forwarder")),
            Err(error) => Seen::Down(chain(&error)),
        }
    }
}

/// The same as the change machine judges it.
pub(crate) fn health(seen: Seen) -> Result<Health, String> {
    let Running { pid, release, boot, functions, .. } = match seen {
        Seen::Up(running) => running,
        Seen::Down(why) => return Err(why),
    };
    let check = |function: agent::Function| {
        (function.name, if function.able { Check::Good } else { Check::Bad(function.found) })
    };
    let release = release.and_then(|digest| digest.parse().ok());
    Ok(Health { release, boot, pid, checks: functions.into_iter().map(check).collect() })
}

#[cfg(test)]
mod tests {
    use decnet_proto::agent::Function;
    use decnet_release::Digest;

    use super::*;

    #[test]
    fn what_a_program_says_is_judged_by_what_it_is_able_to_do() {
        let function = |name: &str, able| Function { name: name.into(), able, found: "x".into() };
        let running = |release: &str| {
            Seen::Up(Running {
                version: "1.0.0".into(),
                pid: 7,
                release: Some(release.to_owned()),
                boot: "b".into(),
                functions: vec![function("docker", true), function("door", false)],
            })
        };
        let digest = Digest::of(b"x");
        let found = health(running(&digest.to_string())).unwrap();
        assert_eq!((found.release, found.boot.as_str(), found.pid), (Some(digest), "b", 7));
        let checks = [("docker".to_owned(), Check::Good), ("door".to_owned(), Check::Bad("x".into()))];
        assert_eq!(found.checks, checks.into());
        assert_eq!(health(running("nonsense")).unwrap().release, None);
        assert_eq!(health(Seen::Down("gone".into())), Err("gone".to_owned()));
    }

    #[tokio::test]
    async fn nobody_there_is_told_as_such() {
        let places = Places { agent: "/nonexistent/agent.sock".into(), forwarder: None };
        let Seen::Down(why) = places.agent().await else { panic!("somebody answers") };
        assert!(why.contains("/nonexistent/agent.sock"), "{why}");
        assert!(matches!(places.forwarder().await, Seen::Down(why) if why.contains("status-port")));
    }
}
