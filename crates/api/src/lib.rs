//! Serving and asking the HTTP APIs of DECNET's parts.
//!
//! Why it exists: agents, updaters and the controller serve the same kind of API, over a Unix
//! socket, loopback or mutual TLS, and each asks some of the others. What that takes is written
//! once: an accept loop with bounds, and a client that tells refusals from failures.
//!
//! - [`server`]: connections in, each with who is at its other end, requests to a router.
//! - [`client`]: one request, one typed answer.
//! - [`proxy`]: requests handed on to another server.
//! - [`query`]: the query part of a URL.
//! - [`status`]: how a daemon tells how it goes.
//!
//! Invariants: the other end of a connection is known before a request is read; connections,
//! handshakes, heads and answers have bounds in number, size and time.

pub mod client;
pub mod proxy;
pub mod query;
pub mod server;
pub mod status;
