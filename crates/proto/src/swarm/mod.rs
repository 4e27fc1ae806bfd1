//! The swarm's API: what operators ask of a controller, and what workers ask of it.
//!
//! Two servers, each with its own routes, so that who may speak to one has no way to the other:
//!
//! - [`operator`]: the controller's own. On loopback plain HTTP with the operator's token, anywhere
//!   else TLS with an operator's certificate.
//! - [`worker`]: what a worker asks: to be taken in, to have its certificate renewed, to be heard.
//!   TLS always; but for [`worker::Route::Join`] with a certificate.
//!
//! The master asks workers in turn by [`crate::agent`] and [`updater`].
//!
//! Bodies are JSON of at most 1 MiB, but for a fleet ([`operator::FLEET_MAX`]) and for archives of releases
//! ([`releases`], [`updater::ARCHIVE_MAX`]); refusals are
//! [`crate::problem::Problem`]s. Changes are operations: the answer is 202 with an
//! [`operator::Accepted`], and how it goes is told by [`operator::Route::Operation`].

pub mod operator;
pub mod profile;
pub mod releases;
pub mod role;
pub mod updater;
pub mod worker;

/// Version of both APIs, in the answers to `health`.
pub const API_VERSION: u32 = 1;

/// Largest body that is no fleet, in bytes.
pub const BODY_MAX: usize = 1024 * 1024;

/// Port of the controller for operators.
pub const OPERATOR_PORT: u16 = 8770;

/// Port of the controller for workers.
pub const WORKER_PORT: u16 = 8771;

/// Port of an agent for its master.
pub const AGENT_PORT: u16 = 8765;

/// Port of an updater for its master.
pub const UPDATER_PORT: u16 = 8766;
