//! The deckies: asked of the agent of this host, or of the controller of the swarm.

mod change;
mod findings;
mod reading;
mod validate;

use axum::{Json, extract::State};
use decnet_proto::{
    agent::DeckyStatus,
    api::{Component, ComponentState, DeckyView, DeploymentMode, Mode},
    swarm::operator::{DeckiesQuery, HostsQuery, ShardView},
};

pub(super) use self::{
    change::{Taken, deploy, refused, taken, tear_down, tear_down_decky},
    reading::{Planning, limit},
    validate::validate,
};
use super::{
    app::{Answer, App, Shared},
    system::component,
};
use crate::{
    agent::{AgentError, Client},
    controller::reach,
    output::word,
};

pub(super) async fn deckies(State(app): Shared) -> Answer<Vec<DeckyView>> {
    Ok(Json(match app.settings.mode {
        Mode::Unihost => match agent(&app).status().await {
            Ok(host) => host.deckies.into_iter().map(of_host).collect(),
            // Without a deployment there is no agent.
            Err(AgentError::Absent { .. }) => Vec::new(),
            Err(error) => return Err(error.into()),
        },
        Mode::Swarm => {
            let controller = reach(&app.settings.config).await?;
            controller.deckies(&DeckiesQuery::default()).await?.into_iter().map(of_swarm).collect()
        }
    }))
}

pub(super) async fn mode(State(app): Shared) -> Answer<DeploymentMode> {
    let swarm_host_count = match app.settings.mode {
        Mode::Unihost => 0,
        Mode::Swarm => {
            let controller = reach(&app.settings.config).await?;
            controller.hosts(&HostsQuery::default()).await?.len() as u64
        }
    };
    Ok(Json(DeploymentMode { mode: app.settings.mode, role: "master".to_owned(), swarm_host_count }))
}

/// The part that has deckies run, and how it is.
pub(super) async fn health(app: &App) -> (&'static str, Component) {
    match app.settings.mode {
        Mode::Unihost => ("agent", of_agent(agent(app).status().await)),
        Mode::Swarm => (
            "controller",
            match reach(&app.settings.config).await {
                Ok(_) => component(ComponentState::Ok, ""),
                Err(_) => component(ComponentState::Failing, "it does not answer"),
            },
        ),
    }
}

fn of_agent(answer: Result<decnet_proto::agent::HostStatus, AgentError>) -> Component {
    match answer {
        Ok(host) if host.engine_error.is_some() => {
            component(ComponentState::Failing, "the engine does not answer")
        }
        Ok(_) => component(ComponentState::Ok, ""),
        Err(AgentError::Absent { .. }) => component(ComponentState::Ok, "nothing is deployed here"),
        Err(AgentError::Forbidden { .. }) => component(ComponentState::Failing, "it may not be asked"),
        Err(_) => component(ComponentState::Failing, "it does not answer"),
    }
}

fn agent(app: &App) -> Client {
    Client::new(&app.settings.config.decnet.agent_socket)
}

fn of_host(decky: DeckyStatus) -> DeckyView {
    DeckyView {
        name: decky.name,
        ip: decky.ip,
        hostname: Some(decky.hostname).filter(|name| !name.is_empty()),
        archetype: decky.archetype,
        services: decky.services.into_iter().map(|service| service.name).collect(),
        state: word(&decky.state),
        host: None,
        last_error: None,
    }
}

fn of_swarm(shard: ShardView) -> DeckyView {
    DeckyView {
        name: shard.decky_name.to_string(),
        ip: Some(shard.ip),
        hostname: None,
        archetype: None,
        services: shard.services,
        state: word(&shard.state),
        host: Some(shard.host_name),
        last_error: shard.last_error,
    }
}
