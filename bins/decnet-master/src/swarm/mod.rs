//! The controller of a swarm: many hosts, one master, nobody trusted by default.
//!
//! ```text
//! operator ─ token or certificate ─► operators ┐
//!                                              ├► controller ─► store, plans, authority
//! worker ── mTLS: join, renew, heartbeat ────► workers   ┘          │
//! listener ─ mTLS: join, renew, roster ──────►    ″
//! agent  ◄─ mTLS: status, deploy, teardown ── reconcile: one loop per host
//! updater ◄─ mTLS: releases ────────────────── rollout: wave by wave, one at a time
//!
//! <state>/swarm/          0700
//!         ca/             the authority (`decnet_pki::authority`)
//!         master/         the master's own keys and certificates
//!         listener/       those of its listener, which renews them itself
//!         store.db        hosts, certificates, tokens, shards, operations, audit
//!         operator.token  0600
//!         releases/       archives that were verified ([`library`])
//! <state>/swarm-plan/<n>.json, <state>/seed
//! ```
//!
//! Invariants:
//! - What is wanted and what a host says are apart. A request changes what is wanted and is
//!   journaled first; the loop of each host does the rest, and nothing else speaks to it to change
//!   it. A crash of either side is a restart of that loop.
//! - Only certificates that the store calls good are let in ([`roster`]); who no longer is one of
//!   them is cut off at once.
//! - Who asks is told by the connection, never by a body.
//! - Every refusal and every act is in the audit log; refusals of strangers with a bound.
//! - Bodies, connections, handshakes, heads, requests and calls to hosts have bounds.
//!
//! Limits: one controller per state folder; IPv4 fleets.

mod agents;
mod audit;
mod authority;
mod caller;
mod check;
mod controller;
mod decommission;
mod deploy;
mod enrolment;
mod folder;
mod gatehouse;
mod goal;
mod heartbeats;
mod identity;
mod library;
mod listeners;
mod log_roster;
mod loops;
mod more_listeners;
mod operations;
mod operator_token;
mod operators;
mod own_listener;
mod plans;
mod reconcile;
mod refusal;
mod release_key;
mod rollout;
mod roster;
mod server;
mod settings;
mod take;
mod teardown;
mod trust;
mod updaters;
mod watch;
mod workers;

pub use self::{rollout::Looks, server::Bound, settings::Settings};
