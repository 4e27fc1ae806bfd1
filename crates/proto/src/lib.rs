//! Wire types and route tables: what the parts of DECNET say to each other.
//!
//! - [`service`]: the closed set of services of this build, their ports and their keys.
//! - [`persona`]: everything about a decky that an attacker can see.
//! - [`plan`]: the immutable plan of a fleet.
//! - [`site`]: what a survey found on a host's LAN.
//! - [`account`]: users of the master's API and their log-ins.
//! - [`agent`]: routes and bodies of the agent's API.
//! - [`alert`]: alerts, their rules and receivers, and what is ignored.
//! - [`api`]: routes of what the dashboard asks of the master.
//! - [`swarm`]: routes and bodies of the controller's APIs, and who may speak to whom.
//! - [`record`]: what the record of events answers.
//! - [`frame`]: the frames in which syslog lines travel over TLS.
//! - `openapi`: the documents of these APIs, where the feature of that name is on.
//!
//! Every API is written once, here: servers, clients and documents come from it.
//! This crate does no I/O: it reads no clock, environment, file, socket or random source.

pub mod account;
pub mod agent;
pub mod alert;
pub mod api;
pub mod frame;
pub mod ids;
pub mod mac;
#[cfg(feature = "openapi")]
pub mod openapi;
pub mod persona;
pub mod plan;
pub mod problem;
pub mod record;
pub mod service;
pub mod site;
pub mod swarm;
