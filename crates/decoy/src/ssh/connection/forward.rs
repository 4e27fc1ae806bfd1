//! Forwards: never granted, always told of.

use decnet_event::Kind;

use super::request::{Asked, Wanted};

pub(super) const NO_PORTS: &[u8] = b"Server has disabled port forwarding.";
pub(super) const NO_SOCKETS: &[u8] = b"Server has disabled streamlocal forwarding.";

/// What is said of a tunnel that is not granted.
pub(super) const fn no_tunnel(mode: u32) -> &'static [u8] {
    const POINT_TO_POINT: u32 = 1;
    const ETHERNET: u32 = 2;
    match mode {
        POINT_TO_POINT | ETHERNET => b"Server has rejected tunnel device forwarding",
        _ => b"Unsupported tunnel device mode.",
    }
}

/// The event of a channel that would be a forward.
pub(super) fn of_open(wanted: &Wanted<'_>) -> Option<Kind> {
    match *wanted {
        Wanted::Connection { host, port, from, from_port } => {
            let originator = [from, b":", from_port.to_string().as_bytes()].concat();
            Some(attempt("direct-tcpip", host, Some(port), Some(originator)))
        }
        Wanted::Socket { path, .. } => Some(attempt("direct-streamlocal", path, None, None)),
        Wanted::Tunnel { .. } => Some(attempt("tun", b"", None, None)),
        Wanted::Session | Wanted::Other => None,
    }
}

/// The event of a request that would begin a forward.
pub(super) fn of_global(asked: &Asked<'_>) -> Option<Kind> {
    match *asked {
        Asked::Listen { host, port } => Some(attempt("tcpip-forward", host, Some(port), None)),
        Asked::ListenSocket { path } => Some(attempt("streamlocal-forward", path, None, None)),
        Asked::NoMoreSessions | Asked::Prove(_) | Asked::Other => None,
    }
}

fn attempt(forward: &'static str, target: &[u8], port: Option<u32>, originator: Option<Vec<u8>>) -> Kind {
    Kind::ForwardAttempt { forward, target: target.to_vec(), port, originator }
}
