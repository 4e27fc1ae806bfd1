//! What no event tells of: looked for from time to time, in a swarm.

use std::{collections::HashSet, sync::Arc, time::Duration};

use decnet_daemon::{
    config::{Config, Master},
    signals::Shutdown,
};
use decnet_event::Timestamp;
use decnet_proto::swarm::operator::{Authority, HostState, HostView, HostsQuery};
use decnet_record::{Record, RecordError, alerts::Raised};
use tokio::sync::Notify;

use crate::{
    api::accounts::now,
    controller::{ControllerError, reach},
};

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(30);

/// Most of what was told that is remembered; what is forgotten is known by the record.
const REMEMBERED: usize = 1000;

/// Microseconds of a second and of a day.
const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// What runs out within this time is told of. Renewals were due long before.
const AHEAD: i64 = 15 * DAY;

/// The same of the authority, which operators roll over.
const AUTHORITY_AHEAD: i64 = 30 * DAY;

/// Asks the controller, and raises what is to be told of its answers.
#[derive(Debug)]
pub(super) struct Lookout {
    config: Config<Master>,
    record: Record,
    news: Arc<Notify>,
    /// What was told already, by its keys.
    told: HashSet<String>,
    /// Whether the last look failed.
    is_blind: bool,
}

impl Lookout {
    pub(super) fn new(config: Config<Master>, record: Record, news: Arc<Notify>) -> Self {
        Self { config, record, news, told: HashSet::new(), is_blind: false }
    }

    /// Looks until the shutdown.
    pub(super) async fn watch(mut self, mut shutdown: Shutdown) {
        loop {
            tokio::select! {
                () = shutdown.requested() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
            match self.look().await {
                Ok(found) => {
                    self.is_blind = false;
                    self.tell(found).await;
                }
                // It is looked again soon, and `/health` says it too.
                Err(error) if !self.is_blind => {
                    self.is_blind = true;
                    tracing::warn!("workers that are lost raise no alert for now: {error}");
                }
                Err(_) => {}
            }
        }
    }

    async fn look(&self) -> Result<Vec<Raised>, ControllerError> {
        let controller = reach(&self.config).await?;
        let hosts = controller.hosts(&HostsQuery::default()).await?;
        let authority = controller.authority().await?;
        Ok(lost(&hosts).chain(expiring(&authority, now())).collect())
    }

    async fn tell(&mut self, found: Vec<Raised>) {
        if self.told.len() > REMEMBERED {
            self.told.clear();
        }
        for raised in found.into_iter().filter(|raised| !self.told.contains(&raised.key)).collect::<Vec<_>>()
        {
            let (record, key) = (self.record.clone(), raised.key.clone());
            let raise =
                move || record.alerts::<_, RecordError>(move |alerts| alerts.alert_raise(&raised, now()));
            match tokio::task::spawn_blocking(raise).await.unwrap_or(Err(RecordError::Closed)) {
                Ok(_) => {
                    self.told.insert(key);
                    self.news.notify_one();
                }
                Err(error) => tracing::warn!("an alert has to wait: {error}"),
            }
        }
    }
}

/// Workers that are heard no more: one alert for each time that this happens.
fn lost(hosts: &[HostView]) -> impl Iterator<Item = Raised> {
    hosts.iter().filter(|host| host.status == HostState::Unreachable).map(|host| {
        let since = host.last_heartbeat.or(host.enrolled_at).unwrap_or(0);
        Raised::worker_lost(host.name.as_str(), Timestamp(since.saturating_mul(SECOND)))
    })
}

/// Certificates of the master's own. Those of workers are told of by events.
fn expiring(authority: &Authority, now: Timestamp) -> Vec<Raised> {
    let ends = [
        ("the swarm's authority", Some(authority.not_after), AUTHORITY_AHEAD),
        ("a certificate of the master", authority.master_not_after, AHEAD),
    ];
    ends.into_iter()
        .filter_map(|(what, end, ahead)| {
            let end = Timestamp(end?.saturating_mul(SECOND));
            let is_near = end.0.saturating_sub(now.0) < ahead;
            is_near.then(|| Raised::certificate_expiring(what, end, now))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn host(name: &str, status: &str, heard: Option<i64>) -> HostView {
        serde_json::from_value(json!({
            "uuid": "0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b", "name": name, "address": "", "agent_port": 1,
            "status": status, "last_heartbeat": heard, "enrolled_at": 7, "use_ipvlan": false, "by_hand": false
        }))
        .unwrap()
    }

    #[test]
    fn a_worker_is_lost_once_each_time() {
        let hosts = [
            host("w1", "active", Some(50)),
            host("w2", "unreachable", Some(50)),
            host("w3", "unreachable", None),
            host("w4", "invited", None),
        ];
        let keys: Vec<_> = lost(&hosts).map(|raised| raised.key).collect();
        assert_eq!(keys, ["worker_lost/w2/50000000", "worker_lost/w3/7000000"]);
    }

    #[test]
    fn what_runs_out_soon_is_told_of() {
        let check = |authority: i64, master: Option<i64>, expect: &[&str]| {
            let authority = Authority {
                pin: String::new(),
                not_after: authority,
                previous: None,
                waiting: Vec::new(),
                master_not_after: master,
            };
            let found = expiring(&authority, Timestamp(100 * DAY));
            let titles: Vec<_> = found.iter().map(|raised| raised.title.as_str()).collect();
            assert_eq!(titles, expect, "{authority:?}");
        };
        let day = |day: i64| day * 86_400;
        check(day(130), Some(day(115)), &[]);
        check(day(129), None, &["the swarm's authority runs out in 29 days"]);
        check(day(999), Some(day(114)), &["a certificate of the master runs out in 14 days"]);
        check(
            day(90),
            Some(0),
            &["the swarm's authority runs out in 0 days", "a certificate of the master runs out in 0 days"],
        );
    }
}
