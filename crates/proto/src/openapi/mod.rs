//! The OpenAPI documents of the APIs, made from their route tables and wire types.
//!
//! Each API has a file with one match over its routes, which says what no table says yet: the
//! types of query, body and answer. A route without an entry does not compile.

mod agent;
mod alerts;
mod entry;
mod fleet;
mod master;
mod operators;
mod text;
mod updater;
mod workers;

use std::collections::BTreeMap;

use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Paths, RefOr, Schema, Server, ServerBuilder,
    security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use self::entry::Entry;
pub use self::text::{Address, Network, Subnet};
use crate::{agent::API_VERSION as AGENT_VERSION, api, swarm};

/// An API that has a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// What operators ask of the controller: [`swarm::operator`].
    Operators,
    /// What workers ask of the controller: [`swarm::worker`].
    Workers,
    /// What the master and the command line ask of an agent: [`crate::agent`].
    Agent,
    /// What the master asks of an updater: [`swarm::updater`].
    Updater,
    /// What the dashboard, and programs of operators, ask of the master: [`api`].
    Master,
}

impl Api {
    /// Every API.
    pub const ALL: [Self; 5] = [Self::Operators, Self::Workers, Self::Agent, Self::Updater, Self::Master];

    /// Its name, which is also that of its file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Operators => "operators",
            Self::Workers => "workers",
            Self::Agent => "agent",
            Self::Updater => "updater",
            Self::Master => "master",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Operators => "DECNET controller, for operators",
            Self::Workers => "DECNET controller, for workers",
            Self::Agent => "DECNET agent",
            Self::Updater => "DECNET updater",
            Self::Master => "DECNET master",
        }
    }

    const fn description(self) -> &'static str {
        match self {
            Self::Operators => {
                "On loopback plain HTTP with the operator's token; anywhere else TLS with an operator's certificate."
            }
            Self::Workers => {
                "TLS 1.3 always. Who asks is told by the certificate of the connection, and by nothing in a body."
            }
            Self::Agent => {
                "TLS 1.3 with the master's certificate. On the agent's own host the same routes are spoken over a Unix \
                 socket, where the credentials of the peer stand for the certificate."
            }
            Self::Updater => {
                "TLS 1.3 with the master's certificate. Health and releases are answered also while a change is made."
            }
            Self::Master => {
                "What happened, and who may know. Log in first; the token is shown with every request, and stands in no \
                 URL. Lists have pages: `limit` and `offset`, or the `next` of a page as `cursor` of the next one."
            }
        }
    }

    const fn version(self) -> u32 {
        match self {
            Self::Operators | Self::Workers | Self::Updater => swarm::API_VERSION,
            Self::Agent => AGENT_VERSION,
            Self::Master => api::VERSION,
        }
    }

    fn server(self) -> Server {
        let url = match self {
            Self::Operators => format!("http://127.0.0.1:{}", swarm::OPERATOR_PORT),
            Self::Workers => format!("https://master.example:{}", swarm::WORKER_PORT),
            Self::Agent => format!("https://worker.example:{}", swarm::AGENT_PORT),
            Self::Updater => format!("https://worker.example:{}", swarm::UPDATER_PORT),
            Self::Master => format!("http://127.0.0.1:{}", api::PORT),
        };
        ServerBuilder::new().url(url).build()
    }

    fn entries(self) -> Vec<Entry> {
        match self {
            Self::Operators => swarm::operator::Route::ALL.into_iter().map(operators::entry).collect(),
            Self::Workers => swarm::worker::Route::ALL.into_iter().map(workers::entry).collect(),
            Self::Agent => crate::agent::Route::ALL.into_iter().map(agent::entry).collect(),
            Self::Updater => swarm::updater::Route::ALL.into_iter().map(updater::entry).collect(),
            Self::Master => api::Route::ALL.iter().copied().map(master::entry).collect(),
        }
    }
}

/// Name of the security scheme of who shows the operator's token.
const BEARER: &str = "bearer";

/// Name of the security scheme of who shows a certificate; its scopes are the roles that may.
const MUTUAL_TLS: &str = "mutual_tls";

/// The document of an API.
pub fn document(api: Api) -> OpenApi {
    let mut paths = Paths::new();
    let mut schemas = BTreeMap::new();
    for entry in api.entries() {
        schemas.extend(entry.schemas.iter().cloned());
        paths.add_path_operation(entry.path, vec![entry.method.clone()], entry.into_operation());
    }
    let components = ComponentsBuilder::new().schemas_from_iter(schemas);
    let components = match api {
        Api::Operators => {
            let token = "The operator's token, from the file `operator.token` of the controller.";
            components.security_scheme(BEARER, bearer(token)).security_scheme(MUTUAL_TLS, mutual_tls())
        }
        Api::Workers | Api::Agent | Api::Updater => components.security_scheme(MUTUAL_TLS, mutual_tls()),
        Api::Master => {
            components.security_scheme(BEARER, bearer("The token that a log-in was answered with."))
        }
    };
    let info = InfoBuilder::new()
        .title(api.title())
        .version(api.version().to_string())
        .description(Some(api.description()))
        .build();
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([api.server()]))
        .paths(paths)
        .components(Some(components.build()))
        .build()
}

fn bearer(description: &str) -> SecurityScheme {
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(description));
    SecurityScheme::Http(scheme.build())
}

fn mutual_tls() -> SecurityScheme {
    let description = "A certificate of the swarm's authority for one of the roles that are named.";
    SecurityScheme::MutualTls {
        description: Some(description.to_owned()),
        deprecated: None,
        extensions: None,
    }
}

/// A schema with the name by which others refer to it.
type Named = (String, RefOr<Schema>);

#[cfg(test)]
mod tests {
    use super::*;

    /// Names are of types without their modules: two types of one name would be one schema.
    #[test]
    fn no_two_schemas_have_one_name() {
        for api in Api::ALL {
            let mut seen: BTreeMap<String, RefOr<Schema>> = BTreeMap::new();
            for (name, schema) in api.entries().into_iter().flat_map(|entry| entry.schemas) {
                let before = seen.entry(name.clone()).or_insert_with(|| schema.clone());
                assert!(*before == schema, "{api:?}: {name}");
            }
        }
    }
}
