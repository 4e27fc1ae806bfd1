//! A simulated agent.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use axum::{Json, Router, routing::get};
use decnet_api::server::{Limits, serve};
use decnet_membership::{Join, Membership, Part, join};
use decnet_pki::clock::Clock;
use decnet_proto::{
    agent::{CollectorStatus, DeckyState, DeckyStatus, Health, HostStatus, Route, ServiceStatus},
    site::{LinkKind, Site},
    swarm::{
        API_VERSION,
        worker::{Heard, Heartbeat, Route as Worker},
    },
};

use crate::{figures::Figures, operator::Operator};

/// Deckies of each.
const DECKIES: u8 = 10;

/// One of the crowd.
pub(crate) struct Agent {
    number: u16,
    membership: Membership,
    address: SocketAddr,
}

impl Agent {
    /// Joins as a host does.
    pub(crate) async fn join(
        number: u16,
        address: SocketAddr,
        operator: &Operator,
        url: &str,
        folder: &Path,
    ) -> Result<Self> {
        let name = format!("host-{number:03}");
        let token = operator.token(&name, address.port()).await?;
        let dir = folder.join(&name);
        join(&Join { part: Part::Agent, url: url.to_owned(), token, dir: dir.clone(), again: false }).await?;
        let membership = Membership::open(Part::Agent, &dir, Clock::system())?;
        Ok(Self { number, membership: membership.context("it has no identity")?, address })
    }

    /// Answers its master, and tells the controller how things stand.
    pub(crate) async fn live(self, figures: Arc<Figures>) -> Result<()> {
        let door = self.membership.door(self.address).await?;
        let (health, status) = (self.health(), self.status());
        let routes = Router::new()
            .route(Route::Health.path(), get(move || async move { Json(health) }))
            .route(Route::Status.path(), get(move || async move { Json(status) }));
        tokio::spawn(serve(door, routes, Limits::default(), std::future::pending()));
        let controller = self.membership.controller()?;
        // Hosts that were switched on at different times.
        tokio::time::sleep(Duration::from_millis(u64::from(self.number) * 50 % 10_000)).await;
        loop {
            let begun = Instant::now();
            let body = self.heartbeat();
            let route = Worker::Heartbeat;
            let heard: Heard = controller.send(route.method(), route.path(), &body).await?;
            figures.heartbeat(begun.elapsed());
            tokio::time::sleep(Duration::from_secs(heard.interval.into())).await;
        }
    }

    fn health(&self) -> Health {
        Health {
            api: API_VERSION,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: 1,
            release: None,
            boot: format!("boot-{}", self.number),
            functions: Vec::new(),
        }
    }

    fn status(&self) -> HostStatus {
        HostStatus {
            generation: None,
            driver: None,
            deckies: self.deckies(),
            collector: CollectorStatus::default(),
            engine_error: None,
            swarm: None,
        }
    }

    fn heartbeat(&self) -> Heartbeat {
        let health = self.health();
        Heartbeat {
            api: health.api,
            version: health.version,
            release: health.release,
            boot: health.boot,
            generation: None,
            deckies: self.deckies(),
            site: Some(self.site()),
            not_after: self.membership.first_expiry().1.not_after,
            trust: self.membership.trusts(),
        }
    }

    fn deckies(&self) -> Vec<DeckyStatus> {
        let decky = |last: u8| DeckyStatus {
            name: format!("decky-{}-{last}", self.number),
            ip: Some(self.ip(100 + last)),
            hostname: format!("ws-{}-{last}", self.number),
            archetype: None,
            state: DeckyState::Up,
            services: vec![ServiceStatus { name: "http".to_owned(), state: "running".to_owned() }],
        };
        (0..DECKIES).map(decky).collect()
    }

    /// An address on the agent's LAN.
    fn ip(&self, last: u8) -> Ipv4Addr {
        let [high, low] = self.number.to_be_bytes();
        Ipv4Addr::new(10, high, low, last)
    }

    fn site(&self) -> Site {
        Site {
            interface: "eth0".to_owned(),
            kind: LinkKind::Ethernet,
            mac: None,
            host_ip: Some(self.ip(2)),
            subnet: format!("{}/24", self.ip(0)).parse().ok(),
            gateway: Some(self.ip(1)),
            in_use: None,
        }
    }
}
